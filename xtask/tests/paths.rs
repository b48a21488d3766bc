//! The source files that the documentation names exist.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// Documents, and `true` if a path may begin below a crate's folder `src`.
const DOCUMENTS: [(&str, bool); 4] = [
    ("README.md", false),
    ("CONTRIBUTING.md", false),
    ("docs/ARCHITECTURE.md", true),
    ("docs/PARTS.md", true),
];

/// Folders and endings by which a path is told from other text in code font.
const FOLDERS: [&str; 5] = ["crates/", "src/", "style/", "tests/", "xtask/"];
const ENDINGS: [&str; 4] = [".css", ".mjs", ".rs", ".sql"];

/// Placeholder of a number in the name of a file that is to be written.
const PLACEHOLDER: &str = "_N.";

#[test]
fn files_in_the_documentation_exist() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = source_folders(&root)?;
    let mut missing = Vec::new();
    for (document, is_short) in DOCUMENTS {
        let text = fs::read_to_string(root.join(document)).context(document)?;
        let paths = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|text| is_path(text));
        for path in paths {
            let mut found = root.join(path).exists();
            if is_short {
                found |= sources.iter().any(|folder| is_source(folder, path));
                let of_crate = path.split_once('/').map(|(name, rest)| {
                    is_source(&root.join("crates").join(name).join("src"), rest)
                });
                found |= of_crate == Some(true);
            }
            if !found {
                missing.push(format!("{document}: {path}"));
            }
        }
    }
    ensure!(missing.is_empty(), "not found: {missing:#?}");
    Ok(())
}

fn is_path(text: &str) -> bool {
    let is_word = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let is_source = FOLDERS.iter().any(|folder| text.starts_with(folder))
        || text.contains('/') && ENDINGS.iter().any(|ending| text.ends_with(ending));
    is_word && is_source && !text.contains(PLACEHOLDER)
}

/// Returns `true` if the path is a file, a folder or a module below the folder.
fn is_source(folder: &Path, path: &str) -> bool {
    folder.join(path).exists() || folder.join(format!("{path}.rs")).exists()
}

/// Returns the folder of the sources of each crate, and the console's.
fn source_folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = vec![root.join("src")];
    for entry in fs::read_dir(root.join("crates"))? {
        folders.push(entry?.path().join("src"));
    }
    Ok(folders)
}

#[test]
fn paths_are_told_from_other_text() {
    for path in [
        "crates/model",
        "local/launch.rs",
        "src/effect.rs",
        "style/table.css",
    ] {
        assert!(is_path(path), "{path}");
    }
    let others = [
        "cargo xtask test",
        "/api/workbenches",
        "vestibule.test/ok",
        "routes.rs",
        "crates/server/src/store/schema_N.sql",
    ];
    for text in others {
        assert!(!is_path(text), "{text}");
    }
}
