// Streams answers into place. The server renders: what comes here is finished HTML, event by event, and only its place is chosen.
import { keys } from "./keys.js";

const log = document.getElementById("log"), say = document.getElementById("say"), again = document.getElementById("again");
const box = document.getElementById("text"), send = document.getElementById("send"), stop = document.getElementById("stop");
let open = null;

function near() { return log.scrollHeight - log.scrollTop - log.clientHeight < 80; }
function down() { log.scrollTop = log.scrollHeight; }

function add(html) {
  const part = document.createRange().createContextualFragment(html);
  log.append(part);
}

// A growing answer replaces the one before it, and keeps the reasoning as the reader left it.
function show(html) {
  const stay = near(), old = log.querySelector("[data-growing]");
  const next = document.createRange().createContextualFragment(html);
  const was = old?.querySelector("details"), now = next.querySelector("details");
  if (was?.dataset.touched && now) { now.open = was.open; now.dataset.touched = "1"; }
  if (old) old.replaceWith(next); else log.append(next);
  if (stay) down();
}

function busy(on) {
  send.hidden = on; stop.hidden = !on;
  again.hidden = on || !log.querySelector(".turn");
  log.setAttribute("aria-busy", on);
}

async function* events(body) {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    rest += text;
    for (let end; (end = rest.indexOf("\n\n")) >= 0; rest = rest.slice(end + 2)) {
      const lines = rest.slice(0, end).split("\n");
      yield { name: lines[0].slice("event: ".length), data: JSON.parse(lines[1].slice("data: ".length)) };
    }
  }
}

const act = {
  said(html) { log.querySelector(".hello")?.remove(); add(html); box.value = ""; down(); },
  chats(html) { document.getElementById("chats").outerHTML = html; },
  chat(id) {
    say.action = `/assistant/${id}/say`; again.action = `/assistant/${id}/again`;
    if (!location.pathname.endsWith(id)) history.replaceState(null, "", `/assistant/${id}`);
    for (const link of document.querySelectorAll("#chats a")) if (link.pathname.endsWith(id)) link.setAttribute("aria-current", "page");
  },
  answer: show,
  note(html) { add(html); down(); },
  done(html) { again.querySelector("span").textContent = again.dataset.again; if (html) show(html); else log.querySelector("[data-growing]")?.remove(); },
};

async function run(form) {
  if (open) return;
  const sent = new URLSearchParams(new FormData(form));
  if (form === again) sent.set("model", document.getElementById("model").value);
  open = new AbortController();
  busy(true);
  for (const old of log.querySelectorAll(":scope > .problem, :scope > .note")) old.remove();
  if (form === again) for (let last; (last = log.querySelector(".turn:last-of-type"))?.classList.contains("answer");) last.remove();
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent, headers: { accept: "text/event-stream" }, signal: open.signal });
    if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) { location.reload(); return; }
    for await (const { name, data } of events(answer.body)) act[name]?.(data);
  } catch (e) {
    if (e.name !== "AbortError") location.reload();
  } finally {
    log.querySelector("[data-growing] .waiting")?.closest(".turn").remove();
    log.querySelector("[data-growing]")?.removeAttribute("data-growing");
    open = null;
    busy(false);
    box.focus();
  }
}

function copyButtons(place) {
  for (const block of place.querySelectorAll("pre:not(:has(button))")) {
    const button = document.createElement("button");
    button.type = "button"; button.className = "copy"; button.textContent = log.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("code")?.textContent ?? "");
      button.textContent = log.dataset.copied;
    });
    block.append(button);
  }
}

if (say) {
  keys(box);
  for (const form of [say, again]) form.addEventListener("submit", e => { e.preventDefault(); run(form); });
  stop.addEventListener("click", () => open?.abort());
  log.addEventListener("click", e => { const d = e.target.closest("details"); if (d) d.dataset.touched = "1"; });
  new MutationObserver(() => { if (!log.querySelector("[data-growing]")) copyButtons(log); }).observe(log, { childList: true, subtree: true, attributes: true });
  down();
  if (log.hasAttribute("data-pending")) run(again);
}
copyButtons(log);
