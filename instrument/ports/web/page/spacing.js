// Spacing of a measure as engravers have it: a longer note has more room, though not in proportion, and what stands before
// a head, an accidental or grace notes, has its own; sides of heads in a chord; and marks of tuplets. Pure.
export const GRACE = .75; // staff spaces, as the others are
const ACCIDENTAL = 1.1, DOT = .55, SECOND = 1.2, GRACES = .8;

const room = (length) => 1.35 + 1.25 * Math.log2(1 + 2 * length);
export const accidentals = ({ heads }) => (heads.some(([, accidental]) => accidental !== null) ? ACCIDENTAL : 0);
const before = (sign) => accidentals(sign) + (sign.graces ? GRACES + GRACE * sign.graces : 0);

// Where each place of a measure (eighths) lies between two edges: a function. The signs have all the room there is.
export function spread({ signs, length }, from, to, space) {
  const asks = signs.map((sign) => room(sign.length) + DOT * sign.dots + (seconds(sign) ? SECOND : 0));
  const fixed = signs.reduce((sum, sign) => sum + before(sign), 0) * space;
  const each = (to - from - fixed) / (asks.reduce((sum, one) => sum + one, 0) || 1);
  const places = [];
  let x = from;
  signs.forEach((sign, i) => {
    x += before(sign) * space;
    places.push([sign.at, x]);
    x += asks[i] * each;
  });
  places.push([length, to]);
  return (at) => {
    const next = places.findIndex(([place]) => place > at);
    if (next < 0) return to;
    if (next === 0) return places[0][1];
    const [[a, left], [b, right]] = [places[next - 1], places[next]];
    return left + (right - left) * (at - a) / (b - a || 1);
  };
}

const seconds = ({ heads }) => heads.some(([step]) => heads.some(([other]) => other === step + 1));

// Which heads of a chord stand on the other side of the stem: every second of those a step apart.
export function turned(steps, way) {
  const order = steps.map((step, index) => ({ step, index })).sort((a, b) => (way < 0 ? a.step - b.step : b.step - a.step));
  const aside = steps.map(() => false);
  for (let i = 1; i < order.length; i += 1)
    if (Math.abs(order[i].step - order[i - 1].step) < 2) aside[order[i].index] = !aside[order[i - 1].index];
  return aside;
}

// The marks of a measure's tuplets: their notes, from and to, how high, on which side, and whether they need a bracket.
export function tupletMarks(signs, place, way, y, space, stem) {
  const groups = new Map();
  for (const sign of signs) if (sign.tuplet) groups.set(sign.tuplet, [...(groups.get(sign.tuplet) ?? []), sign]);
  return [...groups.values()].map((members) => {
    const beam = members[0].beam, one = beam && members.every((sign) => sign.beam === beam);
    const alone = one && signs.every((sign) => sign.beam !== beam || members.includes(sign));
    const x1 = place(members[0].at), x2 = place(members.at(-1).at), middle = (x1 + x2) / 2;
    if (one && members[0].beamed) {
      const { way: side, at } = members[0].beamed;
      return { members, x1: x1 - .6 * space, x2: x2 + .6 * space, at: at(middle) + side * .55 * space, below: side > 0, bracket: !alone };
    }
    const voiced = members.filter(({ heads }) => heads.length), below = voiced.length > 0 && way(voiced) > 0;
    const steps = voiced.flatMap(({ heads }) => heads.map(([step]) => step));
    const tips = voiced.map((sign) => { const own = sign.beamed?.way ?? way([sign]); return own > 0 === below ? stem + .6 : .9; });
    const edge = below ? y(Math.min(2, ...steps)) : y(Math.max(10, ...steps));
    const reach = Math.max(0, ...voiced.map((sign, i) => {
      const far = below ? y(Math.min(...sign.heads.map(([step]) => step))) : y(Math.max(...sign.heads.map(([step]) => step)));
      return (below ? far - edge : edge - far) + tips[i] * space;
    }));
    const at = below ? edge + Math.max(reach, .8 * space) : edge - Math.max(reach, .8 * space);
    return { members, x1: x1 - .6 * space, x2: x2 + .6 * space, at, below, bracket: true };
  });
}
