//! Relay of connections from a run's gate to its app.

use super::super::listener::{Owner, Socket, owner};
use super::super::record::is_shortage;
use super::super::sockets;
use super::lines::Lines;
use super::request::REQUEST_WITHIN;
use super::sessions::Sessions;
use super::uploads;
use super::wire::{AGENT, Answer, CONNECT, ListenAddress, PROGRESS, SESSION, UPLOAD};
use nix::unistd::getpid;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixListener, UnixStream};

/// Pause after a failure to accept, which a lack of descriptors would repeat at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const BUFFER_BYTES: usize = 16 * 1024;

/// Relay to one app.
pub(super) struct Relay {
    app: ListenAddress,
    /// The socket that was found to be the app's own.
    known: Mutex<Option<Socket>>,
    /// Number of open connections to the app.
    open: Arc<AtomicUsize>,
    sessions: Arc<Sessions>,
    /// Folder of uploads; `None` if the server writes them itself.
    uploads: Option<PathBuf>,
    /// Connections that wait for progress messages; `None` if the app sends them to the server.
    progress: Option<Arc<Lines>>,
}

impl Relay {
    pub(super) fn new(
        app: ListenAddress,
        open: Arc<AtomicUsize>,
        sessions: Arc<Sessions>,
        uploads: Option<PathBuf>,
        progress: Option<Arc<Lines>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            app,
            known: Mutex::default(),
            open,
            sessions,
            uploads,
            progress,
        })
    }

    /// Accepts connections for as long as the runner lives.
    pub(super) async fn serve(self: Arc<Self>, gate: UnixListener) {
        loop {
            match gate.accept().await {
                Ok((stream, _)) => {
                    let relay = Arc::clone(&self);
                    tokio::spawn(async move {
                        // An error of a connection concerns only its two ends.
                        let _ = relay.serve_one(stream).await;
                    });
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    }

    /// Serves one connection.
    pub(super) async fn serve_one(&self, mut gate: UnixStream) -> io::Result<()> {
        self.open.fetch_add(1, Ordering::AcqRel);
        let request = tokio::time::timeout(REQUEST_WITHIN, gate.read_u8()).await;
        let served = match request {
            Ok(Ok(CONNECT)) => self.connect(gate).await,
            Ok(Ok(SESSION)) => {
                self.open.fetch_sub(1, Ordering::AcqRel);
                return self.sessions.serve(gate).await;
            }
            Ok(Ok(AGENT)) => {
                self.open.fetch_sub(1, Ordering::AcqRel);
                return self.sessions.agents().serve(gate).await;
            }
            Ok(Ok(UPLOAD)) if let Some(folder) = &self.uploads => {
                self.open.fetch_sub(1, Ordering::AcqRel);
                return uploads::receive(gate, folder.clone()).await;
            }
            Ok(Ok(PROGRESS)) if let Some(lines) = &self.progress => {
                self.open.fetch_sub(1, Ordering::AcqRel);
                return lines.wait(gate).await;
            }
            Ok(Ok(_)) => gate.write_u8(Answer::Failed.byte()).await,
            Ok(Err(error)) => Err(error),
            Err(late) => Err(late.into()),
        };
        self.open.fetch_sub(1, Ordering::AcqRel);
        served
    }

    async fn connect(&self, mut gate: UnixStream) -> io::Result<()> {
        match &self.app {
            ListenAddress::Port(port) => match self.connect_to_port(*port).await {
                Ok(app) => join(gate, app).await,
                Err(answer) => gate.write_u8(answer.byte()).await,
            },
            ListenAddress::Socket(path) => match sockets::connect(path).await {
                Ok(app) => join(gate, app).await,
                Err(error) => gate.write_u8(answer(&error).byte()).await,
            },
        }
    }

    /// Connects to the app's port, if the socket that listens there is the app's.
    async fn connect_to_port(&self, port: u16) -> Result<TcpStream, Answer> {
        if !self.keeps_listener() {
            self.find_listener(port).await?;
        }
        let app = TcpStream::connect(("127.0.0.1", port)).await;
        let app = app.map_err(|error| answer(&error))?;
        // A socket that was the app's before the connection and is open after it has accepted it.
        if !self.keeps_listener() {
            self.find_listener(port).await?;
        }
        // A failure costs speed alone.
        let _ = app.set_nodelay(true);
        Ok(app)
    }

    fn keeps_listener(&self) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().is_some_and(Socket::is_open)
    }

    async fn find_listener(&self, port: u16) -> Result<(), Answer> {
        let me = getpid().as_raw();
        let found = tokio::task::spawn_blocking(move || owner(port, me)).await;
        let owner = found
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| answer(&error))?;
        let (known, result) = match owner {
            Owner::Ours(socket) => (Some(socket), Ok(())),
            Owner::Hidden => (None, Ok(())),
            Owner::Nobody => (None, Err(Answer::Refused)),
            Owner::Foreign => (None, Err(Answer::Foreign)),
        };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
        result
    }
}

/// Carries bytes both ways until both sides have ended.
async fn join(
    mut gate: UnixStream,
    mut app: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<()> {
    gate.write_u8(Answer::Connected.byte()).await?;
    tokio::io::copy_bidirectional_with_sizes(&mut gate, &mut app, BUFFER_BYTES, BUFFER_BYTES)
        .await
        .map(drop)
}

fn answer(error: &io::Error) -> Answer {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Answer::Refused,
        _ if is_shortage(error) => Answer::Shortage,
        _ => Answer::Failed,
    }
}
