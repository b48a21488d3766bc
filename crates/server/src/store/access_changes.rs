//! Signal of changes that may end a session or take a permission away.

use super::Store;
use tokio::sync::watch;

impl Store {
    /// Returns a signal of changes after which a session may have ended or lost a permission.
    pub fn access_changes(&self) -> watch::Receiver<i64> {
        self.access.subscribe()
    }

    /// Publishes changes that another process has made, such as `vestibule user reset-password`.
    /// The server's own changes are published when they are committed.
    pub fn publish_external_access_changes(&self) {
        let read = self.read(|tx| {
            self.access.publish(tx);
            Ok(())
        });
        if let Err(error) = read {
            tracing::warn!(%error, "failed to read changes of sessions and grants");
        }
    }
}
