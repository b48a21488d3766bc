//! Builds the console into `dist/`, ready to be carried by the server; nothing is done when nothing
//! has changed.

use crate::compress::{self, Known};
use crate::project::Project;
use crate::setup::Toolbox;
use crate::{command, lock, parts, say};
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::Instant;

/// What the console is made of, and by.
const SOURCES: [&str; 13] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "index.html",
    "src",
    "style",
    "public",
    "crates/model/Cargo.toml",
    "crates/model/src",
    "xtask/src/parts",
    "xtask/src/parts.rs",
    "xtask/src/shorten.rs",
];

/// Brings `dist/` up to date.
pub fn build(project: &Project, toolbox: &Toolbox) -> Result<()> {
    let _lock = lock::take(&project.records.join("console.lock"), "the console")?;
    let dist = project.dist();
    let record = project.records.join("console.stamp");
    let sources = sources_stamp(project, toolbox)?;
    let is_current = dist.is_dir()
        && fs::read_to_string(&record)
            .is_ok_and(|text| text == format!("{sources} {}", dist_stamp(&dist).unwrap_or(0)));
    if is_current {
        say::done("the console is up to date");
        return Ok(());
    }

    say::step("building the console (about 3 min the first time)");
    let began = Instant::now();
    let known = Known::read(&dist);
    let mut trunk = toolbox.command(project, "trunk")?;
    let (name, flags) = parts::RUSTFLAGS;
    trunk
        .args(["build", "--release", "--locked"])
        .env(name, flags);
    command::loud(&mut trunk, "building the console")?;
    parts::cut(project, toolbox)?;
    compress::folder(&dist, known)?;
    fs::write(&record, format!("{sources} {}", dist_stamp(&dist)?))
        .with_context(|| format!("failed to write {}", record.display()))?;
    say::done(&format!("the console ({})", say::time(began.elapsed())));
    Ok(())
}

/// Changes when any source does, or the compiler.
fn sources_stamp(project: &Project, toolbox: &Toolbox) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    let rustc = toolbox.compiler_version(project)?;
    rustc.hash(&mut hasher);
    for source in SOURCES {
        let path = project.root.join(source);
        let files = if path.is_dir() {
            compress::files_below(&path)?
        } else {
            vec![path]
        };
        for file in files {
            file.strip_prefix(&project.root).ok().hash(&mut hasher);
            // One that is not there is a state like any other.
            fs::read(&file).ok().hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

/// Changes when anything else than this program writes to `dist/`, as `trunk serve` does.
fn dist_stamp(dist: &Path) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for file in compress::files_below(dist)? {
        let about =
            fs::metadata(&file).with_context(|| format!("failed to read {}", file.display()))?;
        file.strip_prefix(dist).ok().hash(&mut hasher);
        about.len().hash(&mut hasher);
        about.modified().ok().hash(&mut hasher);
    }
    Ok(hasher.finish())
}
