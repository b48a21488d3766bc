"use strict";
const byId = (id) => document.getElementById(id);
const element = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });

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
/* The subfolder that is shown stands in the address, so that Back works. */
const folder = () => {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; /* typed by hand */ }
};
const inFolder = (name) => (folder() ? `${folder()}/${name}` : name);
const address = (name) => `files/${inFolder(name).split("/").map(encodeURIComponent).join("/")}`;
const linkTo = (path, text) => Object.assign(element("a", text), { href: `#${encodeURIComponent(path)}` });
let shown = "";
async function refresh() {
  const dir = folder();
  const response = await fetch(`files?dir=${encodeURIComponent(dir)}`);
  const text = await response.text();
  /* Another folder was opened meanwhile. */
  if (dir !== folder()) return;
  byId("trouble").hidden = response.ok;
  if (!response.ok) {
    byId("trouble").textContent = detailOf(text) ?? `The list was refused with status ${response.status}.`;
  }
  if (shown === dir + text) return;
  shown = dir + text;
  crumbs(dir);
  if (!response.ok) {
    byId("files").replaceChildren();
    return;
  }
  const { path, entries, leftOut } = JSON.parse(text);
  byId("path").textContent = path;
  byId("path").title = path;
  const focused = document.activeElement?.closest?.("#files a")?.href;
  byId("files").replaceChildren(...entries.map(row));
  if (focused !== undefined) [...document.querySelectorAll("#files a")].find((link) => link.href === focused)?.focus();
  document.querySelector("table").hidden = entries.length === 0;
  byId("empty").hidden = entries.length > 0;
  byId("more").hidden = leftOut === 0;
  byId("more").textContent = `${leftOut.toLocaleString()} more entries are not listed.`;
}
/* A name may hold what turns the text around ("gnp.exe" shown as "exe.png") or cannot be seen. */
const plain = (name) => name.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
  (hidden) => `\\u{${hidden.codePointAt(0).toString(16)}}`);
/* Each part of the path but the last leads there. */
function crumbs(dir) {
  const parts = dir ? dir.split("/") : [];
  const last = parts.length - 1;
  const items = parts.map((part, i) => {
    const li = document.createElement("li");
    li.append(i === last ? element("span", plain(part)) : linkTo(parts.slice(0, i + 1).join("/"), plain(part)));
    return li;
  });
  const top = document.createElement("li");
  top.append(dir ? linkTo("", "Files") : element("span", "Files"));
  byId("crumbs").replaceChildren(top, ...items);
  byId("crumbs").lastElementChild.firstElementChild.setAttribute("aria-current", "page");
}
function row(entry) {
  const tr = document.createElement("tr");
  const name = document.createElement("td");
  if (entry.folder) name.append(linkTo(inFolder(entry.name), `${plain(entry.name)}/`));
  else {
    const link = element("a", plain(entry.name));
    link.href = address(entry.name);
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
addEventListener("hashchange", look);
look();

/* Uploads: one line each, which goes away once the file is in the list. */
function upload(file, replace, line, target = address(file.name)) {
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
  request.onerror = () => fail(`The connection was lost. ${file.name} was not uploaded.`);
  request.onload = () => {
    if (request.status === 201) { item.remove(); look(); return; }
    const detail = detailOf(request.responseText) ?? `The upload was refused with status ${request.status}.`;
    if (request.status === 409) taken(detail); else fail(detail);
  };
  const taken = (detail) => {
    const again = element("button", "Replace");
    again.onclick = () => upload(file, true, item, target);
    fail(detail, again);
  };
  const send = () => {
    request.open("PUT", `${target}${replace ? "?replace=true" : ""}`);
    request.send(file);
  };
  /* Asked first, because a refusal in the middle of a large upload often arrives as a lost connection. */
  if (replace) { send(); return; }
  if (file.name.startsWith(".")) { fail(`${file.name} was not uploaded: a name can't begin with a dot.`); return; }
  fetch(target, { method: "HEAD" }).then(
    (found) => { if (found.ok) taken(`A file named ${file.name} already exists.`); else if (item.isConnected) send(); },
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
