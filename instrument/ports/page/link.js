// The line to Lilt: opened again whenever it breaks. What is turned goes out once a frame, the newest value of each.
export function connect({ hear, change }) {
  let socket, waiting = {}, asked = false, pause = 250;
  const open = () => {
    socket = new WebSocket(`ws://${location.host}/live`);
    socket.onopen = () => { pause = 250; change(true); };
    socket.onmessage = ({ data }) => hear(JSON.parse(data));
    socket.onclose = () => { change(false); setTimeout(open, pause); pause = Math.min(pause * 2, 4000); };
  };
  const send = (message) => { if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); };
  const flush = () => { asked = false; const set = waiting; waiting = {}; send({ set }); };
  open();
  return {
    send,
    set(name, value) {
      waiting[name] = value;
      if (!asked) { asked = true; requestAnimationFrame(flush); }
    },
  };
}
