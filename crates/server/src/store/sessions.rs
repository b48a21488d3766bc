//! Console sessions, by the hash of their token.

use super::account::bearer;
use super::audit::{Actor, AuditedChange, note};
use super::request_scope::RequestScope;
use super::session_life::{RENEW_AFTER, SessionLife};
use super::{Result, Snapshot, Store, grants};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value, json};
use vestibule_model::access::{Grant, Resource};
use vestibule_model::auth::User;
use vestibule_model::ids::UserId;
use vestibule_model::time::Timestamp;

/// New session.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// The hash of its token.
    pub hash: &'a str,
    /// The browser as it names itself.
    pub user_agent: &'a str,
    /// The user, the address and the time of the sign-in.
    pub by: &'a Actor,
    /// The identity provider, `None` for a password.
    pub provider: Option<&'a str>,
    /// `true` if the header of a proxy has named the user.
    pub by_header: bool,
}

/// Signed-in user.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The user.
    pub user: User,
    /// The grants.
    pub grants: Vec<Grant>,
    /// The hash of the token of the session, or of the access token.
    pub session: String,
    /// `true` if the session began with the header of a proxy.
    pub by_header: bool,
    /// The access token's identifier, or `None` for a session.
    pub access_token: Option<String>,
}

/// Last use of a session or access token.
enum Use {
    /// The end of a session that is not used again.
    Session(Timestamp),
    /// `true` if the use of an access token is to be recorded.
    Token(bool),
}

impl Store {
    /// Sets the lifetimes of sessions.
    #[must_use]
    pub fn with_session_life(mut self, life: SessionLife) -> Self {
        self.session_life = life;
        self
    }

    /// Returns the lifetimes of sessions.
    pub fn session_life(&self) -> SessionLife {
        self.session_life
    }

