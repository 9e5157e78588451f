// The piano roll: what sounded, sounds and is to come, of every voice. Announced notes are solid, tentative ones faint.
import { describe, redraw, sharpness } from "./canvas.js";
import { QUARTER, colour } from "./music.js";
import { ink } from "./theme.js";

const BEAT = 46, NOW = .3; // pixels to the quarter note; where now stands

export function drawRoll(canvas, music) {
  const now = music.now(), pixel = Math.round(now / QUARTER * BEAT * sharpness());
  redraw(canvas, [music.changed, pixel, music.place?.playing], (pen, width, height) => draw(canvas, music, pen, width, height, now));
}

function draw(canvas, music, pen, width, height, now) {
  const x = (tick) => width * NOW + (tick - now) / QUARTER * BEAT;
  const from = now - width * NOW / BEAT * QUARTER, to = now + width * (1 - NOW) / BEAT * QUARTER;
  const spans = music.ordered().filter(({ start, end }) => end > from && start < to);
  const notes = spans.flatMap((span) => span.notes.map((note) => ({ note, solid: span.announced })));
  const pitches = notes.map(({ note }) => note[2]);
  const low = Math.min(58, ...pitches) - 2, high = Math.max(80, ...pitches) + 2, row = height / (high - low + 1);
  const top = (pitch) => (high - pitch) * row;
  for (let pitch = Math.ceil(low / 12) * 12; pitch <= high; pitch += 12) {
    pen.fillStyle = ink("rule"); pen.fillRect(0, top(pitch) + row, width, 1);
    pen.fillStyle = ink("faint"); pen.font = "10px system-ui"; pen.fillText(`C${pitch / 12 - 1}`, 3, top(pitch) + row - 2);
  }
  for (const { start, bar, announced } of spans) {
    pen.fillStyle = ink(announced ? "lines" : "edge"); pen.fillRect(Math.round(x(start)), 0, 1, height);
    pen.fillStyle = ink("faint"); pen.font = "10px system-ui"; pen.fillText(bar + 1, x(start) + 4, 11);
  }
  for (const { note: [start, duration, pitch, velocity, voice], solid } of notes) {
    const sounding = start <= now && now < start + duration && music.place?.playing;
    pen.globalAlpha = solid ? .55 + .45 * velocity / 127 : .3;
    pen.fillStyle = sounding ? ink("white") : colour(voice);
    pen.beginPath();
    pen.roundRect(x(start) + .5, top(pitch), Math.max(2, duration / QUARTER * BEAT - 1.5), Math.max(3, row - 1), 2);
    pen.fill();
  }
  pen.globalAlpha = 1;
  pen.fillStyle = ink("amber"); pen.fillRect(width * NOW - 1, 0, 2, height);
  canvas.dataset.notes = notes.length;
  const sounding = spans.find(({ start, end }) => start <= now && now < end);
  describe(canvas, sounding ? `Piano roll: bar ${sounding.bar + 1}, ${sounding.notes.length} notes of `
    + [...new Set(sounding.notes.map((note) => note[4]))].join(", ") : "Piano roll: nothing yet");
}

export function drawLegend(element, music) {
  const voices = [...new Set(music.ordered().flatMap(({ notes }) => notes.map((note) => note[4])))].sort();
  if (element.dataset.voices === voices.join()) return;
  element.dataset.voices = voices.join();
  element.replaceChildren(...voices.map((voice) => {
    const item = document.createElement("span"), dot = document.createElement("i");
    dot.style.background = colour(voice);
    item.append(dot, voice);
    return item;
  }));
}
