// The score: what the server has engraved, put on staves. Rows of so many measures, placed by their number in the tune,
// so that nothing that is written moves. Announced measures are solid, tentative ones faint. Music is written as it is
// played, repeats written out: so there are no repeat signs, but a double bar where a part ends.
import { spread, tupletMarks, turned } from "./spacing.js";
import { ACCIDENTALS, CLEF, FLAG, REST4, REST8 } from "./glyphs.js";
import { EIGHTH } from "./music.js";
import { graces, ornaments } from "./ornaments.js";

export const S = 9;
const SVG = "http://www.w3.org/2000/svg", ROW = 11.6 * S, TOP = 4.1 * S, EDGE = .3 * S, MIDDLE = 6, STEM = 3.3;
export const y = (step) => TOP + (10 - step) * S / 2; // the top line is f'', ten steps above middle c

export function make(parent, name, attributes = {}, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}
export const path = (parent, d, x, at, kind = "ink thin", scale = S) =>
  make(parent, "path", { d, class: kind, transform: `translate(${x} ${at}) scale(${scale})`, "vector-effect": "non-scaling-stroke" });
export const line = (parent, x1, y1, x2, y2, width = 1.3) =>
  make(parent, "line", { x1, y1, x2, y2, class: "ink", "stroke-width": width });

export class Staff {
  constructor(svg, view, what, music) {
    Object.assign(this, { svg, view, what, music, drawn: -1, row: -1, sounding: null, width: 0, zoom: 1, firsts: new Map() });
  }

  draw() {
    const width = this.view.clientWidth / this.zoom;
    if (this.drawn !== this.music.changed || width !== this.width) {
      this.drawn = this.music.changed;
      this.width = width;
      this.write();
    }
    this.follow();
  }

  write() {
    this.svg.replaceChildren();
    this.rows = [];
    let row = null, before = null;
    const spans = this.music.ordered();
    for (const [index, span] of spans.entries()) {
      const across = this.across(span);
      // a tune that takes over in the middle of another is written from the left, wherever it begins
      if (!this.firsts.has(span.tune)) this.firsts.set(span.tune, before && span.tune !== before.tune ? span.bar : 0);
      const column = Math.max(0, span.bar - this.firsts.get(span.tune)) % across;
      span.ends = spans[index + 1] && spans[index + 1].tune !== span.tune;
      if (!row || column === 0 || span.tune !== before?.tune || column <= before.column) row = this.newRow(span, before, across);
      this.measure(row, span, column, before);
      before = { ...span, column };
    }
    for (const tune of this.firsts.keys()) if (this.firsts.size > 64) this.firsts.delete(tune);
    this.stack();
    const height = this.bottom + this.view.clientHeight / this.zoom; // so that any row can be the first in view
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
    this.svg.setAttribute("height", height * this.zoom);
    this.sounding = null;
  }

  // Measures in a row: as many as have room for the notes of their meter, four at most.
  across({ meter: [upper, lower] }) {
    const room = Math.max(6, 8 * upper / lower) * 2.3 * S + 3 * S;
    const fit = Math.floor((this.width - 9 * S) / room);
    return fit >= 4 ? 4 : fit === 3 ? 3 : fit === 2 ? 2 : this.width > 300 && 8 * upper / lower <= 9 ? 2 : 1;
  }

  newRow(span, before, across) {
    const group = make(this.svg, "g");
    const tune = !before || before.tune !== span.tune, meter = tune || `${before.meter}` !== `${span.meter}`;
    for (let step = 2; step <= 10; step += 2) make(group, "line", { x1: 0, x2: this.width, y1: y(step), y2: y(step), class: "lines" });
    this.drawClef(group, 13);
    let x = 13 + 2.3 * S;
    for (const [step, alteration] of span.signature) { path(group, ACCIDENTALS[alteration][0], x, y(step)); x += 1.02 * S; }
    if (meter) {
      make(group, "text", { x: x + S, y: y(6) - 1, class: "figure", "text-anchor": "middle" }, span.meter[0]);
      make(group, "text", { x: x + S, y: y(2) - 1, class: "figure", "text-anchor": "middle" }, span.meter[1]);
    }
    x = 13 + (2.3 + 1.02 * span.signature.length + 2.4) * S;
    if (tune) make(group, "text", { x: 2, y: 10, class: "mark" }, `tune ${span.number} · ${span.key}`);
    const row = { group, left: x, wide: (this.width - x) / across, spans: [], index: this.rows.length };
    this.rows.push(row);
    return row;
  }

