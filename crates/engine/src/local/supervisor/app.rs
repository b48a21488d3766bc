//! The app's process, as its supervisor sees it.

use super::super::processes;
use super::super::record::Launch;
use super::output::{Event, say};
use super::secret_env::SecretEnv;
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
use nix::unistd::{Pid, getpid};
use std::io::{self, PipeReader};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use vestibule_model::observed::Exit;

/// Time limit of the search for processes that the app has left behind.
const CLEANUP_PATIENCE: Duration = Duration::from_secs(5);

/// The app's process and its group.
pub(super) struct App {
    pid: Pid,
    collector: JoinHandle<()>,
}

impl App {
    /// Starts the app. Its end is sent as an event; its output comes out of the pipe.
    pub(super) fn start(
        launch: &Launch,
        secrets: &SecretEnv,
        events: Sender<Event>,
    ) -> Result<(Self, PipeReader), Exit> {
        adopt_orphans();
        let (program, arguments) = launch
            .command
            .split_first()
            .ok_or_else(|| Exit::StartError("The app's command is empty.".to_owned()))?;
        let failed = |error: io::Error| start_error(program, launch, &error);
        let (reader, writer) = io::pipe().map_err(failed)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(&launch.env)
            .envs(&secrets.0)
            .current_dir(&launch.dir)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().map_err(failed)?)
            .stderr(writer)
            .process_group(0);
        let child = command.spawn().map_err(failed)?;
        // The command holds the pipe's other end, without which the pipe could end.
        drop(command);
        let pid = i32::try_from(child.id()).map(Pid::from_raw).map_err(|_| {
            Exit::StartError("The system gave an impossible process id.".to_owned())
        })?;
        let collector = thread::spawn(move || {
            let how = collect(pid, child);
            // The receiver is gone once the end is known.
            let _ = events.send(Event::Ended(how));
            collect_orphans();
        });
        Ok((Self { pid, collector }, reader))
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Asks every process of the group to stop.
    pub(super) fn ask_to_stop(&self) {
        // A group that is gone has stopped already.
        let _ = killpg(self.pid, Signal::SIGTERM);
    }

    /// Kills every process of the group.
    pub(super) fn force_to_stop(&self) {
        let _ = killpg(self.pid, Signal::SIGKILL);
    }

    /// Kills what the app has left behind, also in groups and sessions of their own; returns whether
    /// nothing is left.
    pub(super) fn kill_leftovers(&self) -> bool {
        let me = getpid().as_raw();
        if let Err(error) = processes::kill_all(|| processes::descendants(me), CLEANUP_PATIENCE) {
            say(format_args!("failed to look for processes: {error}"));
        }
        let begin = Instant::now();
        // The collector ends with the last process.
        while !self.collector.is_finished() && begin.elapsed() < CLEANUP_PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
        self.collector.is_finished()
    }
}

/// Makes processes whose parent ends children of the supervisor, so that none escapes.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_child_subreaper(true) {
        say(format_args!("failed to adopt orphans: {error}"));
    }
}

/// Collects every process that ends, until the app's own does; returns how that ended.
fn collect(app: Pid, mut child: Child) -> Exit {
    loop {
        // Collected only after the kill: until then no other group can have its number.
        match waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Ok(status) if status.pid() == Some(app) => {
                let _ = killpg(app, Signal::SIGKILL);
                return how(child.wait());
            }
            Ok(status) => {
                let _ = waitpid(status.pid(), None);
            }
            Err(Errno::EINTR) => {}
            // A process was ended by a signal without a name; it may be the app.
            Err(_) => return how(child.wait()),
        }
    }
}

/// Collects the processes that end after the app, until none is left.
fn collect_orphans() {
    while !matches!(waitpid(None, None), Err(Errno::ECHILD)) {}
}

fn how(status: io::Result<ExitStatus>) -> Exit {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => Exit::Code(code),
            (None, Some(signal)) => Exit::Signal(signal),
            (None, None) => Exit::Lost,
        },
        Err(_) => Exit::Lost,
    }
}

fn start_error(program: &str, launch: &Launch, error: &io::Error) -> Exit {
    if error.kind() != io::ErrorKind::NotFound {
        return Exit::StartError(format!("`{program}` cannot be started: {error}."));
    }
    if !launch.dir.is_dir() {
        return Exit::StartError("The workbench's folder is gone.".to_owned());
    }
    Exit::NotFound(format!(
        "The program `{program}` is not there. An administrator can install it on this machine."
    ))
}
