//! The app's process, and those that it leaves behind.

use super::ending::Ending;
use super::sessions::Sessions;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use signal_hook::iterator::Signals;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use vestibule_model::observed::Exit;

/// Starts the app as the leader of a process group, with its standard output and standard error.
pub(super) fn start(
    command: &[String],
    env: &BTreeMap<String, String>,
    dir: &Path,
    [stdout, stderr]: [OwnedFd; 2],
) -> Result<Child, Exit> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Exit::StartError("The app's command is empty.".to_owned()))?;
    Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(env)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0)
        .spawn()
        .map_err(|error| start_error(program, dir, &error))
}

fn start_error(program: &str, dir: &Path, error: &io::Error) -> Exit {
    if error.kind() != io::ErrorKind::NotFound {
        return Exit::StartError(format!("`{program}` cannot be started: {error}."));
    }
    if !dir.is_dir() {
        return Exit::StartError("The workbench's folder is gone.".to_owned());
    }
    Exit::NotFound(format!(
        "The program `{program}` is not there. An administrator can install it on this machine."
    ))
}

/// Makes processes whose parent ends children of the runner, so that none escapes.
pub(super) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // Without it the supervisor adopts them.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// Passes signals on to the app.
pub(super) fn pass_on(mut signals: Signals, ending: Arc<Ending>) {
    thread::spawn(move || {
        for signal in signals.forever() {
            if let Ok(signal) = Signal::try_from(signal) {
                ending.signal(signal);
            }
        }
    });
}

/// Collects every process that ends, until the app's own does; returns its wait status.
pub(super) fn collect(
    app: Pid,
    mut child: Child,
    ending: &Ending,
    sessions: &Sessions,
) -> io::Result<i32> {
    loop {
        // Collected only after the kill: until then no other group can have its number.
        match waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Ok(status) if status.pid() == Some(app) => break,
            Ok(status) => {
                if let Some(pid) = status.pid() {
                    sessions.collect(pid);
                }
            }
            Err(Errno::EINTR) => {}
            // A process was ended by a signal without a name; it may be the app.
            Err(_) => break,
        }
    }
    ending.signal(Signal::SIGKILL);
    ending.set_group(None);
    child.wait().map(ExitStatusExt::into_raw)
}
