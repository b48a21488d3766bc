//! Running other programs: loudly, quietly with a log, or for their answer.

use crate::network::{self, Trouble};
use crate::say;
use anyhow::{Context, Result, anyhow, bail};
use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What is kept of a quiet program's last words.
const LAST_LINES: usize = 25;

/// A program of this name, in an environment free of what cargo told xtask about xtask: left in
/// place, it would make build scripts run again that asked to be run when it changes.
pub fn new(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let own = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name.starts_with("CARGO_BIN_")
        });
        if own {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it with our own input and output; its failure is an error.
pub fn loud(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// Runs it for its standard output, trimmed; none if it fails or is not there.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// How a quiet program failed.
#[derive(Debug)]
pub struct Failure {
    /// What kind of failure it is, judged by its words.
    pub trouble: Trouble,
    /// All of it, for people.
    pub error: anyhow::Error,
}

/// Runs it with its output in a log file; on failure the last lines are part of the error.
pub fn quiet(command: &mut Command, what: &str, log: &Path) -> Result<(), Failure> {
    run_quiet(command, what, log).map_err(|(trouble, error)| Failure { trouble, error })
}

fn run_quiet(
    command: &mut Command,
    what: &str,
    log: &Path,
) -> Result<(), (Trouble, anyhow::Error)> {
    let other = |error| (Trouble::Other, error);
    let began = Instant::now();
    let mut file = File::create(log)
        .with_context(|| format!("failed to write {}", log.display()))
        .map_err(other)?;
    let out = file
        .try_clone()
        .context("failed to share the log")
        .map_err(other)?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| cannot_start(command))
        .map_err(other)?;
    // The pipe is ours by the line above; were it not, there would be nothing to show.
    if let Some(pipe) = child.stderr.take() {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&line);
            let _ = writeln!(file, "{text}");
            say::passing(text.trim());
        }
    }
    say::passed();
    let status = child
        .wait()
        .context("failed to wait for it")
        .map_err(other)?;
    if status.success() {
        say::done(&format!("{what} ({})", say::time(began.elapsed())));
        return Ok(());
    }
    let all = std::fs::read(log).unwrap_or_default();
    let all = String::from_utf8_lossy(&all);
    let lines: Vec<&str> = all.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
    let trouble = network::classify(&last);
    let why = match trouble {
        Trouble::Network => "the network refused or could not be reached",
        Trouble::Missing => "the place it comes from does not have it",
        Trouble::Other => "see its last lines",
    };
    Err((
        trouble,
        anyhow!(
            "{what} failed ({status}): {why}\n\n{last}\n\n(all of it: {})",
            log.display()
        ),
    ))
}

/// Runs it, passing its standard output on line by line while `read` sees each line too. Answers
/// whether it succeeded.
pub fn watched(command: &mut Command, mut read: impl FnMut(&str)) -> Result<bool> {
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
