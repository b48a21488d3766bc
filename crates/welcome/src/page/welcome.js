"use strict";
const byId = (id) => document.getElementById(id);
const element = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });

/* The clock: ticks come over a WebSocket, so that a clock that moves proves the whole way. */
let wait = 500;
function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/clock`);
  const line = byId("line");
  /* A way that is cut somewhere in the middle does not close the socket: silence must tell. */
  let heard = Date.now();
  const watch = setInterval(() => { if (Date.now() - heard > 6000) lost(); }, 1000);
  socket.onmessage = (event) => {
    wait = 500;
    heard = Date.now();
    byId("clock").textContent = new Date(Number(event.data)).toLocaleTimeString([], { hour12: false });
    if (line.dataset.state !== "live") { line.dataset.state = "live"; line.textContent = "Connected"; }
  };
  const lost = () => {
    clearInterval(watch);
    socket.onmessage = socket.onclose = null;
    socket.close();
    line.dataset.state = "lost";
    line.textContent = "Connection lost, trying again";
    setTimeout(connect, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, 15000);
  };
  socket.onclose = lost;
}
connect();

/* The folder. */
const size = (bytes) => {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let i = 0;
  while (bytes >= 1000 && i < units.length - 1) { bytes /= 1000; i += 1; }
  return `${bytes.toLocaleString([], { maximumFractionDigits: i ? 1 : 0 })} ${units[i]}`;
};
const detailOf = (text) => {
  try { return JSON.parse(text).detail; } catch { return undefined; /* not the app's own answer */ }
};
let shown = "";
async function refresh() {
  const response = await fetch("files");
  const text = await response.text();
  byId("trouble").hidden = response.ok;
  if (!response.ok) {
    byId("trouble").textContent = detailOf(text) ?? `The list was refused with status ${response.status}.`;
    return;
  }
  if (text === shown) return;
  shown = text;
  const { path, entries, leftOut } = JSON.parse(text);
  byId("path").textContent = path;
  byId("path").title = path;
  const focused = document.activeElement?.closest?.("#files a")?.download;
  byId("files").replaceChildren(...entries.map(row));
  if (focused !== undefined) [...document.querySelectorAll("#files a")].find((link) => link.download === focused)?.focus();
  document.querySelector("table").hidden = entries.length === 0;
  byId("empty").hidden = entries.length > 0;
  byId("more").hidden = leftOut === 0;
  byId("more").textContent = `${leftOut.toLocaleString()} more entries are not listed.`;
}
/* A name may hold what turns the text around ("gnp.exe" shown as "exe.png") or cannot be seen. */
const plain = (name) => name.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
  (hidden) => `\\u{${hidden.codePointAt(0).toString(16)}}`);
function row(entry) {
  const tr = document.createElement("tr");
  const name = document.createElement("td");
  if (entry.folder) name.append(`${plain(entry.name)}/`);
  else {
    const link = element("a", plain(entry.name));
    link.href = `files/${encodeURIComponent(entry.name)}`;
    link.download = entry.name;
    name.append(link);
  }
  const bytes = element("td", entry.folder ? "" : size(entry.size));
  bytes.className = "number";
  const when = element("td", new Date(entry.modified).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }));
  when.className = "when";
  tr.append(name, bytes, when);
  return tr;
}
const look = () => { if (!document.hidden) refresh().catch(() => {}); };
setInterval(look, 3000);
document.addEventListener("visibilitychange", look);
look();

/* Uploads: one line each, which goes away once the file is in the list. */
function upload(file, replace, line) {
  const item = line ?? document.createElement("li");
  delete item.dataset.state;
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", `Uploading ${plain(file.name)}`);
  const request = new XMLHttpRequest();
  const cancel = element("button", "Cancel");
  cancel.onclick = () => { request.abort(); item.remove(); };
  item.replaceChildren(element("span", plain(file.name)), bar, cancel);
  if (!line) byId("uploads").append(item);
  const fail = (why, ...actions) => {
    item.dataset.state = "failed";
    const dismiss = element("button", "Dismiss");
    dismiss.onclick = () => item.remove();
    item.replaceChildren(element("span", plain(why)), ...actions, dismiss);
  };
  request.upload.onprogress = (event) => { if (event.lengthComputable && event.total) bar.value = event.loaded / event.total; };
  request.onabort = () => item.remove();
  request.onerror = () => fail(`${file.name}: the connection was lost, nothing was kept.`);
  request.onload = () => {
    if (request.status === 201) { item.remove(); look(); return; }
    const detail = detailOf(request.responseText) ?? `The upload was refused with status ${request.status}.`;
    if (request.status === 409) taken(detail); else fail(detail);
  };
  const taken = (detail) => {
    const again = element("button", "Replace it");
    again.onclick = () => upload(file, true, item);
    fail(detail, again);
  };
  const address = `files/${encodeURIComponent(file.name)}`;
  const send = () => {
    request.open("PUT", `${address}${replace ? "?replace=true" : ""}`);
    request.send(file);
  };
  /* Asked first, because a refusal in the middle of a large upload often arrives as a lost connection. */
  if (replace) { send(); return; }
  if (file.name.startsWith(".")) { fail(`${file.name}: names that begin with a dot are not taken.`); return; }
  fetch(address, { method: "HEAD" }).then(
    (found) => { if (found.ok) taken(`There is a file named ${file.name} already.`); else if (item.isConnected) send(); },
    () => request.onerror(),
  );
}
byId("pick").onchange = (event) => {
  for (const file of event.target.files) upload(file, false);
  event.target.value = "";
};
document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dropping"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  for (const file of event.dataTransfer?.files ?? []) upload(file, false);
});
