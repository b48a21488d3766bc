//! A Rust compiler that can make WebAssembly.

use super::{apt, sysroot};
use crate::network::{Trouble, classify};
use crate::project::{Project, on_path};
use crate::{command, say};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The target of the console.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The compiler to build with.
#[derive(Debug)]
pub struct Toolchain {
    /// Set as `RUSTC`; none: the one cargo takes by itself.
    pub rustc: Option<PathBuf>,
}

/// Finds a compiler with the standard library for WebAssembly, or adds that library: by rustup
/// first, and where rustup cannot be used, from Debian's packages.
pub fn ensure(project: &Project) -> Result<Toolchain> {
    if let Some(toolchain) = chosen_by_the_environment().or_else(installed) {
        return Ok(toolchain);
    }
    if let Some(rustc) = sysroot::find(project) {
        return Ok(Toolchain { rustc: Some(rustc) });
    }
    let refused = match add_with_rustup(project)? {
        Added::Yes => {
            return installed().with_context(|| {
                format!("rustup added {WASM}, but `rustc` does not find it; is another rustc first in PATH?")
            });
        }
        Added::No(why) => why,
    };
    if !apt::is_here() {
        bail!(
            "the Rust standard library for {WASM} is not here, and cannot be added: {refused}\n\
             It is what `rustup target add {WASM}` installs; see https://rustup.rs"
        );
    }
    say::note(&format!("{refused}; using Debian's Rust packages instead"));
    let rustc = sysroot::make(project)?;
    Ok(Toolchain { rustc: Some(rustc) })
}

/// Whether this compiler has the standard library for WebAssembly.
pub fn makes_wasm(rustc: &Path) -> bool {
    let asked = ["--print", "target-libdir", "--target", WASM];
    command::answer(command::new(rustc).args(asked))
        .is_some_and(|folder| has_std(Path::new(&folder)))
}

fn has_std(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .filter_map(Result::ok)
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn chosen_by_the_environment() -> Option<Toolchain> {
    let rustc = PathBuf::from(env::var_os("RUSTC").filter(|value| !value.is_empty())?);
    if makes_wasm(&rustc) {
        return Some(Toolchain { rustc: Some(rustc) });
    }
    say::note(&format!(
        "RUSTC is {}, which cannot make WebAssembly; it is left aside",
        rustc.display()
    ));
    None
}

fn installed() -> Option<Toolchain> {
    makes_wasm(Path::new("rustc")).then_some(Toolchain { rustc: None })
}

enum Added {
    Yes,
    /// Why not.
    No(String),
}

fn add_with_rustup(project: &Project) -> Result<Added> {
    if on_path("rustup").is_none() {
        return Ok(Added::No("rustup is not installed".to_owned()));
    }
    say::step(&format!(
        "rustup target add {WASM} (about 20 s; given up sooner if it cannot be reached)"
    ));
    let output = command::new("rustup")
        .args(["target", "add", WASM])
        .current_dir(&project.root)
        .env("RUSTUP_MAX_RETRIES", "1")
        .stdin(Stdio::null())
        .output()
        .context("failed to start rustup")?;
    if output.status.success() {
        say::done(&format!("rustup target add {WASM}"));
        return Ok(Added::Yes);
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = words.lines().find_map(|line| line.strip_prefix("error: "));
    let said = said.unwrap_or("it said nothing of use");
    Ok(Added::No(match classify(&words) {
        Trouble::Network => format!("rustup's server cannot be reached ({said})"),
        Trouble::Missing => format!("rustup does not have it for this toolchain ({said})"),
        Trouble::Other => format!("rustup failed ({said})"),
    }))
}
