//! Ways to the apps of runs, as the server goes them.

use super::record::Launch;
use super::runner::wire::{Answer, CONNECT};
use super::sockets;
use crate::connection::{Connection, Unreachable};
use std::io;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Way to reach the app of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// Through the gate of its runner. The app listens on this port, or on a socket.
    Gate {
        path: PathBuf,
        port: Option<u16>,
        /// `true` if a port is one of this machine's, and not of the run's own network.
        shares_network: bool,
    },
    /// By its port, without a runner: the run was started by version 0.1.0.
    Port(u16),
}

impl Way {
    /// Returns the way to the app of a run that is started so.
    pub(super) fn of(launch: &Launch) -> Self {
        match &launch.sockets {
            Some(sockets) => Self::Gate {
                path: sockets.gate(),
                port: (!launch.listens_on_socket).then_some(launch.port),
                shares_network: launch
                    .sandbox
                    .as_ref()
                    .is_none_or(|sandbox| sandbox.shares_network),
            },
            None => Self::Port(launch.port),
        }
    }
}

/// Connects to an app through the gate of its run.
pub(super) async fn connect(gate: &Path, port: Option<u16>) -> Result<Connection, Unreachable> {
    let mut stream = match sockets::connect(gate).await {
        Ok(stream) => stream,
        // Between two processes of the run nothing listens, and before the first nothing is there.
        Err(error) if is_closed(&error) => return Err(refused(port)),
        Err(error) => return Err(error.into()),
    };
    let answer = async {
        stream.write_u8(CONNECT).await?;
        stream.read_u8().await
    };
    match answer.await {
        Ok(byte) => match Answer::of(byte) {
            Answer::Connected => Ok(match port {
                Some(port) => {
                    Connection::new(stream).listening_on(format_args!("127.0.0.1:{port}"))
                }
                None => Connection::new(stream),
            }),
            Answer::Refused => Err(refused(port)),
            Answer::Foreign => Err(foreign(port)),
            Answer::Shortage => Err(io::Error::from_raw_os_error(nix::libc::EMFILE).into()),
            Answer::Failed => Err(io::Error::other("the connection to it failed").into()),
        },
        Err(error) if is_closed(&error) => Err(refused(port)),
        Err(error) => Err(error.into()),
    }
}

/// Returns the refusal where nothing listens.
pub(super) fn refused(port: Option<u16>) -> Unreachable {
    Unreachable::Refused(match port {
        Some(port) => format!("Nothing listens on the app's port {port} yet."),
        None => "The app doesn't listen on its socket yet.".to_owned(),
    })
}

/// Returns the refusal where another program listens.
pub(super) fn foreign(port: Option<u16>) -> Unreachable {
    Unreachable::Foreign(match port {
        Some(port) => {
            format!("Another program of this machine answers on the app's port {port}.")
        }
        None => "Another program of this machine answers on the app's socket.".to_owned(),
    })
}

fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::NotFound
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
    )
}
