//! Signal of changes that may end a session or take a permission away.

use super::{Error, Result, Store};
use rusqlite::params;
use tokio::sync::watch;
use vestibule_model::time::Timestamp;

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

    /// Publishes that sessions or access tokens have reached their end since a time, so that what they hold
    /// open is checked at once.
    pub fn note_expired_sessions(&self, since: Timestamp, now: Timestamp) -> Result<()> {
        let is_any = self.read(|tx| {
            let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE expires_at > ?1 AND expires_at <= ?2)
                 OR EXISTS (SELECT 1 FROM app_sessions WHERE expires_at > ?1 AND expires_at <= ?2)
                 OR EXISTS (SELECT 1 FROM access_tokens WHERE expires_at > ?1 AND expires_at <= ?2)";
            let mut statement = tx.prepare_cached(sql)?;
            let times = params![since.as_millis(), now.as_millis()];
            Ok(statement.query_row(times, |row| row.get::<_, bool>(0))?)
        })?;
        if is_any {
            self.write_essential::<_, Error>(|tx| {
                tx.execute("UPDATE access_version SET version = version + 1", [])?;
                Ok(())
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::time::Millis;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    /// Faults: an expired token's socket ends as soon as one whose token was deleted.
    #[test]
    fn end_of_a_session_is_a_change_of_access() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        store
            .write::<_, Error>(|tx| {
                tx.execute_batch(&format!(
                    "INSERT INTO users (id, username, display_name, password_hash, created_at) VALUES ('u-1', 'ada', 'Ada', 'x', 1);
                     INSERT INTO access_tokens VALUES ('t-1', 'h', 'u-1', 'CI', '[]', 1, {}, NULL);",
                    NOW.as_millis() + 5_000
                ))?;
                Ok(())
            })
            .expect("rows");
        let changes = store.access_changes();
        let at = |seconds| NOW + Millis::from_secs(seconds);
        let is_noted = |since, now| {
            let mut changes = changes.clone();
            changes.mark_unchanged();
            store
                .note_expired_sessions(at(since), at(now))
                .expect("noted");
            changes.has_changed().expect("the store is open")
        };
        assert!(!is_noted(3, 4));
        assert!(is_noted(4, 5));
        assert!(!is_noted(5, 6));
    }
}
