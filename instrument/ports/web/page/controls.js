import { make } from "./make.js";
import { Mixer } from "./mixer.js";

// A row for every control, made from the table that the server sends. A control under a finger is not moved from outside.
const HOLD = 300; // milliseconds after the finger is off
const OPEN = ["tune", "clock", "search"];

const toFader = ({ low, high, curve }, value) =>
  curve === "log" ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
const fromFader = ({ low, high, curve, kind }, position) => {
  const value = curve === "log" ? low * (high / low) ** position : low + (high - low) * position;
  return kind === "int" ? Math.round(value) : Number(value.toPrecision(5));
};
// The largest round step of which a whole travel has 250 or more, so that keys and fingers land on round numbers.
const STEPS = [50, 20, 10, 5, 2, 1, .5, .2, .1, .05, .02, .01, .005, .002, .001];
const step = ({ low, high, kind }) => (kind === "int" ? 1 : STEPS.find((size) => size <= (high - low) / 250) ?? .001);
const THERE = { "clock.bpm": "tempo", "sound.level": "level", "harmony.on": "harmony" }; // named without their group
const QUICK = Object.keys(THERE); // at the top of a phone
const figure = (value, kind) => (kind === "int" ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : Number.isInteger(value) ? 0 : 1));

export function buildControls(root, table, link) {
  const rows = new Map(), groups = new Map(), quick = document.getElementById("quick");
  const mixer = new Mixer(document.getElementById("mixer")), known = {};
  const lent = document.getElementById("lent");
  root.replaceChildren();
  lent.replaceChildren();
  quick.replaceChildren();
  for (const control of table) {
    if (control.momentary) {
      const row = new Row(control, control.name, link);
      lent.append(row.element);
      rows.set(control.name, row);
      continue;
    }
    const [group, ...rest] = control.name.split(".");
    if (group === "voice") {
      const row = new Row(control, mixer.label(rest[1]), link);
      mixer.place(...rest).append(row.element);
      rows.set(control.name, row);
      continue;
    }
    if (!groups.has(group)) {
      const heading = control.heading;
      const box = make("details", { className: "panel", open: OPEN.includes(group) && innerWidth > 900 || group === "tune" },
        make("summary", {}, heading));
      groups.set(group, box);
      root.append(box);
    }
    const row = new Row(control, rest.join(" ").replaceAll("_", " "), link);
    groups.get(group).append(row.element);
    rows.set(control.name, row);
  }
  const narrow = matchMedia("(max-width: 900px)");
  const place = () => {
    for (const name of QUICK.filter((one) => rows.has(one))) {
      const { element, home, after, called } = rows.get(name);
      element.querySelector(".name").firstChild.textContent = narrow.matches ? THERE[name] : called;
      if (narrow.matches) quick.append(element);
      else home.insertBefore(element, after?.parentNode === home ? after : null);
    }
    quick.hidden = !narrow.matches;
  };
  for (const name of QUICK.filter((one) => rows.has(one))) {
    const row = rows.get(name);
    const called = row.element.querySelector(".name").firstChild.textContent;
    Object.assign(row, { home: row.element.parentNode, after: row.element.nextSibling, called });
  }
  narrow.onchange = place;
  place();
  return {
    show(values) {
      for (const [name, value] of Object.entries(values)) rows.get(name)?.show(value);
      mixer.show(Object.assign(known, values));
    },
  };
}

class Row {
  constructor(control, label, link) {
    Object.assign(this, { control, link, held: false, until: 0, pending: undefined });
    const id = `control-${control.name.replaceAll(".", "-")}`;
    this.output = make("output", { htmlFor: id });
    const several = !["key", "keys", "form"].includes(control.kind) && control.choices.length > 0 && control.choices.length <= 5;
    const name = make(several ? "span" : "label", { className: "name", id: `${id}-name` }, label,
      make("small", {}, control.cc === null ? "" : `CC ${control.cc}`));
    if (!several) name.htmlFor = id;
    this.help = make("p", { className: "help", id: `${id}-help` }, `${control.help}. ${control.address}`);
    this.element = make("div", { className: "control", title: `${control.help} · ${control.address}` }, name);
    this.element.dataset.name = control.name;
    this.face = this[{ int: "number", float: "number", bool: "switch", key: "keys", keys: "list", form: "list" }[control.kind] ?? "choice"](id);
    if (control.name === "tune.seed") this.face = this.seed(id);
    if (control.momentary) this.face = this.hold(id);
    this.element.append(this.help);
    this.element.querySelector(`#${id}`).setAttribute("aria-describedby", this.help.id);
    name.addEventListener("dblclick", () => this.send(control.default, true));
  }

  send(value, shown = false) {
    this.link.set(this.control.name, value);
    this.value = value;
    if (shown) this.face(value);
    this.word(value);
  }

  // From outside: at once, or when the finger is off.
  show(value) {
    this.value = value;
    if (this.held || performance.now() < this.until) { this.pending = value; return; }
    this.pending = undefined;
    this.face(value);
    this.word(value);
  }

  word(value) {
    const { kind, unit } = this.control;
    this.element.dataset.value = value;
    const said = typeof value === "number" ? figure(value, kind) : String(value);
    this.element.querySelector("input[type=range]")?.setAttribute("aria-valuetext", unit ? `${said} ${unit}` : said);
    this.output.replaceChildren(typeof value === "number" ? figure(value, kind) : kind === "bool" ? "" : String(value));
    if (unit && kind !== "bool") this.output.append(make("small", {}, unit.replace("quarter notes per minute", "bpm")));
  }

