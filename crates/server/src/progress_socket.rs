//! Ways of progress messages of apps whose network does not reach the API: a socket for those in
//! sandboxes, and connections that the engine opens to those elsewhere.

use crate::controllers::progress;
use crate::state::AppState;
use axum::Router;
use axum::routing::post;
use axum::serve::Listener;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use vestibule_engine::connection::Connection;

/// Opens the socket, in a folder of its own: sandboxes show the folder, so that a socket of the next server
/// is found there. Without it apps in sandboxes report no progress.
pub fn open(data_dir: &Path) -> Option<(PathBuf, UnixListener)> {
    let path = data_dir.join("progress").join("api.sock");
    match bind(&path) {
        Ok(listener) => Some((path, listener)),
        Err(error) => {
            tracing::warn!(socket = %path.display(), %error, "apps in a sandbox can't report their progress");
            None
        }
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        created?;
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    UnixListener::bind(path)
}

/// Connections that the engine opens to apps, on which their messages come.
pub struct Reports(pub mpsc::Receiver<Connection>);

impl Listener for Reports {
    type Io = Connection;
    type Addr = ();

    async fn accept(&mut self) -> (Connection, ()) {
        match self.0.recv().await {
            Some(connection) => (connection, ()),
            // The engine has ended.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Serves progress messages, and no other requests, until the server ends.
pub async fn serve<L: Listener<Addr: std::fmt::Debug>>(listener: L, state: AppState) {
    let shutdown = state.shutdown.clone();
    let routes = Router::new()
        .route("/api/runs/{id}/progress", post(progress::report))
        .with_state(state);
    let served = axum::serve(listener, routes).with_graceful_shutdown(shutdown.cancelled_owned());
    if let Err(error) = served.await {
        tracing::error!(%error, "progress messages can't be taken any more");
    }
}
