//! The server of version 0.1.0, built from the repository's history.

use crate::command;
use crate::project::Project;
use crate::setup::Toolbox;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The last commit of version 0.1.0.
const COMMIT: &str = "ca27f55";

/// Builds the server without its console; returns the path of the binary.
pub fn build(project: &Project, toolbox: &Toolbox) -> Result<PathBuf> {
    let folder = project.target.join("earlier").join(COMMIT);
    let target = folder.join("target");
    let binary = target
        .join("debug")
        .join(format!("vestibule{}", env::consts::EXE_SUFFIX));
    if binary.is_file() {
        return Ok(binary);
    }
    let source = folder.join("source");
    fs::create_dir_all(&source)
        .with_context(|| format!("failed to create {}", source.display()))?;
    let mut archive = Command::new("git")
        .args(["archive", COMMIT])
        .current_dir(&project.root)
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to start git")?;
    let files = archive.stdout.take().context("git has no output")?;
    let mut unpack = Command::new("tar");
    unpack.args(["-x", "-C"]).arg(&source).stdin(files);
    command::run(&mut unpack, "unpacking version 0.1.0")?;
    if !archive.wait().context("failed to wait for git")?.success() {
        bail!("version 0.1.0 (commit {COMMIT}) is not in this repository's history");
    }
    let mut cargo = toolbox.command(project, "cargo")?;
    cargo
        .args(["build", "--locked", "--package", "vestibule-server"])
        .current_dir(&source)
        .env("CARGO_TARGET_DIR", &target);
    command::run(&mut cargo, "building version 0.1.0")?;
    Ok(binary)
}
