//! Way of an app's progress messages out of its sandbox, whose network does not reach the API.

use super::super::sockets;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

/// Environment variable with the address of the messages.
pub(super) const VARIABLE: &str = "VESTIBULE_PROGRESS_URL";
/// Pause after a failure to accept, which a lack of descriptors would repeat at once.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Port of the sandbox that stands for the API.
pub(super) struct Progress {
    listener: TcpListener,
    socket: PathBuf,
}

impl Progress {
    /// Opens a port, and puts it into the variable instead of the API's address.
    pub(super) fn open(socket: PathBuf, env: &mut BTreeMap<String, String>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        point_to(env, listener.local_addr()?);
        Ok(Self { listener, socket })
    }

    /// Carries connections for as long as the runner lives.
    pub(super) async fn serve(self) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        loop {
            let Ok((mut app, _)) = listener.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let socket = self.socket.clone();
            tokio::spawn(async move {
                // While the server is away, the app's connection is closed.
                if let Ok(mut api) = sockets::connect(&socket).await {
                    let _ = tokio::io::copy_bidirectional(&mut app, &mut api).await;
                }
            });
        }
    }
}

/// Replaces the API's address in the variable.
pub(super) fn point_to(env: &mut BTreeMap<String, String>, address: SocketAddr) {
    if let Some(url) = env.get_mut(VARIABLE) {
        let path = url.find("/api/").and_then(|at| url.get(at..));
        *url = format!("http://{address}{}", path.unwrap_or_default());
    }
}
