//! Lifecycle of one run: the app's process, and its restarts after crashes, until it is over.

use super::app::App;
use super::memory::Memory;
use super::output::{Event, Output, say};
use super::redactor::Redactor;
use super::secret_env::SecretEnv;
use crate::clock::{Clock as _, SystemClock};
use crate::local::output::{OutputLog, last_error_line, tail};
use crate::local::record::{Ending, Launch, Process, RunDir};
use nix::poll::{PollFd, PollFlags, poll};
use signal_hook::consts::SIGTERM;
use std::io::{self, PipeReader, Read as _};
use std::os::fd::AsFd as _;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use vestibule_model::observed::{Exit, StopRequest};
use vestibule_model::reconcile::timed_out;
use vestibule_model::time::Millis;

/// Longest pause before a restart, as in Kubernetes.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Time after which an app counts as steady and its restarts in a row as over, as in Kubernetes.
const STEADY: Duration = Duration::from_secs(600);

/// Pause between two checks of the run's record and socket. What removes them is rare, and each run
/// pays for it.
const CHECK_EVERY: Duration = Duration::from_secs(10);

/// End of the output in which the last error is searched.
const ERROR_WITHIN_BYTES: usize = 16 * 1024;
/// Pause of an app's output, in milliseconds, after which held output is shown as far as it can be.
const QUIET_AFTER_MS: u16 = 200;
/// Pause after each read of output that is dropped: about 16 MB a second are read then.
const FLOOD_PAUSE: Duration = Duration::from_millis(1);

/// A run in progress.
pub(super) struct Lifecycle<'a> {
    run: &'a RunDir,
    launch: &'a Launch,
    secrets: &'a SecretEnv,
    process: Process,
    output: Arc<Mutex<Output>>,
    /// End of the app by the supervisor itself, or `None`.
    forced: Option<Exit>,
    stop_request: StopRequest,
    /// End of the run's time, once its first process has started.
    time_ends: Option<Instant>,
    is_timed_out: bool,
}

impl<'a> Lifecycle<'a> {
    pub(super) fn new(
        run: &'a RunDir,
        launch: &'a Launch,
        secrets: &'a SecretEnv,
        process: Process,
    ) -> Self {
        let output = Output::new(
            OutputLog::open(run.path()),
            Redactor::new(secrets.0.values().map(String::as_str)),
        );
        Self {
            run,
            launch,
            secrets,
            process,
            output: Arc::new(Mutex::new(output)),
            forced: None,
            stop_request: StopRequest::No,
            time_ends: None,
            is_timed_out: false,
        }
    }

    /// Runs the app until the run is over.
    pub(super) fn run(mut self, sender: &Sender<Event>, events: &Receiver<Event>) -> Ending {
        // A stop requested before the claim found no supervisor to signal.
        if self.run.is_stop_wanted() {
            self.stop_request = StopRequest::Gently;
            return self.ending(Exit::Signal(SIGTERM));
        }
        loop {
            let begin = Instant::now();
            let (how, is_clear) = self.try_once(sender, events);
            if begin.elapsed() >= STEADY {
                self.process.restarts = 0;
            }
            let is_last = self.forced.is_some()
                || self.stop_request != StopRequest::No
                || !how.is_crash()
                || !is_clear
                || self.process.restarts >= self.launch.restart_limit;
            if is_last || !self.pause(how.clone(), events) {
                return self.ending(how);
            }
            self.process.restarts += 1;
            self.process.restarts_in_all += 1;
            self.process.previous_exit = self.process.crashed.take();
        }
    }

