// Known tunes: ABC that is dropped on the page, chosen or pasted plays at the next free bar; the tunes to step through.
import { make } from "./make.js";

const $ = (id) => document.getElementById(id);
const LARGEST = 200_000; // bytes of a text that is handed over; more is a file to start with

export function showRepertoire({ name, at, tunes }, send) {
  $("repertoire-name").textContent = name;
  $("repertoire-steps").hidden = !tunes.length;
  $("known").hidden = !tunes.length;
  $("known").replaceChildren(...tunes.map((title, index) => {
    const number = index + 1, go = make("button", { textContent: number === at ? "Again" : "Play" });
    go.setAttribute("aria-label", `Play ${title}`);
    go.onclick = () => send({ tune: number });
    const item = make("li", { value: number, className: number === at ? "current" : "" }, go, make("b", {}, title));
    if (number === at) item.setAttribute("aria-current", "true");
    return item;
  }));
}

export function takeTunes(send, say) {
  const take = (abc, name) => {
    if (new Blob([abc]).size > LARGEST) return say(`${name || "this text"} is larger than ${LARGEST / 1000} kB; start with the file: lilt play FILE.abc`);
    if (!abc.trim()) return say(`${name || "this text"} is empty`);
    return send({ abc, name });
  };
  const read = (file) => {
    if (file.size > LARGEST) return say(`${file.name} is larger than ${LARGEST / 1000} kB; start with the file: lilt play ${file.name}`);
    file.text().then((text) => take(text, file.name), () => say(`${file.name} cannot be read`));
  };
  document.ondragover = (event) => event.preventDefault();
  document.ondrop = (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files, text = event.dataTransfer.getData("text/plain");
    if (file) read(file); else if (text) take(text, "");
  };
  $("abc-file").onchange = () => { const [file] = $("abc-file").files; if (file) read(file); $("abc-file").value = ""; };
  $("abc-play").onclick = () => { if (take($("abc").value, "")) $("abc").value = ""; };
  $("tune-like").onclick = () => send({ do: "tune.like" });
  $("known-back").onclick = () => send({ do: "repertoire.back" });
  $("known-next").onclick = () => send({ do: "repertoire.next" });
}
