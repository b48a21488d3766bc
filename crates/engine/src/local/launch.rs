//! Bringing a run's supervisor up, and hearing of its end.

use super::catalogue::{Entry, placeholders};
use super::engine::Inner;
use super::environment;
use super::record::{Ending, Launch, Process, RunDir};
use super::supervisor::gift::Gift;
use crate::Target;
use crate::TargetRun;
use crate::clock::{Clock as _, SystemClock};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::{Asked, Exit, RunToken};
use vestibule_model::time::Millis;

/// By these variables the processes of a run are found when nothing else knows them any more.
pub(super) const RUN_VARIABLE: &str = "VESTIBULE_RUN_ID";
pub(super) const SUPERVISOR_VARIABLE: &str = "VESTIBULE_SUPERVISES";

/// How long a supervisor may take to show itself; after that it is looked for by and by.
const SHOW_PATIENCE: Duration = Duration::from_secs(10);
/// How often a process that this server has not started is looked for.
const WATCH_PAUSE: Duration = Duration::from_secs(1);
/// A token is good for an hour; the process has another a quarter before.
const TOKEN_AGE: Millis = Millis::from_secs(45 * 60);

async fn free(dir: &RunDir) {
    while dir.is_held() {
        tokio::time::sleep(WATCH_PAUSE).await;
    }
}

impl Inner {
    /// What a run is started with.
    pub(super) fn compose(
        &self,
        target: &Target,
        run: &TargetRun,
        app: &Entry,
        port: u16,
        gift: &Gift,
    ) -> Launch {
        let config = &self.config;
        let dir = self.folders.files(&target.id);
        let dir_text = dir.to_string_lossy();
        let port_text = port.to_string();
        let build = self.builds.folder(app);
        let build = build.to_string_lossy();
        let program = config.program.to_string_lossy();
        let origin = config.app_origin(&target.id);
        let expand = |text: &str| {
            placeholders::expand(text, |name| match name {
                "port" => Some(port_text.as_str()),
                "dir" => Some(&*dir_text),
                "build" => Some(&*build),
                "vestibule" => Some(&*program),
                "origin" => Some(origin.as_str()),
                "console" => Some(config.console_origin.as_str()),
                _ => None,
            })
        };
        let mut env: BTreeMap<String, String> = environment::for_app(&dir_text);
        env.extend(
            app.env
                .iter()
                .map(|(name, value)| (name.clone(), expand(value))),
        );
        env.extend(target.spec.env.clone());
        // Last, so that nothing can pretend to be another workbench.
        for (name, value) in [
            ("VESTIBULE_WORKBENCH_ID", target.id.to_string()),
            ("VESTIBULE_RUN_NUMBER", run.number.to_string()),
            (RUN_VARIABLE, run.id.to_string()),
            ("VESTIBULE_DIR", dir_text.to_string()),
            ("PORT", port_text.clone()),
            (
                "VESTIBULE_PROGRESS_URL",
                format!("{}/api/runs/{}/progress", config.api_origin, run.id),
            ),
        ] {
            env.insert(name.to_owned(), value);
        }
        Launch {
            workbench_id: target.id.clone(),
            run_id: run.id.clone(),
            app: app.name.clone(),
            command: app
                .command
                .iter()
                .map(|argument| expand(argument))
                .collect(),
            env,
            dir: dir.clone(),
            port,
            stop_grace_seconds: app.stop_grace_seconds,
            has_secrets: !gift.0.is_empty(),
            restart_limit: app.restart_limit,
            restart_pause_ms: u64::try_from(config.restart_pause.as_millis()).unwrap_or(u64::MAX),
            memory_limit_mb: app.memory_limit_mb,
        }
    }

    /// The secret part of a run's environment: what the spec names, over a variable of the same
    /// name, and the run's token. It goes from here to the supervisor and into no file but the
    /// token's own.
    pub(super) fn gift(
        &self,
        target: &Target,
        run: &TargetRun,
        dir: &RunDir,
    ) -> Result<Gift, String> {
        let names = &target.spec.secrets;
        let secrets = if names.is_empty() {
            BTreeMap::new()
        } else {
            self.config
                .house
                .secrets(&target.workspace_id, names)
                .map_err(|error| error.to_string())?
        };
        if let Some(missing) = names.iter().find(|name| !secrets.contains_key(*name)) {
            return Err(format!("the secret {missing} is missing"));
        }
        let mut env: BTreeMap<String, String> = secrets
            .into_iter()
            .filter(|(name, _)| !name.starts_with("VESTIBULE_"))
            .map(|(name, value)| (name, value.expose_secret().to_owned()))
            .collect();
        match self.renew_token(&target.id, run, dir) {
            Ok(token) => {
                let file = dir.token_file().to_string_lossy().into_owned();
                env.insert("VESTIBULE_RUN_TOKEN".to_owned(), token);
                env.insert("VESTIBULE_RUN_TOKEN_FILE".to_owned(), file);
            }
            Err(why) => tracing::debug!(run = %run.id, why, "a run has no token"),
        }
        Ok(Gift(env))
    }

    /// Gives a run another token: the file that its process reads has it from now on.
    pub(super) fn renew_token(
        &self,
        id: &WorkbenchId,
        run: &TargetRun,
        dir: &RunDir,
    ) -> Result<String, String> {
        let now = self.config.clock.now();
        let token = self
            .config
            .house
            .issue_run_token(&run.id)
            .map_err(|error| error.to_string())?;
        let token = token.expose_secret();
        dir.write_token(token).map_err(|error| error.to_string())?;
        self.tokens().insert((id.clone(), run.number), now);
        Ok(token.to_owned())
    }

