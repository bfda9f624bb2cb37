// The image creator: sends the form without leaving the page, and shows jobs and gallery as the server renders them.
import { events } from "./events.js";
import { keys } from "./keys.js";

const $ = id => document.getElementById(id);
const places = { jobs: $("jobs"), gallery: $("gallery") };

async function watch() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const answer = await fetch("/images/watch", { headers: { accept: "text/event-stream" } });
      if (answer.redirected) return;
      for await (const { name, data } of events(answer.body)) { put(places[name], data); wait = 500; }
    } catch { /* The server went away; it is asked again. */ }
    await new Promise(r => setTimeout(r, wait));
  }
}

// A picture that is replaced by a newer look stays until that one is there.
function put(place, html) {
  const next = document.createRange().createContextualFragment(html), old = [...place.querySelectorAll("img.growing, .four img")];
  for (const img of next.querySelectorAll(".four img")) img.decoding = "sync";
  Promise.all([...next.querySelectorAll(".four img")].filter(i => !old.some(o => o.src === i.src)).map(i => i.decode?.().catch(() => {}))).then(() => place.replaceChildren(next));
}

async function send(action, body) {
  const answer = await fetch(action, { method: "POST", body, headers: { accept: "text/event-stream" } });
  if (answer.status === 204) { $("problem").textContent = ""; return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  $("problem").replaceChildren(...(page.getElementById("problem") ?? page.querySelector("main")).childNodes);
}

const form = $("paint");
if (form) {
  keys($("prompt"));
  form.addEventListener("submit", e => { e.preventDefault(); send(form.action, new URLSearchParams(new FormData(form))); });
  $("act").addEventListener("submit", e => { e.preventDefault(); send(e.submitter.getAttribute("formaction"), new URLSearchParams(new FormData($("act")))); });
  watch();
}