  drawClef(group, x) {
    path(group, CLEF, x, y(4));
    make(group, "circle", { cx: x - .08 * S, cy: y(4) + 2.5 * S, r: .3 * S, class: "ink solid" });
  }

  // Each row has as much room as all that is drawn in it, stems, beams, names and ornaments too.
  stack() {
    this.bottom = 0;
    const boxes = this.rows.map(({ group }) => group.getBBox()); // all are read before one is moved
    for (const [index, row] of this.rows.entries()) {
      const above = Math.max(0, EDGE - boxes[index].y);
      row.top = this.bottom;
      row.group.setAttribute("transform", `translate(0 ${row.top + above})`);
      this.bottom += above + Math.max(ROW, boxes[index].y + boxes[index].height + EDGE);
    }
  }

  measure(row, span, column, before) {
    const left = row.left + column * row.wide, right = left + row.wide - 1, score = span.score;
    const group = make(row.group, "g", { class: `measure ${span.announced ? "announced" : "tentative"}`, "data-start": span.start });
    row.spans.push(span);
    if (!score) { this.close(group, right, span); return; }
    const whole = 8 * span.meter[0] / span.meter[1], pickup = span.bar === 0 && score.length < whole;
    const begins = pickup ? right - (right - left) * Math.max(.3, score.length / whole) : left; // a pick-up has its share
    for (const [sign, steps] of graces(span)) sign.graces = steps.length;
    const place = spread(score, begins + 1.5 * S, right - .8 * S, S);
    span.place = place;
    this.again(group, span, place, right);
    this.chords(group, span, place);
    const beams = new Map();
    span.groups = score.signs.map((sign) => {
      const note = make(group, "g", { class: "sign" });
      const x = place(sign.at);
      if (!sign.heads.length) this.rest(note, sign, score.signs.length === 1 ? (begins + right) / 2 : x + S * .4);
      else if (sign.beam) beams.set(sign.beam, [...(beams.get(sign.beam) ?? []), { sign, note, x }]);
      else this.note(note, sign, x, this.way([sign]));
      return note;
    });
    for (const members of beams.values()) this.beam(group, members);
    ornaments(group, span, place, (sign) => this.way([sign]));
    this.ties(group, score.signs, place, right);
    this.tuplets(group, score.signs, place);
    this.close(group, right, { ...span, closes: score.closes });
  }

  // A bar that says an earlier one again is shaded as far as it does, with the number of that bar in its part.
  again(group, { again, of, step }, place, right) {
    if (!again) return;
    for (const [from, to] of again) {
      const x1 = place(from) - .5 * S, x2 = Math.min(place(to) - .5 * S, right - 1);
      make(group, "rect", { x: x1, y: y(10) - .6 * S, width: Math.max(0, x2 - x1), height: y(2) - y(10) + 1.2 * S, class: "again" });
    }
    const moved = step ? ` ${step > 0 ? "+" : "−"}${Math.abs(step)}` : "";
    make(group, "text", { x: place(again[0][0]) - .4 * S, y: y(2) + 2.1 * S, class: "again-of" }, `= ${of}${moved}`);
  }

  // Names of chords stand above the staff, and above the highest note near them.
  chords(group, { chords = [], score }, place) {
    chords.forEach(([at, name, because], i) => {
      const until = chords[i + 1]?.[0] ?? score.length;
      const steps = score.signs.filter((sign) => sign.at >= at && sign.at < until).flatMap(({ heads }) => heads.map(([step]) => step));
      const text = make(group, "text", { x: place(at) - .4 * S, y: Math.min(y(10) - 2.4 * S, y(Math.max(MIDDLE, ...steps)) - 2 * S), class: "chord" }, name);
      if (because) make(text, "title", {}, because);
    });
  }

