//! Builds the server, which contains the console, and starts it.

use crate::project::Project;
use crate::setup::{self, Need, Toolbox};
use crate::{command, console, say};
use anyhow::{Context, Result, anyhow};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Instant;

/// Environment variable of the server's compiler that changes with the console's files.
pub const CONSOLE_STAMP: &str = "VESTIBULE_CONSOLE";

/// Runs `cargo xtask run`: sets up, builds, and replaces this process by the server.
pub fn run(project: &Project, flags: &[String]) -> Result<ExitCode> {
    let toolbox = setup::ensure(project, Need::Run)?;
    build(project, &toolbox)?;
    let mut server = command::new(project.server_binary());
    server.arg("serve").args(flags);
    exec(&mut server)
}

/// Runs `cargo xtask build`: sets up, builds, and prints the path of the binary.
pub fn build_and_print_path(project: &Project) -> Result<ExitCode> {
    let toolbox = setup::ensure(project, Need::Run)?;
    build(project, &toolbox)?;
    say::done("the server with the console, one file to copy:");
    say::result(&project.server_binary().display().to_string());
    Ok(ExitCode::SUCCESS)
}

/// Builds the server with the console in it, in release. The server's library doesn't contain the
/// console, and compiles beside it: the console's compiler uses one core for minutes.
pub fn build(project: &Project, toolbox: &Toolbox) -> Result<()> {
    if !project.server_binary().is_file() {
        say::step("building the server and the console (about 8 min the first time)");
    }
    thread::scope(|scope| {
        let library = scope.spawn(|| {
            let mut cargo = cargo(project, toolbox)?;
            // Its lines would be mixed with those of the console's compiler.
            cargo.args(["--lib", "--quiet"]);
            command::run(&mut cargo, "building the server's library")
        });
        console::build(project, toolbox)?;
        library.join().map_err(|_| anyhow!("a thread panicked"))?
    })?;
    let began = Instant::now();
    let mut cargo = cargo(project, toolbox)?;
    cargo.env(CONSOLE_STAMP, console::stamp(project)?);
    command::run(&mut cargo, "building the server")?;
    say::done(&format!("the server ({})", say::time(began.elapsed())));
    Ok(())
}

/// Returns cargo's command that builds the server.
fn cargo(project: &Project, toolbox: &Toolbox) -> Result<Command> {
    let mut cargo = toolbox.command(project, "cargo")?;
    cargo.args([
        "build",
        "--release",
        "--locked",
        "--package",
        "vestibule-server",
    ]);
    Ok(cargo)
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
