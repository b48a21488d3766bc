//! Tools that link a program without libraries of the system: the standard library for musl, and a compiler for
//! the C code of SQLite and of the cryptography.

use super::{apt, rustc, sysroot};
use crate::project::{Project, on_path};
use anyhow::{Context, Result, bail};
use std::env::consts::{ARCH, OS};
use std::path::{Path, PathBuf};

/// Compiler wrapper of the package musl-tools.
const COMPILER: &str = "musl-gcc";

/// Target and C compiler.
pub struct Musl {
    /// Rust's name of the target.
    pub target: String,
    /// Architecture in the words of images.
    pub architecture: &'static str,
    /// The C compiler.
    pub compiler: PathBuf,
}

/// Installs what is missing.
pub fn ensure(project: &Project) -> Result<Musl> {
    let architecture = match (OS, ARCH) {
        ("linux", "x86_64") => "amd64",
        ("linux", "aarch64") => "arm64",
        _ => bail!("images are built on Linux on x86_64 or aarch64; this is {OS} on {ARCH}"),
    };
    let target = format!("{ARCH}-unknown-linux-musl");
    let default = Path::new("rustc");
    if !sysroot::supports(default, &target) {
        rustc::add_with_rustup(project, &target).with_context(|| {
            format!(
                "the Rust standard library for {target} is missing (rustup target add {target})"
            )
        })?;
        if !sysroot::supports(default, &target) {
            bail!("rustup added {target}, but the `rustc` in PATH is another one");
        }
    }
    Ok(Musl {
        target,
        architecture,
        compiler: compiler(project)?,
    })
}

fn compiler(project: &Project) -> Result<PathBuf> {
    if let Some(found) = on_path(COMPILER) {
        return Ok(found);
    }
    if !apt::is_available() {
        bail!(
            "{COMPILER} compiles the C code of an image: install it (Debian's package is musl-tools)"
        );
    }
    apt::install(project, &["musl-tools"], "building an image", "about 10 s")?;
    on_path(COMPILER).context("musl-tools was installed, but musl-gcc isn't in PATH")
}
