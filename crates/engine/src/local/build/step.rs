//! Step of a build: a process group whose output is logged.

use super::log::BuildLog;
use crate::builds::BuildOrder;
use crate::local::sandbox::Sandbox;
use crate::local::{environment, processes};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::io::{self, Read as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use vestibule_model::build::BuildReason;
use vestibule_model::duration::humanize;
use vestibule_model::time::Millis;

/// Environment variable that marks the processes of a build.
pub(super) const VARIABLE: &str = "VESTIBULE_BUILD";
/// Time limit of the search for processes that a build has left running.
pub(super) const CLEANUP_PATIENCE: Duration = Duration::from_secs(5);
/// Time between asking a step to end and killing it.
const GRACE: Duration = Duration::from_secs(5);
/// Pause between two checks for a cancellation.
const TICK: Duration = Duration::from_millis(50);
/// Pause between two reports of the length of the output.
const REPORT_EVERY: Duration = Duration::from_secs(5);
/// Time to wait for output after a step has ended.
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);
/// Length of the output's end that is searched for the error.
const END_BYTES: usize = 4 * 1024;
/// Maximum length of the quoted last line of a failed step, in characters.
const QUOTED: usize = 200;

/// Reason why a step did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The build was cancelled.
    Cancelled,
    /// The server ended.
    Interrupted,
    /// The step failed, with a sentence that says how.
    Because(BuildReason, String),
}

/// End of a step.
pub(super) struct StepEnd {
    pub(super) result: Result<(), Failure>,
    pub(super) exit_code: Option<i32>,
}

/// Kills the processes of a build when the server ends.
#[derive(Default)]
pub(super) struct Halt(Mutex<Halted>);

#[derive(Default)]
struct Halted {
    now: bool,
    group: Option<Pid>,
}

impl Halt {
    pub(super) fn now(&self) {
        let mut halted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halted.now = true;
        if let Some(group) = halted.group {
            let _ = killpg(group, Signal::SIGKILL);
        }
    }

    /// Returns an error if the build is not to continue.
    pub(super) fn check(&self, order: &BuildOrder) -> Result<(), Failure> {
        let halted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halted.now {
            Err(Failure::Interrupted)
        } else if order.cancel.is_cancelled() {
            Err(Failure::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Starts a process, unless the server ends.
    fn spawn(&self, command: &mut Command) -> io::Result<Option<(Child, Pid)>> {
        let mut halted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halted.now {
            return Ok(None);
        }
        let child = command.spawn()?;
        let group = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        halted.group = Some(group);
        Ok(Some((child, group)))
    }

    fn forget(&self) {
        let mut halted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halted.group = None;
    }
}

/// A step to run.
pub(super) struct Step<'a> {
    /// "Step 2 of 3: pip install jupyterlab".
    pub(super) title: &'a str,
    pub(super) arguments: &'a [String],
    pub(super) mark: &'a str,
    pub(super) cwd: &'a Path,
    pub(super) sandbox: Option<&'a Sandbox>,
    pub(super) deadline: Instant,
    pub(super) limit: Duration,
}

/// Events from the threads that wait for a step.
enum StepEvent {
    Output(Vec<u8>),
    Silence,
    Exited(io::Result<ExitStatus>),
}

impl Step<'_> {
    /// Runs the step. `report` receives the length of the output from time to time.
    pub(super) fn run(
        &self,
        order: &BuildOrder,
        halt: &Halt,
        log: &mut BuildLog,
        report: impl Fn(u64),
    ) -> StepEnd {
        let ended = |result| StepEnd {
            result,
            exit_code: None,
        };
        if let Err(failure) = halt.check(order) {
            return ended(Err(failure));
        }
        let (reader, mut command) = match self.command() {
            Ok(ready) => ready,
            Err(error) => return ended(Err(self.not_started(&error))),
        };
        let (child, group) = match halt.spawn(&mut command) {
            Ok(Some(started)) => started,
            Ok(None) => return ended(Err(Failure::Interrupted)),
            Err(error) => return ended(Err(self.not_started(&error))),
        };
        // Its own end of the pipe would keep the pipe open.
        drop(command);
        let mut watch = Reader {
            events: listen(reader, child),
            end: Vec::new(),
            log,
        };
        let exit = self.wait_for_end(order, halt, group, &mut watch, report);
        // Leftover processes would keep using the folder and the pipe.
        let _ = killpg(group, Signal::SIGKILL);
        kill_leftovers(self.mark);
        halt.forget();
        watch.drain();
        StepEnd {
            exit_code: exit.as_ref().ok().and_then(|(status, _)| status.code()),
            result: match exit {
                Ok((_, Some(failure))) => Err(failure),
                Ok((status, None)) if status.success() => Ok(()),
                // A kill because the server ends is no failure of the step.
                Ok((status, None)) => match halt.check(order) {
                    Err(Failure::Interrupted) => Err(Failure::Interrupted),
                    _ => Err(self.failed(status, &watch.end)),
                },
                Err(error) => {
                    let why = format!("{}: its end is unknown: {error}.", self.title);
                    Err(Failure::Because(BuildReason::StepFailed, why))
                }
            },
        }
    }

    fn command(&self) -> io::Result<(io::PipeReader, Command)> {
        let (reader, writer) = io::pipe()?;
        let mut command = match self.sandbox {
            None => Command::new(&self.arguments[0]),
            // Inside, a missing program could not be distinguished from one that fails.
            Some(_) if environment::find_program(&self.arguments[0]).is_none() => {
                return Err(io::ErrorKind::NotFound.into());
            }
            Some(sandbox) => {
                let mut command = Command::new(&sandbox.command[0]);
                command
                    .args(&sandbox.command[1..])
                    .arg("--chdir")
                    .args([self.cwd.as_os_str(), "--".as_ref()])
                    .arg(&self.arguments[0]);
                command
            }
        };
        command
            .args(&self.arguments[1..])
            .env_clear()
            .envs(environment::for_build())
            .env(VARIABLE, self.mark)
            .current_dir(self.cwd)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0);
        Ok((reader, command))
    }