    fn ending(self, how: Exit) -> Ending {
        let last_line = last_error_line(&tail(self.run.path(), 0, ERROR_WITHIN_BYTES).text);
        let timed_out = self.is_timed_out.then(|| self.time_limit_sentence());
        let evicted = (self.stop_request != StopRequest::No)
            .then(|| self.run.eviction())
            .flatten();
        let how = match (evicted.map(Exit::Evicted), timed_out.map(Exit::TimedOut)) {
            (Some(ended), _) | (None, Some(ended)) => ended,
            (None, None) => self.how_it_ended(how),
        };
        let is_wished =
            self.run.is_stop_wanted() && !matches!(how, Exit::Evicted(_) | Exit::TimedOut(_));
        Ending {
            at: SystemClock.now(),
            how,
            restarts: self.process.restarts,
            stop_requested: Some(if is_wished {
                self.stop_request
            } else {
                StopRequest::No
            }),
            last_line,
        }
    }

    /// Returns the end of the process: by the supervisor's limits, from outside, or by itself.
    fn how_it_ended(&self, how: Exit) -> Exit {
        match &self.forced {
            Some(forced) => forced.clone(),
            // A signal from outside, such as the shutdown of the machine: the app did not finish by
            // itself, whatever its exit code.
            None if self.stop_request != StopRequest::No && !self.run.is_stop_wanted() => {
                Exit::Signal(SIGTERM)
            }
            None => how,
        }
    }

    /// Returns the sentence about the time limit, and about an app that had to be killed at it.
    fn time_limit_sentence(&self) -> String {
        let limit = self.launch.active_deadline_ms.unwrap_or_default();
        let sentence = timed_out(Millis(i64::try_from(limit).unwrap_or(i64::MAX)));
        match self.stop_request {
            StopRequest::Forcibly => {
                format!("{sentence} It did not end within its grace period and was killed.")
            }
            StopRequest::No | StopRequest::Gently => sentence,
        }
    }

    /// Returns `true` if the run's time is over. Monotonic: a changed clock ends no run.
    fn is_time_over(&self) -> bool {
        self.time_ends.is_some_and(|at| Instant::now() >= at)
    }

    /// Runs one process to its end; returns how it ended, and whether nothing of it is left.
    fn try_once(&mut self, sender: &Sender<Event>, events: &Receiver<Event>) -> (Exit, bool) {
        let memory = Memory::new(self.launch.memory_limit_mb, self.launch.group.as_ref());
        let (app, pipe) = match App::start(self.launch, self.secrets, sender.clone()) {
            Ok(started) => started,
            // A stop also ends a runner that has not started its app yet, without a report.
            Err(_) if self.is_stopped_meanwhile(events) => {
                self.stop_request = StopRequest::Gently;
                return (Exit::Signal(SIGTERM), true);
            }
            Err(how) => return (how, true),
        };
        let reading = thread::spawn({
            let (output, token) = (Arc::clone(&self.output), Token::of(self.run));
            move || copy_output(pipe, &output, token)
        });
        self.process.pid = Some(app.pid());
        self.process.started_at = SystemClock.now();
        if self.time_ends.is_none() {
            let limit = self.launch.active_deadline_ms.map(Duration::from_millis);
            self.time_ends = limit.and_then(|limit| Instant::now().checked_add(limit));
        }
        self.write_process();
        let how = self.wait(&app, events, memory);
        let is_clear = app.kill_leftovers();
        // The pipe ends with its last writer. An escaped process must not prevent the record of the
        // end.
        let begin = Instant::now();
        while !reading.is_finished() && begin.elapsed() < Duration::from_secs(1) {
            thread::sleep(Duration::from_millis(2));
        }
        (how, is_clear && reading.is_finished())
    }

    /// Returns `true` if a stop was requested of which nothing is known yet.
    fn is_stopped_meanwhile(&self, events: &Receiver<Event>) -> bool {
        let mut events = events.try_iter();
        events.any(|event| matches!(event, Event::StopWanted)) || self.run.is_stop_wanted()
    }

