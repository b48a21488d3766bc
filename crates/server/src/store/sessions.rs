//! Console sessions, by the hash of their token.

use super::{Result, Store, grants};
use rusqlite::{OptionalExtension, params};
use vestibule_model::access::Grant;
use vestibule_model::auth::User;
use vestibule_model::ids::UserId;
use vestibule_model::time::{Millis, Timestamp};

/// Time without use after which a session ends.
pub const SESSION_LIFE: Millis = Millis::from_secs(7 * 24 * 3600);

/// How long a session lasts however much it is used.
pub const SESSION_LIMIT: Millis = Millis::from_secs(30 * 24 * 3600);

/// Interval between two renewals of a session in use, so that reads do not write.
pub(super) const RENEW_AFTER: Millis = Millis::from_secs(3600);

/// Signed-in user.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The user.
    pub user: User,
    /// The grants.
    pub grants: Vec<Grant>,
    /// The hash of their session's token.
    pub session: String,
}

impl Store {
    /// Stores a new session and deletes those that have ended.
    pub fn create_session(&self, hash: &str, user: &UserId, now: Timestamp) -> Result<()> {
        self.write_essential(|tx| {
            for table in ["sessions", "app_sessions"] {
                tx.execute(
                    &format!("DELETE FROM {table} WHERE expires_at <= ?1"),
                    [now.as_millis()],
                )?;
            }
            tx.execute(
                "INSERT INTO sessions (token_hash, user_id, created_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4)",
                params![
                    hash,
                    user.as_str(),
                    now.as_millis(),
                    (now + SESSION_LIFE).as_millis()
                ],
            )?;
            Ok(())
        })
    }

    /// Returns the user of a session and extends it, or `None` if it has ended.
    pub fn identity(&self, hash: &str, now: Timestamp) -> Result<Option<Identity>> {
        let found = self.read(|tx| {
            let row = tx
                .prepare_cached(
                    "SELECT u.id, u.username, u.display_name, s.expires_at
                     FROM sessions s JOIN users u ON u.id = s.user_id
                     WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND s.created_at > ?3",
                )?
                .query_row(
                    params![hash, now.as_millis(), (now - SESSION_LIMIT).as_millis()],
                    |row| {
                        let user = User {
                            id: UserId::new(row.get::<_, String>(0)?),
                            username: row.get(1)?,
                            display_name: row.get(2)?,
                        };
                        Ok((user, Timestamp::from_millis(row.get(3)?)))
                    },
                )
                .optional()?;
            let Some((user, expires_at)) = row else {
                return Ok(None);
            };
            let identity = Identity {
                grants: grants::of_user(tx, &user.id)?,
                user,
                session: hash.to_owned(),
            };
            Ok(Some((identity, expires_at)))
        })?;
        let Some((identity, expires_at)) = found else {
            return Ok(None);
        };
        if (now + SESSION_LIFE).since(expires_at) > RENEW_AFTER {
            // A session that cannot be renewed now, such as on a full disk, is still valid.
            self.renew("sessions", hash, now);
        }
        Ok(Some(identity))
    }

    /// Extends a session.
    pub(super) fn renew(&self, table: &'static str, hash: &str, now: Timestamp) {
        let renewed = self.write::<_, super::Error>(|tx| {
            tx.execute(
                &format!("UPDATE {table} SET expires_at = ?2 WHERE token_hash = ?1"),
                params![hash, (now + SESSION_LIFE).as_millis()],
            )?;
            Ok(())
        });
        if let Err(error) = renewed {
            tracing::warn!(%error, "failed to renew a session");
        }
    }

    /// Ends a session, and with it its sessions on apps' origins.
    pub fn delete_session(&self, hash: &str) -> Result<()> {
        self.write_essential(|tx| {
            tx.execute("DELETE FROM sessions WHERE token_hash = ?1", [hash])?;
            Ok(())
        })
    }
}
