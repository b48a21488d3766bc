"use strict";
/* The clock: ticks come over a WebSocket, so that a clock that moves proves the whole way. */
let wait = 500;
function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/clock`);
  const line = document.getElementById("line");
  /* A way that is cut somewhere in the middle does not close the socket: silence must tell. */
  let heard = Date.now();
  const watch = setInterval(() => { if (Date.now() - heard > 6000) lost(); }, 1000);
  socket.onmessage = (event) => {
    wait = 500;
    heard = Date.now();
    document.getElementById("clock").textContent = new Date(Number(event.data)).toLocaleTimeString([], { hour12: false });
    if (line.dataset.state !== "live") { line.dataset.state = "live"; line.textContent = "Connected"; }
  };
  const lost = () => {
    clearInterval(watch);
    socket.onmessage = socket.onclose = null;
    socket.close();
    line.dataset.state = "lost";
    line.textContent = "Connection lost. Reconnecting…";
    setTimeout(connect, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, 15000);
  };
  socket.onclose = lost;
}
connect();
