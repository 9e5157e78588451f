// Keys on the screen: a keyboard, and a grid of the notes of the key that the tune is in. Both are played by any number of
// fingers, louder towards the near edge of a key; by keyboard, one stop of the tabulator, arrows to move, space to play.
import { make } from "./make.js";

const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const BLACK = [1, 3, 6, 8, 10];
const MODES = { major: [0, 2, 4, 5, 7, 9, 11], mixolydian: [0, 2, 4, 5, 7, 9, 10], dorian: [0, 2, 3, 5, 7, 9, 10],
  minor: [0, 2, 3, 5, 7, 8, 10], lydian: [0, 2, 4, 6, 7, 9, 11], phrygian: [0, 1, 3, 5, 7, 8, 10], locrian: [0, 1, 3, 5, 6, 8, 10] };
const LETTERS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const NARROWEST = 45; // pixels of a white key

export const nameOf = (note) => `${NAMES[note % 12]}${Math.floor(note / 12) - 1}`;
const scale = (key) => {
  const [tonic, mode = "major"] = String(key).split(" ");
  const sign = [...tonic.slice(1)].reduce((sum, one) => sum + (one === "#" ? 1 : one === "b" ? -1 : 0), 0);
  return { tonic: (LETTERS[tonic[0]] + sign + 12) % 12, steps: MODES[mode] ?? MODES.major };
};

export class Keyboard {
  constructor(root, held) {
    Object.assign(this, { root, held, octave: 4, kind: "keys", key: "C major", drawn: "" });
    this.fingers = new Map();
    const note = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-note]");
    root.addEventListener("pointerdown", (event) => {
      const element = note(event);
      if (!element || event.button > 0) return;
      event.preventDefault();
      root.setPointerCapture(event.pointerId);
      this.touch(event, element);
    });
    root.addEventListener("pointermove", (event) => {
      if (!this.fingers.has(event.pointerId)) return;
      const element = note(event);
      if (element && root.contains(element) && element !== this.fingers.get(event.pointerId)) this.touch(event, element);
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      root.addEventListener(name, (event) => {
        if (this.fingers.delete(event.pointerId)) held.release(`finger ${event.pointerId}`, event.timeStamp);
      });
    }
    root.addEventListener("contextmenu", (event) => event.preventDefault());
    root.addEventListener("keydown", (event) => this.typed(event));
    root.addEventListener("keyup", (event) => { if (event.key === " " || event.key === "Enter") held.release("focus", event.timeStamp); });
    root.addEventListener("focusout", (event) => held.release("focus", event.timeStamp));
    new ResizeObserver(() => this.draw()).observe(root);
  }

  touch(event, element) {
    const box = element.getBoundingClientRect(), place = (event.clientY - box.top) / box.height;
    this.fingers.set(event.pointerId, element);
    this.held.strike(`finger ${event.pointerId}`, Number(element.dataset.note), 45 + 75 * Math.min(1, Math.max(0, place)), event.timeStamp);
  }

  typed(event) {
    const element = event.target.closest("[data-note]");
    if (!element) return;
    const keys = this.inOrder(), at = keys.indexOf(element), row = this.kind === "grid" ? 7 : 12;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowUp: at + row, ArrowDown: at - row, Home: 0, End: keys.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      if (keys[to]) { for (const one of keys) one.tabIndex = -1; keys[to].tabIndex = 0; keys[to].focus(); }
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) this.held.strike("focus", Number(element.dataset.note), 80, event.timeStamp);
    }
  }

  inOrder() { return [...this.root.querySelectorAll("[data-note]")].sort((a, b) => a.dataset.note - b.dataset.note); }

  set(changes) { Object.assign(this, changes); this.draw(); }

  show(note, down) {
    for (const element of this.root.querySelectorAll(`[data-note="${note}"]`)) element.classList.toggle("down", down);
  }

  // Drawn anew only where it comes out otherwise; what is held stays held.
  draw() {
    const width = this.root.clientWidth;
    if (!width) return;
    const whites = Math.max(7, Math.min(22, Math.floor(width / Math.max(NARROWEST, Math.min(62, width / 15)) / 7) * 7 + (width > 700 ? 1 : 0)));
    const drawn = [this.kind, this.octave, this.kind === "grid" ? this.key : whites].join();
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.held.all(performance.now(), "finger");
    this.root.className = this.kind;
    this.root.setAttribute("aria-label", this.kind === "grid" ? `Notes of ${this.key}` : "Keyboard");
    this.root.replaceChildren(...(this.kind === "grid" ? this.grid() : this.keys(whites)));
    const first = this.inOrder()[0];
    if (first) first.tabIndex = 0;
    for (const note of this.held.notes.keys()) this.show(note, true);
  }

  button(note, text, className) {
    const key = make("button", { type: "button", className, tabIndex: -1, title: "" }, make("span", {}, text));
    key.dataset.note = note;
    key.setAttribute("aria-label", nameOf(note));
    return key;
  }

  keys(whites) {
    const lowest = 12 * (this.octave + 1), found = [];
    let place = 0;
    for (let note = lowest; note <= 127 && (place < whites || BLACK.includes(note % 12)); note += 1) {
      const black = BLACK.includes(note % 12);
      if (black && place >= whites) break;
      const key = this.button(note, note % 12 === 0 ? nameOf(note) : "", black ? "black" : "white");
      key.style.setProperty("--place", black ? place : place++);
      found.push(key);
    }
    this.root.style.setProperty("--whites", whites);
    return found;
  }

  grid() {
    const { tonic, steps } = scale(this.key), rows = [];
    let lowest = 12 * (this.octave + 1) + tonic;
    if (tonic > 6) lowest -= 12;
    for (const octave of [2, 1, 0]) {
      for (const step of steps) {
        const note = lowest + 12 * octave + step;
        if (note <= 127) rows.push(this.button(note, nameOf(note), step ? "" : "tonic"));
      }
    }
    return rows;
  }
}
