//! Ways to the apps of runs, as the server goes them.

use super::record::Launch;
use std::path::PathBuf;

/// Address at which the app of a run is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AppAddress {
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

impl AppAddress {
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
