"use strict";
const byId = (id) => document.getElementById(id);
const element = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });

/* The clock: ticks come over a WebSocket, so that a clock that moves proves the whole way. */
let wait = 500;
function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/clock`);
  const line = byId("line");
  socket.onmessage = (event) => {
    wait = 500;
    byId("clock").textContent = new Date(Number(event.data)).toLocaleTimeString([], { hour12: false });
    if (line.dataset.state !== "live") { line.dataset.state = "live"; line.textContent = "Connected"; }
  };
  socket.onclose = () => {
    line.dataset.state = "lost";
    line.textContent = "Connection lost, trying again";
    setTimeout(connect, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, 15000);
  };
}
connect();

/* The folder. */
const size = (bytes) => {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let i = 0;
  while (bytes >= 1000 && i < units.length - 1) { bytes /= 1000; i += 1; }
  return `${bytes.toLocaleString([], { maximumFractionDigits: i ? 1 : 0 })} ${units[i]}`;
};
let shown = "";
async function refresh() {
  const response = await fetch("files");
  if (!response.ok) return;
  const text = await response.text();
  if (text === shown) return;
  shown = text;
  const { path, entries, leftOut } = JSON.parse(text);
  byId("path").textContent = path;
  byId("path").title = path;
  byId("files").replaceChildren(...entries.map(row));
  document.querySelector("table").hidden = entries.length === 0;
  byId("empty").hidden = entries.length > 0;
  byId("more").hidden = leftOut === 0;
  byId("more").textContent = `${leftOut.toLocaleString()} more entries are not listed.`;
}
function row(entry) {
  const tr = document.createElement("tr");
  const name = document.createElement("td");
  if (entry.folder) name.append(`${entry.name}/`);
  else {
    const link = element("a", entry.name);
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
  bar.setAttribute("aria-label", `Uploading ${file.name}`);
  const request = new XMLHttpRequest();
  const cancel = element("button", "Cancel");
  cancel.onclick = () => request.abort();
  item.replaceChildren(element("span", file.name), bar, cancel);
  if (!line) byId("uploads").append(item);
  const fail = (why, ...actions) => {
    item.dataset.state = "failed";
    const dismiss = element("button", "Dismiss");
    dismiss.onclick = () => item.remove();
    item.replaceChildren(element("span", why), ...actions, dismiss);
  };
  request.upload.onprogress = (event) => { if (event.lengthComputable && event.total) bar.value = event.loaded / event.total; };
  request.onabort = () => item.remove();
  request.onerror = () => fail(`${file.name}: the connection was lost, nothing was kept.`);
  request.onload = () => {
    if (request.status === 201) { item.remove(); look(); return; }
    let detail = `The upload was refused with status ${request.status}.`;
    try { detail = JSON.parse(request.responseText).detail ?? detail; } catch { /* not ours: the status says enough */ }
    if (request.status !== 409) { fail(detail); return; }
    const again = element("button", "Replace it");
    again.onclick = () => upload(file, true, item);
    fail(detail, again);
  };
  request.open("PUT", `files/${encodeURIComponent(file.name)}${replace ? "?replace=true" : ""}`);
  request.send(file);
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
