// The voice lab: speaks what the form asks for, draws its sound, and lights its words in the text that was given and in what was spoken.
import { Places, Player, light, wordUnder } from "./speech.js";

const $ = id => document.getElementById(id);
const form = $("speak"), wave = $("wave"), toggle = $("toggle"), given = $("given"), spoken = $("spoken");
let player = null;

const clock = s => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

function draw() {
  if (!player) return;
  const ratio = devicePixelRatio, width = wave.clientWidth * ratio, height = wave.clientHeight * ratio;
  if (wave.width !== width || wave.height !== height) { wave.width = width; wave.height = height; }
  const pen = wave.getContext("2d"), style = getComputedStyle(wave), step = 3 * ratio, bars = Math.floor(width / step);
  pen.clearRect(0, 0, width, height);
  const loudest = Math.max(0.05, player.peaks.reduce((a, b) => Math.max(a, b), 0));
  for (let i = 0; i < bars; i++) {
    const from = Math.floor(i * player.peaks.length / bars), to = Math.max(from + 1, Math.floor((i + 1) * player.peaks.length / bars));
    let peak = 0;
    for (let j = from; j < to; j++) peak = Math.max(peak, player.peaks[j] ?? 0);
    const tall = Math.max(ratio * 2, peak / loudest * height * 0.94);
    pen.fillStyle = i / bars < player.time / player.seconds ? style.getPropertyValue("--accent") : style.getPropertyValue("--line");
    pen.fillRect(i * step, (height - tall) / 2, step - ratio, tall);
  }
  $("time").textContent = `${clock(player.time)} / ${clock(player.seconds)}`;
  wave.setAttribute("aria-valuemax", player.seconds.toFixed(1));
  wave.setAttribute("aria-valuenow", player.time.toFixed(1));
  wave.setAttribute("aria-valuetext", $("time").textContent);
}

function speak() {
  player?.close();
  $("problem").hidden = true;
  $("player").hidden = false;
  given.textContent = form.text.value;
  spoken.textContent = "";
  const places = new Places(given), list = $("deliveries").querySelector("ol");
  list.textContent = "";
  $("deliveries").hidden = true;
  player = new Player({
    grown: () => { draw(); if (player.whole) $("halt").hidden = true; },
    word(w) {
      places.place(w);
      const bare = w.written.toLowerCase().replace(/[^\p{L}\p{N}’']/gu, ""), part = document.createElement(bare === w.word ? "span" : "mark");
      part.textContent = w.word;
      spoken.append(part, " ");
      w.part = part;
    },
    delivery(text) { $("deliveries").hidden = form.mode.value === "scripted"; list.append(Object.assign(document.createElement("li"), { textContent: text })); },
    time(t) {
      const word = player.wordAt(t);
      light(word);
      spoken.querySelector(".lit")?.classList.remove("lit");
      word?.part.classList.add("lit");
      draw();
    },
    state() { toggle.classList.toggle("on", player.playing); toggle.setAttribute("aria-label", player.playing ? toggle.dataset.pause : toggle.dataset.play); if (!player.playing) light(null); },
    problem(text) { $("problem").textContent = text; $("problem").hidden = false; $("player").hidden = !player.seconds; },
  });
  $("halt").hidden = false;
  player.play(0);
  player.load("/voice-lab/speak", { method: "POST", body: new URLSearchParams(new FormData(form)) });
}

form?.addEventListener("submit", e => {
  if (e.submitter?.matches("[data-file]")) return;
  e.preventDefault();
  speak();
});
form?.addEventListener("input", e => {
  if (e.target.type === "range") form.querySelector(`output[for=${e.target.id}]`).textContent = "percent" in e.target.dataset ? Math.round(e.target.value * 100) + " %" : +e.target.value + "×";
  if (e.target.name === "mode") $("mode-how").textContent = $("mode-how").dataset[e.target.value];
});
if (form) {
  toggle.addEventListener("click", () => player.playing ? player.pause() : player.play());
  $("halt").addEventListener("click", () => { player.close(); $("halt").hidden = true; });
  wave.addEventListener("click", e => player.seek(e.offsetX / wave.clientWidth * player.seconds));
  wave.addEventListener("keydown", e => {
    const by = { ArrowRight: 1, ArrowLeft: -1, PageUp: 5, PageDown: -5 }[e.key];
    if (by) { e.preventDefault(); player.seek(Math.max(0, Math.min(player.seconds, player.time + by))); }
    if (e.key === " ") { e.preventDefault(); toggle.click(); }
  });
  given.addEventListener("click", e => { const w = wordUnder(player.words, e); if (w) player.seek(w.start); });
  spoken.addEventListener("click", e => { const w = player.words.find(w => w.part === e.target); if (w) player.seek(w.start); });
  addEventListener("resize", draw);
}
