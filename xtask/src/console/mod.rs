//! Builds the console into `dist/`, where the server's build picks it up.

mod compress;
mod features;
mod merge;
mod page;
mod rewrite;
mod split;
mod terminal;

use crate::project::{Project, files_below};
use crate::setup::Toolbox;
use crate::{lock, say};
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Sources of the console.
const SOURCES: [&str; 12] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "crates/client",
    "crates/model",
    "index.html",
    "public",
    "src",
    "style",
    "terminal",
    "xtask/src/console",
    "xtask/src/setup/tools.rs",
];

/// Brings `dist/` up to date; does nothing if neither sources, compiler nor `dist/` have changed.
pub fn build(project: &Project, toolbox: &Toolbox) -> Result<()> {
    let _lock = lock::take(&project.records.join("console.lock"), "the console")?;
    let dist = project.dist();
    let record = record(project);
    let sources = sources_stamp(project, toolbox)?;
    let is_current = dist.is_dir()
        && fs::read_to_string(&record)
            .is_ok_and(|text| text == format!("{sources} {}", dist_stamp(&dist).unwrap_or(0)));
    if is_current {
        say::done("the console is up to date");
        return Ok(());
    }

    say::step("building the console");
    let began = Instant::now();
    let stage = empty_folder(&project.records.join("console"))?;
    let modules = split::build(project, toolbox, &stage)?;
    // The server recognises the hash in the path, and lets browsers keep the files for ever.
    let hash = hash_of(&[&modules, &project.root.join("style")])?;
    let finished = stage.join("dist");
    fs::create_dir(&finished).context("failed to create a folder")?;
    fs::rename(&modules, finished.join(&hash)).context("failed to move the modules")?;
    page::write(&project.root, &finished, &hash)?;
    terminal::write(project, &finished)?;
    compress::folder(&finished)?;
    if dist.exists() {
        fs::remove_dir_all(&dist)
            .with_context(|| format!("failed to remove {}", dist.display()))?;
    }
    fs::rename(&finished, &dist).with_context(|| format!("failed to create {}", dist.display()))?;
    fs::write(&record, format!("{sources} {}", dist_stamp(&dist)?))
        .with_context(|| format!("failed to write {}", record.display()))?;
    say::done(&format!("the console ({})", say::time(began.elapsed())));
    Ok(())
}

/// Returns a text that changes with the files of the console, which must be built.
pub fn stamp(project: &Project) -> Result<String> {
    let record = record(project);
    fs::read_to_string(&record).with_context(|| format!("failed to read {}", record.display()))
}

fn record(project: &Project) -> PathBuf {
    project.records.join("console.stamp")
}

fn empty_folder(path: &Path) -> Result<PathBuf> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("failed to empty {}", path.display()))?;
    }
    fs::create_dir_all(path).with_context(|| format!("failed to create {}", path.display()))?;
    Ok(path.to_owned())
}

/// Returns a stamp that changes with any source and with the compiler.
fn sources_stamp(project: &Project, toolbox: &Toolbox) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    toolbox.compiler_version(project)?.hash(&mut hasher);
    for source in SOURCES {
        let path = project.root.join(source);
        let files = if path.is_dir() {
            files_below(&path)?
        } else {
            vec![path]
        };
        for file in files {
            file.strip_prefix(&project.root).ok().hash(&mut hasher);
            // A missing file also has a stamp.
            fs::read(&file).ok().hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

/// Returns a stamp that changes if any other program, such as trunk, writes to `dist/`.
fn dist_stamp(dist: &Path) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for file in files_below(dist)? {
        let metadata =
            fs::metadata(&file).with_context(|| format!("failed to read {}", file.display()))?;
        file.strip_prefix(dist).ok().hash(&mut hasher);
        metadata.len().hash(&mut hasher);
        metadata.modified().ok().hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// Returns a name made of the names and contents of all files in the folders.
fn hash_of(folders: &[&Path]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for folder in folders {
        for file in files_below(folder)? {
            file.file_name().hash(&mut hasher);
            fs::read(&file)
                .with_context(|| format!("failed to read {}", file.display()))?
                .hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}