    /// Waits for the end; asks the step to end when it is time, and kills it after the grace period.
    fn wait_for_end(
        &self,
        order: &BuildOrder,
        halt: &Halt,
        group: Pid,
        watch: &mut Reader<'_>,
        report: impl Fn(u64),
    ) -> io::Result<(ExitStatus, Option<Failure>)> {
        let mut why: Option<(Failure, Instant)> = None;
        let (mut reported, mut told_at) = (watch.log.length(), Instant::now());
        loop {
            match watch.next() {
                Some(StepEvent::Exited(status)) => return Ok((status?, why.map(|(why, _)| why))),
                Some(StepEvent::Output(_) | StepEvent::Silence) | None => {}
            }
            match &why {
                Some((_, since)) if since.elapsed() > GRACE => {
                    let _ = killpg(group, Signal::SIGKILL);
                    kill_leftovers(self.mark);
                }
                Some(_) => {}
                None => {
                    let late = (Instant::now() > self.deadline).then(|| self.timed_out());
                    if let Some(failure) = halt.check(order).err().or(late) {
                        let _ = killpg(group, Signal::SIGTERM);
                        why = Some((failure, Instant::now()));
                    }
                }
            }
            if told_at.elapsed() > REPORT_EVERY && watch.log.length() != reported {
                (reported, told_at) = (watch.log.length(), Instant::now());
                report(reported);
            }
        }
    }

    fn timed_out(&self) -> Failure {
        let limit = Millis(i64::try_from(self.limit.as_millis()).unwrap_or(i64::MAX));
        let why = format!(
            "{} was ended: the build took longer than builds may, {}.",
            self.title,
            humanize(limit)
        );
        Failure::Because(BuildReason::TimedOut, why)
    }

    fn not_started(&self, error: &io::Error) -> Failure {
        let program = &self.arguments[0];
        let (reason, why) = if error.kind() == io::ErrorKind::NotFound {
            let why = format!("the program `{program}` is not installed on this machine");
            (BuildReason::StepNotFound, why)
        } else if is_full(error) {
            (BuildReason::DiskFull, "the disk is full".to_owned())
        } else {
            let why = format!("`{program}` cannot be started: {error}");
            (BuildReason::StepNotStarted, why)
        };
        Failure::Because(reason, format!("{}: {why}.", self.title))
    }

    fn failed(&self, status: ExitStatus, end: &[u8]) -> Failure {
        let end = String::from_utf8_lossy(end);
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => format!("ended with exit code {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended in an unknown way".to_owned(),
        };
        if says_full(&end) || is_nearly_full(self.cwd) {
            let why = format!("{} {how}: the disk is full.", self.title);
            return Failure::Because(BuildReason::DiskFull, why);
        }
        let name = self.name();
        let why = match last_line(&end) {
            Some(line) => format!("\u{201c}{name}\u{201d} failed: {}", in_plain_words(line)),
            None => format!("\u{201c}{name}\u{201d} {how}, without output."),
        };
        Failure::Because(BuildReason::StepFailed, why)
    }

    /// Returns the title without its place among the steps.
    fn name(&self) -> &str {
        self.title
            .split_once(": ")
            .map_or(self.title, |(_, name)| name)
    }
}

/// Reader of a step's events, which logs its output.
struct Reader<'a> {
    events: Receiver<StepEvent>,
    /// The last of the output.
    end: Vec<u8>,
    log: &'a mut BuildLog,
}

