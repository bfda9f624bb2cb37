// Streams answers into place, copies, and reads aloud. The server renders: what comes here is finished HTML, event by event, and only its
// place is chosen.
import { events } from "./events.js";
import { keys } from "./keys.js";
import { Places, Player, light, wordUnder } from "./speech.js";

const $ = id => document.getElementById(id);
const log = $("log"), say = $("say"), act = $("act"), box = $("text"), send = $("send"), stop = $("stop"), aloud = $("aloud");
let open = null, heard = null;

const near = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
const down = () => { log.scrollTop = log.scrollHeight; };
const parsed = html => document.createRange().createContextualFragment(html);

// A growing answer replaces the one before it, and keeps the reasoning as the reader left it.
function show(html) {
  const stay = near(), next = parsed(html), slot = next.firstElementChild?.dataset.slot;
  const old = log.querySelector(`[data-slot="${slot ?? 0}"]`);
  const was = old?.querySelector("details"), now = next.querySelector("details");
  if (was?.dataset.touched && now) { now.open = was.open; now.dataset.touched = "1"; }
  const turn = next.querySelector(".turn");
  if (old) old.replaceWith(next); else log.append(next);
  if (heard?.along && turn) heard.in(turn);
  if (stay) down();
}

// Everything behind a message goes; it stays in the chat as another branch.
function cut(after) {
  const last = after && $("m-" + after);
  for (const part of [...log.children]) if (!last || last.compareDocumentPosition(part) & Node.DOCUMENT_POSITION_FOLLOWING) if (!part.matches(".more")) part.remove();
}

function busy(on) {
  send.hidden = on; stop.hidden = !on;
  log.setAttribute("aria-busy", on);
}

// Whether answers are spoken while they are written; remembered by this browser.
function speaking(on) {
  aloud.ariaPressed = on;
  localStorage.setItem("aloud", on ? "1" : "");
  if (!on && heard?.along) heard.close();
}

function editing(on) { $("editing").hidden = !on; if (!on) $("edit").value = ""; }

const on = {
  cut,
  said(html) { log.querySelector(".hello")?.remove(); log.append(parsed(html)); say.reset(); box.value = ""; $("files").dispatchEvent(new Event("change")); editing(false); down(); },
  chats(html) { $("chats").outerHTML = html; },
  chat(id) {
    say.action = `/assistant/${id}/say`;
    if (!location.pathname.endsWith(id)) history.replaceState(null, "", `/assistant/${id}`);
    for (const link of document.querySelectorAll("#chats a")) if (link.pathname.endsWith(id)) {
      link.setAttribute("aria-current", "page");
      document.querySelector(".bar h1").textContent = link.textContent;
    }
  },
  place(html) { log.querySelector("[data-pair]:has([data-slot])")?.remove(); log.append(parsed(html)); down(); },
  sentence(text) { if (heard?.along) heard.say(text); },
  answer(html) { if (html) show(html); else log.querySelector("[data-slot]")?.remove(); },
  note(html) { log.append(parsed(html)); down(); },
};

async function run(form, button) {
  if (open) return;
  const sent = new FormData(form, button);
  if (form === act && !sent.has("model") && button.formAction.endsWith("/again")) sent.set("model", $("model").value);
  open = new AbortController();
  heard?.close();
  if (aloud?.ariaPressed === "true") { sent.set("aloud", "1"); hear(null, true); }
  busy(true);
  for (const old of log.querySelectorAll(":scope > .problem, :scope > .note")) old.remove();
  try {
    const answer = await fetch(button?.getAttribute("formaction") ?? form.action, { method: "POST", body: sent, headers: { accept: "text/event-stream" }, signal: open.signal });
    if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) { location.reload(); return; }
    for await (const { name, data } of events(answer.body)) on[name]?.(data);
  } catch (e) {
    // What was stopped is kept by the server; its handles come with the page.
    if (e.name !== "AbortError") location.reload(); else setTimeout(() => location.reload(), 300);
  } finally {
    log.querySelector("[data-growing] .waiting")?.closest(".turn").remove();
    for (const grown of log.querySelectorAll("[data-slot]")) { grown.removeAttribute("data-growing"); grown.removeAttribute("data-slot"); }
    open = null;
    if (heard?.along) heard.end();
    busy(false);
    finish();
    box.focus();
  }
}

async function copy(button, text) {
  await navigator.clipboard.writeText(text);
  const was = button.title || button.textContent;
  if (button.title) button.title = log.dataset.copied; else button.textContent = log.dataset.copied;
  button.dataset.done = "1";
  setTimeout(() => { if (button.title) button.title = was; else button.textContent = was; delete button.dataset.done; }, 1500);
}

