// Colours for what is drawn on canvases: the style sheet's, dark or light.
const style = getComputedStyle(document.documentElement);
const light = matchMedia("(prefers-color-scheme: light)");
let known = new Map();
light.addEventListener("change", () => { known = new Map(); });

export const scheme = () => (light.matches ? "light" : "dark");

export function ink(name) {
  if (!known.has(name)) known.set(name, style.getPropertyValue(`--${name}`).trim());
  return known.get(name);
}

// Between the cold and the hot end, 0..1: how much of something there is.
export function warmth(share, from = "cold", to = "hot") {
  const cold = ink(from).split(" ").map(Number), hot = ink(to).split(" ").map(Number);
  return `rgb(${cold.map((part, i) => Math.round(part + (hot[i] - part) * share)).join(" ")})`;
}
