import { ink } from "./theme.js";

// What is known of the music: measures by their start, and where it is now. Positions are ticks.
export const QUARTER = 10080, EIGHTH = QUARTER / 2;
const VOICES = ["melody", "soprano", "alto", "tenor", "bass", "drone"];
const LIKE = { guitar: "tenor", piano: "alto", double_bass: "bass", bodhran: "drone", pads: "soprano" };
export const colour = (voice) => ink(VOICES.includes(voice) ? voice : LIKE[voice] ?? "other");

let changes = 0; // of all that is known, of any instrument since the page was opened

export class Music {
  constructor() { this.spans = new Map(); this.reasons = []; this.place = null; this.changed = changes += 1; this.weighed = new Map(); this.sorted = null; }

  hear({ spans = [], starts, reasons = [] }) {
    for (const span of spans) { this.spans.set(span.start, span); this.choices(span); }
    for (const key of this.weighed.keys()) if (this.weighed.size > 256) this.weighed.delete(key);
    if (starts) {
      const there = new Set(starts);
      for (const start of this.spans.keys()) if (!there.has(start)) this.spans.delete(start);
    }
    if (reasons.length) this.reasons = [...this.reasons, ...reasons].slice(-96);
    this.changed = changes += 1;
    this.sorted = null;
  }

  // A status has come: where the music was at that moment. The first one may be old: it only says where it stands.
  stand(tick, bpm, playing, fresh) {
    this.place = { tick, bpm, playing: playing && fresh, at: performance.now() };
  }

  // Nobody says any more where it is: it stands.
  halt() { if (this.place) this.place = { ...this.place, tick: this.now(), playing: false, at: performance.now() }; }

  now() {
    const p = this.place;
    if (!p) return 0;
    return p.playing ? p.tick + (performance.now() - p.at) / 60000 * p.bpm * QUARTER : p.tick;
  }

  // What was weighed for a measure: a repeat was weighed when it was written.
  choices(span) {
    if (span.choices) this.weighed.set(`${span.tune} ${span.measure}`, span.choices);
    return span.choices ?? this.weighed.get(`${span.tune} ${span.measure}`);
  }

  ordered() { return this.sorted ??= [...this.spans.values()].sort((a, b) => a.start - b.start); }
  at(tick) { for (const s of this.spans.values()) if (s.start <= tick && tick < s.end) return s; return null; }
}
