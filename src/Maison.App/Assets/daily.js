// The briefing while it is heard: the sentence that is spoken is lit, stories are a tap away, a skip jumps on and a replay goes back; both are remembered.
const sound = document.getElementById("sound");

for (const zone of document.querySelectorAll("[data-zone]")) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? zone.value;

if (sound) {
  const timed = [...document.querySelectorAll(".lines > li[data-start], .stories > li[data-start]")].map(part => ({ part, from: +part.dataset.start, to: +part.dataset.end }));
  let lit = new Set(), follow = true;

  const show = () => {
    const now = sound.currentTime, next = new Set(sound.paused && !now ? [] : timed.filter(t => now >= t.from - 0.05 && now < t.to + 0.25).map(t => t.part));
    for (const part of lit) if (!next.has(part)) { part.classList.remove("lit"); part.removeAttribute("aria-current"); }
    for (const part of next) if (!lit.has(part)) {
      part.classList.add("lit");
      part.setAttribute("aria-current", "true");
      if (follow && !sound.paused && part.parentElement.classList.contains("lines")) part.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
    lit = next;
  };
  sound.addEventListener("timeupdate", show);
  sound.addEventListener("seeked", show);
  // Whoever scrolls by hand reads elsewhere; playing again follows again.
  for (const hand of ["wheel", "touchmove"]) addEventListener(hand, () => { follow = false; }, { passive: true });
  sound.addEventListener("play", () => { follow = true; });

  const go = seconds => { sound.currentTime = seconds; sound.play(); };
  for (const link of document.querySelectorAll("[data-seek]"))
    link.addEventListener("click", e => { if (link.classList.contains("handle")) e.preventDefault(); go(+link.dataset.seek); });

  for (const form of document.querySelectorAll("form[data-chapter]"))
    form.addEventListener("submit", e => {
      const kind = e.submitter?.value;
      if (!kind) return;
      e.preventDefault();
      const sent = new URLSearchParams(new FormData(form));
      sent.set("kind", kind);
      fetch(form.action, { method: "POST", body: sent });
      for (const button of form.querySelectorAll("button")) button.toggleAttribute("data-done", button === e.submitter);
      go(kind === "skip" ? +form.dataset.next : +form.dataset.start);
    });
}
