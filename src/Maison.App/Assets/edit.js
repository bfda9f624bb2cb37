// Paints a mask over a picture: strokes of a brush or a rubber, and rectangles, by finger, pen, mouse or the numbers below. What is covered goes to
// the server as a PNG of the picture's size whose transparent parts are to be painted. Without this module the numbers alone do it.
const $ = id => document.getElementById(id);
const form = $("edit"), whole = $("whole"), mask = $("mask"), ctx = mask.getContext("2d");
const edges = ["left", "top", "right", "bottom"].map($);
let marks = [], open = null;

const tool = () => form.elements.tool.value;
const place = e => {
  const box = mask.getBoundingClientRect();
  return [(e.clientX - box.left) / box.width * mask.width, (e.clientY - box.top) / box.height * mask.height];
};

function draw(mark) {
  ctx.globalCompositeOperation = mark.tool === "rubber" ? "destination-out" : "source-over";
  ctx.fillStyle = ctx.strokeStyle = getComputedStyle(mask).color;
  const [x, y] = mark.points[0];
  if (mark.tool === "box") {
    const [u, v] = mark.points.at(-1);
    ctx.fillRect(Math.min(x, u), Math.min(y, v), Math.abs(u - x), Math.abs(v - y));
    return;
  }
  ctx.lineWidth = mark.width; ctx.lineCap = ctx.lineJoin = "round";
  ctx.beginPath();
  ctx.moveTo(x, y);
  for (const [u, v] of mark.points) ctx.lineTo(u, v);
  ctx.stroke();
}

function redraw() {
  ctx.clearRect(0, 0, mask.width, mask.height);
  for (const mark of open ? [...marks, open] : marks) draw(mark);
}

// The numbers are a rectangle of their own, the last that was told.
function numbers() {
  marks = marks.filter(m => !m.told);
  if (edges.some(e => e.value)) {
    const [l, t, r, b] = edges.map((e, i) => Math.min(100, Math.max(0, e.value === "" ? (i < 2 ? 0 : 100) : +e.value)) / 100);
    if (l < r && t < b) marks.push({ tool: "box", told: true, points: [[l * mask.width, t * mask.height], [r * mask.width, b * mask.height]] });
  }
  redraw();
}

function begin() {
  mask.width = whole.naturalWidth; mask.height = whole.naturalHeight;
  mask.hidden = $("tools").hidden = false;
  numbers();
}

mask.addEventListener("pointerdown", e => {
  if (e.button !== 0) return;
  mask.setPointerCapture(e.pointerId);
  open = { tool: tool(), width: $("width").value / 100 * Math.max(mask.width, mask.height), points: [place(e)] };
  redraw();
});
mask.addEventListener("pointermove", e => {
  if (!open) return;
  open.points.push(...(e.getCoalescedEvents?.() ?? [e]).map(place));
  redraw();
});
for (const end of ["pointerup", "pointercancel"]) mask.addEventListener(end, () => { if (open) marks.push(open); open = null; redraw(); });

$("undo").addEventListener("click", () => { if (marks.pop()?.told) for (const e of edges) e.value = ""; redraw(); });
$("clear").addEventListener("click", () => { marks = []; for (const e of edges) e.value = ""; redraw(); });
for (const edge of edges) edge.addEventListener("input", numbers);

// Opaque but for what is covered.
function covered() {
  const out = new OffscreenCanvas(mask.width, mask.height), to = out.getContext("2d");
  to.fillRect(0, 0, out.width, out.height);
  to.globalCompositeOperation = "destination-out";
  to.drawImage(mask, 0, 0);
  return out.convertToBlob({ type: "image/png" });
}

form.addEventListener("submit", async e => {
  if (!marks.some(m => !m.told)) return;
  e.preventDefault();
  const body = new FormData(form);
  for (const edge of edges) body.delete(edge.name);
  body.set("mask", await covered(), "mask.png");
  const answer = await fetch(form.action, { method: "POST", body });
  if (answer.redirected) { location.href = answer.url; return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  $("problem").replaceChildren(...(page.getElementById("problem") ?? page.querySelector("main")).childNodes);
  $("problem").scrollIntoView({ block: "nearest" });
});

if (whole.complete && whole.naturalWidth) begin(); else whole.addEventListener("load", begin);
