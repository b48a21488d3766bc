// Stands before the splitter's script, which calls `fetch` for each module: takes the modules from
// the files that contain them, with the first byte of each and the one after its last.
const modules = MODULES;
const files = {};
function request(file) {
  files[file] ??= globalThis.fetch(new URL(file, import.meta.url)).then((response) => {
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    return response.arrayBuffer();
  });
  // A failed request is repeated by the next attempt.
  files[file].catch(() => delete files[file]);
}
async function fetch(url) {
  const places = modules[url.pathname.split("/").pop()];
  const names = Object.keys(places);
  if (names.length === 1) request(names[0]);
  // A module in several files is taken from the one that is requested with it, in the same turn.
  await undefined;
  const name = names.find((name) => name in files) ?? names[0];
  if (!(name in files)) request(name);
  const [start, end] = places[name];
  const bytes = new Uint8Array(await files[name], start, end - start);
  return new Response(bytes, { headers: { "content-type": "application/wasm" } });
}
