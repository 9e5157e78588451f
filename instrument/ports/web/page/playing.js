// Playing on the page: keys on the screen and of the computer, MIDI devices, pads, and what sounds in the page itself.
import { Held } from "./held.js";
import { Keyboard } from "./keyboard.js";
import { KeyLine } from "./keyline.js";
import { make } from "./make.js";
import { Sound } from "./sound.js";
import { WebMidi } from "./webmidi.js";

const $ = (id) => document.getElementById(id);
// Two rows of the computer's keys, where they lie on any layout: two octaves and a third, as trackers and DAWs have them.
const ROWS = [
  ["KeyZ", "KeyS", "KeyX", "KeyD", "KeyC", "KeyV", "KeyG", "KeyB", "KeyH", "KeyN", "KeyJ", "KeyM"],
  ["KeyQ", "Digit2", "KeyW", "Digit3", "KeyE", "KeyR", "Digit5", "KeyT", "Digit6", "KeyY", "Digit7", "KeyU", "KeyI", "Digit9",
    "KeyO", "Digit0", "KeyP"],
];
const STEPS = Object.fromEntries(ROWS.flatMap((row, octave) => row.map((code, step) => [code, 12 * octave + step])));
const SOFT = 80, LOUD = 112, PAD = 72;
const WAYS = { listen: "Play along", answer: "Answer", tap: "Tap", hold: "Hold", accompany: "Accompany" };
const SAYS = {
  listen: "Your notes sound beside the tune.", answer: "Play a phrase and stop: it is answered.",
  tap: "Any key sounds the tune's next note: you give the rhythm.", hold: "What you hold is what the tune is made of.",
  accompany: "Your melody gets voices.",
};
const OPEN = "lilt.keys";
const kept = { // a browser may keep nothing for us
  get(name) { try { return localStorage.getItem(`${OPEN}.${name}`); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(`${OPEN}.${name}`, value); } catch { /* then not */ } },
};