  grip(input) { // while a finger is on it
    const on = () => { this.held = true; this.element.classList.add("held"); };
    const off = () => {
      if (!this.held) return;
      this.held = false; this.until = performance.now() + HOLD; this.element.classList.remove("held");
      setTimeout(() => { if (this.pending !== undefined && !this.held) this.show(this.pending); }, HOLD + 10);
    };
    input.addEventListener("pointerdown", on);
    for (const name of ["pointerup", "pointercancel", "blur"]) input.addEventListener(name, off);
    input.addEventListener("keydown", () => { this.until = performance.now() + HOLD; });
  }

  number(id) {
    const { control } = this, curved = control.curve === "log", input = make("input", { type: "range", id, className: "wide" });
    const [low, high, size] = curved ? [0, 200, 1] : [control.low, control.high, step(control)];
    for (const [name, value] of Object.entries({ min: low, max: high, step: size })) input.setAttribute(name, value);
    const fill = (value) => input.style.setProperty("--at", `${toFader(control, value) * 100}%`);
    const face = (value) => { input.value = curved ? toFader(control, value) * high : value; fill(value); };
    input.addEventListener("input", () => {
      const value = curved ? fromFader(control, input.value / high) : Number(input.value);
      fill(value);
      this.send(value);
    });
    this.grip(input);
    this.element.append(this.output, input);
    return face;
  }

  seed(id) {
    this.element.querySelector("input")?.remove();
    this.output.remove();
    const input = make("input", { type: "number", id, min: 0, max: this.control.high, inputMode: "numeric" });
    input.addEventListener("change", () => this.send(Math.trunc(Number(input.value)) || 0));
    input.addEventListener("focus", () => { this.held = true; });
    input.addEventListener("blur", () => { this.held = false; if (this.pending !== undefined) this.show(this.pending); });
    const dice = make("button", { textContent: "Draw", onclick: () => this.send(1 + Math.floor(Math.random() * (2 ** 31 - 2)), true) });
    this.element.append(make("div", { className: "pair wide" }, input, dice));
    return (value) => { input.value = value; };
  }

  switch(id) {
    const input = make("input", { type: "checkbox", id, className: "switch" });
    input.setAttribute("role", "switch");
    input.addEventListener("change", () => this.send(input.checked));
    this.element.append(input);
    return (value) => { input.checked = value; };
  }

  hold(id) { // on for as long as a finger or a key is on it
    this.element.querySelector("input")?.remove();
    const button = make("button", { id, className: "hold wide", textContent: "Hold: lend changes" });
    const set = (on) => { if (this.value !== on) this.send(on, true); };
    button.addEventListener("pointerdown", (event) => { button.setPointerCapture(event.pointerId); set(true); });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) button.addEventListener(name, () => set(false));
    button.addEventListener("keydown", ({ key, repeat }) => { if (key === " " && !repeat) set(true); });
    button.addEventListener("keyup", ({ key }) => { if (key === " ") set(false); });
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    this.element.append(button);
    return (value) => { button.classList.toggle("on", value); button.setAttribute("aria-pressed", value); };
  }

  choice(id) {
    const { choices } = this.control;
    this.element.append(this.output);
    if (choices.length <= 5) {
      const buttons = choices.map((text) => make("button", { textContent: text, onclick: () => this.send(text, true) }));
      const group = make("div", { className: "segments wide", id }, ...buttons);
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", `${id}-name`);
      this.element.append(group);
      return (value) => buttons.forEach((button) => {
        button.classList.toggle("on", button.textContent === value);
        button.setAttribute("aria-pressed", button.textContent === value);
      });
    }
    this.output.remove();
    const select = make("select", { id }, ...choices.map((text) => make("option", { textContent: text })));
    select.addEventListener("change", () => this.send(select.value));
    this.element.append(select);
    return (value) => { // a name that is no choice is shown beside them
      if (![...select.options].some(({ value: known }) => known === value)) select.append(make("option", { textContent: value }));
      select.value = value;
    };
  }

  list(id) {
    this.output.remove();
    const input = make("input", { type: "text", id, className: "wide", autocomplete: "off" });
    input.addEventListener("change", () => this.send(input.value.trim() || this.control.default));
    input.addEventListener("focus", () => { this.held = true; });
    input.addEventListener("blur", () => { this.held = false; if (this.pending !== undefined) this.show(this.pending); });
    const known = make("datalist", { id: `${id}-known` }, ...this.control.choices.map((text) => make("option", { value: text })));
    input.setAttribute("list", known.id);
    this.element.append(input, known);
    return (value) => { input.value = value; };
  }

  keys(id) {
    const names = this.control.choices.map((text) => text.split(" "));
    const part = (index) => [...new Set(names.map((name) => name[index]))].map((text) => make("option", { textContent: text }));
    const tonic = make("select", { id }, ...part(0)), mode = make("select", {}, ...part(1));
    mode.setAttribute("aria-label", `${this.element.querySelector(".name").firstChild.textContent}: mode`);
    for (const select of [tonic, mode]) select.addEventListener("change", () => this.send(`${tonic.value} ${mode.value}`));
    this.element.append(this.output, make("div", { className: "pair wide" }, tonic, mode));
    return (value) => {
      const [first, second] = value.split(" ");
      if (![...tonic.options].some(({ value: known }) => known === first)) tonic.append(make("option", { textContent: first }));
      tonic.value = first; mode.value = second;
    };
  }
}
