// The page: hears what is new, shows it, and sends what is turned. What it shows is what the instrument says, no more.
import { buildControls } from "./controls.js";
import { drawCredit } from "./credit.js";
import { drawHeat } from "./heat.js";
import { frames } from "./frames.js";
import { connect } from "./link.js";
import { make, renew } from "./make.js";
import { Music } from "./music.js";
import { drawLegend, drawRoll } from "./roll.js";
import { showRepertoire, takeTunes } from "./repertoire.js";
import { calls, showChord, showSet } from "./set.js";
import { offerSave, showSetlist } from "./setlist.js";
import { playing as playOn } from "./playing.js";
import { Staff } from "./staff.js";
import { showPhone } from "./phone.js";

const $ = (id) => document.getElementById(id);
const music = new Music(), values = {};
let controls = null, playing = "", fresh = false;
const staff = new Staff($("score"), $("score-view"), $("score-what"), music);

const link = connect({
  hear(news) {
    if (news.hello) begin(news.hello);
    if (news.playing) playing = news.playing;
    if (news.values) turn(news.values);
    if (news.spans || news.starts || news.reasons) music.hear(news);
    if (news.reasons) $("credit-panel").hidden = false;
    if (news.tunes) showTunes(news.tunes);
    if (news.setlist) showSetlist(news.setlist, send);
    if (news.repertoire) showRepertoire(news.repertoire, send);
    if (news.patches) showPatches(news.patches);
    for (const line of news.lines ?? []) say(line);
    for (const line of news.clipped ?? []) say(line);
    if (news.error) say(news.error);
    ask();
  },
  change(there) {
    document.body.classList.toggle("away", !there);
    fresh = false;
    if (there) return;
    values["status.playing"] = false;
    music.halt();
    showPlay();
    renew($("now"), ["away"], () => ["Lilt is not there; what you turn waits for it…"]);
    showLamps();
  },
});

const set = (name, value) => { link.set(name, value); turn({ [name]: value }); };
const hands = playOn(values, (message) => send(message), set, (text) => say(text));

function begin(hello) {
  Object.assign(music, new Music());
  staff.drawn = staff.row = -1;
  playing = hello.playing;
  controls = buildControls($("controls"), hello.controls, link);
  offerSave(send);
  takeTunes(send, say);
  without = hello.without ?? {};
  showPatches(hello.patches);
  showPhone(hello.phone);
  $("patch-why").hidden = !Object.keys(without).length;
}

let without = {};
function showPatches(patches) {
  $("patches").replaceChildren(...patches.map((name) => {
    const button = Object.assign(document.createElement("button"), { textContent: name });
    button.onclick = () => { if (send({ patch: name })) { playing = name; showNow(); } };
    const rest = without[name];
    if (rest) {
      button.classList.add("partly");
      button.title = rest;
      button.setAttribute("aria-description", rest);
      for (const event of ["focus", "pointerenter", "click"]) button.addEventListener(event, () => { $("patch-why").textContent = rest; });
    }
    return button;
  }));
  if ("tune.key" in values) showNow();
}

function send(message) {
  const there = link.send(message);
  if (!there) say("Lilt is not there; that was not done");
  return there;
}

function turn(changed) {
  Object.assign(values, changed);
  controls?.show(changed);
  hands.show(changed);
  if ("status.tick" in changed || "status.playing" in changed) {
    music.stand(values["status.tick"], values["status.bpm"], values["status.playing"], fresh);
    fresh = true;
  }
  showNow();
  showSet(values);
  showChord(values["backing.chord"] ?? "");
  showLamps();
  showKnob();
}

function showNow() {
  const sounds = music.at(music.now())?.key, key = values["tune.key"];  // a set's later tunes have keys of their own
  const parts = [sounds && sounds !== key ? `${sounds} (${key} is set)` : key, values["tune.meter"], `${Number((values["clock.bpm"] ?? 0).toFixed(1))} bpm`, `seed ${values["tune.seed"]}`];
  renew($("now"), [playing, parts], () => [make("b", {}, playing), ...parts.map((text) => make("span", {}, text))]);
  for (const chip of $("patches").children) {
    chip.classList.toggle("on", chip.textContent === playing);
    chip.setAttribute("aria-pressed", chip.textContent === playing);
  }
  showPlay();
  $("arm").classList.toggle("on", values["transport.state"] === "armed");
  $("arm").setAttribute("aria-pressed", values["transport.state"] === "armed");
}

function showPlay() {
  const on = Boolean(values["status.playing"]);
  renew($("play"), [on], () => [on ? "Stop" : "Play"]);
  $("play").classList.toggle("on", on);
}

