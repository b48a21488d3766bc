//! The script that links the pieces: it takes them from the parts' files, and says in few words
//! which part needs which.

use anyhow::{Context, Result, anyhow, ensure};

/// What the script does that fetches a part.
const LOADER: &str = include_str!("loader.js");
/// Begins the loading of a piece.
const PIECE: &str = "makeLoad(() => {";
/// What pieces that several parts need are called, before their number.
const SHARED: &str = "chunk_";

/// The script, from the one that fetches every piece by itself.
pub fn script(link: &str) -> Result<String> {
    linked(link)
        .with_context(|| format!("the script that links the parts is not as expected:\n{link}"))
}

fn linked(link: &str) -> Result<String> {
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
        let needs = runs(needs)?;
        out += &format!("{before}inPart(\"{part}\", link(\"{name}\", all(\"{needs}\"))));\n");
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

/// Names of shared pieces as numbers: those that follow each other as the first and the last.
fn runs(names: &str) -> Result<String> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for name in names.split(", ").filter(|name| !name.is_empty()) {
        let number = name
            .strip_prefix("__")
            .and_then(|name| name.strip_prefix(SHARED));
        let number = number.and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| anyhow!("{name} is no shared piece"))?;
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let runs: Vec<String> = runs
        .iter()
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    Ok(runs.join(" "))
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
, [__chunk_4, __chunk_5, __chunk_6, __chunk_9]));
function other() {
    return 1;
}
";

    #[test]
    fn pieces_are_taken_from_the_file_of_the_part() {
        let script = script(LINK).expect("it is as expected");
        let part = "export const __wasm_split_load_lists = \
            wrapAsyncCb(inPart(\"lists\", link(\"split_lists\", all(\"4-6 9\"))));\n";
        assert!(script.contains(part), "{script}");
        assert!(
            script.ends_with("function other() {\nreturn 1;\n}\n"),
            "{script}"
        );
        assert!(!script.contains("URL(\"./chunk"), "{script}");
    }

    #[test]
    fn what_is_not_as_expected_is_said() {
        assert!(script("something else").is_err());
        assert!(script(&LINK.replace(", []);", ", [__chunk_7]);")).is_err());
        assert!(script(&LINK.replace("__chunk_9", "what")).is_err());
    }
}
