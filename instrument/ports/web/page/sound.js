// Sound in the page: the notes that Lilt plays, by Web Audio, with the mixer's levels. Off until somebody asks for it here.
const AHEAD = 0.06; // seconds that every note is later, so that what comes over a network is in time with the rest
const MOST = 48; // notes at once
const FLOOR = 0.0001;
const GLIDE = .004; // seconds by which a bend or pressure is smoothed
const WOBBLE = { hertz: 5.5, cents: 60 }, SWELL = .5; // what full pressure does, as on the built-in synth
// attack and release in seconds, what is left after the decay, its seconds, and partials of the wave
const TIMBRES = {
  whistle: { attack: .02, release: .08, sustain: .85, decay: .1, partials: [1, .12, .2, .03] },
  pluck: { attack: .003, release: .25, sustain: .001, decay: 1.6, partials: [1, .5, .34, .22, .12, .08] },
  reed: { attack: .03, release: .09, sustain: .9, decay: .1, partials: [1, .62, .5, .4, .3, .22, .16, .1] },
  drone: { attack: .12, release: .3, sustain: .95, decay: .1, partials: [1, .8, .55, .5, .3, .3, .2, .14] },
};

export class Sound {
  constructor(values) { Object.assign(this, { values, context: null, notes: new Map(), number: 0, waves: new Map() }); }

  // From a finger's touch: browsers let nothing sound before one.
  start() {
    this.context ??= new AudioContext({ latencyHint: "interactive" });
    if (!this.master) {
      this.master = this.context.createGain();
      const limiter = this.context.createDynamicsCompressor();
      this.master.connect(limiter).connect(this.context.destination);
    }
    this.context.resume();
  }

  stop() { this.silence(); this.context?.suspend(); }

  hear(number, notes, moves = []) {
    if (!this.context) return;
    if (this.number && number !== this.number + 1) this.silence(); // something was lost: no end is waited for
    this.number = number;
    const shift = this.context.currentTime - performance.now() / 1000 + AHEAD;
    for (const [at, voice, pitch, velocity] of notes) {
      const when = Math.max(this.context.currentTime, at / 1000 + shift);
      this.end(`${voice} ${pitch}`, when);
      if (velocity) this.begin(voice, pitch, velocity, when);
    }
    for (const [at, voice, pitch, what, value] of moves) {
      const note = this.notes.get(`${voice} ${pitch}`);
      if (note) this.move(note, what, value, Math.max(this.context.currentTime, at / 1000 + shift));
    }
  }

  // A note that sounds is bent (semitones from its pitch) or pressed (0..127); one that begins so, from its beginning on.
  move(note, what, value, when) {
    const turn = (param, to) => (when <= note.when ? param.setValueAtTime(to, note.when) : param.setTargetAtTime(to, when, GLIDE));
    if (what === "bend") turn(note.tone.detune, 100 * value);
    else {
      note.wobble ??= this.wobbling(note);
      turn(note.wobble.gain, WOBBLE.cents * value / 127);
      turn(note.swell.gain, 1 + SWELL * value / 127);
    }
  }

  wobbling(note) {
    const waver = this.context.createOscillator(), depth = this.context.createGain();
    waver.frequency.value = WOBBLE.hertz;
    depth.gain.value = 0;
    waver.connect(depth).connect(note.tone.detune);
    waver.start(note.when);
    note.tone.addEventListener("ended", () => waver.stop());
    return depth;
  }

  begin(voice, pitch, velocity, when) {
    const timbre = TIMBRES[this.values[`voice.${voice}.timbre`]] ?? TIMBRES.pluck;
    const level = (this.values[`voice.${voice}.level`] ?? .6) * (this.values["sound.level"] ?? .8) * (velocity / 127) ** 1.5 * .3;
    const tone = this.context.createOscillator(), gain = this.context.createGain(), swell = this.context.createGain();
    const place = this.context.createStereoPanner();
    tone.setPeriodicWave(this.wave(timbre));
    tone.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    tone.detune.setValueAtTime(0, when);
    place.pan.value = this.values[`voice.${voice}.pan`] ?? 0;
    gain.gain.setValueAtTime(FLOOR, when);
    gain.gain.linearRampToValueAtTime(Math.max(FLOOR, level), when + timbre.attack);
    gain.gain.setTargetAtTime(Math.max(FLOOR, level * timbre.sustain), when + timbre.attack, timbre.decay / 3);
    tone.connect(gain).connect(swell).connect(place).connect(this.master);
    tone.start(when);
    const key = `${voice} ${pitch}`;
    this.notes.set(key, { tone, gain, swell, timbre, when });
    if (this.notes.size > MOST) this.end(this.notes.keys().next().value, this.context.currentTime);
  }

  end(key, when) {
    const note = this.notes.get(key);
    if (!note) return;
    this.notes.delete(key);
    note.gain.gain.cancelScheduledValues(when);
    note.gain.gain.setTargetAtTime(FLOOR, when, note.timbre.release / 3);
    note.tone.stop(when + note.timbre.release * 2);
  }

  silence() { for (const key of [...this.notes.keys()]) this.end(key, this.context?.currentTime ?? 0); this.number = 0; }

  wave(timbre) {
    if (!this.waves.has(timbre)) {
      const imaginary = Float32Array.from([0, ...timbre.partials]);
      this.waves.set(timbre, this.context.createPeriodicWave(new Float32Array(imaginary.length), imaginary));
    }
    return this.waves.get(timbre);
  }
}
