// Why a note was chosen: what each expert gave to it, in nats. Bright: it wanted this note; dark: it was talked round.
import { describe, redraw } from "./canvas.js";
import { colour } from "./music.js";
import { ink, warmth } from "./theme.js";

const WIDE = 34, LEFT = 76, NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

export function drawCredit(canvas, music) {
  redraw(canvas, [music.changed], (pen, width, height) => draw(canvas, music, pen, width, height));
}

function draw(canvas, music, pen, width, height) {
  const reasons = music.reasons.slice(-Math.floor((width - LEFT) / WIDE));
  const experts = [...new Set(reasons.flatMap(({ nats }) => Object.keys(nats)))], row = (height - 26) / Math.max(1, experts.length);
  pen.textBaseline = "middle"; pen.font = "12px system-ui";
  experts.forEach((expert, i) => { pen.fillStyle = ink("dim"); pen.textAlign = "left"; pen.fillText(expert, 2, (i + .5) * row); });
  let x = LEFT, before = null;
  for (const { tick, voice, pitch, nats } of reasons) {
    if (before !== null && before !== tick) { pen.fillStyle = ink("lines"); pen.fillRect(x - 2, 0, 1, height - 24); }
    before = tick;
    experts.forEach((expert, i) => {
      const want = Math.max(0, 1 + (nats[expert] ?? -9) / 7) ** 1.5; // 1 at nought nats, 0 at -7
      pen.fillStyle = warmth(want, "cold", "wanted");
      pen.beginPath(); pen.roundRect(x, i * row + 1, WIDE - 4, row - 2, 4); pen.fill();
    });
    pen.fillStyle = colour(voice); pen.textAlign = "center";
    pen.fillText(`${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`, x + (WIDE - 4) / 2, height - 11);
    x += WIDE;
  }
  canvas.dataset.notes = reasons.length;
  const last = reasons.at(-1);
  if (last) describe(canvas, `Why ${NAMES[last.pitch % 12]}${Math.floor(last.pitch / 12) - 1} in the ${last.voice}: `
    + Object.entries(last.nats).sort((a, b) => b[1] - a[1]).map(([expert, nats]) => `${expert} ${nats}`).join(", "));
}
