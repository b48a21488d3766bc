//! Session: a shell on a terminal, and its output.

use super::super::processes;
use super::ring::Ring;
use super::typists::{Typist, Typists};
use crate::sessions::{KEPT_OUTPUT, MAX_BLOCK, Size};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{Pid, getpid, getsid};
use pty_process::blocking::{Command, Pts, Pty};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::unix::pipe;
use tokio::sync::watch;
use vestibule_model::tab::typed::{InputStream, known_bytes};

/// Time for the shell's last output to come out after its end.
const LAST_OUTPUT: Duration = Duration::from_millis(200);
/// Time limit of the search for a session's processes.
const END_PATIENCE: Duration = Duration::from_secs(2);

/// Session.
pub(super) struct Session {
    pid: Pid,
    state: Mutex<State>,
    typists: Typists,
    /// Changed with every output, and at the end.
    changed: watch::Sender<()>,
}

struct Terminal {
    pty: Pty,
    /// The same terminal, for reading and writing without a thread.
    reader: pipe::Receiver,
    writer: pipe::Sender,
}

struct State {
    ring: Ring,
    /// The terminal, until the end.
    terminal: Option<Arc<Terminal>>,
    /// Sentence about the shell's end.
    exit: Option<String>,
}

impl Session {
    /// Starts a shell on a new terminal. Has to be called within a tokio runtime.
    pub(super) fn start(
        env: &BTreeMap<String, String>,
        dir: &Path,
        size: Size,
    ) -> io::Result<(Arc<Self>, Child)> {
        let (pty, pts) = pty_process::blocking::open().map_err(io::Error::other)?;
        resize(&pty, size)?;
        let terminal = Arc::new(Terminal::new(pty)?);
        let child = spawn(env, dir, pts)?;
        let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        let session = Arc::new(Self {
            pid,
            state: Mutex::new(State {
                ring: Ring::new(KEPT_OUTPUT),
                terminal: Some(Arc::clone(&terminal)),
                exit: None,
            }),
            typists: Typists::default(),
            changed: watch::Sender::new(()),
        });
        tokio::spawn(Arc::clone(&session).keep_output(terminal));
        Ok((session, child))
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// Returns a sentence about the end, or `None` while it is open.
    pub(super) fn ended(&self) -> Option<String> {
        self.state().exit.clone()
    }

    /// Records the end of the shell.
    pub(super) fn has_ended(&self, how: String) {
        self.state().exit.get_or_insert(how);
        self.changed.send_replace(());
    }

    /// Kills every process of the session.
    pub(super) fn kill(&self) {
        self.has_ended("The session was closed.".to_owned());
        let (me, session) = (getpid().as_raw(), self.pid);
        let find = || {
            let mut found = processes::descendants(me)?;
            found.retain(|pid| getsid(Some(Pid::from_raw(*pid))) == Ok(session));
            Ok(found)
        };
        // The rest ends with the run.
        let _ = processes::kill_all(find, END_PATIENCE);
    }

    pub(super) fn resize(&self, size: Size) {
        let terminal = self.state().terminal.clone();
        if let Some(terminal) = terminal {
            // A terminal keeps its size where the system refuses another.
            let _ = resize(&terminal.pty, size);
        }
    }

    /// Types bytes. Waits for as long as the program does not read.
    pub(super) async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        let terminal = self.state().terminal.clone();
        let Some(terminal) = terminal else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        while !bytes.is_empty() {
            terminal.writer.writable().await?;
            match terminal.writer.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Begins or resumes a stream of input; `None` if it was to be resumed and is not known.
    pub(super) fn typist(&self, input: &InputStream) -> Option<Typist> {
        self.typists.begin(input)
    }

    /// Types bytes of a stream, except those that were typed before. Waits for as long as the program does
    /// not read. Fails if bytes before them are missing, or another connection has resumed the stream.
    pub(super) async fn write_numbered(
        &self,
        typist: &Typist,
        at: u64,
        bytes: &[u8],
    ) -> io::Result<()> {
        let terminal = self.state().terminal.clone();
        let Some(terminal) = terminal else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let missing = || io::Error::from(io::ErrorKind::InvalidData);
        loop {
            terminal.writer.writable().await?;
            // Typed and counted without an end of the connection in between.
            let is_done = typist.count(|taken| {
                let known = known_bytes(taken, at, bytes.len()).ok_or_else(missing)?;
                let new = bytes.get(known..).unwrap_or_default();
                if new.is_empty() {
                    return Ok((taken, true));
                }
                match terminal.writer.try_write(new) {
                    Ok(written) => Ok((taken + written as u64, written == new.len())),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok((taken, false)),
                    Err(error) => Err(error),
                }
            })?;
            if is_done {
                return Ok(());
            }
        }
    }

    /// Returns the output after the first `after` bytes, as soon as there is some; `None` after the
    /// last of it.
    pub(super) async fn output(&self, after: u64) -> Option<(u64, Vec<u8>)> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            {
                let state = self.state();
                if let Some(found) = state.ring.after(after, MAX_BLOCK) {
                    return Some(found);
                }
                // Its end is the end of the output.
                state.terminal.as_ref()?;
            }
            // The sender lives as long as this session.
            changed.changed().await.ok()?;
        }
    }

