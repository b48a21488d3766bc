//! Starting, stopping and watching a run's supervisor.

use super::inner::Inner;
use super::launch::RUN_VARIABLE;
use super::processes;
use super::record::{Ending, Launch, RunDir, is_garbled};
use super::runner;
use super::supervisor::secret_env::SecretEnv;
use crate::TargetRun;
use crate::clock::{Clock as _, SystemClock};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::{Exit, StopRequest};

/// Time to wait until a supervisor has claimed its run; later observations find it.
const CLAIM_PATIENCE: Duration = Duration::from_secs(10);
/// Pause between two checks of a process that this server has not started.
const WATCH_PAUSE: Duration = Duration::from_secs(1);

async fn lock_freed(dir: &RunDir) {
    // A lock that cannot be checked is not known to be free.
    while dir.is_held().unwrap_or(true) {
        tokio::time::sleep(WATCH_PAUSE).await;
    }
}

impl Inner {
    /// Starts a supervisor for a run that has its launch record, and waits until it has claimed it.
    /// Any number of them may be started: the first that takes the lock starts the app, once.
    pub(super) fn supervise(
        self: &Arc<Self>,
        id: &WorkbenchId,
        run: &TargetRun,
        dir: &RunDir,
        secrets: &SecretEnv,
    ) -> io::Result<()> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(dir.path().join("supervisor.log"))?;
        let (program, arguments) = self
            .config
            .supervisor
            .split_first()
            .ok_or_else(|| io::Error::other("no supervisor is configured"))?;
        let mut command = tokio::process::Command::new(program);
        command
            .args(arguments)
            .arg(dir.path())
            .env_clear()
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(log);
        let (reader, mut writer) = io::pipe()?;
        command.stdin(reader);
        let mut child = command.spawn()?;
        // The command holds the pipe's other end.
        drop(command);
        let secrets = secrets.to_bytes();
        // On a thread: secrets may be larger than a pipe's buffer. The write fails when the
        // supervisor ends.
        thread::spawn(move || {
            let _ = writer.write_all(&secrets);
        });
        let ended = Arc::new(AtomicBool::new(false));
        let (inner, seen) = (Arc::clone(self), Arc::clone(&ended));
        let (watched, number, record) = (id.clone(), run.number, dir.clone());
        self.runtime.spawn(async move {
            let registration = inner.crash_watch.register(&watched, &record);
            let _ = child.wait().await;
            drop(registration);
            seen.store(true, Ordering::Release);
            // Another supervisor may hold the lock.
            if record.is_held().unwrap_or(true) {
                inner.watch(watched, number, record).await;
            } else {
                inner.ended(&watched, number);
            }
        });
        let begin = Instant::now();
        while !dir.is_claimed()? && dir.ending()?.is_none() && begin.elapsed() < CLAIM_PATIENCE {
            if ended.load(Ordering::Acquire) {
                return self.unclaimed(dir);
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Returns the sentence about a supervisor that cannot be started, with its program.
    pub(super) fn supervisor_failed(&self, error: &io::Error) -> String {
        let program = self.config.supervisor.first().map(Path::new);
        match program {
            Some(program) => format!(
                "The supervisor cannot be started by `{}`: {error}.",
                program.display()
            ),
            None => format!("The supervisor cannot be started: {error}."),
        }
    }

    /// Returns why a supervisor ended without claiming its run, if it did.
    fn unclaimed(&self, dir: &RunDir) -> io::Result<()> {
        if dir.is_claimed()? || dir.is_held()? || dir.ending()?.is_some() {
            return Ok(());
        }
        let log = std::fs::read(dir.path().join("supervisor.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let last = log.lines().last().unwrap_or("it logged nothing");
        Err(io::Error::other(format!(
            "the supervisor ended at once: {last}"
        )))
    }

    /// Records the end of a run that has no supervisor any more, and returns it; `None` if a
    /// supervisor holds the lock. What is left of the run is killed first: nothing may run that is
    /// shown as ended.
    pub(super) fn record_end(
        &self,
        dir: &RunDir,
        run: &TargetRun,
        how: Exit,
    ) -> io::Result<Option<Ending>> {
        let Some(lock) = dir.try_lock()? else {
            return dir.ending();
        };
        if let Some(ending) = dir.ending()? {
            return Ok(Some(ending));
        }
        let left_over = || {
            let mut found = processes::with_variable(runner::VARIABLE, run.id.as_str())?;
            found.extend(processes::with_variable(RUN_VARIABLE, run.id.as_str())?);
            io::Result::Ok(found)
        };
        let found = left_over()?.len();
        if found > 0 {
            tracing::warn!(run = %run.id, processes = found, "killing the processes that an app without its supervisor has left running");
        }
        processes::kill_all(left_over, Duration::from_secs(5))?;
        if let Ok(Some(Launch { sockets, group, .. })) = dir.launch() {
            if let Some(group) = group {
                self.groups.end(&group);
            }
            // A folder that is left is removed with the workbench.
            let _ = sockets.map(|sockets| sockets.remove());
        }
        let ending = Ending {
            at: SystemClock.now(),
            how,
            restarts: 0,
            stop_requested: dir.is_stop_wanted().then_some(StopRequest::Forcibly),
            last_line: None,
        };
        if let Err(error) = dir.write_ending(&ending) {
            tracing::warn!(run = %run.id, %error, "failed to record how a run ended");
        }
        drop(lock);
        Ok(Some(ending))
    }

    /// Asks a run's supervisor to end it; the supervisor forces it after the app's grace.
    pub(super) fn stop(&self, dir: &RunDir) -> io::Result<()> {
        let is_held = dir.is_held()?;
        if (!is_held && dir.ending()?.is_some()) || !dir.path().exists() {
            return Ok(());
        }
        let noted = dir.want_stop();
        if !is_held {
            // A supervisor that is still starting finds the note.
            return noted;
        }
        let supervisors = self.supervisors(dir)?;
        if supervisors.is_empty() {
            return noted;
        }
        // The lock was held a moment ago, so the number was the supervisor's. One that has ended
        // since needs no signal.
        for pid in supervisors {
            let pid = Pid::from_raw(pid);
            let _ = kill(pid, Signal::SIGTERM);
            // A stopped process acts on the signal only once it continues.
            let _ = kill(pid, Signal::SIGCONT);
        }
        Ok(())
    }

    /// Returns the processes that supervise a run: those whose last argument is its folder, which no
    /// other run of this machine has. What the record names is believed only where processes cannot
    /// be listed: the app could have written it.
    fn supervisors(&self, dir: &RunDir) -> io::Result<Vec<i32>> {
        if processes::are_listed() {
            return processes::with_last_argument(dir.path().as_os_str().as_bytes());
        }
        match dir.process() {
            Ok(process) => Ok(process
                .map(|process| process.supervisor)
                .into_iter()
                .collect()),
            Err(error) if is_garbled(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Waits for the end of a process that this server did not start, and publishes it.
    pub(super) async fn watch(self: Arc<Self>, id: WorkbenchId, number: u64, dir: RunDir) {
        let registration = self.crash_watch.register(&id, &dir);
        lock_freed(&dir).await;
        drop(registration);
        self.ended(&id, number);
    }

    /// Frees the slot of a run that has ended, and wakes it and those in the queue.
    pub(super) fn ended(&self, id: &WorkbenchId, number: u64) {
        self.tokens().remove(&(id.clone(), number));
        let waiting = self.slots().free(id, number);
        for id in waiting.iter().chain([id]) {
            // The receiver is gone when the server ends.
            let _ = self.changes.send(id.clone());
        }
    }
}
