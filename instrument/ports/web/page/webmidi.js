// MIDI devices of the machine that shows the page, where its browser lets a page have them.
const CHANNEL = 0x80, SYSTEM = 0xf0;

export class WebMidi {
  constructor(send, say) { Object.assign(this, { send, say, access: null, heard: new Set(), down: new Map() }); }

  async start() {
    if (!navigator.requestMIDIAccess) {
      this.say("This browser gives a page no MIDI devices here. Chrome, Edge and Firefox do, on the machine that Lilt runs on.");
      return;
    }
    try {
      this.access = await navigator.requestMIDIAccess();
    } catch {
      this.say("The browser was told not to let this page have MIDI devices.");
      return;
    }
    this.access.onstatechange = () => this.look();
    this.look();
  }

  look() {
    const there = [...this.access.inputs.values()].filter(({ state }) => state !== "disconnected");
    for (const input of there) {
      if (this.heard.has(input.id)) continue;
      this.heard.add(input.id);
      input.onmidimessage = (event) => this.take(input.id, event);
    }
    for (const id of [...this.heard]) {
      if (there.some((input) => input.id === id)) continue;
      this.heard.delete(id);
      this.release(id);
    }
    this.say(there.length ? `Heard: ${there.map(({ name }) => name).join(", ")}` : "No MIDI device is plugged in; one that comes is heard.");
  }

  take(id, { data, timeStamp }) {
    const [status, number = 0, value = 0] = data;
    if (status < CHANNEL || status >= SYSTEM) return;
    const kind = status & 0xf0, channel = status & 15;
    const pedal = kind === 0xb0 && [64, 66, 67].includes(number);
    if (kind <= 0x90 || pedal) {
      const key = `${id} ${pedal ? "pedal" : "key"} ${channel} ${number}`;
      const on = pedal ? value >= 64 : kind === 0x90 && value > 0;
      if (on) this.down.set(key, pedal ? [0xb0 | channel, number, 0] : [0x80 | channel, number, 0]); else this.down.delete(key);
    }
    this.send([...data].slice(0, kind === 0xc0 || kind === 0xd0 ? 2 : 3), timeStamp || performance.now());
  }

  // Everything that a device holds, or all of them, is let go.
  release(id = "") {
    for (const [key, ends] of [...this.down]) {
      if (!key.startsWith(id)) continue;
      this.down.delete(key);
      this.send(ends, performance.now());
    }
  }
}
