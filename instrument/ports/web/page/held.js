// Notes that are held on this page, each by whatever holds it: a finger, a key of the computer, a key with the focus. A
// note ends with the last of them.
export class Held {
  constructor(send, show) { Object.assign(this, { send, show, notes: new Map(), sources: new Map() }); }

  strike(source, note, velocity, time) {
    if (note < 0 || note > 127) return;
    this.release(source, time);
    if (!this.notes.has(note)) this.notes.set(note, new Set());
    this.notes.get(note).add(source);
    this.sources.set(source, note);
    this.send([0x90, note, Math.max(1, Math.min(127, Math.round(velocity)))], time);
    this.show(note, true);
  }

  release(source, time) {
    const note = this.sources.get(source);
    if (note === undefined) return;
    this.sources.delete(source);
    const holders = this.notes.get(note);
    holders.delete(source);
    if (holders.size) return;
    this.notes.delete(note);
    this.send([0x80, note, 0], time);
    this.show(note, false);
  }

  all(time = performance.now(), kind = "") {
    for (const source of [...this.sources.keys()]) if (source.startsWith(kind)) this.release(source, time);
  }
}
