//! Where rustup cannot be reached: Debian's compiler, and a standard library for WebAssembly built
//! from the source that Debian packages with it.

use super::apt;
use super::toolchain::{WASM, makes_wasm};
use crate::project::Project;
use crate::{command, say};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

const RUSTC: &str = "/usr/bin/rustc";
const RUSTLIB: &str = "/usr/lib/rustlib";

const PACKAGES: [&str; 4] = ["rustc-web", "rust-web-src", "rust-web-llvm", "lld-22"];

const MANIFEST: &str = r#"[package]
name = "sysroot"
version = "0.0.0"
edition = "2021"

[profile.release]
opt-level = "s"
panic = "abort"

[workspace]
"#;

/// The compiler of a sysroot that was made before, for the version that Debian has installed now.
pub fn find(project: &Project) -> Option<PathBuf> {
    if !Path::new(RUSTC).is_file() {
        return None;
    }
    let rustc = folder(project, &version()?).join("rustc");
    (rustc.is_file() && makes_wasm(&rustc)).then_some(rustc)
}

/// Installs Debian's packages and builds the standard library. Answers the compiler to use.
pub fn make(project: &Project) -> Result<PathBuf> {
    let source = Path::new(RUSTLIB).join("src/rust/library/std");
    let linker = Path::new("/usr/bin/rust-lld");
    if !(Path::new(RUSTC).is_file() && source.is_dir() && linker.exists()) {
        apt::install(project, &PACKAGES, "building WebAssembly", "about 2 min")?;
    }
    let version = version().context("Debian's rustc does not answer what version it is")?;
    let ready = folder(project, &version);
    if ready.exists() {
        fs::remove_dir_all(&ready)
            .with_context(|| format!("failed to remove {}", ready.display()))?;
    }

    say::step("building the standard library for WebAssembly, about 1 min");
    let work = project.cache.join("sysroot-under-way");
    let built = build(project, &work)?;
    let made = work.join("sysroot");
    assemble(&built, &made)?;
    // The wrapper names the final place, so that the folder can be moved there in one step: a
    // sysroot that exists is whole.
    let wrapper = format!(
        "#!/bin/sh\nexec {RUSTC} --sysroot '{}' \"$@\"\n",
        ready.display()
    );
    write_program(&made.join("rustc"), &wrapper)?;
    fs::rename(&made, &ready)
        .with_context(|| format!("failed to move the sysroot to {}", ready.display()))?;
    fs::remove_dir_all(&work).with_context(|| format!("failed to remove {}", work.display()))?;

    let rustc = ready.join("rustc");
    if !makes_wasm(&rustc) {
        bail!(
            "{} was built, but does not find its standard library",
            rustc.display()
        );
    }
    Ok(rustc)
}

fn folder(project: &Project, version: &str) -> PathBuf {
    project.cache.join(format!("sysroot-{version}"))
}

fn version() -> Option<String> {
    let text = command::answer(command::new(RUSTC).arg("--version"))?;
    text.split_whitespace().nth(1).map(str::to_owned)
}

/// Builds an empty crate together with the standard library; answers the folder of libraries.
fn build(project: &Project, work: &Path) -> Result<PathBuf> {
    if work.exists() {
        fs::remove_dir_all(work).with_context(|| format!("failed to remove {}", work.display()))?;
    }
    let source = work.join("crate/src");
    fs::create_dir_all(&source).with_context(|| format!("failed to make {}", source.display()))?;
    fs::write(work.join("crate/Cargo.toml"), MANIFEST).context("failed to write a manifest")?;
    fs::write(source.join("lib.rs"), "#![no_std]\n").context("failed to write a library")?;
    let mut cargo = super::cargo();
    cargo
        .args([
            "build",
            "--release",
            "-Z",
            "build-std=std,panic_abort,test,proc_macro",
        ])
        .args(["--target", WASM])
        .current_dir(work.join("crate"))
        .env("CARGO_TARGET_DIR", work.join("target"))
        .env("RUSTC", RUSTC)
        // Building the standard library is an unstable feature; its bitcode is for LTO.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes");
    let log = project.records.join("sysroot.log");
    command::quiet(&mut cargo, "the standard library for WebAssembly", &log)
        .map_err(|failure| failure.error)?;
    Ok(work.join("target").join(WASM).join("release/deps"))
}

/// A sysroot: Debian's, by links, and the new libraries.
fn assemble(built: &Path, sysroot: &Path) -> Result<()> {
    let libraries = sysroot.join("lib/rustlib").join(WASM).join("lib");
    fs::create_dir_all(&libraries)
        .with_context(|| format!("failed to make {}", libraries.display()))?;
    for path in entries(built)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".rlib") && !name.starts_with("libsysroot-") {
            fs::copy(&path, libraries.join(&*name))
                .with_context(|| format!("failed to copy {}", path.display()))?;
        }
    }
    for path in entries(Path::new(RUSTLIB))? {
        let name = path.file_name().unwrap_or_default();
        if name != WASM {
            link(&path, &sysroot.join("lib/rustlib").join(name))?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect()
        })
        .with_context(|| format!("failed to list {}", folder.display()))
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> Result<()> {
    std::os::unix::fs::symlink(from, to).with_context(|| format!("failed to link {}", to.display()))
}

#[cfg(unix)]
fn write_program(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("failed to write {}", path.display()))
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<()> {
    bail!("Debian's packages are of no use on this system");
}

#[cfg(not(unix))]
fn write_program(_: &Path, _: &str) -> Result<()> {
    bail!("Debian's packages are of no use on this system");
}
