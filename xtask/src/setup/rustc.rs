//! A Rust compiler with the standard library for WebAssembly.

use super::{apt, sysroot};
use crate::project::{Project, on_path};
use crate::{command, say};
use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Returns the value for `RUSTC`, or `None` if cargo's default compiler has the library. If none
/// has, adds the library with rustup; where rustup isn't usable, Debian's compiler is set up.
pub fn ensure(project: &Project) -> Result<Option<PathBuf>> {
    if let Some(rustc) = env::var_os("RUSTC").filter(|value| !value.is_empty()) {
        let rustc = PathBuf::from(rustc);
        if sysroot::supports_wasm(&rustc) {
            return Ok(Some(rustc));
        }
        say::note(&format!(
            "RUSTC is ignored: {} has no standard library for WebAssembly",
            rustc.display()
        ));
    }
    let is_default_usable = || sysroot::supports_wasm(Path::new("rustc"));
    if is_default_usable() {
        return Ok(None);
    }
    if let Some(rustc) = sysroot::find(project) {
        return Ok(Some(rustc));
    }
    let Err(error) = add_with_rustup(project, sysroot::WASM) else {
        if is_default_usable() {
            return Ok(None);
        }
        bail!("rustup added the WebAssembly target, but the `rustc` in PATH is another one");
    };
    if !apt::is_available() {
        return Err(error.context(
            "the Rust standard library for WebAssembly is missing (see https://rustup.rs)",
        ));
    }
    say::note(&format!("{error:#}; using Debian's Rust packages instead"));
    sysroot::make(project).map(Some)
}

/// Adds the standard library for a target.
pub(super) fn add_with_rustup(project: &Project, target: &str) -> Result<()> {
    if on_path("rustup").is_none() {
        bail!("rustup is not installed");
    }
    let what = format!("rustup target add {target}");
    say::step(&format!("{what} (about 20 s)"));
    let output = command::new("rustup")
        .args(["target", "add", target])
        .current_dir(&project.root)
        .env("RUSTUP_MAX_RETRIES", "1")
        .stdin(Stdio::null())
        .output()
        .context("failed to start rustup")?;
    if output.status.success() {
        say::done(&what);
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let error = text.lines().find_map(|line| line.strip_prefix("error: "));
    bail!("{what} failed ({})", error.unwrap_or("without a message"))
}
