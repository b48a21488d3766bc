//! Version of everything that decides about access: sessions, grants and users.

use super::Store;
use rusqlite::Connection;
use tokio::sync::watch;

/// Publisher of the version.
#[derive(Debug)]
pub(super) struct Access(watch::Sender<i64>);

impl Access {
    pub(super) fn open(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self(watch::Sender::new(read(connection)?)))
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

impl Store {
    /// Returns a signal of changes after which a session may have ended or lost a permission.
    pub fn access_changes(&self) -> watch::Receiver<i64> {
        self.access.0.subscribe()
    }

    /// Publishes changes that another process has made, such as `vestibule user reset-password`.
    /// The server's own changes are published when they are committed.
    pub fn look_for_access_changes(&self) {
        let read = self.read(|tx| {
            self.access.publish(tx);
            Ok(())
        });
        if let Err(error) = read {
            tracing::warn!(%error, "failed to look for changes of sessions and grants");
        }
    }
}

fn read(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT version FROM access_version")?
        .query_row([], |row| row.get(0))
}
