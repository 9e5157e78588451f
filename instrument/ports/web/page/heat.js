// What the model weighed: a column for each token from the sounding measure on, the likeliest above, the chosen framed.
import { describe, redraw } from "./canvas.js";
import { ink, warmth } from "./theme.js";

const CELL = 22, WIDE = 40, ROWS = 8;

export function drawHeat(canvas, music) {
  const now = music.now(), first = music.ordered().find(({ end }) => end > now);
  redraw(canvas, [music.changed, first?.start, first?.start <= now], (pen, width) => draw(canvas, music, pen, width, now));
}

function draw(canvas, music, pen, width, now) {
  let x = 0, cells = 0;
  pen.textAlign = "center"; pen.textBaseline = "middle";
  for (const span of music.ordered()) {
    const choices = span.end > now && x <= width && music.choices(span);
    if (!choices) continue;
    pen.globalAlpha = span.announced ? 1 : .72;
    pen.fillStyle = ink(span.start <= now ? "amber" : "faint"); pen.fillRect(x, 0, 2, CELL * ROWS);
    pen.font = "11px system-ui"; pen.textAlign = "left"; pen.fillText(`bar ${span.bar + 1}`, x + 6, CELL * ROWS + 16);
    pen.textAlign = "center";
    x += 4;
    for (const [token, share, likeliest] of choices) {
      likeliest.slice(0, ROWS).forEach(([text, chance], row) => { cell(pen, x, row, text, chance, text === token); cells += 1; });
      if (!likeliest.slice(0, ROWS).some(([text]) => text === token)) cell(pen, x, ROWS - 1, token, share, true);
      x += WIDE;
      if (x > width) break;
    }
    x += 4;
  }
  pen.globalAlpha = 1;
  if (!cells) {
    pen.fillStyle = ink("faint"); pen.font = "14px system-ui"; pen.textAlign = "left";
    pen.fillText("nothing was weighed for these bars: they were given, or made by other means", 4, 24);
  }
  canvas.dataset.cells = cells;
  const bars = music.ordered().filter((span) => span.end > now && music.choices(span)).map(({ bar }) => bar + 1);
  describe(canvas, cells ? `What was weighed for bars ${bars[0]} to ${bars.at(-1)}: ${text(music, now)}` : "Nothing was weighed for these bars");
}

// The first choices of the bar that sounds, as they are read out.
function text(music, now) {
  const span = music.ordered().find((one) => one.end > now && music.choices(one));
  return (music.choices(span) ?? []).slice(0, 6).map(([token, share]) => `${token} ${Math.round(share * 100)} %`).join(", ");
}

function cell(pen, x, row, text, chance, chosen) {
  const heat = Math.sqrt(chance), top = row * CELL + 2;
  pen.fillStyle = warmth(heat);
  pen.beginPath(); pen.roundRect(x, top, WIDE - 3, CELL - 3, 4); pen.fill();
  if (chosen) { pen.strokeStyle = ink("ink"); pen.lineWidth = 1.8; pen.stroke(); }
  pen.fillStyle = chance > .45 ? "#17120a" : ink(chance > .02 || chosen ? "ink" : "faint");
  pen.font = `${chosen ? "600 " : ""}12px ui-monospace, monospace`;
  pen.fillText(text, x + (WIDE - 3) / 2, top + (CELL - 3) / 2 + 1);
}
