// An element with what it holds.
export function make(name, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...children);
  return element;
}

const held = new WeakMap(); // element: what it shows

// An element is filled anew where what it shows has changed. shows: plain values; children(): what it holds.
export function renew(element, shows, children) {
  const key = JSON.stringify(shows);
  if (held.get(element) === key) return;
  held.set(element, key);
  element.replaceChildren(...children());
}
