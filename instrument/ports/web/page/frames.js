// Frames of a page: drawn while the music moves, and once after whatever may have changed what is shown. A page at rest
// draws nothing.
const LEAST = 1000; // milliseconds: drawn at least so often, whatever happened that nobody told

// draw(): a frame; moving(): whether another follows; boxes: elements whose size matters. Returns what asks for a frame.
export function frames(draw, moving, boxes) {
  let asked = false;
  const ask = () => { if (!asked) { asked = true; requestAnimationFrame(frame); } };
  const frame = () => { asked = false; draw(); if (moving()) ask(); };
  const sizes = new ResizeObserver(ask);
  for (const box of boxes) sizes.observe(box);
  addEventListener("resize", ask);
  setInterval(ask, LEAST);
  ask();
  return ask;
}
