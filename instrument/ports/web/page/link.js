// The line to Lilt: opened again whenever it breaks. What is turned goes out once a frame, the newest value of each, and
// is kept until Lilt says that it has it: what was turned while the line was broken goes out when it is back.
const ASK = 2000, SILENT = 7000; // milliseconds between signs of life that are asked for; after so long it has gone

export function connect({ hear, change }) {
  let socket = null, waiting = {}, asked = false, pause = 250, number = 0, heard = 0, greeted = false;
  const sent = new Map(); // what Lilt has not said it has, by number

  const open = () => {
    const line = socket = new WebSocket(`ws://${location.host}/live`);
    heard = performance.now();
    line.onopen = () => { pause = 250; heard = performance.now(); change(true); };
    line.onmessage = ({ data }) => { if (line === socket) take(JSON.parse(data)); };
    line.onclose = () => { if (line === socket) gone(); };
  };
  const take = (news) => {
    heard = performance.now();
    if (news.done) sent.delete(news.done);
    if (news.hello) news.values = { ...news.values, ...waiting }; // as it will be
    hear(news);
    if (news.hello) { greeted = true; flush(); }
  };
  const gone = () => {
    waiting = { ...Object.assign({}, ...sent.values()), ...waiting };
    sent.clear();
    socket = null; greeted = false;
    change(false);
    setTimeout(open, pause);
    pause = Math.min(pause * 2, 4000);
  };
  const there = () => Boolean(socket) && socket.readyState === 1 /* open */;
  const send = (message) => { if (there()) socket.send(JSON.stringify(message)); return there(); };
  const flush = () => {
    asked = false;
    if (!greeted || !Object.keys(waiting).length) return;
    number += 1;
    sent.set(number, waiting);
    send({ set: waiting, n: number });
    waiting = {};
  };
  open();
  setInterval(() => {
    if (!there()) return;
    if (performance.now() - heard > SILENT) { const old = socket; gone(); old.close(); } else send({ ping: 1 });
  }, ASK);
  return {
    send,
    there,
    set(name, value) {
      waiting[name] = value;
      if (!asked) { asked = true; requestAnimationFrame(flush); }
    },
  };
}
