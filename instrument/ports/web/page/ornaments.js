// Ornaments of a known tune on the score: above the staff and their note, below the names of chords; a staccato dot by
// the head, grace notes small before it.
import { S, line, make, y } from "./staff.js";

const TOP_LINE = 10;
const SIGNS = { roll: "~", trill: "tr", turn: "\u223d", "inverted turn": "\u223c", mordent: "\u223f|", pralltriller: "\u223f", accent: ">" };

export function ornaments(group, { ornaments: written = [], score }, place, way) {
  for (const [at, name] of written) {
    const sign = score.signs.find((one) => Math.abs(one.at - at) < .01 && one.heads.length);
    if (!sign) continue;
    const steps = sign.heads.map(([step]) => step), highest = Math.max(...steps), x = place(sign.at);
    if (name === "staccato") dot(group, x, steps, way(sign));
    else if (name.startsWith("grace")) graceNotes(group, x, highest, name.split(" ").slice(1).map(Number));
    else make(group, "text", { x: x - .3 * S, y: Math.min(y(TOP_LINE) - .6 * S, y(highest) - 1.1 * S), class: "ornament" }, SIGNS[name] ?? "");
  }
}

function dot(group, x, steps, way) { // on the other side of the heads than the stem
  const outer = way < 0 ? Math.min(...steps) : Math.max(...steps);
  make(group, "circle", { cx: x, cy: y(outer) - way * S, r: .17 * S, class: "ink solid" });
}

function graceNotes(group, x, highest, steps) {
  steps.forEach((step, i) => {
    const at = x - (1.5 + .75 * (steps.length - 1 - i)) * S, head = y(highest + step);
    make(group, "ellipse", { cx: at, cy: head, rx: .38 * S, ry: .28 * S, class: "ink solid", transform: `rotate(-22 ${at} ${head})` });
    line(group, at + .34 * S, head, at + .34 * S, head - 1.9 * S);
  });
}
