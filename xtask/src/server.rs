//! Builds the server, which contains the console, and starts it.

use crate::project::Project;
use crate::setup::{self, Need, Toolbox};
use crate::{command, console, say};
use anyhow::{Context, Result};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// Runs `cargo xtask run`: sets up, builds, and replaces this process by the server.
pub fn run(project: &Project, flags: &[String]) -> Result<ExitCode> {
    let toolbox = setup::ensure(project, Need::Run)?;
    console::build(project, &toolbox)?;
    build(project, &toolbox)?;
    let mut server = command::new(project.server_binary());
    server.arg("serve").args(flags);
    exec(&mut server)
}

/// Runs `cargo xtask build`: sets up, builds, and prints the path of the binary.
pub fn build_and_print_path(project: &Project) -> Result<ExitCode> {
    let toolbox = setup::ensure(project, Need::Run)?;
    console::build(project, &toolbox)?;
    build(project, &toolbox)?;
    say::done("the server with the console, one file to copy:");
    say::result(&project.server_binary().display().to_string());
    Ok(ExitCode::SUCCESS)
}

/// Builds the server in release. The console must be built already.
pub fn build(project: &Project, toolbox: &Toolbox) -> Result<()> {
    let began = Instant::now();
    if !project.server_binary().is_file() {
        say::step("building the server (about 3 min the first time)");
    }
    let mut cargo = toolbox.command(project, "cargo")?;
    cargo.args([
        "build",
        "--release",
        "--locked",
        "--package",
        "vestibule-server",
    ]);
    command::run(&mut cargo, "building the server")?;
    say::done(&format!("the server ({})", say::time(began.elapsed())));
    Ok(())
}

#[cfg(unix)]
fn exec(server: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    // Returns only on failure.
    Err(server.exec())
        .with_context(|| format!("failed to start {}", server.get_program().display()))
}

#[cfg(not(unix))]
fn exec(server: &mut Command) -> Result<ExitCode> {
    let status = server
        .status()
        .with_context(|| format!("failed to start {}", server.get_program().display()))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
