//! Short names between the console's WebAssembly and its script.
//!
//! wasm-bindgen ends the name of each of the browser's functions in a hash. Nobody reads these two
//! hundred names, and hashes do not compress: they are numbered instead, in both files alike. The
//! files keep their own names: what is written depends on nothing but what was there.

use crate::compress;
use crate::wasm::{self, Rest, push_bytes, push_number, push_section};
use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The section that lists what a module asks for.
const IMPORTS: u8 = 2;
/// The only kind of import that wasm-bindgen makes.
const FUNCTION: u8 = 0;

/// Shortens the names in a folder's one module and the script beside it.
pub fn folder(folder: &Path) -> Result<()> {
    for module in compress::originals(folder)? {
        let name = module.to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix("_bg.wasm") else {
            continue;
        };
        let script = format!("{stem}.js");
        let content = fs::read(&module).with_context(|| format!("failed to read {name}"))?;
        let text =
            fs::read_to_string(&script).with_context(|| format!("failed to read {script}"))?;
        let (short, names) =
            imports(&content).with_context(|| format!("failed to understand {name}"))?;
        fs::write(&module, short).with_context(|| format!("failed to write {name}"))?;
        fs::write(&script, renamed(&text, &names))
            .with_context(|| format!("failed to write {script}"))?;
    }
    Ok(())
}

/// The module with its imports renamed, and what became of which name.
fn imports(module: &[u8]) -> Result<(Vec<u8>, HashMap<String, String>)> {
    let mut names = HashMap::new();
    let mut out = wasm::HEADER.to_vec();
    for (kind, section) in wasm::sections(module)? {
        if kind == IMPORTS {
            push_section(&mut out, kind, &renamed_section(section, &mut names)?);
        } else {
            push_section(&mut out, kind, section);
        }
    }
    Ok((out, names))
}

fn renamed_section(section: &[u8], names: &mut HashMap<String, String>) -> Result<Vec<u8>> {
    let mut rest = Rest(section);
    let count = rest.number()?;
    let mut out = Vec::new();
    push_number(&mut out, count);
    for _ in 0..count {
        let length = rest.number()?;
        push_bytes(&mut out, rest.take(length)?);
        let length = rest.number()?;
        let name = std::str::from_utf8(rest.take(length)?)?;
        if ends_in_hash(name) {
            let number = names.len();
            let short = names
                .entry(name.to_owned())
                .or_insert_with(|| format!("i{number}"));
            push_bytes(&mut out, short.as_bytes());
        } else {
            push_bytes(&mut out, name.as_bytes());
        }
        let kind = rest.byte()?;
        if kind != FUNCTION {
            bail!("{name} is no function");
        }
        out.push(kind);
        push_number(&mut out, rest.number()?);
    }
    Ok(out)
}

fn ends_in_hash(name: &str) -> bool {
    name.rsplit_once('_')
        .is_some_and(|(_, hash)| hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The script with every one of these names replaced, and nothing that merely holds one.
fn renamed(script: &str, names: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let end = if is_part(first) {
            rest.find(|c| !is_part(c)).unwrap_or(rest.len())
        } else {
            rest.find(is_part).unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(end);
        out.push_str(names.get(word).map_or(word, String::as_str));
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module that asks for functions by these names, with a section before and one after.
    fn module(names: &[&str]) -> Vec<u8> {
        let mut section = Vec::new();
        push_number(&mut section, names.len());
        for name in names {
            push_bytes(&mut section, b"./app_bg.js");
            push_bytes(&mut section, name.as_bytes());
            section.extend([FUNCTION, 3]);
        }
        let mut module = wasm::HEADER.to_vec();
        for (kind, content) in [(1, &[7; 300][..]), (IMPORTS, &section), (3, &[1, 3])] {
            push_section(&mut module, kind, content);
        }
        module
    }

    #[test]
    fn hashes_become_numbers_on_both_sides() {
        let long = [
            "__wbg_a_0123456789abcdef",
            "__wbindgen_init",
            "__wbg_b_fedcba9876543210",
        ];
        let (short, names) = imports(&module(&long)).unwrap();
        assert_eq!(short, module(&["i0", "__wbindgen_init", "i1"]));
        let script = "x = {__wbg_a_0123456789abcdef: 1, my__wbg_a_0123456789abcdef: 2, __wbg_b_fedcba9876543210() {}}; // é";
        assert_eq!(
            renamed(script, &names),
            "x = {i0: 1, my__wbg_a_0123456789abcdef: 2, i1() {}}; // é"
        );
        // Once more changes nothing.
        assert_eq!(imports(&short).unwrap(), (short, HashMap::new()));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let whole = module(&["__wbg_a_0123456789abcdef"]);
        assert!(imports(b"\0asm").is_err());
        assert!(imports(&whole[..whole.len() - 1]).is_err());
    }
}