    /// Whether a run's token needs to be renewed. After a restart of the server nobody knows how
    /// old it is, so it is.
    pub(super) fn token(&self, id: &WorkbenchId, run: &TargetRun, dir: &RunDir) -> RunToken {
        let issued = self.tokens().get(&(id.clone(), run.number)).copied();
        let is_due = match issued {
            Some(at) => {
                let now = self.config.clock.now();
                now.since(at) >= TOKEN_AGE || at.since(now) >= TOKEN_AGE
            }
            None => dir.token_file().exists(),
        };
        if is_due {
            RunToken::Due
        } else {
            RunToken::Good
        }
    }

    /// Starts a supervisor for a run that has its launch record, and waits until it shows itself.
    /// Any number of them may be started: the first that takes the lock tries the start, once.
    pub(super) fn supervise(
        self: &Arc<Self>,
        id: &WorkbenchId,
        run: &TargetRun,
        dir: &RunDir,
        gift: &Gift,
    ) -> io::Result<()> {
        let said = OpenOptions::new()
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
            .env(SUPERVISOR_VARIABLE, run.id.as_str())
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(said);
        let (reader, mut writer) = io::pipe()?;
        command.stdin(reader);
        let mut child = command.spawn()?;
        // The command holds the pipe's other end.
        drop(command);
        let gift = gift.to_bytes();
        // By a thread: a pipe holds less than secrets may have. One that nobody reads is given up
        // with its supervisor.
        thread::spawn(move || {
            let _ = writer.write_all(&gift);
        });
        let ended = Arc::new(AtomicBool::new(false));
        let (inner, seen) = (Arc::clone(self), Arc::clone(&ended));
        let (watched, number, record) = (id.clone(), run.number, dir.clone());
        self.runtime.spawn(async move {
            // However it ended: its run's record says what that means.
            let heeding = inner.heeded.heed(&watched, &record);
            let _ = child.wait().await;
            drop(heeding);
            seen.store(true, Ordering::Release);
            // It may have been one too many: the one that holds the lock is heard of by watching.
            if record.is_held() {
                inner.watch(watched, number, record).await;
            } else {
                inner.ended(&watched, number);
            }
        });
        let begin = Instant::now();
        while !dir.is_claimed() && dir.ending().is_none() && begin.elapsed() < SHOW_PATIENCE {
            if ended.load(Ordering::Acquire) {
                return self.unshown(dir);
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// A supervisor ended without having tried the start.
    fn unshown(&self, dir: &RunDir) -> io::Result<()> {
        if dir.is_claimed() || dir.is_held() || dir.ending().is_some() {
            return Ok(());
        }
        let said = std::fs::read(dir.path().join("supervisor.log")).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().last().unwrap_or("it said nothing");
        Err(io::Error::other(format!(
            "the supervisor ended at once: {last}"
        )))
    }

    /// Ends a run by the record, when nobody looks after it any more. What is left of it is killed
    /// first: nothing may run that is shown as ended.
    pub(super) fn seal(&self, dir: &RunDir, run: &TargetRun, how: Exit) -> Option<Ending> {
        let lock = match dir.try_lock() {
            Ok(Some(lock)) => lock,
            Ok(None) => return dir.ending(),
            Err(error) => {
                tracing::warn!(run = %run.id, %error, "failed to lock a run's record");
                return None;
            }
        };
        if let Some(ending) = dir.ending() {
            return Some(ending);
        }
        let left_over = || super::processes::with_variable(RUN_VARIABLE, run.id.as_str());
        let processes = left_over().len();
        if processes > 0 {
            tracing::warn!(run = %run.id, processes, "killing what an app without its supervisor has left running");
        }
        super::processes::kill_all(left_over, Duration::from_secs(5));
        let ending = Ending {
            at: SystemClock.now(),
            how,
            restarts: 0,
            asked: dir.is_stop_wanted().then_some(Asked::Forcibly),
        };
        if let Err(error) = dir.write_ending(&ending) {
            tracing::warn!(run = %run.id, %error, "failed to record how a run ended");
        }
        drop(lock);
        Some(ending)
    }

    /// Has a run ended: asks its supervisor, who forces it after the app's grace.
    pub(super) fn stop(&self, dir: &RunDir) -> io::Result<()> {
        if dir.ending().is_some() || !dir.path().exists() {
            return Ok(());
        }
        let noted = dir.want_stop();
        if !dir.is_held() {
            // One that comes up yet finds the note.
            return noted;
        }
        let supervisors = match dir.process() {
            Ok(Some(Process { supervisor, .. })) => vec![supervisor],
            Ok(None) => Vec::new(),
            // The record is garbled: the supervisor is still marked by its environment.
            Err(_) => match dir.launch() {
                Ok(Some(launch)) => {
                    super::processes::with_variable(SUPERVISOR_VARIABLE, launch.run_id.as_str())
                }
                _ => Vec::new(),
            },
        };
        if supervisors.is_empty() {
            return noted;
        }
        // The lock was held a moment ago, so the number was the supervisor's. One that has ended
        // since has done what was wanted.
        for pid in supervisors {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        Ok(())
    }

    /// Waits for the end of a process that this server did not start, and tells of it.
    pub(super) async fn watch(self: Arc<Self>, id: WorkbenchId, number: u64, dir: RunDir) {
        let heeding = self.heeded.heed(&id, &dir);
        free(&dir).await;
        drop(heeding);
        self.ended(&id, number);
    }

    /// A run's process has ended: its place is free, and that is news to it and to who waits.
    pub(super) fn ended(&self, id: &WorkbenchId, number: u64) {
        self.tokens().remove(&(id.clone(), number));
        let waiting = self.places().free(id, number);
        for id in waiting.iter().chain([id]) {
            // Nobody listens any more when the server ends.
            let _ = self.news.send(id.clone());
        }
    }
}