impl Reader<'_> {
    /// Returns the next event, or `None` if there was none for a moment.
    fn next(&mut self) -> Option<StepEvent> {
        let event = match self.events.recv_timeout(TICK) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => return None,
            // Both threads send a last event before they end.
            Err(RecvTimeoutError::Disconnected) => {
                let gone = io::Error::other("the thread that waited for it is gone");
                return Some(StepEvent::Exited(Err(gone)));
            }
        };
        if let StepEvent::Output(bytes) = &event {
            self.log.write(bytes);
            self.end.extend_from_slice(bytes);
            let surplus = self.end.len().saturating_sub(END_BYTES);
            self.end.drain(..surplus);
        }
        Some(event)
    }

    /// Reads the rest of the output. The output of an escaped process is not waited for.
    fn drain(&mut self) {
        let begin = Instant::now();
        while begin.elapsed() < DRAIN_PATIENCE {
            if matches!(self.next(), Some(StepEvent::Silence | StepEvent::Exited(_))) {
                return;
            }
        }
    }
}

/// Starts two threads that wait for output and for the end.
fn listen(mut reader: io::PipeReader, mut child: Child) -> Receiver<StepEvent> {
    // Bounded: a process that prints faster than the disk writes has to wait.
    let (sender, events) = sync_channel(16);
    let output: SyncSender<StepEvent> = sender.clone();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let event = match reader.read(&mut buffer) {
                Ok(0) => StepEvent::Silence,
                Ok(length) => StepEvent::Output(buffer[..length].to_vec()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => StepEvent::Silence,
            };
            let is_last = matches!(event, StepEvent::Silence);
            if output.send(event).is_err() || is_last {
                return;
            }
        }
    });
    thread::spawn(move || {
        let status = child.wait();
        // The receiver is gone when the build has ended.
        let _ = sender.send(StepEvent::Exited(status));
    });
    events
}

/// Kills every process of a build, also those that have left its group.
pub(super) fn kill_leftovers(mark: &str) {
    let find = || processes::with_variable(VARIABLE, mark);
    if let Err(error) = processes::kill_all(find, CLEANUP_PATIENCE) {
        tracing::warn!(%error, "failed to search for the processes of a build");
    }
}

/// Returns `true` if an error means that the disk is full.
pub(super) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

/// Returns `true` if output contains the system's message about a full disk.
fn says_full(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["no space left on device", "disk quota exceeded", "enospc"]
        .iter()
        .any(|words| text.contains(words))
}

/// Returns the last line that is not empty, without escape sequences. npm's last one names no cause.
fn last_line(text: &str) -> Option<String> {
    let mut lines = text.lines().rev().map(plain);
    let line =
        lines.find(|line| !line.is_empty() && !line.contains("A complete log of this run"))?;
    let mut cut: String = line.chars().take(QUOTED).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    Some(cut)
}

/// Returns what a well-known tool means, and other lines as they are.
fn in_plain_words(line: String) -> String {
    let package = line.strip_prefix("ERROR: No matching distribution found for ");
    let plain = package.map(|package| format!("no version of {package} fits this machine"));
    let mut text = plain.unwrap_or(line);
    if !text.ends_with(['.', '!', '?', '\u{2026}']) {
        text.push('.');
    }
    text
}

/// Removes escape sequences and control characters.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // CSI: parameters, then one letter that ends it (ECMA-48 section 5.4).
            if chars.next() == Some('[') {
                let _ = chars.find(|c| ('@'..='~').contains(c));
            }
        } else if !c.is_control() && c != '\u{fffd}' {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

/// Returns `true` if so little is left on the disk that this may explain a failure.
fn is_nearly_full(folder: &Path) -> bool {
    const LITTLE: u64 = 1024 * 1024;
    nix::sys::statvfs::statvfs(folder).is_ok_and(|disk| {
        let free = disk.blocks_available().saturating_mul(disk.fragment_size());
        free < LITTLE || (disk.files() > 0 && disk.files_available() == 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_line_is_quoted_without_escape_sequences() {
        assert_eq!(
            last_line("one\n\u{1b}[31mERROR: no wheel\u{1b}[0m\n\n"),
            Some("ERROR: no wheel".to_owned())
        );
        assert_eq!(last_line(" \n\u{7}\n\u{fffd}"), None);
        assert_eq!(
            last_line(
                "npm error network\nnpm error A complete log of this run can be found in: /x\n"
            ),
            Some("npm error network".to_owned())
        );
        let endless = last_line(&"x".repeat(10_000)).expect("a line");
        assert_eq!(endless.chars().count(), QUOTED + 1);
    }

    #[test]
    fn missing_package_is_told_in_plain_words() {
        let pip = "ERROR: No matching distribution found for demo-package".to_owned();
        assert_eq!(
            in_plain_words(pip),
            "no version of demo-package fits this machine."
        );
        assert_eq!(in_plain_words("no wheel".to_owned()), "no wheel.");
    }

    #[test]
    fn full_disk_is_recognized_by_the_message_of_the_system() {
        assert!(says_full(
            "OSError: [Errno 28] No space left on device: 'x'"
        ));
        assert!(says_full("write error: Disk quota exceeded"));
        assert!(!says_full("No matching distribution found"));
    }
}
