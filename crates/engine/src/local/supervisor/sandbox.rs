//! A runner's sandbox, from outside: its command, its network and the numbers of its processes.

use super::super::record::Launch;
use super::super::{processes, runner};
use nix::unistd::getpid;
use std::io::{self, PipeWriter, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// Time limit of the sandbox's network.
const NETWORK_PATIENCE: Duration = Duration::from_secs(5);

/// Returns the command that starts this program again, as the run's runner.
pub(super) fn command(launch: &Launch) -> io::Result<Command> {
    let Some(sandbox) = &launch.sandbox else {
        return Ok(Command::new(own_program()?));
    };
    let (first, arguments) = sandbox
        .command
        .split_first()
        .ok_or_else(|| io::Error::other("its sandbox has no command"))?;
    // A sandbox has a `/proc` of its own. After an upgrade this is the new program.
    let program = without_mark(std::env::current_exe()?);
    let mut command = Command::new(first);
    command
        .args(arguments)
        .arg("--ro-bind")
        .args([&program, &program])
        .arg("--")
        .arg(&program);
    Ok(command)
}

/// Returns a path of this program. On Linux it leads to the running program also after an upgrade
/// has replaced its file.
fn own_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe()
}

/// Removes what the system adds to the path of a file that was replaced.
fn without_mark(program: PathBuf) -> PathBuf {
    match program.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(path) => PathBuf::from(std::ffi::OsString::from_vec(path.to_vec())),
        None => program,
    }
}

/// Connection of a sandbox's network to the outside. It lasts until this is dropped, also by the end of
/// the supervisor.
pub(super) struct Network(#[expect(dead_code, reason = "its end ends the helper")] PipeWriter);

impl Network {
    /// Connects the network of a sandbox that is being started by this process.
    pub(super) fn connect(helper: &Path, sandbox: u32, run_id: &str) -> io::Result<Self> {
        wait_for_namespace(sandbox)?;
        let (end, ender) = io::pipe()?;
        let (mut ready, readier) = io::pipe()?;
        let mut command = Command::new(helper);
        command
            .args([
                "--configure",
                "--mtu=65520",
                "--disable-host-loopback",
                "--enable-sandbox",
                "--exit-fd=0",
                "--ready-fd=1",
            ])
            .args([&sandbox.to_string(), "tap0"])
            .env_clear()
            .env(runner::VARIABLE, run_id)
            .current_dir("/")
            .stdin(end)
            .stdout(readier)
            .stderr(Stdio::null());
        // The supervisor collects every process below it.
        command.spawn()?;
        drop(command);
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let is_ready = matches!(ready.read(&mut [0]), Ok(1));
            // Nobody waits any more after the time limit.
            let _ = sender.send(is_ready);
        });
        match receiver.recv_timeout(NETWORK_PATIENCE) {
            Ok(true) => Ok(Self(ender)),
            Ok(false) => Err(io::Error::other("the network helper ended at once")),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Waits until a child has a network of its own: before that the helper would change the machine's.
fn wait_for_namespace(child: u32) -> io::Result<()> {
    let namespace = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/net"));
    let (own, begin) = (namespace("self")?, Instant::now());
    loop {
        let name = std::fs::read_to_string(format!("/proc/{child}/comm"))?;
        // `unshare` is replaced once the namespaces are complete.
        if namespace(&child.to_string())? != own && name.trim_end() != "unshare" {
            return Ok(());
        }
        if begin.elapsed() > NETWORK_PATIENCE {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Returns the number that a process below this one has outside of its PID namespace.
pub(super) fn outer_pid(inner: i32) -> io::Result<Option<i32>> {
    let inner = inner.to_string();
    let found = processes::descendants(getpid().as_raw())?.into_iter();
    Ok(found.into_iter().find(|pid| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let numbers = line.unwrap_or_default().split_ascii_whitespace().skip(1);
        numbers.last() == Some(inner.as_str())
    }))
}
