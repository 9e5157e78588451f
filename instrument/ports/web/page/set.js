// The set: which tune, which time through, how many bars to go and what comes then; and what the leader calls.
const $ = (id) => document.getElementById(id);

export function showChord(name) {
  $("chord").hidden = !name;
  const shown = name.replace(/(^|\/)([A-G])#/g, "$1$2♯").replace(/(^|\/)([A-G])b/g, "$1$2♭");
  if ($("chord").textContent !== shown) $("chord").textContent = shown;
}

export function showSet(values) {
  const tune = values["set.tune"] ?? 0, there = tune > 0, toGo = values["set.to_go"] ?? -1;
  $("set").hidden = !there;
  if (!there) return;
  const coming = values["set.coming"], key = values["set.key"];
  const parts = [`tune ${tune}`, `time ${values["set.time"]}`];
  if (toGo === 0 && !coming) parts.push("the set is over");
  else if (toGo >= 0) parts.push(`${toGo} ${toGo === 1 ? "bar" : "bars"} to go`);
  if (coming) parts.push(`then ${coming}${key ? `, ${key}` : ""}`);
  const text = parts.join(" · ");
  if ($("set-now").textContent !== text) $("set-now").textContent = text;
  $("set-now").classList.toggle("soon", toGo >= 0 && toGo <= 4 && coming !== "");
  for (const [id, called] of [["set-next", "next"], ["set-last", "last"]]) {
    const on = values["set.then"] === called;
    $(id).classList.toggle("on", on);
    $(id).setAttribute("aria-pressed", on);
  }
}

export const calls = { "set-next": "set.next", "set-last": "set.last", fade: "transport.fade" };
