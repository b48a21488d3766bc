//! A component of the cluster: a program that runs under the guard.

use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Number of lines of a log that an error shows.
const LAST_LINES: usize = 15;
/// Time between SIGTERM and SIGKILL.
const GRACE: &str = "10s";

/// The program of a component.
#[derive(Debug)]
pub struct Program<'a> {
    /// The component's name, which is that of its log.
    pub name: &'static str,
    /// The path of the guard.
    pub guard: &'a Path,
    /// The path of the program.
    pub path: &'a Path,
    pub arguments: &'a [String],
    /// `true` if the program mounts file systems.
    pub mounts: bool,
}

/// A running program. It stops when it is dropped.
#[derive(Debug)]
pub struct Component {
    name: &'static str,
    guard: Child,
    log: PathBuf,
}

impl Component {
    /// Starts the program, with its output appended to a log file.
    pub fn start(program: &Program<'_>, logs: &Path) -> Result<Self> {
        let name = program.name;
        let log = logs.join(format!("{name}.log"));
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("failed to open {}", log.display()))?;
        let guard = Command::new(program.guard)
            .args(["-grace", GRACE])
            .args(program.mounts.then_some("-private-mounts"))
            .arg(program.path)
            .args(program.arguments)
            .stdin(Stdio::piped())
            .stdout(file.try_clone().context("failed to share a log")?)
            .stderr(file)
            // Ctrl-C goes to the process that stops the components in their order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("failed to start {name}"))?;
        Ok(Self { name, guard, log })
    }

    /// Returns an error with the last lines of the log if the program has ended.
    pub fn check(&mut self) -> Result<()> {
        let status = self.guard.try_wait();
        match status.with_context(|| format!("failed to wait for {}", self.name))? {
            None => Ok(()),
            Some(status) => bail!(self.end_message(status)),
        }
    }

    /// Stops the program, and waits until it has ended.
    pub fn stop(&mut self) {
        // The guard waits for the end of this pipe.
        drop(self.guard.stdin.take());
        // The error says that there is no such process.
        let _ = self.guard.wait();
    }

    /// Returns the id of the guard's process.
    pub fn process_id(&self) -> u32 {
        self.guard.id()
    }

    fn end_message(&self, status: ExitStatus) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        let (name, log) = (self.name, self.log.display());
        format!("{name} ended ({status}):\n\n{last}\n\n(full log: {log})")
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        self.stop();
    }
}
