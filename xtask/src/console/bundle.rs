//! Puts the split modules into a few files. There are about a hundred modules, and a page needs most
//! of them: as files of their own they would cost a slow connection ten seconds in round trips
//! (560 ms each, six at a time).
//!
//! A file is its modules, one after the other. Each lazy part has one file; modules that several
//! parts need are in a shared file instead.

use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

/// A module that this many parts need is in a shared file; below that, each of the parts' files has
/// a copy.
const SHARED: usize = 3;

/// Parts that have much in common, which no other part needs: their shared modules have a file of
/// their own, so that no other page fetches them.
const FAMILIES: [(&str, &[&str]); 2] = [
    (
        "run_views.bin",
        &[
            "session",
            "run",
            "timeline",
            "log_end",
            "session_dialogs",
            "activity",
        ],
    ),
    (
        "forms.bin",
        &["create", "manage", "session_dialogs", "activity"],
    ),
];

/// The file of all other shared modules.
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
            pages.push(page.clone());
        }
    }
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (module, pages) in needed_by {
        let own = || pages.iter().map(|page| format!("{page}.bin")).collect();
        let places = if pages.len() < SHARED {
            own()
        } else {
            vec![shared_file(&pages).to_owned()]
        };
        for file in places {
            files.entry(file).or_default().push(module.clone());
        }
    }
    files
}

/// Returns the file of a module that these parts share.
fn shared_file(pages: &[String]) -> &'static str {
    let has_all = |members: &[&str]| pages.iter().all(|page| members.contains(&&**page));
    FAMILIES
        .into_iter()
        .find(|(_, members)| has_all(members))
        .map_or(COMMON_FILE, |(file, _)| file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(name: &str, modules: &[&str]) -> (String, Vec<String>) {
        let modules = modules.iter().map(ToString::to_string).collect();
        (name.to_owned(), modules)
    }

    #[test]
    fn a_module_is_in_a_shared_file_or_in_each_page_that_needs_it() {
        let mut pages: HashMap<_, _> = (0..SHARED)
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
    fn a_module_that_only_a_family_needs_is_in_the_family_s_file() {
        let place = |pages: &[&str]| {
            let pages: Vec<String> = pages.iter().map(ToString::to_string).collect();
            shared_file(&pages)
        };
        assert_eq!(place(&["run", "session", "timeline"]), "run_views.bin");
        assert_eq!(place(&["create", "manage", "activity"]), "forms.bin");
        assert_eq!(place(&["log", "run", "create"]), COMMON_FILE);
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