function lamp(name, text, state = "") { return { name, text, state }; }

function showLamps() {
  const ahead = values["status.ahead"] ?? 0, late = values["status.late_ms"] ?? 0, mass = values["search.mass"] ?? 1;
  const state = values["transport.state"], left = values["transport.left"] ?? 0;
  const begins = state === "counting in" ? [lamp("count-in", left ? `${left} to go` : "wait", "warn")]
    : state === "armed" ? [lamp("armed", "next bar", "warn")] : [];
  const lamps = [
    ...begins,
    lamp("clock", values["clock.lock"] ?? values["clock.state"] ?? values["clock.source"] ?? "own", "good"),
    lamp("ahead", `${ahead.toFixed(1)} bars`, ahead >= 2 ? "good" : ahead >= 1 ? "warn" : "bad"),
    lamp("late", `${late.toFixed(1)} ms`, late <= 5 ? "good" : late <= 20 ? "warn" : "bad"),
    lamp("kept mass", `${(mass * 100).toFixed(mass > .995 ? 0 : 1)} %`, mass >= .9 ? "good" : mass >= .6 ? "warn" : "bad"),
  ];
  const place = values["thinker.place"] ?? "here", way = values["thinker.way_ms"] ?? 0;
  if (place !== "here") lamps.push(lamp("composed", `${place}, ${way.toFixed(1)} ms`, way <= 50 ? "good" : way <= 250 ? "warn" : "bad"));
  const away = document.body.classList.contains("away");
  renew($("lamps"), [away, lamps], () => lamps.map(({ name, text, state }) => {
    const box = make("div", { className: away ? "" : state }, make("dt", {}, name), make("dd", {}, away ? "–" : text));
    box.dataset.lamp = name;
    return box;
  }));
}

function showKnob() {
  const last = values["midi.last"], learning = values["midi.learning"];
  renew($("knob"), [learning, last], () => learning ? ["move a knob for ", make("b", {}, learning)]
    : [last ? `last heard: ${last}` : "nothing heard from a controller yet"]);
}

function showTunes(tunes) {
  if (!tunes.length) return;
  $("tunes").replaceChildren(...tunes.slice(-50).reverse().map(({ number, title, kept }) => {
    const item = Object.assign(document.createElement("li"), { value: number });
    const again = Object.assign(document.createElement("button"), { textContent: "Again", title: "its seed and settings, from the start" });
    again.onclick = () => send({ again: number });
    again.setAttribute("aria-label", `Again: ${title}`);
    item.append(again, Object.assign(document.createElement("b"), { textContent: title }), document.createElement("br"), kept.replace("T", " "));
    return item;
  }));
}

let hiding = 0;
function say(line) {
  $("said").textContent = line;
  $("said").classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => $("said").classList.remove("shown"), 4000);
}

const does = {
  play: () => send({ do: values["status.playing"] ? "transport.stop" : "transport.play" }),
  arm: () => send({ do: "transport.arm" }),
  new: () => send({ do: "tune.new" }),
  keep: () => send({ do: "tune.keep" }),
  panic: () => { hands.silence(); send({ do: "panic" }); },
  undo: () => send({ do: "undo" }),
  redo: () => send({ do: "redo" }),
  back: () => send({ do: "tune.back" }),
  begin: () => send({ do: "loop.begin" }),
  end: () => send({ do: "loop.end" }),
  learn: () => send({ do: "midi.learn" }),
  forget: () => send({ do: "midi.forget" }),
};
for (const [id, action] of Object.entries(does)) $(id).addEventListener("click", action);
for (const [id, called] of Object.entries(calls)) $(id).addEventListener("click", () => send({ do: called }));
$("help").onclick = () => {
  const helping = document.body.classList.toggle("helping");
  $("help").setAttribute("aria-pressed", helping);
};
addEventListener("keydown", (event) => {
  // Space on something that Space presses or opens is that thing's; letters are anybody's but a field's.
  const own = event.key === " " ? "input, select, textarea, button, summary, a[href], [role=button]" : "input, select, textarea";
  const typing = event.target.closest(own);
  const id = { " ": "play", a: "arm", n: "new", k: "keep", z: "undo", y: "redo", b: "back", Escape: "panic" }[event.key];
  if (id && !event.repeat && !event.ctrlKey && !event.metaKey && (id === "panic" || !typing)) { event.preventDefault(); does[id](); }
});

const ask = frames(() => {
  staff.draw();
  drawRoll($("roll"), music);
  drawLegend($("legend"), music);
  drawHeat($("heat"), music);
  if (music.reasons.length) drawCredit($("credit"), music);
}, () => music.place?.playing, ["roll", "heat", "credit", "score-view"].map($));