    /// Stores a new session of a user and deletes those that have ended.
    pub fn create_session(&self, new: &NewSession<'_>, user: &UserId) -> Result<()> {
        let now = new.by.now;
        self.write_essential(|tx| {
            for table in ["sessions", "app_sessions"] {
                tx.execute(
                    &format!("DELETE FROM {table} WHERE expires_at <= ?1"),
                    [now.as_millis()],
                )?;
            }
            tx.execute(
                "INSERT INTO sessions (token_hash, user_id, created_at, expires_at, public_id,
                     user_agent, address, used_at, by_header)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?3, ?8)",
                params![
                    new.hash,
                    user.as_str(),
                    now.as_millis(),
                    (now + self.session_life.idle).as_millis(),
                    crate::tokens::id("s-"),
                    new.user_agent,
                    new.by.address,
                    new.by_header,
                ],
            )?;
            let change = AuditedChange {
                action: "session.create",
                target_id: user.as_str(),
                target_name: &new.by.name,
                before: Value::Null,
                after: through(new.provider, None),
            };
            note(tx, new.by, &change)?;
            visit(tx, user, now)
        })
    }

    /// Returns the user of a session and extends it, or `None` if it has ended.
    pub fn identity(&self, hash: &str, now: Timestamp) -> Result<Option<Identity>> {
        let found = self.identity_at(hash, &RequestScope::Platform, now)?;
        Ok(found.map(|(identity, _)| identity))
    }

    /// Returns the user of a session with the resource at a place, if it exists, and extends the
    /// session.
    pub fn identity_at(
        &self,
        hash: &str,
        place: &RequestScope,
        now: Timestamp,
    ) -> Result<Option<(Identity, Option<Resource>)>> {
        self.identified(hash, place, now, |_, identity, resource| {
            (identity, resource)
        })
    }

    /// Returns what `work` reads for the user of a session in the transaction that finds the session,
    /// or `None` if the session has ended. Extends the session.
    pub fn identified<T>(
        &self,
        hash: &str,
        place: &RequestScope,
        now: Timestamp,
        work: impl FnOnce(&Snapshot<'_>, Identity, Option<Resource>) -> T,
    ) -> Result<Option<T>> {
        let found = self.read(|tx| {
            let row = tx
                .prepare_cached(
                    "SELECT u.id, u.username, u.display_name, s.expires_at, s.by_header
                     FROM sessions s JOIN users u ON u.id = s.user_id
                     WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND s.created_at > ?3
                       AND u.disabled_at IS NULL",
                )?
                .query_row(
                    params![
                        hash,
                        now.as_millis(),
                        (now - self.session_life.limit).as_millis()
                    ],
                    |row| {
                        let user = User {
                            id: UserId::new(row.get::<_, String>(0)?),
                            username: row.get(1)?,
                            display_name: row.get(2)?,
                        };
                        Ok((user, Timestamp::from_millis(row.get(3)?), row.get(4)?))
                    },
                )
                .optional()?;
            let (user, used, by_header, token) = match row {
                Some((user, end, by_header)) => (user, Use::Session(end), by_header, None),
                None => match bearer(tx, hash, now)? {
                    Some(found) => {
                        let token = (found.id, found.permissions);
                        (found.user, Use::Token(found.is_due), false, Some(token))
                    }
                    None => return Ok(None),
                },
            };
            let roles = self.roles.read(tx)?;
            let mut held = grants::of_user(tx, &roles, &user.id, now)?;
            if let Some((_, permissions)) = &token {
                for grant in &mut held {
                    grant.permissions = grant.permissions.and(*permissions);
                }
            }
            let identity = Identity {
                grants: held,
                user,
                session: hash.to_owned(),
                by_header,
                access_token: token.map(|(id, _)| id),
            };
            let is_due = match used {
                Use::Session(end) => (now + self.session_life.idle).since(end) > RENEW_AFTER,
                Use::Token(is_due) => is_due,
            };
            let due = is_due.then(|| (identity.user.id.clone(), identity.access_token.clone()));
            let resource = place.find(tx)?;
            let snapshot = Snapshot { store: self, tx };
            Ok(Some((work(&snapshot, identity, resource), due)))
        })?;
        let Some((result, due)) = found else {
            return Ok(None);
        };
        if let Some((user, token)) = due {
            match token {
                Some(id) => self.note_token_use(&id, now),
                // A session that cannot be renewed now, such as on a full disk, is still valid.
                None => self.renew("sessions", hash, now),
            }
            self.note_visit(&user, now);
        }
        Ok(Some(result))
    }

    /// Returns the resource at a place, or `None` if there is none.
    pub fn resource(&self, place: &RequestScope) -> Result<Option<Resource>> {
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
            let end = (now + self.session_life.idle).as_millis();
            let sql = format!("UPDATE {table} SET expires_at = ?2 WHERE token_hash = ?1");
            tx.execute(&sql, params![hash, end])?;
            let sql = "UPDATE sessions SET used_at = ?2 WHERE token_hash = ?1";
            tx.execute(sql, params![hash, now.as_millis()])?;
            Ok(())
        });
        if let Err(error) = renewed {
            tracing::warn!(%error, "failed to renew a session");
        }
    }

    /// Notes a sign-in that was refused. `user` is `None` for a name that no user has: it may be a
    /// password typed into the wrong field. A provider has the reason beside it.
    pub fn note_refused_sign_in(
        &self,
        user: Option<(&UserId, &str)>,
        through_provider: Option<(&str, &str)>,
        by: &Actor,
    ) -> Result<()> {
        let (provider, reason) = through_provider.unzip();
        self.write(|tx| {
            let change = AuditedChange {
                action: "session.refuse",
                target_id: user.map_or("", |(id, _)| id.as_str()),
                target_name: user.map_or("", |(_, name)| name),
                before: Value::Null,
                after: through(provider, reason),
            };
            note(tx, by, &change)
        })
    }

    /// Signs out: ends a session, and with it its sessions on apps' origins.
    pub fn sign_out(&self, hash: &str, by: &Actor) -> Result<()> {
        self.write_essential(|tx| {
            let sql = "DELETE FROM sessions WHERE token_hash = ?1 RETURNING public_id";
            let id = super::rows::first::<String>(tx, sql, [hash])?;
            let change = AuditedChange {
                action: "session.end",
                target_id: &id.unwrap_or_default(),
                target_name: "",
                before: Value::Null,
                after: Value::Null,
            };
            note(tx, by, &change)
        })
    }

    /// Ends a session, and with it its sessions on apps' origins.
    pub fn delete_session(&self, hash: &str) -> Result<()> {
        self.write_essential(|tx| {
            tx.execute("DELETE FROM sessions WHERE token_hash = ?1", [hash])?;
            Ok(())
        })
    }
}

fn through(provider: Option<&str>, reason: Option<&str>) -> Value {
    match (provider, reason) {
        (None, _) => Value::Null,
        (Some(provider), None) => json!({"provider": provider}),
        (Some(provider), Some(reason)) => json!({"provider": provider, "reason": reason}),
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
