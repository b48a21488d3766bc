//! The app, as its supervisor sees it: a runner, and below it the app's process.

use super::super::groups::RunGroup;
use super::super::processes;
use super::super::record::Launch;
use super::super::runner::{self, wire};
use super::output::{Event, say};
use super::sandbox::{self, Network};
use super::secret_env::SecretEnv;
use nix::errno::Errno;
use nix::sys::wait::waitpid;
use nix::unistd::getpid;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, IoSlice, PipeReader, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use vestibule_model::observed::Exit;
use wire::{ASK_TO_STOP, ListenAddress, Orders, Report, TAKE_GATE};

/// Time limit of the search for processes that the app has left behind.
const CLEANUP_PATIENCE: Duration = Duration::from_secs(5);

/// The app, its runner and everything below them.
pub(super) struct App {
    pid: i32,
    control: UnixStream,
    group: Option<RunGroup>,
    collector: JoinHandle<()>,
    /// Kept until the app's end.
    _network: Option<Network>,
}

impl App {
    /// Starts the app. Its end is sent as an event; its output comes out of the pipe.
    pub(super) fn start(
        launch: &Launch,
        secrets: &SecretEnv,
        events: Sender<Event>,
    ) -> Result<(Self, PipeReader), Exit> {
        adopt_orphans();
        let (reader, writer) = io::pipe().map_err(runner_error)?;
        let (control, of_runner) = UnixStream::pair().map_err(runner_error)?;
        let gate = match &launch.sockets {
            Some(sockets) => Stdio::from(OwnedFd::from(sockets.open_gate().map_err(|error| {
                Exit::StartError(format!("The run's socket cannot be created: {error}."))
            })?)),
            None => Stdio::null(),
        };
        let mut command = sandbox::command(launch).map_err(runner_error)?;
        command
            .arg(runner::SUBCOMMAND)
            .arg(launch.run_id.as_str())
            .env_clear()
            .env(runner::VARIABLE, launch.run_id.as_str())
            .current_dir("/")
            .stdin(gate)
            .stdout(OwnedFd::from(of_runner))
            .stderr(writer);
        let spawned = match &launch.group {
            Some(group) => group.within(|| command.spawn()),
            None => command.spawn(),
        };
        let mut child = spawned.map_err(runner_error)?;
        // The command holds the other ends, without which neither connection could end.
        drop(command);
        let network = network(launch, child.id());
        let mut reports = BufReader::new(control.try_clone().map_err(runner_error)?);
        let begun = give_orders(&control, launch, secrets).and_then(|()| read(&mut reports));
        let pid = match begun {
            Ok(Some(Report::Started { pid })) if launch.sandbox.is_none() => pid,
            Ok(Some(Report::Started { pid })) => outer_pid(pid, &child),
            other => {
                // It ends when the connection does.
                drop((control, reports));
                let _ = child.wait();
                return Err(match other {
                    Ok(Some(Report::NotStarted(how))) => how,
                    Ok(_) => Exit::StartError("The app's runner ended at once.".to_owned()),
                    Err(error) => runner_error(error),
                });
            }
        };
        let is_in_sandbox = launch.sandbox.is_some();
        let collector = thread::spawn(move || {
            let how = match read(&mut reports) {
                Ok(Some(Report::Ended(status))) => how(ExitStatus::from_raw(status)),
                // The runner was killed; the app ends with it.
                _ => match child.wait().map_or(Exit::Lost, how) {
                    Exit::Code(code @ 129..) if is_in_sandbox => Exit::Signal(code - 128),
                    how => how,
                },
            };
            // The receiver is gone once the end is known.
            let _ = events.send(Event::Ended(how));
            collect_orphans(child);
        });
        let app = Self {
            pid,
            control,
            group: launch.group.clone(),
            collector,
            _network: network,
        };
        Ok((app, reader))
    }

    /// Returns the process id and group id of the app.
    pub(super) const fn pid(&self) -> i32 {
        self.pid
    }

