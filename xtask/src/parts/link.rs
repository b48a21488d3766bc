//! The script that loads the parts: it takes their pieces from the parts' files.

use anyhow::{Context, Result, bail, ensure};

/// What the script does that fetches a part.
const LOADER: &str = include_str!("loader.js");
/// Begins the loading of a piece.
const PIECE: &str = "makeLoad(() => {";
/// What pieces that several parts need are called, before their number.
const SHARED: &str = "chunk_";

/// The script, from the one that fetches every piece by itself. `parts` says which pieces the file of
/// each part has.
pub fn script(link: &str, parts: &[(String, Vec<String>)]) -> Result<String> {
    linked(link, parts)
        .with_context(|| format!("the script that links the parts is not as expected:\n{link}"))
}

fn linked(link: &str, parts: &[(String, Vec<String>)]) -> Result<String> {
    let mut out = String::new();
    for line in code(LOADER) {
        out += line;
        out += "\n";
    }
    let mut lines = code(link);
    let mut has_parts = false;
    while let Some(line) = lines.next() {
        let Some(before) = line.strip_suffix(PIECE) else {
            out += line;
            out += "\n";
            continue;
        };
        let name = lines
            .next()
            .and_then(|line| between(line, "URL(\"./", ".wasm\""));
        let name = name.context("a piece without a name")?;
        // How it is fetched is the loader's.
        let end = lines.find_map(|line| line.strip_prefix(", ["));
        let (needs, after) = end
            .and_then(|end| end.split_once(']'))
            .context("a piece that says nothing of others")?;
        if name.starts_with(SHARED) {
            ensure!(needs.is_empty(), "{name} needs {needs}");
            continue;
        }
        let part = between(before, "export const __wasm_split_load_", " = ");
        let part = part.with_context(|| format!("{name} is of no part"))?;
        ensure!(after == "));", "{name} ends in {after}");
        ensure!(name == format!("split_{part}"), "{name} is not of {part}");
        let file = parts.iter().find(|(of, _)| of == part);
        let (_, file) = file.with_context(|| format!("{part} has no file"))?;
        let needs = needs.split(", ").filter(|name| !name.is_empty());
        for need in needs.map(|need| need.trim_start_matches('_')).chain([name]) {
            if !file.iter().any(|piece| piece == need) {
                bail!("the file of {part} has no {need}");
            }
        }
        out += &format!("{before}part(\"{part}\"));\n");
        has_parts = true;
    }
    ensure!(has_parts, "it has no parts");
    Ok(out)
}

/// The lines of a script without indents and comments: nobody reads them in a browser.
fn code(script: &str) -> impl Iterator<Item = &str> {
    let lines = script.lines().map(str::trim_start);
    lines.filter(|line| !line.is_empty() && !line.starts_with("/*") && !line.starts_with("//"))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "/* lists, edit */
const __chunk_4 = makeLoad(() => {
    const src = fetch(new URL(\"./chunk_4.wasm\", import.meta.url));
    src.catch(() => {});
    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));
}
, []);
export const __wasm_split_load_lists = wrapAsyncCb(makeLoad(() => {
    const src = fetch(new URL(\"./split_lists.wasm\", import.meta.url));
    src.catch(() => {});
    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));
}
, [__chunk_4, __chunk_9]));
function other() {
    return 1;
}
";

    fn files(pieces: &[&str]) -> Vec<(String, Vec<String>)> {
        let pieces = pieces.iter().map(|piece| (*piece).to_owned()).collect();
        vec![("lists".to_owned(), pieces)]
    }

    #[test]
    fn pieces_are_taken_from_the_file_of_the_part() {
        let files = files(&["chunk_4", "chunk_9", "split_lists"]);
        let script = script(LINK, &files).expect("it is as expected");
        let part = "export const __wasm_split_load_lists = wrapAsyncCb(part(\"lists\"));\n";
        assert!(script.contains(part), "{script}");
        assert!(
            script.ends_with("function other() {\nreturn 1;\n}\n"),
            "{script}"
        );
        assert!(!script.contains("URL(\"./chunk"), "{script}");
    }

    #[test]
    fn what_is_not_as_expected_is_said() {
        let all = files(&["chunk_4", "chunk_9", "split_lists"]);
        assert!(script("something else", &all).is_err());
        assert!(script(&LINK.replace(", []);", ", [__chunk_7]);"), &all).is_err());
        assert!(script(&LINK.replace("split_lists.wasm", "split_others.wasm"), &all).is_err());
        for lacks in [&["chunk_4", "chunk_9"][..], &["chunk_4", "split_lists"]] {
            assert!(script(LINK, &files(lacks)).is_err(), "{lacks:?}");
        }
    }
}
