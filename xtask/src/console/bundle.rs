//! Puts the split modules into a few files. There are about a hundred modules, and a page needs most
//! of them: as files of their own they would cost a slow connection ten seconds in round trips
//! (560 ms each, six at a time).
//!
//! A file is its modules, one after the other. Each lazy page has one file; modules that several
//! pages need are in a common file instead.

use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

/// A module that this many pages need is in the common file; below that, each of the pages' files
/// has a copy.
const COMMON: usize = 3;
const COMMON_FILE: &str = "common.bin";

/// Replaces `fetch` within the splitter's script; `MODULES` stands for the table of modules.
const FETCH: &str = include_str!("fetch.js");

/// The files that contain a module, with its first byte and the one after its last.
type Places = BTreeMap<String, [usize; 2]>;

/// Replaces the modules in the folder by files, and changes `split.js` to take them from there.
/// `pages` has the modules that each lazy page needs.
pub fn write(folder: &Path, pages: HashMap<String, Vec<String>>) -> Result<()> {
    let mut places: BTreeMap<String, Places> = BTreeMap::new();
    for (file, modules) in files(pages) {
        let mut content = Vec::new();
        for module in modules {
            let path = folder.join(&module);
            let bytes = fs::read(&path).with_context(|| format!("failed to read {module}"))?;
            let start = content.len();
            content.extend(bytes);
            let place = [start, content.len()];
            places
                .entry(module)
                .or_default()
                .insert(file.clone(), place);
        }
        fs::write(folder.join(&file), content)
            .with_context(|| format!("failed to write {file}"))?;
    }
    for module in places.keys() {
        fs::remove_file(folder.join(module))
            .with_context(|| format!("failed to remove {module}"))?;
    }
    let script = folder.join("split.js");
    let text = fs::read_to_string(&script).context("the splitter wrote no split.js")?;
    ensure!(
        text.contains(" = fetch("),
        "the splitter's script does not call fetch"
    );
    let table = format!("{places:?}");
    fs::write(&script, FETCH.replace("MODULES", &table) + &text).context("failed to write split.js")
}

/// Returns the modules of each file.
fn files(pages: HashMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut needed_by: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (page, modules) in pages {
        for module in modules {
            let pages = needed_by.entry(format!("{module}.wasm")).or_default();
            pages.push(format!("{page}.bin"));
        }
    }
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (module, pages) in needed_by {
        let pages = if pages.len() < COMMON {
            pages
        } else {
            vec![COMMON_FILE.to_owned()]
        };
        for page in pages {
            files.entry(page).or_default().push(module.clone());
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(name: &str, modules: &[&str]) -> (String, Vec<String>) {
        let modules = modules.iter().map(ToString::to_string).collect();
        (name.to_owned(), modules)
    }

    #[test]
    fn a_module_is_in_the_common_file_or_in_each_page_that_needs_it() {
        let mut pages: HashMap<_, _> = (0..COMMON)
            .map(|number| page(&format!("page_{number}"), &["chunk_1"]))
            .collect();
        pages.extend([
            page("list", &["chunk_2", "split_list"]),
            page("form", &["chunk_2", "split_form"]),
        ]);
        let files = files(pages);
        assert_eq!(files["common.bin"], ["chunk_1.wasm"]);
        assert_eq!(files["list.bin"], ["chunk_2.wasm", "split_list.wasm"]);
        assert_eq!(files["form.bin"], ["chunk_2.wasm", "split_form.wasm"]);
        assert_eq!(files.len(), 3);
    }

    #[test]
    fn files_are_their_modules_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for module in ["chunk_2", "split_list"] {
            fs::write(path(&format!("{module}.wasm")), module).unwrap();
        }
        fs::write(path("split.js"), "const src = fetch(url);").unwrap();

        let pages = HashMap::from([page("list", &["chunk_2", "split_list"])]);
        write(folder.path(), pages).unwrap();

        assert_eq!(fs::read(path("list.bin")).unwrap(), b"chunk_2split_list");
        assert!(!path("chunk_2.wasm").exists());
        let script = fs::read_to_string(path("split.js")).unwrap();
        let entry = r#""split_list.wasm": {"list.bin": [7, 17]}"#;
        assert!(script.contains(entry), "{script}");
        assert!(script.ends_with("const src = fetch(url);"));
    }
}
