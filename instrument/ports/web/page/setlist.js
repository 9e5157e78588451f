// The set list: its steps, the one that plays, the one that is next with the note to oneself; and saving as it stands.
import { make } from "./make.js";

const $ = (id) => document.getElementById(id);

export function showSetlist({ name, at, steps }, send) {
  $("setlist").hidden = !steps.length;
  $("setlist-name").textContent = name;
  $("steps").replaceChildren(...steps.map(({ line, note }, index) => {
    const number = index + 1, go = make("button", { textContent: number === at ? "Again" : "Play" });
    go.setAttribute("aria-label", `Play step ${number}, ${line}`);
    go.onclick = () => send({ step: number });
    const item = make("li", { value: number, className: number === at ? "current" : number === at + 1 ? "coming" : "" }, go, make("b", {}, line));
    if (number === at) item.setAttribute("aria-current", "step");
    if (note) item.append(make("br"), note);
    return item;
  }));
  const coming = steps[at];
  $("coming").textContent = coming ? `next: ${coming.line}${coming.note ? `. ${coming.note}` : ""}` : steps.length ? "that was the last step" : "";
}

export function offerSave(send) {
  const save = () => {
    const name = $("save-name").value.trim();
    if (name) { if (send({ save: name })) $("save-name").value = ""; } else send({ do: "patch.save" });
  };
  $("save").onclick = save;
  $("save-name").onkeydown = (event) => { if (event.key === "Enter") save(); };
  const open = () => { const name = $("setlist-open").value.trim(); if (name && send({ setlist: name })) $("setlist-open").value = ""; };
  $("setlist-load").onclick = open;
  $("setlist-open").onkeydown = (event) => { if (event.key === "Enter") open(); };
  $("step-back").onclick = () => send({ do: "setlist.back" });
  $("step-next").onclick = () => send({ do: "setlist.next" });
}
