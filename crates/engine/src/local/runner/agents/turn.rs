//! Turn of an agent: a process, and the reading of its output.

use super::super::super::processes;
use super::super::super::supervisor::redactor::Redactor;
use super::super::wire::TurnOrder;
use super::context::AgentContext;
use super::splitter::{Piece, Splitter};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::WaitStatus;
use nix::unistd::{Pid, getpid};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::sync::watch;
use vestibule_model::ids::{MessageId, TabId};
use vestibule_model::tab::transcript::MAX_LINE;

/// Time between asking a turn to stop and killing it.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// Time for the last output to come out after the end of the process.
const LAST_OUTPUT: Duration = Duration::from_millis(200);
/// Pause after which an unfinished line is passed on.
const PAUSE: Duration = Duration::from_millis(100);
/// Pause between two reads of output that is left out.
const FLOOD_PAUSE: Duration = Duration::from_millis(5);
/// Time limit of the search for a turn's processes.
const END_PATIENCE: Duration = Duration::from_secs(2);
/// Environment variable that marks the processes of a turn.
const VARIABLE: &str = "VESTIBULE_MESSAGE_ID";

/// Receiver of what turns do.
pub(super) trait Turns: Send + Sync + 'static {
    /// Adds lines of a turn's output. Returns `false` if they are left out.
    fn output(&self, message: &MessageId, is_error: bool, pieces: Vec<Piece>) -> bool;

    /// Records the end of a turn.
    fn turn_has_ended(&self, message: &MessageId, status: WaitStatus);
}

/// Process of a turn.
#[derive(Clone)]
pub(super) struct Process {
    pid: Pid,
    message: MessageId,
    end: Arc<watch::Sender<Option<WaitStatus>>>,
}

/// Exit code of a shell for a command that is not there.
const NOT_FOUND: i32 = 127;

/// Error: the process of a turn could not be started.
pub(super) struct StartError {
    /// Exit code that a shell would give it.
    pub(super) exit_code: Option<i32>,
    /// The reason, as a sentence.
    pub(super) how: String,
}

impl From<&str> for StartError {
    fn from(how: &str) -> Self {
        Self {
            exit_code: None,
            how: how.to_owned(),
        }
    }
}

/// Starts the process of a turn. Has to be called within a tokio runtime.
pub(super) fn start(
    agent: Arc<dyn Turns>,
    context: &AgentContext,
    tab: &TabId,
    order: &TurnOrder,
) -> Result<Process, StartError> {
    let (program, arguments) = order
        .command
        .split_first()
        .ok_or("The agent's command is empty.")?;
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound if !context.dir.is_dir() => {
            StartError::from("The workbench's folder is gone.")
        }
        io::ErrorKind::NotFound => StartError {
            exit_code: Some(NOT_FOUND),
            how: format!(
                "The program `{program}` is not there. An administrator can install it on this machine."
            ),
        },
        _ => StartError::from(format!("`{program}` can't be started: {error}.").as_str()),
    };
    let (stdout, of_stdout) = io::pipe().map_err(failed)?;
    let (stderr, of_stderr) = io::pipe().map_err(failed)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(&context.env)
        .env(VARIABLE, order.message.as_str())
        .env("VESTIBULE_TAB_ID", tab.as_str())
        .current_dir(&context.dir)
        .stdin(Stdio::null())
        .stdout(of_stdout)
        .stderr(of_stderr)
        .process_group(0);
    let input = match &order.input {
        Some(text) => {
            let (reader, writer) = io::pipe().map_err(failed)?;
            command.stdin(reader);
            Some((writer, text.clone()))
        }
        None => None,
    };
    let readers = [(stdout, false), (stderr, true)].map(|(reader, is_error)| {
        pipe::Receiver::from_owned_fd(OwnedFd::from(reader)).map(|reader| (reader, is_error))
    });
    let [stdout, stderr] = readers;
    let (stdout, stderr) = (stdout.map_err(failed)?, stderr.map_err(failed)?);
    let child = command.spawn().map_err(failed)?;
    // The command holds the other ends of the pipes.
    drop(command);
    if let Some((writer, text)) = input {
        tokio::spawn(async move {
            if let Ok(mut writer) = pipe::Sender::from_owned_fd(OwnedFd::from(writer)) {
                // A program need not read its input.
                let _ = writer.write_all(text.as_bytes()).await;
            }
        });
    }
    let pid =
        i32::try_from(child.id()).map_err(|error| StartError::from(error.to_string().as_str()))?;
    let process = Process {
        pid: Pid::from_raw(pid),
        message: order.message.clone(),
        end: Arc::new(watch::Sender::new(None)),
    };
    let reading = [stdout, stderr].map(|(reader, is_error)| {
        let redactor = Redactor::new(context.secrets.iter().map(String::as_str));
        let splitter = match order.max_line.filter(|_| !is_error) {
            Some(max_line) => Splitter::new(redactor, max_line, false),
            None => Splitter::new(redactor, MAX_LINE, true),
        };
        let (agent, message) = (Arc::clone(&agent), order.message.clone());
        tokio::spawn(async move { read(&*agent, &message, is_error, reader, splitter).await })
    });
    let mut end = process.end.subscribe();
    let message = order.message.clone();
    tokio::spawn(async move {
        // The sender lives as long as the process.
        let Ok(status) = end.wait_for(Option::is_some).await.map(|status| *status) else {
            return;
        };
        // A process in the background keeps the output open; what it writes later is left out.
        let _ = tokio::time::timeout(LAST_OUTPUT, async {
            for one in reading {
                let _ = one.await;
            }
        })
        .await;
        if let Some(status) = status {
            agent.turn_has_ended(&message, status);
        }
    });
    Ok(process)
}