  // The bar line: the last of a tune is final, the last of a part double.
  close(group, right, { ends, closes, left }) {
    if (ends) { line(group, right - 1.5, y(10), right - 1.5, y(2), 3.4); line(group, right - 6.5, y(10), right - 6.5, y(2)); return; }
    line(group, right, y(10), right, y(2));
    if (closes || left === 0) line(group, right - 4, y(10), right - 4, y(2));
  }

  way(signs) { // stems up (-1) or down (1)
    const steps = signs.flatMap((sign) => sign.heads.map(([step]) => step));
    const high = Math.max(...steps) - MIDDLE, low = MIDDLE - Math.min(...steps);
    return high >= low ? 1 : -1;
  }

  // way: of the stem; heads a step apart stand on both its sides.
  heads(group, sign, stem, way = this.way([sign])) {
    const aside = turned(sign.heads.map(([step]) => step), way);
    for (const [index, [step, accidental]] of sign.heads.entries()) {
      const x = stem + (aside[index] ? -way * 1.16 * S : 0);
      for (let s = 0; s >= step; s -= 2) make(group, "line", { x1: x - S, x2: x + S, y1: y(s), y2: y(s), class: "ledger" });
      for (let s = 12; s <= step; s += 2) make(group, "line", { x1: x - S, x2: x + S, y1: y(s), y2: y(s), class: "ledger" });
      const hollow = sign.value <= 2;
      make(group, "ellipse", {
        cx: x, cy: y(step), rx: (sign.value === 1 ? .74 : .64) * S, ry: .44 * S, class: hollow ? "ink hollow" : "ink solid",
        transform: `rotate(-22 ${x} ${y(step)})`,
      });
      if (accidental !== null) ACCIDENTALS[accidental].forEach((d, i) => path(group, d, Math.min(x, stem) - (1.35 + i * .8) * S, y(step)));
      for (let dot = 0; dot < sign.dots; dot++)
        make(group, "circle", { cx: Math.max(x, stem) + (1.15 + dot * .5) * S, cy: y(step + (step % 2 ? 0 : 1)), r: .17 * S, class: "ink solid" });
    }
  }

  note(group, sign, x, way) {
    this.heads(group, sign, x, way);
    if (sign.value === 1) return;
    const steps = sign.heads.map(([step]) => step), stemX = x - way * .58 * S;
    const near = y(way < 0 ? Math.min(...steps) : Math.max(...steps)), far = y(way < 0 ? Math.max(...steps) : Math.min(...steps));
    const tip = far + way * STEM * S;
    line(group, stemX, near, stemX, tip);
    for (let value = 8, i = 0; value <= sign.value; value *= 2, i++)
      make(group, "path", { d: FLAG, class: "ink solid", transform: `translate(${stemX} ${tip - way * i * .85 * S}) scale(${S} ${-way * S})` });
  }

  beam(group, members) {
    const way = this.way(members.map(({ sign }) => sign));
    const stems = members.map(({ sign, note, x }) => {
      this.heads(note, sign, x, way);
      const steps = sign.heads.map(([step]) => step);
      return { note, sign, x: x - way * .58 * S, near: y(way < 0 ? Math.min(...steps) : Math.max(...steps)),
        far: y(way < 0 ? Math.max(...steps) : Math.min(...steps)) };
    });
    const first = stems[0], last = stems.at(-1), span = last.x - first.x || 1;
    const slope = Math.max(-.18, Math.min(.18, (last.far - first.far) / span));
    const offset = stems.map(({ x, far }) => far + way * 2.7 * S - slope * (x - first.x));
    const base = way < 0 ? Math.min(...offset) : Math.max(...offset);
    const at = (x) => base + slope * (x - first.x);
    for (const { sign } of members) sign.beamed = { way, at, first: first.x, last: last.x };
    for (const stem of stems) line(stem.note, stem.x, stem.near, stem.x, at(stem.x));
    const bar = (x1, x2, level) => {
      const shift = -way * level * .72 * S, thick = -way * .42 * S;
      make(group, "path", { class: "ink solid", d: `M${x1} ${at(x1) + shift}L${x2} ${at(x2) + shift}v${thick}L${x1} ${at(x1) + shift + thick}Z` });
    };
    bar(first.x - .6, last.x + .6, 0);
    for (let value = 16, level = 1; value <= 64; value *= 2, level++)
      stems.forEach((stem, i) => {
        if (stem.sign.value < value) return;
        const next = stems[i + 1];
        if (next?.sign.value >= value) bar(stem.x - .6, next.x + .6, level);
        else if (!(stems[i - 1]?.sign.value >= value)) { // alone: it leans on the dotted note that it completes
          const left = !next || stems[i - 1]?.sign.dots;
          bar(stem.x - (left ? .9 * S : 0), stem.x + (left ? 0 : .9 * S), level);
        }
      });
  }

