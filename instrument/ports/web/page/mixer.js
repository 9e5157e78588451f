// The mixer: a strip for each voice there can be; what is turned seldom lies behind More.
import { make } from "./make.js";

const FRONT = ["on", "level", "mute", "solo"];
const LABELS = { on: "there", mute: "mute", solo: "solo" };

export class Mixer {
  constructor(root) { this.root = root; this.strips = new Map(); root.replaceChildren(); }

  // Where the row of a voice's control goes: its strip is made with the first of them.
  place(part, field) {
    if (!this.strips.has(part)) {
      const front = make("div", { className: "strip-front" }), more = make("details", { className: "strip-more" }, make("summary", {}, "More"));
      const element = make("section", { className: "strip" }, make("h3", {}, part), front, more);
      element.setAttribute("aria-label", `Voice ${part}`);
      element.dataset.voice = part;
      this.strips.set(part, { element, front, more });
      this.root.append(element);
    }
    const { front, more } = this.strips.get(part);
    return FRONT.includes(field) ? front : more;
  }

  label(field) { return LABELS[field] ?? field; }

  // Which voices are there, and which are heard.
  show(values) {
    const solo = [...this.strips.keys()].some((part) => values[`voice.${part}.on`] && values[`voice.${part}.solo`]);
    for (const [part, { element }] of this.strips) {
      const on = Boolean(values[`voice.${part}.on`]);
      element.classList.toggle("off", !on);
      element.classList.toggle("silent", on && Boolean(values[`voice.${part}.mute`] || (solo && !values[`voice.${part}.solo`])));
    }
  }
}
