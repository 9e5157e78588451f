// The line of the keys to Lilt: notes with the time of their touch, beside the page's other line. Open only while it is
// wanted; when it breaks nothing is held any more.
export class KeyLine {
  constructor({ change, late, sounds }) {
    Object.assign(this, { change, late, sounds, socket: null, wanted: false, page: 0, pause: 250, listening: false });
  }

  want(wanted) {
    this.wanted = wanted;
    if (wanted && !this.socket) this.open();
    if (!wanted && this.socket) this.socket.close();
  }

  get there() { return Boolean(this.page) && this.socket?.readyState === 1; }

  open() {
    const line = this.socket = new WebSocket(`ws://${location.host}/play`);
    line.onmessage = ({ data }) => {
      if (line !== this.socket) return;
      const news = JSON.parse(data);
      if (news.ask) {
        line.send(JSON.stringify({ a: news.ask, t: performance.now() })); // first: the answer is timed
        this.late(news.late);
      } else if (news.page) {
        this.page = news.page; this.pause = 250;
        if (this.listening) this.send({ listen: true });
        this.change(this.page);
      } else if (news.s) this.sounds(news.n, news.s, news.b ?? []);
    };
    line.onclose = () => {
      if (line !== this.socket) return;
      this.socket = null; this.page = 0;
      this.change(0);
      if (this.wanted) setTimeout(() => { if (this.wanted && !this.socket) this.open(); }, this.pause);
      this.pause = Math.min(this.pause * 2, 4000);
    };
  }

  send(message) {
    const there = this.there;
    if (there) this.socket.send(JSON.stringify(message));
    return there;
  }

  midi(bytes, time) { return this.send({ m: bytes, t: time }); }

  listen(on) { this.listening = on; this.send({ listen: on }); }
}