    /// Waits for the end; stops the app when requested or when it exceeds its memory limit.
    fn wait(&mut self, app: &App, events: &Receiver<Event>, mut memory: Memory<'_>) -> Exit {
        let mut force_at: Option<Instant> = None;
        let mut check_at = Instant::now() + CHECK_EVERY;
        loop {
            let now = Instant::now();
            if now >= check_at {
                check_at = now + CHECK_EVERY;
                self.keep_in_place(app);
            }
            let limit = self
                .time_ends
                .filter(|_| self.stop_request == StopRequest::No);
            let due = [force_at, limit, Some(check_at)]
                .into_iter()
                .flatten()
                .min();
            let pause = due.map_or(memory.pause(), |at| {
                at.saturating_duration_since(now).min(memory.pause())
            });
            match events.recv_timeout(pause) {
                Ok(Event::Ended(how)) => {
                    let also_asked = events
                        .try_iter()
                        .any(|event| matches!(event, Event::StopWanted));
                    if also_asked && self.stop_request == StopRequest::No {
                        self.stop_request = StopRequest::Gently;
                    }
                    return memory.explain(how);
                }
                Ok(Event::StopWanted) if self.stop_request == StopRequest::No => {
                    self.stop_request = StopRequest::Gently;
                    app.ask_to_stop();
                    let grace = Duration::from_secs(u64::from(self.launch.stop_grace_seconds));
                    force_at = Some(Instant::now() + grace);
                }
                Ok(Event::StopWanted) => {}
                Err(RecvTimeoutError::Timeout) => {
                    if self.stop_request == StopRequest::No && self.is_time_over() {
                        self.is_timed_out = true;
                        self.stop_request = StopRequest::Gently;
                        self.note(&self.time_limit_sentence());
                        app.ask_to_stop();
                        let grace = Duration::from_secs(u64::from(self.launch.stop_grace_seconds));
                        force_at = Some(Instant::now() + grace);
                    }
                    if force_at.is_some_and(|at| Instant::now() >= at) {
                        force_at = None;
                        self.stop_request = StopRequest::Forcibly;
                        self.note(&format!(
                            "The app did not stop within {} s of being asked to, and was killed.",
                            self.launch.stop_grace_seconds
                        ));
                        app.force_to_stop();
                    }
                    if let Some(why) = memory.measure().filter(|_| self.forced.is_none()) {
                        self.note(&format!("{why} It was killed."));
                        self.forced = Some(Exit::OutOfMemory(why));
                        app.force_to_stop();
                    }
                }
                // The thread that waits for the app holds a sender until it has sent the end.
                Err(RecvTimeoutError::Disconnected) => return Exit::Lost,
            }
        }
    }

    /// Waits before a restart; returns whether there is to be one.
    fn pause(&mut self, how: Exit, events: &Receiver<Event>) -> bool {
        let factor = 1_u32.checked_shl(self.process.restarts).unwrap_or(u32::MAX);
        let pause = Duration::from_millis(self.launch.restart_pause_ms)
            .saturating_mul(factor)
            .min(LONGEST_PAUSE);
        self.note(&format!(
            "The app ended {}. It is started again in {} s (restart {} of {}).",
            how.described(),
            pause.as_secs_f32(),
            self.process.restarts + 1,
            self.launch.restart_limit,
        ));
        self.process.crashed = Some(how);
        self.process.pid = None;
        self.write_process();
        let begins = Instant::now() + pause;
        let until = self.time_ends.map_or(begins, |ends| ends.min(begins));
        loop {
            match events.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Event::StopWanted) => {
                    self.stop_request = StopRequest::Gently;
                    return false;
                }
                Ok(Event::Ended(_)) => {}
                Err(RecvTimeoutError::Timeout) => {
                    self.is_timed_out = self.is_time_over();
                    return !self.is_timed_out;
                }
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// Makes what the server needs of the run again, if something has removed or damaged it.
    fn keep_in_place(&self, app: &App) {
        if !self.run.path().exists() {
            // Nothing can be kept in a folder that is gone.
            return;
        }
        match self.run.restore(self.launch, &self.process) {
            Ok(false) => {}
            Ok(true) => say(format_args!(
                "the record of the run was removed or damaged, and is written again"
            )),
            Err(error) => say(format_args!("failed to write the record again: {error}")),
        }
        let Some(sockets) = &self.launch.sockets else {
            return;
        };
        match sockets.open_lost_gate() {
            Ok(None) => {}
            Ok(Some(gate)) => match app.give_gate(gate) {
                Ok(()) => say(format_args!(
                    "the run's socket was removed, and is made again"
                )),
                Err(error) => say(format_args!(
                    "failed to hand over the run's socket: {error}"
                )),
            },
            Err(error) => say(format_args!(
                "failed to make the run's socket again: {error}"
            )),
        }
    }

    fn write_process(&self) {
        if let Err(error) = self.run.write_process(&self.process) {
            say(format_args!("failed to record the process: {error}"));
        }
    }

    fn note(&self, text: &str) {
        guard(&self.output).note(text);
    }
}

/// The run's token, which the server may replace at any time and which the log must not contain.
struct Token {
    file: std::path::PathBuf,
    seen: Option<SystemTime>,
}

impl Token {
    fn of(run: &RunDir) -> Self {
        Self {
            file: run.token_file(),
            seen: None,
        }
    }

