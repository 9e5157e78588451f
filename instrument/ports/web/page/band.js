// The band's page: the score large, what comes, and how this player reads it. It sends nothing but how to read.
import { BandStaff } from "./band_staff.js";
import { frames } from "./frames.js";
import { Music } from "./music.js";

const $ = (id) => document.getElementById(id);
const music = new Music(), values = {};
const staff = new BandStaff($("score"), $("score-view"), $("what"), music);
const asked = new URLSearchParams(location.search);
const reading = { for: asked.get("for") ?? "C", clef: asked.get("clef") ?? "treble", octave: asked.get("octave") ?? "0" };
const OCTAVES = { "2": "two up", "1": "one up", "0": "as it is", "-1": "one down", "-2": "two down" };
const CLEFS = { treble8: "treble, an octave lower" };
const CLOSES = { "Bb": "B♭", "Eb": "E♭", "Ab": "A♭" };
let line = null, fresh = false, pause = 500, heard = 0;

function open() {
  line = new WebSocket(`ws://${location.host}/band/live?${new URLSearchParams(reading)}`);
  const own = line;
  heard = performance.now();
  own.onopen = () => { pause = 500; fresh = false; document.body.classList.remove("away"); };
  own.onmessage = ({ data }) => { if (own === line) hear(JSON.parse(data)); };
  own.onclose = () => { if (own === line) gone(); };
}

function gone() {
  line = null;
  fresh = false;
  music.halt();
  document.body.classList.add("away");
  $("now").textContent = "Lilt is not there; waiting for it…";
  setTimeout(open, pause);
  pause = Math.min(pause * 2, 4000);
}

function hear(news) {
  heard = performance.now();
  if (news.hello) begin(news.hello);
  if (news.values) {
    Object.assign(values, news.values);
    if ("status.tick" in news.values || "status.playing" in news.values) {
      music.stand(values["status.tick"], values["status.bpm"], values["status.playing"], fresh);
      fresh = true;
    }
  }
  if (news.spans || news.starts) music.hear(news);
  show();
  ask();
}

function begin({ instruments, clefs, reading: own }) {
  Object.assign(music, new Music());
  staff.drawn = -1;
  staff.clef = own.clef;
  Object.assign(reading, own);
  options("for", instruments, (name) => CLOSES[name] ?? name);
  options("clef", clefs, (name) => CLEFS[name] ?? name);
  options("octave", Object.keys(OCTAVES).sort((a, b) => b - a), (name) => OCTAVES[name]);
}

function options(id, names, said) {
  $(id).replaceChildren(...names.map((name) => Object.assign(document.createElement("option"), { value: name, textContent: said(name) })));
  $(id).value = String(reading[id]);
}

for (const id of ["for", "clef", "octave"]) $(id).onchange = () => {
  reading[id] = $(id).value;
  history.replaceState(null, "", `?${new URLSearchParams(reading)}`);
  if (line?.readyState === 1) line.send(JSON.stringify({ read: reading }));
};

const word = (text) => Object.assign(document.createElement("b"), { textContent: text });
const pretty = (key) => String(key).replace(/^([A-G])b/, "$1♭").replace(/^([A-G])#/, "$1♯");

function show() {
  const chord = values["backing.chord"] ?? "";
  $("chord").hidden = !chord;
  $("chord").textContent = pretty(chord);
  const span = music.at(music.now()), tune = values["set.tune"] || (span?.number ?? 0), time = values["set.time"] || 0;
  const times = values["set.times"] > 1 && time <= values["set.times"] ? ` of ${values["set.times"]}` : "";
  const key = span?.key ?? values["tune.key"] ?? "";
  $("now").replaceChildren(...(tune ? ["tune ", word(tune), ", in ", word(pretty(key))] : ["in ", word(pretty(key))]),
    ...(time ? [", time ", word(`${time}${times}`)] : []));
  showGo();
  const last = values["set.then"] === "last";
  const following = values["setlist.coming_key"] && values["setlist.coming"];
  const next = nextKey(span);
  document.body.classList.toggle("last", last);
  $("next").replaceChildren(...(last ? [word("last time")]
    : values["set.coming"] ? ["then ", word(values["set.coming"]), ...(values["set.key"] ? [" in ", word(pretty(values["set.key"]))] : [])]
    : next ? ["next key ", word(pretty(next))]
    : following ? ["then ", word(values["setlist.coming"].split(",")[0]), " in ", word(pretty(values["setlist.coming_key"]))] : []));
}

// Bars until what comes: the set's own count, or as far as the part of the tune goes.
function showGo() {
  const span = music.at(music.now()), told = values["set.to_go"];
  const left = told > 0 ? told : span?.left === undefined ? null : span.left + 1;
  $("go").replaceChildren(...(left === null ? [] : [word(left), left === 1 ? " bar to go" : " bars to go"]));
}

// The key of the next tune, where it is known already.
function nextKey(span) {
  if (!span) return "";
  return music.ordered().find(({ start, tune, key }) => start > span.start && (tune !== span.tune || key !== span.key))?.key ?? "";
}

let at = null;
const ask = frames(() => {
  staff.draw();
  const span = music.at(music.now());
  if (span !== at) { at = span; show(); }
}, () => music.place?.playing, [$("score-view")]);
open();
setInterval(() => {
  if (line?.readyState !== 1) return;
  if (performance.now() - heard > 9000) { const old = line; gone(); old.close(); } else line.send(JSON.stringify({ ping: 1 }));
}, 3000);