export function playing(values, send, set, say) {
  const box = $("keys-panel"), sound = new Sound(values);
  let here = kept.get("sound") === "on", letters = true;
  const line = new KeyLine({
    change(page) {
      if (!page) { held.all(); sound.silence(); }
      $("keys-page").textContent = page ? `page ${page}` : line.wanted ? "not there" : "";
      $("keys-late").textContent = "";
    },
    late(ms) { const text = `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms late`; if ($("keys-late").textContent !== text) $("keys-late").textContent = text; },
    sounds: (number, notes, moves) => sound.hear(number, notes, moves),
  });
  const midi = (bytes, time) => { if (!line.midi(bytes, time) && bytes[0] >= 0x90 && bytes[2]) say("Lilt is not there; that was not played"); };
  const held = new Held(midi, (note, down) => keyboard.show(note, down));
  const keyboard = new Keyboard($("keyboard"), held);
  const device = new WebMidi(midi, (text) => { $("midi-what").textContent = text; });

  const want = () => { line.want(box.open || here); line.listen(here); };
  box.addEventListener("toggle", () => {
    kept.set("open", box.open ? "yes" : "no");
    if (!box.open) { held.all(); device.release(); }
    want();
    keyboard.draw();
  });

  // what the keys do
  $("ways").replaceChildren(...Object.entries(WAYS).map(([way, text]) => {
    const button = make("button", { type: "button", textContent: text, onclick: () => set("play.way", way) });
    button.dataset.way = way;
    return button;
  }));

  // the computer's keys
  const octave = (by) => { held.all(); keyboard.set({ octave: Math.max(0, Math.min(7, keyboard.octave + by)) }); $("octave").textContent = `C${keyboard.octave}`; };
  const mine = (event) => box.open && letters && !event.ctrlKey && !event.metaKey && !event.altKey
    && !event.target.closest?.("input, select, textarea");
  addEventListener("keydown", (event) => {
    if (!mine(event)) return;
    const step = STEPS[event.code], by = { Minus: -1, Equal: 1 }[event.code];
    if (step === undefined && by === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat) return;
    if (by) octave(by);
    else held.strike(`code ${event.code}`, 12 * (keyboard.octave + 1) + step, event.shiftKey ? LOUD : SOFT, event.timeStamp);
  }, { capture: true });
  addEventListener("keyup", (event) => held.release(`code ${event.code}`, event.timeStamp), { capture: true });
  $("letters").onclick = () => {
    letters = !letters;
    held.all(performance.now(), "code");
    $("letters").setAttribute("aria-pressed", letters);
    $("letters").textContent = letters ? "Letters play" : "Letters steer";
  };
  $("octave-down").onclick = () => octave(-1);
  $("octave-up").onclick = () => octave(1);
  for (const kind of ["keys", "grid"]) {
    $(`as-${kind}`).onclick = () => { held.all(); keyboard.set({ kind }); kept.set("kind", kind); shown(); };
  }
  const shown = () => { for (const kind of ["keys", "grid"]) $(`as-${kind}`).setAttribute("aria-pressed", keyboard.kind === kind); };

  // pads: at the touch, not when it is over
  const pad = (id, press, lift = () => {}) => {
    const button = $(id);
    button.addEventListener("pointerdown", (event) => { if (event.button > 0) return; button.setPointerCapture(event.pointerId); press(event); });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(name, lift);
    button.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault(); event.stopPropagation();
      if (!event.repeat) press(event);
    });
    button.addEventListener("keyup", lift);
    button.addEventListener("blur", lift);
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  };
  pad("pad-tempo", (event) => { if (!line.send({ tap: event.timeStamp })) send({ do: "clock.tap" }); });
  pad("pad-tune", (event) => {
    if (values["play.way"] !== "tap") { set("play.way", "tap"); return; }
    const area = $("pad-tune").getBoundingClientRect(), place = event.clientY === undefined ? .5 : (event.clientY - area.top) / area.height;
    held.strike("pad", PAD, 45 + 75 * place, event.timeStamp);
  }, (event) => held.release("pad", event.timeStamp));
  pad("pad-next", () => send({ do: "set.next" }));
  pad("pad-last", () => send({ do: "set.last" }));

  $("midi-devices").onclick = () => device.start();
  const audible = () => here && Boolean(values["page.sound"]);
  $("sound-here").onclick = () => {
    here = !audible();
    kept.set("sound", here ? "on" : "off");
    if (here) { sound.start(); if (!values["page.sound"]) set("page.sound", true); } else sound.stop();
    want();
    show({});
  };
  addEventListener("pointerdown", () => { if (audible() && sound.context?.state !== "running") sound.start(); }, { passive: true });

  // whoever leaves holds nothing any more
  const leave = () => { held.all(); device.release(); line.send({ off: 1 }); };
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });
  addEventListener("pagehide", () => { leave(); line.want(false); });
  addEventListener("pageshow", want);
  addEventListener("blur", () => held.all());

  const show = (changed) => {
    if ("play.way" in changed) {
      held.all();
      for (const button of $("ways").children) button.setAttribute("aria-pressed", button.dataset.way === values["play.way"]);
      $("way-says").textContent = SAYS[values["play.way"]] ?? "";
      $("pad-tune").classList.toggle("on", values["play.way"] === "tap");
    }
    if ("tune.key" in changed) { $("as-grid").textContent = `Notes of ${values["tune.key"]}`; keyboard.set({ key: values["tune.key"] }); }
    if ("page.sound" in changed && !values["page.sound"]) sound.silence();
    $("sound-here").setAttribute("aria-pressed", audible());
    $("pad-next").setAttribute("aria-pressed", values["set.then"] === "next");
    $("pad-last").setAttribute("aria-pressed", values["set.then"] === "last");
  };
  keyboard.set({ kind: kept.get("kind") ?? (innerWidth < 500 ? "grid" : "keys") });
  shown();
  octave(0);
  box.open = kept.get("open") === "yes";
  want();
  return { show, silence: () => { held.all(); sound.silence(); } };
}
