// Ornaments of a known tune on the score: above the staff and their note, below the names of chords; a staccato dot by
// the head, grace notes small before it.
import { GRACE, accidentals } from "./spacing.js";
import { S, line, make, path, y } from "./staff.js";

const TOP_LINE = 10;
const SIGNS = { roll: "~", trill: "tr", turn: "\u223d", "inverted turn": "\u223c", accent: ">" };
const ZIGZAG = "M-.75 .15 l.3 -.3 l.3 .3 l.3 -.3 l.3 .3 l.3 -.3";
const DRAWN = { pralltriller: ZIGZAG, mordent: `${ZIGZAG} M0 -.5 v1` }; // as paths, a staff space long

export function ornaments(group, { ornaments: written = [], score }, place, way) {
  for (const [at, name] of written) {
    const sign = over(score, at);
    if (!sign || name.startsWith("grace")) continue;
    const steps = sign.heads.map(([step]) => step), highest = Math.max(...steps), x = place(sign.at);
    if (name === "staccato") dot(group, x, steps, way(sign));
    else {
      const above = Math.min(y(TOP_LINE) - .6 * S, y(highest) - 1.1 * S);
      if (name in DRAWN) path(group, DRAWN[name], x, above - .6 * S);
      else make(group, "text", { x: x - .3 * S, y: above, class: "ornament" }, SIGNS[name] ?? "");
    }
  }
  for (const [sign, steps] of graces({ ornaments: written, score }))
    graceNotes(group, place(sign.at) - accidentals(sign) * S, Math.max(...sign.heads.map(([step]) => step)), steps);
}

const over = (score, at) => score.signs.find((one) => Math.abs(one.at - at) < .01 && one.heads.length);

// The signs of a measure that grace notes stand before, and their steps above its highest head.
export const graces = ({ ornaments: written = [], score }) => written.flatMap(([at, name]) => {
  const sign = name.startsWith("grace") && over(score, at);
  return sign ? [[sign, name.split(" ").slice(1).map(Number)]] : [];
});

function dot(group, x, steps, way) { // on the other side of the heads than the stem
  const outer = way < 0 ? Math.min(...steps) : Math.max(...steps);
  make(group, "circle", { cx: x, cy: y(outer) - way * S, r: .17 * S, class: "ink solid" });
}

function graceNotes(group, x, highest, steps) {
  steps.forEach((step, i) => {
    const at = x - (1.5 + GRACE * (steps.length - 1 - i)) * S, head = y(highest + step);
    make(group, "ellipse", { cx: at, cy: head, rx: .38 * S, ry: .28 * S, class: "ink solid", transform: `rotate(-22 ${at} ${head})` });
    line(group, at + .34 * S, head, at + .34 * S, head - 1.9 * S);
  });
}
