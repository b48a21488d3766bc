//! Version of everything that decides about access: sessions, grants and users.

use rusqlite::Connection;
use tokio::sync::watch;

/// Publisher of the version.
#[derive(Debug)]
pub(super) struct Access(watch::Sender<i64>);

impl Access {
    pub(super) fn open(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self(watch::Sender::new(read(connection)?)))
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<i64> {
        self.0.subscribe()
    }

    /// Publishes the version if it has changed. A failure publishes nothing: the next call does.
    pub(super) fn publish(&self, connection: &Connection) {
        match read(connection) {
            Ok(version) => {
                self.0.send_if_modified(|known| {
                    let is_new = *known != version;
                    *known = version;
                    is_new
                });
            }
            Err(error) => {
                tracing::warn!(%error, "failed to read the version of sessions and grants");
            }
        }
    }
}

fn read(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT version FROM access_version")?
        .query_row([], |row| row.get(0))
}
