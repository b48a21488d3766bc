//! Running other programs.

use crate::say;
use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Number of lines of a failed program's log that its error shows.
const LAST_LINES: usize = 25;

/// Returns a command without the environment that cargo sets for xtask itself: with it, some build
/// scripts would run again whenever xtask changes.
pub fn new(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let is_own = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        });
        if is_own {
            command.env_remove(name);
        }
    }
    command
}

/// Returns the cargo that runs xtask.
pub fn cargo() -> Command {
    new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs the command with xtask's own input and output.
pub fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// Returns the command's trimmed standard output, or `None` if it fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Runs the command with its output in a log file; an error shows the last lines.
pub fn run_logged(command: &mut Command, what: &str, log: &Path) -> Result<()> {
    let began = Instant::now();
    let file = File::create(log).with_context(|| format!("failed to write {}", log.display()))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file.try_clone().context("failed to share the log")?)
        .stderr(file)
        .status()
        .with_context(|| cannot_start(command))?;
    if status.success() {
        say::done(&format!("{what} ({})", say::time(began.elapsed())));
        return Ok(());
    }
    let all = fs::read(log).unwrap_or_default();
    let all = String::from_utf8_lossy(&all);
    let lines: Vec<&str> = all.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
    bail!(
        "{what} failed ({status}):\n\n{last}\n\n(full log: {})",
        log.display()
    )
}

/// Runs the command, prints its standard output and passes each line to `read`. Returns `true` if
/// it succeeded.
pub fn run_lines(command: &mut Command, mut read: impl FnMut(&str)) -> Result<bool> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| cannot_start(command))?;
    if let Some(pipe) = child.stdout.take() {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&line);
            say::result(&text);
            read(&text);
        }
    }
    Ok(child.wait().context("failed to wait for it")?.success())
}

fn cannot_start(command: &Command) -> String {
    format!("failed to start {}", command.get_program().display())
}
