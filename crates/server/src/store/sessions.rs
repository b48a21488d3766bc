//! Console sessions, by the hash of their token.

use super::{Result, Store, grants};
use rusqlite::{OptionalExtension, Transaction, params};
use vestibule_model::access::{Grant, Resource};
use vestibule_model::auth::User;
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
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

/// Place of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The installation.
    Platform,
    /// A workspace.
    Workspace(String),
    /// A workbench.
    Workbench(String),
    /// A run, which stands for its workbench.
    Run(String),
    /// A build, which stands for its workspace.
    Build(String),
}

impl Place {
    /// Returns the resource at this place, or `None` if there is none.
    pub(super) fn find(&self, tx: &Transaction<'_>) -> rusqlite::Result<Option<Resource>> {
        let (sql, id) = match self {
            Self::Platform => return Ok(Some(Resource::Platform)),
            Self::Workspace(id) => ("SELECT id, NULL FROM workspaces WHERE id = ?1", id),
            Self::Workbench(id) => ("SELECT workspace_id, id FROM workbenches WHERE id = ?1", id),
            Self::Run(id) => (
                "SELECT b.workspace_id, b.id FROM runs r JOIN workbenches b ON b.id = r.workbench_id
                 WHERE r.id = ?1",
                id,
            ),
            Self::Build(id) => ("SELECT workspace_id, NULL FROM builds WHERE id = ?1", id),
        };
        tx.prepare_cached(sql)?
            .query_row([id], |row| {
                let workspace = WorkspaceId::new(row.get::<_, String>(0)?);
                Ok(match row.get::<_, Option<String>>(1)? {
                    Some(id) => Resource::Workbench(workspace, WorkbenchId::new(id)),
                    None => Resource::Workspace(workspace),
                })
            })
            .optional()
    }
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
            visit(tx, user, now)
        })
    }

    /// Returns the user of a session and extends it, or `None` if it has ended.
    pub fn identity(&self, hash: &str, now: Timestamp) -> Result<Option<Identity>> {
        let found = self.identity_at(hash, &Place::Platform, now)?;
        Ok(found.map(|(identity, _)| identity))
    }

    /// Returns the user of a session with the resource at a place, if it exists, and extends the
    /// session.
    pub fn identity_at(
        &self,
        hash: &str,
        place: &Place,
        now: Timestamp,
    ) -> Result<Option<(Identity, Option<Resource>)>> {
        let found = self.read(|tx| {
            let row = tx
                .prepare_cached(
                    "SELECT u.id, u.username, u.display_name, s.expires_at
                     FROM sessions s JOIN users u ON u.id = s.user_id
                     WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND s.created_at > ?3
                       AND u.disabled_at IS NULL",
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
            let roles = self.roles.read(tx)?;
            let identity = Identity {
                grants: grants::of_user(tx, &roles, &user.id, now)?,
                user,
                session: hash.to_owned(),
            };
            Ok(Some((identity, place.find(tx)?, expires_at)))
        })?;
        let Some((identity, resource, expires_at)) = found else {
            return Ok(None);
        };
        if (now + SESSION_LIFE).since(expires_at) > RENEW_AFTER {
            // A session that cannot be renewed now, such as on a full disk, is still valid.
            self.renew("sessions", hash, now);
            self.note_visit(&identity.user.id, now);
        }
        Ok(Some((identity, resource)))
    }

    /// Returns the resource at a place, or `None` if there is none.
    pub fn resource(&self, place: &Place) -> Result<Option<Resource>> {
        self.read(|tx| Ok(place.find(tx)?))
    }

    fn note_visit(&self, user: &UserId, now: Timestamp) {
        let noted = self.write::<_, super::Error>(|tx| visit(tx, user, now));
        if let Err(error) = noted {
            tracing::warn!(%error, "failed to note a user's visit");
        }
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

fn visit(tx: &Transaction<'_>, user: &UserId, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO user_visits (user_id, at) VALUES (?1, ?2)
         ON CONFLICT (user_id) DO UPDATE SET at = excluded.at",
        params![user.as_str(), now.as_millis()],
    )?;
    Ok(())
}
