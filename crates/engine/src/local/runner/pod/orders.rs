//! Orders of a runner in a container.

use super::super::wire::ListenAddress;
use super::credentials::Credentials;
use crate::local::catalogue::Readiness;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// File that a kubelet reads when a container has ended.
pub const TERMINATION_LOG: &str = "/dev/termination-log";

/// Orders of a runner in a container. The environment of the app is the container's own. Has no `Debug`,
/// because it contains a key.
#[derive(Serialize, Deserialize)]
pub struct PodOrders {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The working directory.
    pub dir: PathBuf,
    /// Address at which the app listens.
    pub app: ListenAddress,
    /// Readiness probe of the app.
    pub readiness: Readiness,
    /// Names of the variables that hold secrets.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// The gate.
    pub gate: GateOrders,
    /// Port on which the kubelet asks whether the app is ready.
    pub health_port: u16,
    /// File for the termination message.
    #[serde(default = "termination_log")]
    pub termination_log: PathBuf,
}

/// Orders of a runner's gate.
#[derive(Serialize, Deserialize)]
pub struct GateOrders {
    /// Port that takes connections.
    pub port: u16,
    /// Certificate of the gate, in PEM.
    pub certificate: String,
    /// Key of the certificate, in PEM.
    pub key: String,
    /// Certificate of the authority that signs the clients' certificates, in PEM.
    pub client_authority: String,
}

impl PodOrders {
    /// Reads the orders from a file.
    pub(super) fn read(file: &Path) -> io::Result<Self> {
        let text = std::fs::read(file)
            .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
        // The error must not quote the text, which contains a key.
        serde_json::from_slice(&text)
            .map_err(|_| io::Error::other(format!("{} has no orders", file.display())))
    }
}

impl GateOrders {
    /// Returns the orders of a gate with these credentials.
    pub fn new(port: u16, credentials: &Credentials) -> Self {
        Self {
            port,
            certificate: credentials.certificate.clone(),
            key: credentials.key.clone(),
            client_authority: credentials.client.authority.clone(),
        }
    }
}

fn termination_log() -> PathBuf {
    PathBuf::from(TERMINATION_LOG)
}
