//! The fallback without rustup: Debian's compiler, and the standard library for WebAssembly built
//! from the sources that Debian packages.

use super::apt;
use crate::project::Project;
use crate::{command, say};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The console's target.
pub const WASM: &str = "wasm32-unknown-unknown";

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

/// Returns `true` if this compiler has the standard library for WebAssembly.
pub fn supports_wasm(rustc: &Path) -> bool {
    supports(rustc, WASM)
}

/// Returns `true` if this compiler has the standard library for a target.
pub fn supports(rustc: &Path, target: &str) -> bool {
    let args = ["--print", "target-libdir", "--target", target];
    command::output(command::new(rustc).args(args))
        .and_then(|folder| entries(Path::new(&folder)).ok())
        .is_some_and(|files| {
            let names = files.iter().filter_map(|file| file.file_name());
            names
                .into_iter()
                .any(|name| name.to_string_lossy().starts_with("libstd-"))
        })
}

/// Returns the compiler of an earlier set-up, if Debian's version is still the same.
pub fn find(project: &Project) -> Option<PathBuf> {
    if !Path::new(RUSTC).is_file() {
        return None;
    }
    let rustc = folder(project, &version()?).join("rustc");
    (rustc.is_file() && supports_wasm(&rustc)).then_some(rustc)
}

/// Installs Debian's packages and builds the standard library. Returns the compiler to use.
pub fn make(project: &Project) -> Result<PathBuf> {
    let source = Path::new(RUSTLIB).join("src/rust/library/std");
    let linker = Path::new("/usr/bin/rust-lld");
    if !(Path::new(RUSTC).is_file() && source.is_dir() && linker.exists()) {
        apt::install(project, &PACKAGES, "building WebAssembly", "about 2 min")?;
    }
    let version = version().context("Debian's rustc doesn't print its version")?;
    let ready = folder(project, &version);
    if ready.exists() {
        fs::remove_dir_all(&ready)
            .with_context(|| format!("failed to remove {}", ready.display()))?;
    }

    say::step("building the standard library for WebAssembly, about 1 min");
    let work = project.cache.join("sysroot-incomplete");
    let built = build(project, &work)?;
    let created = work.join("sysroot");
    assemble(&built, &created)?;
    // The wrapper names the final path, so that one rename puts the complete sysroot there.
    let wrapper = format!(
        "#!/bin/sh\nexec {RUSTC} --sysroot '{}' \"$@\"\n",
        ready.display()
    );
    write_program(&created.join("rustc"), &wrapper)?;
    fs::rename(&created, &ready)
        .with_context(|| format!("failed to move the sysroot to {}", ready.display()))?;
    fs::remove_dir_all(&work).with_context(|| format!("failed to remove {}", work.display()))?;

    let rustc = ready.join("rustc");
    if !supports_wasm(&rustc) {
        bail!(
            "{} was built, but doesn't find its standard library",
            rustc.display()
        );
    }
    Ok(rustc)
}

fn folder(project: &Project, version: &str) -> PathBuf {
    project.cache.join(format!("sysroot-{version}"))
}

fn version() -> Option<String> {
    let text = command::output(command::new(RUSTC).arg("--version"))?;
    text.split_whitespace().nth(1).map(str::to_owned)
}

/// Builds an empty crate together with the standard library; returns the folder of libraries.
fn build(project: &Project, work: &Path) -> Result<PathBuf> {
    if work.exists() {
        fs::remove_dir_all(work).with_context(|| format!("failed to remove {}", work.display()))?;
    }
    let source = work.join("crate/src");
    fs::create_dir_all(&source)
        .with_context(|| format!("failed to create {}", source.display()))?;
    fs::write(work.join("crate/Cargo.toml"), MANIFEST).context("failed to write a manifest")?;
    fs::write(source.join("lib.rs"), "#![no_std]\n").context("failed to write a library")?;
    let mut cargo = command::cargo();
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
        // Building the standard library is an unstable feature; LTO needs the bitcode.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes");
    let log = project.records.join("sysroot.log");
    command::run_logged(&mut cargo, "the standard library for WebAssembly", &log)?;
    Ok(work.join("target").join(WASM).join("release/deps"))
}

/// Creates a sysroot of links to Debian's and the new libraries.
fn assemble(built: &Path, sysroot: &Path) -> Result<()> {
    let libraries = sysroot.join("lib/rustlib").join(WASM).join("lib");
    fs::create_dir_all(&libraries)
        .with_context(|| format!("failed to create {}", libraries.display()))?;
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
    let paths = |entries: fs::ReadDir| entries.map(|entry| Ok(entry?.path())).collect();
    fs::read_dir(folder)
        .and_then(paths)
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
    bail!("Debian's packages can't be used on this system");
}

#[cfg(not(unix))]
fn write_program(_: &Path, _: &str) -> Result<()> {
    bail!("Debian's packages can't be used on this system");
}