    fn renewed(&mut self) -> Option<String> {
        let changed = std::fs::metadata(&self.file)
            .and_then(|m| m.modified())
            .ok()?;
        if self.seen == Some(changed) {
            return None;
        }
        self.seen = Some(changed);
        std::fs::read_to_string(&self.file).ok()
    }
}

/// Copies the output of a pipe until it ends.
fn copy_output(mut from: PipeReader, output: &Mutex<Output>, mut token: Token) {
    let mut buffer = [0; 16 * 1024];
    loop {
        if guard(output).waits_for_more() && is_quiet(&from) {
            guard(output).pause();
        }
        match from.read(&mut buffer) {
            Ok(0) => return guard(output).end(),
            Ok(n) => {
                let is_written = {
                    let mut output = guard(output);
                    if let Some(token) = token.renewed() {
                        output.hide(&token);
                    }
                    output.write(&buffer[..n])
                };
                if !is_written {
                    // An app that prints without end is slowed down, but never waits for its log.
                    thread::sleep(FLOOD_PAUSE);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Returns `true` if nothing comes out of the pipe for a while.
fn is_quiet(pipe: &PipeReader) -> bool {
    let mut fds = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    matches!(poll(&mut fds, QUIET_AFTER_MS), Ok(0))
}

fn guard(output: &Mutex<Output>) -> MutexGuard<'_, Output> {
    // The log is complete after every step, even one that panicked.
    output.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::mpsc::channel;

    /// FIELD 13: a stop at any moment of a start is a stop. Seen once: the signal reached the runner
    /// before it had read its orders, and the run was reported as failed with a broken pipe.
    #[test]
    fn a_stop_that_ends_the_runner_before_its_app_is_a_stop() {
        let dir = tempfile::tempdir().expect("a folder");
        let run = RunDir::new(dir.path());
        let stop = "touch \"$0/stop\"; exit 1";
        let launch: Launch = serde_json::from_value(json!({
            "workbenchId": "wb-1", "runId": "run-1", "command": ["true"], "env": {},
            "dir": dir.path(), "port": 1, "stopGraceSeconds": 1,
            "sandbox": {"command": ["sh", "-c", stop, dir.path()]},
        }))
        .expect("a launch");
        let process = Process {
            supervisor: 1,
            pid: None,
            started_at: SystemClock.now(),
            restarts: 0,
            restarts_in_all: 0,
            previous_exit: None,
            crashed: None,
        };
        let (sender, events) = channel();
        let secrets = SecretEnv::default();
        let ending = Lifecycle::new(&run, &launch, &secrets, process).run(&sender, &events);
        assert_eq!(ending.how, Exit::Signal(SIGTERM));
        assert_eq!(ending.stop_requested, Some(StopRequest::Gently));
    }
}