  rest(group, sign, x) {
    const middle = y(MIDDLE);
    if (sign.value === 1) make(group, "rect", { x: x - .6 * S, y: y(8), width: 1.2 * S, height: .5 * S, class: "ink solid" });
    else if (sign.value === 2) make(group, "rect", { x: x - .6 * S, y: middle - .5 * S, width: 1.2 * S, height: .5 * S, class: "ink solid" });
    else if (sign.value === 4) make(group, "path", { d: REST4, class: "ink thin", "stroke-width": 2, transform: `translate(${x} ${middle}) scale(${S})`, "vector-effect": "non-scaling-stroke" });
    else for (let value = 8, i = 0; value <= sign.value; value *= 2, i++) {
      path(group, REST8, x - i * .2 * S, middle + i * .9 * S);
      make(group, "circle", { cx: x - (.3 + i * .2) * S, cy: middle + (i * .9 - .55) * S, r: .24 * S, class: "ink solid" });
    }
    for (let dot = 0; dot < sign.dots; dot++) make(group, "circle", { cx: x + (.9 + dot * .5) * S, cy: y(7), r: .17 * S, class: "ink solid" });
  }

  ties(group, signs, place, right) {
    signs.forEach((sign, i) => {
      if (!sign.tied) return;
      const from = place(sign.at) + .8 * S, to = (signs[i + 1] ? place(signs[i + 1].at) : right) - .8 * S, way = -this.way([sign]);
      for (const [step] of sign.heads) {
        const height = y(step) + way * .8 * S;
        make(group, "path", { class: "ink thin", d: `M${from} ${height}Q${(from + to) / 2} ${height + way * S} ${to} ${height}` });
      }
    });
  }

  // The figure stands at the beam that joins the notes; where none joins just those, a bracket does.
  tuplets(group, signs, place) {
    for (const { members, x1, x2, at, below, bracket } of tupletMarks(signs, place, (one) => this.way(one), y, S, STEM)) {
      const x = (x1 + x2) / 2;
      make(group, "text", { x, y: at + (below ? .9 : 0) * S, "text-anchor": "middle", "font-style": "italic", class: "tuplet" }, members[0].of);
      if (!bracket) continue;
      const height = at - .25 * S + (below ? .35 * S : 0), hook = below ? -.6 * S : .6 * S;
      make(group, "path", { class: "ink thin", d: `M${x1} ${height + hook}V${height}H${x - .9 * S}M${x + .9 * S} ${height}H${x2}V${height + hook}` });
    }
  }

  follow() {
    const tick = this.music.now(), span = this.music.at(tick);
    const row = this.rows?.find(({ spans }) => spans.includes(span));
    if (row && row.index !== this.row) {
      const calm = this.row < 0 || matchMedia("(prefers-reduced-motion: reduce)").matches; // the first row is there at once
      this.row = row.index;
      this.view.scrollTo({ top: row.top * this.zoom, behavior: calm ? "instant" : "smooth" });
    }
    const within = span && (tick - span.start) / EIGHTH;
    const index = span?.score ? span.score.signs.findIndex(({ at, length }) => at <= within && within < at + length) : -1;
    const note = index >= 0 && this.music.place?.playing ? span.groups?.[index] : null;
    if (note !== this.sounding) {
      this.sounding?.classList.remove("sounding");
      note?.classList.add("sounding");
      this.sounding = note;
    }
    if (!span) return;
    const left = span.left === undefined ? "" : span.left ? `, ${span.left} to go` : ", last of its part";
    const text = `tune ${span.number}, bar ${span.bar + 1}, ${span.key}${left}`;
    if (this.what.textContent === text) return; // said again, it would be laid out again, sixty times a second
    this.what.textContent = text;
    this.what.title = span.plan ? `form: ${span.plan}` : "";
  }
}
