//! A runner's sandbox, from outside: its command, its network and the numbers of its processes.

use super::super::record::Launch;
use super::super::sandbox::NAME_SERVER;
use super::super::{processes, runner};
use nix::unistd::{geteuid, getpid};
use std::io::{self, PipeWriter, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// Time for which a shell may have no process below it.
const START_PATIENCE: Duration = Duration::from_millis(200);
/// Script of a shell that runs a program until its own standard input ends.
const ENDED_WITH_STDIN: &str = "\"$0\" \"$@\" & read -r _; kill \"$!\"; wait";
/// Name of the network helper of package passt.
const PASTA: &str = "pasta";
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
        let is_pasta = helper.file_name().is_some_and(|name| name == PASTA);
        let mut command = match is_pasta {
            true => Command::new("/bin/sh"),
            false => Command::new(helper),
        };
        let (end, ender) = io::pipe()?;
        command
            .env_clear()
            .env(runner::VARIABLE, run_id)
            .current_dir("/")
            .stdin(end)
            .stderr(Stdio::null());
        match is_pasta {
            true => connect_by_pasta(command, helper, sandbox),
            false => connect_by_slirp(command, sandbox),
        }
        .map(|()| Self(ender))
    }
}

fn connect_by_slirp(mut command: Command, sandbox: u32) -> io::Result<()> {
    let (mut ready, readier) = io::pipe()?;
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
        .stdout(readier);
    // The supervisor collects every process below it.
    command.spawn()?;
    drop(command);
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let is_ready = matches!(ready.read(&mut [0]), Ok(1));
        // The receiver is dropped after the time limit.
        let _ = sender.send(is_ready);
    });
    match receiver.recv_timeout(NETWORK_PATIENCE) {
        Ok(true) => Ok(()),
        Ok(false) => Err(io::Error::other("the network helper ended at once")),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Connects the sandbox by `pasta`, which doesn't end by itself: a shell ends it.
fn connect_by_pasta(mut command: Command, helper: &Path, sandbox: u32) -> io::Result<()> {
    command.args(["-c", ENDED_WITH_STDIN]).arg(helper).args([
        "--foreground",
        "--quiet",
        "--config-net",
        "--mtu",
        "65520",
        // Neither the machine's loopback addresses, nor ports in either direction.
        "--no-map-gw",
        "--tcp-ports",
        "none",
        "--udp-ports",
        "none",
        "--tcp-ns",
        "none",
        "--udp-ns",
        "none",
        "--dns-forward",
        NAME_SERVER,
    ]);
    if geteuid().is_root() {
        // It would become another user, which may not enter the namespace.
        command.args(["--runas", "0:0"]);
    }
    let helper = command
        .arg(sandbox.to_string())
        .stdout(Stdio::null())
        .spawn()?;
    drop(command);
    let shell = i32::try_from(helper.id()).map_err(io::Error::other)?;
    let begin = Instant::now();
    while !has_route(sandbox) {
        // The shell stays.
        if begin.elapsed() > START_PATIENCE && processes::descendants(shell)?.is_empty() {
            return Err(io::Error::other("the network helper ended at once"));
        }
        if begin.elapsed() > NETWORK_PATIENCE {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Returns `true` if a process has a way to other machines: a route that is not of the loopback
/// interface (proc_pid_net(5)).
fn has_route(process: u32) -> bool {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{process}/net/{file}"));
    let is_outside = |name: Option<&str>| name.is_some_and(|name| name != "lo");
    let by_4 = read("route").unwrap_or_default();
    let mut by_4 = by_4
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().next());
    let by_6 = read("ipv6_route").unwrap_or_default();
    let mut by_6 = by_6.lines().map(|line| line.split_whitespace().last());
    by_4.any(is_outside) || by_6.any(is_outside)
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

#[cfg(test)]
mod tests {
    use super::super::super::environment::find_program;
    use super::*;
    use std::net::TcpListener;
    use std::process::Child;

    /// Process with namespaces of its own.
    struct Namespace(Child);

    impl Namespace {
        fn new() -> Self {
            let unshare = [
                "--user",
                "--map-current-user",
                "--net",
                "--",
                "sleep",
                "600",
            ];
            let child = Command::new("unshare").args(unshare).spawn();
            Self(child.expect("unshare"))
        }

        /// Runs a shell's script inside, and returns whether it succeeded.
        fn runs(&self, script: &str) -> bool {
            let target = self.0.id().to_string();
            let inside = [
                "--user",
                "--net",
                "--preserve-credentials",
                "--target",
                &target,
            ];
            let mut command = Command::new("nsenter");
            let command = command.args(inside).args(["--", "bash", "-c", script]);
            command.status().expect("nsenter").success()
        }
    }

    impl Drop for Namespace {
        fn drop(&mut self) {
            // It may have ended.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn each_network_helper_reaches_out_and_not_to_the_loopback_interface() {
        for name in ["slirp4netns", PASTA] {
            let (Some(helper), Some(_)) = (find_program(name), find_program("unshare")) else {
                eprintln!("skipped: {name} is not installed");
                continue;
            };
            if !Path::new("/dev/net/tun").exists() {
                eprintln!("skipped: there is no /dev/net/tun");
                return;
            }
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = listener.local_addr().expect("an address").port();
            let inside = Namespace::new();
            let network = Network::connect(&helper, inside.0.id(), "run-test");
            let network = network.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(has_route(inside.0.id()), "{name}");
            for address in ["127.0.0.1", "10.0.2.2"] {
                let script = format!("timeout 2 bash -c '</dev/tcp/{address}/{port}' 2> /dev/null");
                assert!(!inside.runs(&script), "{name}: {address}");
            }
            let marked = || processes::with_variable(runner::VARIABLE, "run-test").expect("known");
            assert!(!marked().is_empty(), "{name}");
            drop((network, inside));
            let begin = Instant::now();
            while !marked().is_empty() {
                assert!(begin.elapsed() < Duration::from_secs(20), "{name} goes on");
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
}