    /// Asks every process of the app's group to stop.
    pub(super) fn ask_to_stop(&self) {
        // A runner that is gone has ended the app already.
        let _ = (&self.control).write_all(&[ASK_TO_STOP]);
    }

    /// Gives the runner another socket on which it relays connections, in place of one that is gone.
    pub(super) fn give_gate(&self, gate: UnixListener) -> io::Result<()> {
        let gates = [gate.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !control.push(SendAncillaryMessage::ScmRights(&gates)) {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let byte = [IoSlice::new(&[TAKE_GATE])];
        sendmsg(&self.control, &byte, &mut control, SendFlags::empty())?;
        Ok(())
    }

    /// Kills every process of the run, the runner among them: the app may have stopped it.
    pub(super) fn force_to_stop(&self) {
        if let Some(group) = &self.group {
            group.kill();
        }
        let me = getpid().as_raw();
        if let Err(error) = processes::kill_all(|| processes::descendants(me), CLEANUP_PATIENCE) {
            say(format_args!("failed to search for processes: {error}"));
        }
    }

    /// Kills what the app has left behind, also in groups and sessions of their own; returns whether
    /// nothing is left.
    pub(super) fn kill_leftovers(&self) -> bool {
        self.force_to_stop();
        let begin = Instant::now();
        // The collector ends with the last process.
        while !self.collector.is_finished() && begin.elapsed() < CLEANUP_PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
        self.collector.is_finished()
    }
}

fn runner_error(error: io::Error) -> Exit {
    Exit::StartError(format!("The app's runner cannot be started: {error}."))
}

/// Connects the network of the run's sandbox. Without it the app starts, and cannot reach other machines.
fn network(launch: &Launch, sandbox: u32) -> Option<Network> {
    let helper = launch.sandbox.as_ref()?.network_helper.as_ref()?;
    match Network::connect(helper, sandbox, launch.run_id.as_str()) {
        Ok(network) => Some(network),
        Err(error) => {
            say(format_args!(
                "failed to connect the sandbox's network: {error}"
            ));
            None
        }
    }
}

/// Returns the app's process id on this machine, or its runner's if it has ended already.
fn outer_pid(pid: i32, runner: &Child) -> i32 {
    match sandbox::outer_pid(pid) {
        Ok(Some(pid)) => pid,
        _ => i32::try_from(runner.id()).unwrap_or(pid),
    }
}

fn give_orders(mut control: &UnixStream, launch: &Launch, secrets: &SecretEnv) -> io::Result<()> {
    let mut env: BTreeMap<String, String> = launch.env.clone();
    env.extend(secrets.0.clone());
    let app = launch.sockets.as_ref().map(|sockets| {
        if launch.listens_on_socket {
            ListenAddress::Socket(sockets.app())
        } else {
            ListenAddress::Port(launch.port)
        }
    });
    let orders = Orders {
        command: launch.command.clone(),
        env,
        dir: launch.dir.clone(),
        app,
        progress_socket: launch.progress_socket.clone(),
        secrets: secrets.0.keys().cloned().collect(),
    };
    let mut line = serde_json::to_vec(&orders)?;
    line.push(b'\n');
    control.write_all(&line)
}

/// Reads the runner's next report, or `None` after the last one.
fn read(reports: &mut BufReader<UnixStream>) -> io::Result<Option<Report>> {
    let mut line = String::new();
    if reports.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&line)?))
}

/// Makes processes whose parent ends children of the supervisor, so that none escapes with the
/// runner's end.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_child_subreaper(true) {
        say(format_args!("failed to adopt orphans: {error}"));
    }
}

/// Collects the runner and the processes that end after it, until none is left.
fn collect_orphans(mut runner: Child) {
    let _ = runner.wait();
    while !matches!(waitpid(None, None), Err(Errno::ECHILD)) {}
}

fn how(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Lost,
    }
}
