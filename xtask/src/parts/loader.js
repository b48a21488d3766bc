// One file for each part, with all the pieces it needs: one request, and better compression than
// each piece would have by itself.
const parts = {};
function part(name) {
  return () => {
    parts[name] ??= load(name);
    // What failed is tried again the next time.
    parts[name].catch(() => delete parts[name]);
    return parts[name];
  };
}
// The pieces that several parts need, once for all of them; then the part's own.
const pieces = {};
async function load(name) {
  const found = await open(name);
  const bring = (piece) => {
    pieces[piece] ??= WebAssembly.instantiate(joined(found[piece]), getSharedImports());
    pieces[piece].catch(() => delete pieces[piece]);
    return pieces[piece];
  };
  const own = `split_${name}`;
  await Promise.all(Object.keys(found).filter((piece) => piece !== own).map(bring));
  await bring(own);
}
function joined(runs) {
  const all = new Uint8Array(runs.reduce((length, run) => length + run.length, 0));
  let at = 0;
  for (const run of runs) {
    all.set(run, at);
    at += run.length;
  }
  return all;
}
// The pieces in a part's file, each as the runs of bytes that make it up.
async function open(name) {
  const answer = await fetch(new URL(`./${name}-TOKEN.part`, import.meta.url));
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  const all = await answer.arrayBuffer();
  const start = 4 + new DataView(all).getUint32(0, true);
  const list = JSON.parse(new TextDecoder().decode(new Uint8Array(all, 4, start - 4)));
  // The like of all pieces stands together; a module has its own in the same order.
  const header = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  const found = Object.fromEntries(list.map(([piece]) => [piece, [header]]));
  const bytes = new Uint8Array(all);
  let at = start;
  for (let kind = 1; kind < 4096; kind *= 2) {
    for (const [piece, has] of list) {
      if (!(has & kind)) continue;
      const from = at;
      let length = 0;
      for (let shift = 0, more = true; more; shift += 7) {
        at += 1;
        length |= (bytes[at] & 127) << shift;
        more = bytes[at] > 127;
      }
      at += 1 + length;
      found[piece].push(bytes.subarray(from, at));
    }
  }
  return found;
}