// What only scripts can do appears once they run.
function finish() {
  for (const block of log.querySelectorAll("pre:not(:has(button))")) {
    const button = document.createElement("button");
    button.type = "button"; button.className = "copy"; button.textContent = log.dataset.copy;
    button.onclick = () => copy(button, block.querySelector("code")?.textContent ?? "");
    block.append(button);
  }
  for (const button of log.querySelectorAll("[data-copy]")) button.hidden = false;
  if (log.hasAttribute("data-speaks")) for (const button of log.querySelectorAll("[data-listen]")) button.hidden = false;
}

// Speaks with words lit in a turn. One that is still being written is shown anew all the time, so its words are found again in each.
function hear(turn, along) {
  heard?.close();
  const player = new Player({
    word: w => here.places?.place(w),
    time: t => light(player.wordAt(t)),
    state: () => { if (!player.playing && heard === here) here.close(); },
    problem: message => on.note(Object.assign(document.createElement("p"), { className: "problem", textContent: message }).outerHTML),
  });
  const label = text => { const button = here.turn?.querySelector("button[data-listen] span"); if (button) button.textContent = text; };
  const here = heard = {
    player, along, waiting: [],
    in(next) {
      this.turn = next;
      this.text = next.querySelector(".said");
      this.places = this.text && new Places(this.text);
      for (const w of player.words) this.places?.place(w);
      label(log.dataset.stop);
    },
    async say(text) {
      if (this.waiting.push(text) > 1) return;
      for (; this.waiting.length; this.waiting.shift()) await player.load("/assistant/speak", { method: "POST", body: new URLSearchParams({ token: act.token.value, text: this.waiting[0] }) }, false);
      if (this.over) player.end();
    },
    end() { this.over = true; if (!this.waiting.length) player.end(); },
    close() { if (heard === here) heard = null; this.waiting = []; player.close(); light(null); label(log.dataset.listen); },
  };
  if (turn) here.in(turn);
  player.play(0);
}

function listen(button) {
  const turn = button.closest(".turn");
  if (heard?.turn === turn) { heard.close(); return; }
  hear(turn);
  heard.player.load(`/assistant/${say.action.split("/").at(-2)}/listen/${turn.dataset.item}`);
}

log?.addEventListener("click", e => {
  const touched = e.target.closest("details"), button = e.target.closest("button, a");
  if (touched) touched.dataset.touched = "1";
  if (button?.matches("[data-listen]")) listen(button);
  else if (heard?.text?.contains(e.target)) { const w = wordUnder(heard.player.words, e); if (w) heard.player.seek(w.start); }
  if (button?.matches("[data-copy]")) copy(button, button.closest(".turn").querySelector(".said").innerText);
  if (button?.matches("[data-edit]")) {
    e.preventDefault();
    $("edit").value = button.dataset.edit;
    box.value = button.closest(".turn").querySelector(".bubble").textContent;
    editing(true);
    box.focus();
  }
});

if (say) {
  keys(box);
  say.addEventListener("submit", e => { e.preventDefault(); run(say, e.submitter); });
  act.addEventListener("submit", e => {
    if (/\/(again|compare|continue)$/.test(e.submitter.getAttribute("formaction"))) { e.preventDefault(); run(act, e.submitter); }
  });
  $("openers")?.addEventListener("submit", e => { e.preventDefault(); box.value = e.submitter.value; say.requestSubmit(); });
  $("files").addEventListener("change", e => {
    $("chosen").hidden = !e.target.files.length;
    $("chosen").replaceChildren(...[...e.target.files].map(f => Object.assign(document.createElement("span"), { className: "chip", textContent: f.name })));
  });
  stop.addEventListener("click", () => { heard?.close(); open?.abort(); });
  aloud?.addEventListener("click", () => speaking(aloud.ariaPressed !== "true"));
  if (aloud) { aloud.hidden = false; speaking(localStorage.getItem("aloud") === "1"); }
  $("edit-off").addEventListener("click", e => { e.preventDefault(); editing(false); box.value = ""; box.focus(); });
  addEventListener("keydown", e => { if (e.key !== "Escape") return; if (heard) heard.close(); else if (!$("editing").hidden) $("edit-off").click(); });
  if (!location.hash) down();
  if (log.hasAttribute("data-pending")) { history.replaceState(null, "", location.pathname); run(act, $("answer-now")); }
}
finish();
