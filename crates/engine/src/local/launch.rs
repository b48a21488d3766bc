//! Starting, stopping and watching a run's supervisor.

use super::build;
use super::catalogue::{CatalogueEntry, parameters, placeholders};
use super::environment;
use super::groups::Limits;
use super::inner::Inner;
use super::mount::Mount;
use super::processes;
use super::record::{Ending, Launch, RunDir, is_garbled};
use super::runner;
use super::sandbox::Needs;
use super::supervisor::secret_env::SecretEnv;
use crate::Target;
use crate::TargetRun;
use crate::clock::{Clock as _, SystemClock};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
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
use vestibule_model::observed::{Exit, RunToken, StopRequest};
use vestibule_model::time::Millis;

/// Environment variable that marks the processes of a run, for when nothing else knows them.
pub(super) const RUN_VARIABLE: &str = "VESTIBULE_RUN_ID";

/// Time to wait until a supervisor has claimed its run; later observations find it.
const CLAIM_PATIENCE: Duration = Duration::from_secs(10);
/// Pause between two checks of a process that this server has not started.
const WATCH_PAUSE: Duration = Duration::from_secs(1);
/// Age at which a token is renewed; it is valid for an hour.
const TOKEN_AGE: Millis = Millis::from_secs(45 * 60);

async fn lock_freed(dir: &RunDir) {
    // A lock that cannot be checked is not known to be free.
    while dir.is_held().unwrap_or(true) {
        tokio::time::sleep(WATCH_PAUSE).await;
    }
}

impl Inner {
    /// Returns the record of how a run is started.
    pub(super) fn launch_record(
        &self,
        target: &Target,
        run: &TargetRun,
        app: &CatalogueEntry,
        port: u16,
        secrets: &SecretEnv,
    ) -> io::Result<Launch> {
        let config = &self.config;
        let dir = self.folders.files(&target.id);
        let dir_text = dir.to_string_lossy();
        let port_text = port.to_string();
        let sockets = self.folders.sockets(&target.id, run.number);
        let socket = sockets.app();
        let socket = socket.to_string_lossy();
        let values = parameters::values(&app.parameters, &target.spec);
        let build_folder = self.builds.folder(app, &build::used(app, &values));
        let build = build_folder.to_string_lossy();
        let program = config.program.to_string_lossy();
        let origin = config.app_origin(&target.id);
        let host = config.app_host(&target.id);
        let expand = |text: &str| {
            placeholders::expand(text, |name| match name {
                "socket" => Some(&*socket),
                "port" => Some(port_text.as_str()),
                "dir" => Some(&*dir_text),
                "build" => Some(&*build),
                "vestibule" => Some(&*program),
                "origin" => Some(origin.as_str()),
                "host" => Some(host.as_str()),
                "console" => Some(config.console_origin.as_str()),
                name => placeholders::parameter(&values, name),
            })
        };
        let mut env: BTreeMap<String, String> = environment::for_app(&dir_text);
        env.extend(
            app.env
                .iter()
                .map(|(name, value)| (name.clone(), expand(value))),
        );
        env.extend(
            target
                .spec
                .variables()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
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
        let record = self.folders.run(&target.id, run.number);
        record.make_token_folder()?;
        let command: Vec<_> = app
            .command
            .iter()
            .map(|argument| expand(argument))
            .collect();
        let progress_socket = config
            .progress_socket
            .as_ref()
            .filter(|_| self.sandboxes.is_on() && !app.share_network);
        let mut mounts = vec![
            Mount::read_only(&config.program),
            Mount::read_only(&build_folder),
            Mount::writable(&dir),
            Mount::writable(sockets.app_folder()),
            Mount::read_only(record.token_folder()),
        ];
        mounts.extend(app.mounts.iter().filter_map(|mount| Mount::parse(mount)));
        mounts.extend(
            progress_socket
                .and_then(|socket| socket.parent())
                .map(Mount::read_only),
        );
        let programs = command.first().into_iter().chain(&app.requires);
        let sandbox = self.sandboxes.of_run(Needs {
            programs: programs.map(String::as_str).collect(),
            build: Some(Path::new(&*build)),
            mounts,
            devices: &app.devices,
            shares_network: app.share_network,
        })?;
        // A size that is not offered any more ends the start; it is reported after this record.
        let size = app.size_of(&target.spec).ok().flatten();
        let memory_limit_mb = app.memory_limit_of(size);
        let limits = Limits {
            memory_mb: memory_limit_mb,
            processes: app.process_limit,
            cpus: size.map_or(0.0, |size| size.cpu),
        };
        let group = self.groups.of_run(&run.id, limits).unwrap_or_else(|error| {
            tracing::warn!(run = %run.id, %error, "a run has no control group, so the kernel does not limit it");
            None
        });
        Ok(Launch {
            workbench_id: target.id.clone(),
            run_id: run.id.clone(),
            app: app.name.clone(),
            command,
            env,
            dir: dir.clone(),
            port,
            sandbox,
            group,
            progress_socket: progress_socket.cloned(),
            sockets: Some(sockets),
            listens_on_socket: app.listens_on_socket(),
            stop_grace_seconds: app.stop_grace_seconds,
            has_secrets: !secrets.0.is_empty(),
            parameters: values,
            restart_limit: app.restart_limit,
            restart_pause_ms: u64::try_from(config.restart_pause.as_millis()).unwrap_or(u64::MAX),
            memory_limit_mb,
            active_deadline_ms: target
                .spec
                .active_deadline_seconds
                .map(|seconds| u64::from(seconds) * 1_000),
        })
    }

    /// Returns the secret part of a run's environment: the secrets that the spec names, which replace
    /// variables of the same name, and the run's token. Only the token is written to a file.
    pub(super) fn secret_env(
        &self,
        target: &Target,
        run: &TargetRun,
        dir: &RunDir,
    ) -> Result<SecretEnv, String> {
        let names = &target.spec.secrets;
        let secrets = if names.is_empty() {
            BTreeMap::new()
        } else {
            self.config
                .host
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
        Ok(SecretEnv(env))
    }

    /// Issues a new token for a run and writes it to the file that its process reads.
    pub(super) fn renew_token(
        &self,
        id: &WorkbenchId,
        run: &TargetRun,
        dir: &RunDir,
    ) -> Result<String, String> {
        let now = self.config.clock.now();
        let token = self
            .config
            .host
            .issue_run_token(&run.id)
            .map_err(|error| error.to_string())?;
        let token = token.expose_secret();
        dir.write_token(token).map_err(|error| error.to_string())?;
        self.tokens().insert((id.clone(), run.number), now);
        Ok(token.to_owned())
    }

    /// Returns `true` if a run's token needs to be renewed. After a restart of the server its age is
    /// not known, so it does.
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
            asked: dir.is_stop_wanted().then_some(StopRequest::Forcibly),
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
            let _ = self.news.send(id.clone());
        }
    }
}