    /// Returns the number of bytes that it has put out.
    pub(super) fn output_length(&self) -> u64 {
        self.state().ring.end()
    }

    /// Keeps the output until the shell has ended.
    async fn keep_output(self: Arc<Self>, terminal: Arc<Terminal>) {
        let mut changed = self.changed.subscribe();
        let mut buffer = vec![0; MAX_BLOCK];
        loop {
            let has_ended = self.state().exit.is_some();
            let reading = terminal.read(&mut buffer);
            let read = if has_ended {
                match tokio::time::timeout(LAST_OUTPUT, reading).await {
                    Ok(read) => read,
                    // A process in the background keeps the terminal; its end is reported.
                    Err(_) => break,
                }
            } else {
                tokio::select! {
                    read = reading => read,
                    _ = changed.changed() => continue,
                }
            };
            match read {
                Ok(count @ 1..) => {
                    let bytes = buffer.get(..count).unwrap_or_default();
                    self.state().ring.push(bytes);
                    self.changed.send_replace(());
                    changed.mark_unchanged();
                    // A flood must not keep the app's connections waiting.
                    tokio::task::yield_now().await;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // No process has the terminal open any more.
                _ if has_ended => break,
                _ => {
                    if changed.changed().await.is_err() {
                        break;
                    }
                }
            }
        }
        self.state().terminal = None;
        self.changed.send_replace(());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of it is complete by itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Terminal {
    fn new(pty: Pty) -> io::Result<Self> {
        fcntl(&pty, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let copy = || pty.as_fd().try_clone_to_owned();
        Ok(Self {
            reader: pipe::Receiver::from_owned_fd_unchecked(copy()?)?,
            writer: pipe::Sender::from_owned_fd_unchecked(copy()?)?,
            pty,
        })
    }

    async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.reader.readable().await?;
            match self.reader.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

fn spawn(env: &BTreeMap<String, String>, dir: &Path, pts: Pts) -> io::Result<Child> {
    let shell = ["/bin/bash", "/usr/bin/bash"]
        .into_iter()
        .find(|shell| Path::new(shell).exists())
        .unwrap_or("/bin/sh");
    Command::new(shell)
        .env_clear()
        .envs(env)
        .env("TERM", "xterm-256color")
        .env("COLORTERM", "truecolor")
        .current_dir(dir)
        .spawn(pts)
        .map_err(|error| match error {
            pty_process::Error::Io(error) => error,
            other => io::Error::other(other),
        })
}

fn resize(pty: &Pty, size: Size) -> io::Result<()> {
    let Size { cols, rows } = size.bounded();
    pty.resize(pty_process::Size::new(rows, cols))
        .map_err(io::Error::other)
}
