// A terminal. The console embeds this document in a frame without an origin of its own. Bytes and
// messages come and go through a message port; the document can reach nothing else.

// Tells the console that the port is this document's: the frame's address names it.
const key = location.hash.slice(1);
const { port1: port, port2 } = new MessageChannel();

const light = {
  background: "#fdfcfa",
  foreground: "#2b2722",
  cursor: "#14595c",
  cursorAccent: "#fdfcfa",
  selectionBackground: "#b9d8d8",
  black: "#2b2722",
  red: "#b5321c",
  green: "#08694f",
  yellow: "#7d4a06",
  blue: "#1f5ba3",
  magenta: "#74489c",
  cyan: "#14666a",
  white: "#6b6762",
  brightBlack: "#6b6762",
  brightRed: "#b5321c",
  brightGreen: "#08694f",
  brightYellow: "#7d4a06",
  brightBlue: "#1f5ba3",
  brightMagenta: "#74489c",
  brightCyan: "#14666a",
  brightWhite: "#2b2722",
};

const dark = {
  background: "#14110e",
  foreground: "#ebe7e1",
  cursor: "#7cc7c6",
  cursorAccent: "#14110e",
  selectionBackground: "#2f5455",
  black: "#3a352f",
  red: "#f08a74",
  green: "#5fd3ab",
  yellow: "#e8b668",
  blue: "#86b6f2",
  magenta: "#c7a3ea",
  cyan: "#7cc7c6",
  white: "#c9c4bc",
  brightBlack: "#97918a",
  brightRed: "#f7a898",
  brightGreen: "#86e2c2",
  brightYellow: "#f2ca8b",
  brightBlue: "#a8caf7",
  brightMagenta: "#d9bff2",
  brightCyan: "#9ddbda",
  brightWhite: "#ffffff",
};

const terminal = new Terminal({
  // For the widths of characters.
  allowProposedApi: true,
  cursorBlink: false,
  fontFamily: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSize: 13,
  // A link of a program's output leads nowhere: the frame may open no window.
  linkHandler: { activate() {} },
  macOptionIsMeta: true,
  minimumContrastRatio: 4.5,
  screenReaderMode: true,
  scrollback: 10_000,
  theme: light,
});
const fit = new FitAddon();
terminal.loadAddon(fit);
// Shells and programs count two cells for an emoji, as Unicode does since version 9; xterm.js has version 6.
terminal.loadAddon(new Unicode11Addon());
terminal.unicode.activeVersion = "11";
terminal.open(document.getElementById("terminal"));
terminal.textarea?.setAttribute("aria-label", "Terminal input. Press Shift+F6 to leave the terminal.");

const encoder = new TextEncoder();
terminal.onData((text) => port.postMessage(encoder.encode(text).buffer));
terminal.onBinary((text) => port.postMessage(Uint8Array.from(text, (c) => c.charCodeAt(0)).buffer));

let size = "";
function resize() {
  // A frame that is not shown keeps its size.
  if (innerWidth < 40 || innerHeight < 20) return;
  fit.fit();
  const now = `size ${terminal.cols} ${terminal.rows}`;
  if (now !== size) {
    size = now;
    port.postMessage(now);
  }
}
new ResizeObserver(resize).observe(document.body);

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
terminal.attachCustomKeyEventHandler((event) => {
  if (event.key === "F6" && event.shiftKey) {
    if (event.type === "keydown") port.postMessage("leave");
    event.preventDefault();
    return false;
  }
  const letter = event.key.toLowerCase();
  // The console's switcher. The shell gets its Ctrl K, which deletes to the end of the line, with Shift.
  if (letter === "k" && !event.altKey && (isMac ? event.metaKey : event.ctrlKey)) {
    if (event.type === "keydown" && !event.shiftKey) port.postMessage("switch");
    else if (event.type === "keydown") terminal.input("\x0b");
    event.preventDefault();
    return false;
  }
  if (isMac || event.altKey || event.metaKey || !event.ctrlKey) return true;
  if (letter === "c" && (event.shiftKey || terminal.hasSelection())) {
    if (event.type === "keydown") {
      document.execCommand("copy");
      terminal.clearSelection();
    }
    event.preventDefault();
    return false;
  }
  // The browser pastes.
  return letter !== "v";
});

// With more bytes than these to draw, the text for screen readers waits until all are drawn: nobody could
// follow it, and a flood takes half the time without it (3.3 MB: 1.1 s in place of 1.9 s).
const FLOOD = 256 * 1024;
let undrawn = 0;

function draw(bytes) {
  undrawn += bytes.length;
  if (undrawn > FLOOD) terminal.options.screenReaderMode = false;
  terminal.write(bytes, () => {
    undrawn -= bytes.length;
    if (undrawn === 0) terminal.options.screenReaderMode = true;
    port.postMessage(`drawn ${bytes.length}`);
  });
}

port.onmessage = ({ data }) => {
  if (data instanceof ArrayBuffer) {
    draw(new Uint8Array(data));
    return;
  }
  const [word, value] = String(data).split(" ");
  if (word === "reset") terminal.reset();
  else if (word === "focus") terminal.focus();
  else if (word === "input") terminal.options.disableStdin = value === "off";
  else if (word === "theme") {
    document.documentElement.dataset.theme = value;
    document.documentElement.style.colorScheme = value;
    terminal.options.theme = value === "dark" ? dark : light;
  }
};

addEventListener("focus", () => terminal.focus());
document.fonts.ready.then(resize);
resize();
// The address is the console's, although this document has no origin: only the console gets the port.
parent.postMessage(key, new URL(location.href).origin, [port2]);
