// Loads the parts of the console. Each part consists of a few modules, which other parts may share.
import { initSync } from "./console.js";

const parts = PARTS;
const modules = {};

function load(module) {
  modules[module] ??= instantiate(fetch(new URL(`${module}.wasm`, import.meta.url)));
  // A failed request is repeated by the next attempt.
  modules[module].catch(() => delete modules[module]);
  return modules[module];
}

function instantiate(response) {
  // The main module runs already: this returns what it exports.
  return WebAssembly.instantiateStreaming(response, { console_bg: initSync() });
}

function loader(part) {
  return async (callback, data) => {
    let isLoaded = true;
    try {
      await Promise.all(parts[part].map(load));
    } catch (error) {
      console.error(error);
      isLoaded = false;
    }
    initSync().__indirect_function_table.get(callback)(data, isLoaded);
  };
}

