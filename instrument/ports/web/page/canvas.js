// Canvases: drawn anew only when what they show, their size or the colours have changed. A page at rest costs nothing.
import { scheme } from "./theme.js";

const drawn = new WeakMap(); // canvas: what it shows

// Device pixels to a CSS pixel, on this canvas.
export const sharpness = () =>
  (window.devicePixelRatio || 1) * (Number(getComputedStyle(document.documentElement).getPropertyValue("--zoom")) || 1);

// shows: all that the drawing depends on, as plain values. draw(pen, width, height) draws it, in CSS pixels.
export function redraw(canvas, shows, draw) {
  const ratio = sharpness(), { clientWidth: width, clientHeight: height } = canvas;
  const key = [width, height, ratio, scheme(), ...shows].join();
  if (drawn.get(canvas) === key) return;
  drawn.set(canvas, key);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  draw(pen, width, height);
}

// What a canvas shows, in words.
export function describe(canvas, text) {
  if (canvas.getAttribute("aria-label") !== text) canvas.setAttribute("aria-label", text);
}
