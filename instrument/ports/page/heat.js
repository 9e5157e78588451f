// What the model weighed: a column for each token from the sounding measure on, the likeliest above, the chosen framed.
import { fresh } from "./music.js";

const CELL = 22, WIDE = 40, ROWS = 8;

export function drawHeat(canvas, music) {
  const { pen, width } = fresh(canvas), now = music.now();
  let x = 0, cells = 0;
  pen.textAlign = "center"; pen.textBaseline = "middle";
  for (const span of music.ordered()) {
    const choices = span.end > now && x <= width && music.choices(span);
    if (!choices) continue;
    pen.globalAlpha = span.announced ? 1 : .72;
    pen.fillStyle = span.start <= now ? "#ffb454" : "#4a5260"; pen.fillRect(x, 0, 2, CELL * ROWS);
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
    pen.fillStyle = "#4a5260"; pen.font = "14px system-ui"; pen.textAlign = "left";
    pen.fillText("nothing was weighed for these bars: they were given, or made by other means", 4, 24);
  }
  canvas.dataset.cells = cells;
}

function cell(pen, x, row, text, chance, chosen) {
  const heat = Math.sqrt(chance), top = row * CELL + 2;
  pen.fillStyle = `rgb(${22 + 233 * heat} ${26 + 138 * heat * heat} ${34 + 30 * heat * (1 - heat)})`;
  pen.beginPath(); pen.roundRect(x, top, WIDE - 3, CELL - 3, 4); pen.fill();
  if (chosen) { pen.strokeStyle = "#fff"; pen.lineWidth = 1.8; pen.stroke(); }
  pen.fillStyle = chance > .45 ? "#17120a" : chance > .02 || chosen ? "#ece8df" : "#6d7686";
  pen.font = `${chosen ? "600 " : ""}12px ui-monospace, monospace`;
  pen.fillText(text, x + (WIDE - 3) / 2, top + (CELL - 3) / 2 + 1);
}