async fn read(
    agent: &dyn Turns,
    message: &MessageId,
    is_error: bool,
    mut reader: pipe::Receiver,
    mut splitter: Splitter,
) {
    let mut buffer = vec![0; 32 * 1024];
    loop {
        let reading = reader.read(&mut buffer);
        let pieces = if splitter.waits() {
            match tokio::time::timeout(PAUSE, reading).await {
                Ok(Ok(count @ 1..)) => splitter.push(buffer.get(..count).unwrap_or_default()),
                Ok(_) => break,
                Err(_) => match splitter.pause() {
                    Some(piece) => vec![piece],
                    // Half a character, or the begin of a secret: more has to come.
                    None => match reader.read(&mut buffer).await {
                        Ok(count @ 1..) => splitter.push(buffer.get(..count).unwrap_or_default()),
                        _ => break,
                    },
                },
            }
        } else {
            match reading.await {
                Ok(count @ 1..) => splitter.push(buffer.get(..count).unwrap_or_default()),
                _ => break,
            }
        };
        if !pieces.is_empty() && !agent.output(message, is_error, pieces) {
            // Of a flood, or of a process in the background. It is read so that its writer goes on.
            tokio::time::sleep(FLOOD_PAUSE).await;
        }
        // A flood must not keep the app's connections waiting.
        tokio::task::yield_now().await;
    }
    let rest = splitter.finish();
    if !rest.is_empty() {
        agent.output(message, is_error, rest);
    }
}

impl Process {
    /// Records the end, if it is this process's.
    pub(super) fn has_ended(&self, pid: Pid, status: WaitStatus) {
        if pid == self.pid {
            self.end.send_replace(Some(status));
        }
    }

    /// Asks every process of the turn's group to end.
    pub(super) fn ask_to_stop(&self) {
        self.signal(Signal::SIGTERM);
        // A stopped process acts on the signal only once it continues.
        self.signal(Signal::SIGCONT);
    }

    /// Kills every process of the turn.
    pub(super) async fn kill(&self) {
        self.signal(Signal::SIGKILL);
        let message = self.message.clone();
        let killing = tokio::task::spawn_blocking(move || {
            let me = getpid().as_raw();
            let find = || {
                let marked = processes::with_variable(VARIABLE, message.as_str())?;
                let mut found = processes::descendants(me)?;
                found.retain(|pid| marked.contains(pid));
                Ok(found)
            };
            // The rest ends with the run.
            let _ = processes::kill_all(find, END_PATIENCE);
        });
        let _ = killing.await;
    }

    fn signal(&self, signal: Signal) {
        if self.end.borrow().is_none() {
            // A group that is gone needs no signal.
            let _ = killpg(self.pid, signal);
        }
    }
}
