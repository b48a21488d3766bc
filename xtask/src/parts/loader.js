// One file for each part, with all the pieces it needs: one request, and better compression than
// each piece would have by itself.
const files = {};
function open(part) {
  files[part] ??= (async () => {
    const answer = await fetch(new URL(`./${part}-TOKEN.part`, import.meta.url));
    if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
    const all = await answer.arrayBuffer();
    const start = 4 + new DataView(all).getUint32(0, true);
    const list = JSON.parse(new TextDecoder().decode(new Uint8Array(all, 4, start - 4)));
    // The like of all pieces stands together; a module has its own in the same order.
    const header = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    const found = Object.fromEntries(list.map(([name]) => [name, [header]]));
    const bytes = new Uint8Array(all);
    let at = start;
    for (let kind = 1; kind < 4096; kind *= 2) {
      for (const [name, has] of list) {
        if (!(has & kind)) continue;
        const from = at;
        let length = 0;
        for (let shift = 0, more = true; more; shift += 7) {
          at += 1;
          length |= (bytes[at] & 127) << shift;
          more = bytes[at] > 127;
        }
        at += 1 + length;
        found[name].push(bytes.subarray(from, at));
      }
    }
    return found;
  })();
  // What failed is tried again the next time.
  files[part].catch(() => delete files[part]);
  return files[part];
}
// While a part is being loaded, its pieces come from its file.
function inPart(part, load) {
  return () => {
    current = part;
    return load();
  };
}
let current;
async function piece(name) {
  return (await open(current))[name];
}
// A piece, and those that have to be there before it.
function link(name, needs) {
  return makeLoad(() => {
    const bytes = piece(name);
    bytes.catch(() => {});
    return async (imports) => {
      const module = await new Blob(await bytes).arrayBuffer();
      return WebAssembly.instantiate(module, imports);
    };
  }, needs);
}
// Pieces that several parts need, by their numbers: "3 7-9".
const shared = {};
function all(numbers) {
  return numbers.split(" ").filter(Boolean).flatMap((run) => {
    const [first, last = first] = run.split("-").map(Number);
    const some = [];
    for (let i = first; i <= last; i += 1) some.push((shared[i] ??= link(`chunk_${i}`, [])));
    return some;
  });
}
