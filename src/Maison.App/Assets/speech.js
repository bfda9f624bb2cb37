// Plays speech while it is being made, tells the time of playing, and lights up words where the page shows them.
import { events } from "./events.js";

const rate = 24000, peakSamples = 240, lead = 0.06;

export class Player {
  pieces = []; peaks = []; words = []; seconds = 0; whole = false; playing = false;
  #context; #nodes = new Set(); #base = 0; #left = new AbortController();

  // on: {grown, word, delivery, time, state, problem}, all optional
  constructor(on) { this.on = on; }

  // Adds what an address answers behind what there is; more can follow where this is not the last.
  async load(url, request = {}, last = true) {
    const begun = this.seconds;
    try {
      const answer = await fetch(url, { ...request, headers: { accept: "text/event-stream" }, signal: this.#left.signal });
      if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) throw new Error(answer.statusText || answer.status);
      for await (const { name, data } of events(answer.body)) {
        if (name === "sound") this.#add(data);
        else if (name === "words") for (const [word, start, end, written] of data) { const w = { word, start: begun + start, end: begun + end, written }; this.words.push(w); this.on.word?.(w); }
        else if (name === "delivery") this.on.delivery?.(data, this.words.length);
        else if (name === "problem") this.on.problem?.(data);
      }
    } catch (e) {
      if (e.name !== "AbortError") this.on.problem?.(e.message);
    }
    if (last) this.end();
  }

  end() { this.whole = true; this.on.grown?.(); }

  #add(base64) {
    const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0)), ints = new Int16Array(bytes.buffer, 0, bytes.length >> 1);
    const piece = { start: this.seconds, samples: Float32Array.from(ints, v => v / 32768) };
    for (let i = 0; i < ints.length; i += peakSamples) {
      let peak = 0;
      for (let j = i; j < Math.min(ints.length, i + peakSamples); j++) peak = Math.max(peak, Math.abs(piece.samples[j]));
      this.peaks.push(peak);
    }
    this.pieces.push(piece);
    this.seconds += ints.length / rate;
    if (this.playing) this.#schedule(piece, piece.start);
    this.on.grown?.();
  }

  #schedule(piece, from) {
    if (!piece.samples.length) return;
    const late = this.#context.currentTime + lead - (this.#base + from);
    if (late > lead) this.#base += late;
    const buffer = this.#context.createBuffer(1, piece.samples.length, rate), node = this.#context.createBufferSource();
    buffer.copyToChannel(piece.samples, 0);
    node.buffer = buffer;
    node.connect(this.#context.destination);
    node.start(this.#base + from, from - piece.start);
    node.onended = () => this.#nodes.delete(node);
    this.#nodes.add(node);
  }

  play(from = this.time >= this.seconds ? 0 : this.time) {
    this.#silence();
    this.#context ??= new AudioContext({ sampleRate: rate });
    this.#context.resume();
    this.playing = true;
    this.#base = this.#context.currentTime + lead - from;
    for (const piece of this.pieces) {
      const end = piece.start + piece.samples.length / rate;
      if (end > from) this.#schedule(piece, Math.max(from, piece.start));
    }
    this.on.state?.();
    this.#tick();
  }

  #tick = () => {
    if (!this.playing) return;
    this.time = Math.max(0, Math.min(this.seconds, this.#context.currentTime - this.#base));
    this.on.time?.(this.time);
    if (this.whole && this.time >= this.seconds) this.pause();
    else requestAnimationFrame(this.#tick);
  };

  time = 0;

  #silence() { for (const node of this.#nodes) { node.onended = null; node.stop(); } this.#nodes.clear(); }

  pause() { this.#silence(); this.playing = false; this.on.state?.(); }

  seek(to) { this.time = to; if (this.playing) this.play(to); else this.on.time?.(to); }

  close() { this.#left.abort(); this.pause(); this.#context?.close(); }

  // The word that is spoken at a time.
  wordAt(time) { return this.words.findLast(w => w.start <= time + 0.02); }
}

// Finds spoken words, in order, in what an element shows; gives each the range where it stands.
export class Places {
  #text = ""; #nodes = []; #at = 0;

  constructor(root) {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, n => n.parentElement.closest("pre, button") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    for (let n; (n = walk.nextNode());) { this.#nodes.push({ node: n, at: this.#text.length }); this.#text += n.data; }
    this.#text = this.#text.toLowerCase();
  }

  place(word) {
    const sought = (word.written || "").toLowerCase().trim();
    if (!sought) { word.range = this.last; return; }
    const found = this.#text.indexOf(sought, this.#at), bare = sought.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
    let begin = found, length = sought.length;
    if (bare && (found < 0 || found > this.#at + 200)) { begin = this.#text.indexOf(bare, this.#at); length = bare.length; }
    if (begin < 0 || begin > this.#at + 400) { word.range = null; return; }
    this.#at = begin + length;
    const range = document.createRange(), from = this.#find(begin), to = this.#find(begin + length - 1);
    range.setStart(from.node, begin - from.at);
    range.setEnd(to.node, begin + length - to.at);
    this.last = word.range = range;
  }

  #find(at) { return this.#nodes.findLast(n => n.at <= at); }
}

export function light(word) {
  if (!window.CSS?.highlights) return;
  if (word?.range) CSS.highlights.set("spoken", new Highlight(word.range)); else CSS.highlights.delete("spoken");
}

// The word under a click.
export function wordUnder(words, event) {
  const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY) ?? document.caretRangeFromPoint?.(event.clientX, event.clientY);
  if (!caret) return;
  return words.find(w => w.range?.isPointInRange(caret.offsetNode ?? caret.startContainer, caret.offset ?? caret.startOffset));
}
