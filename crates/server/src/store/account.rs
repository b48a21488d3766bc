//! A user's own password, sessions and access tokens.

use super::audit::{Actor, AuditedChange, note};
use super::people_refusal::{PeopleRefusal, PeopleResult};
use super::session_life::RENEW_AFTER;
use super::{Result, Store, rows};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde_json::{Value, json};
use vestibule_model::access::{Permission, PermissionSet};
use vestibule_model::account::{MAX_TOKENS, SessionInfo, TokenInfo};
use vestibule_model::auth::User;
use vestibule_model::ids::UserId;
use vestibule_model::time::Timestamp;

/// New access token.
#[derive(Debug, Clone)]
pub struct NewAccessToken<'a> {
    /// Hash of the token.
    pub hash: &'a str,
    /// Name.
    pub name: &'a str,
    /// The permissions.
    pub permissions: PermissionSet,
    /// Time of its end.
    pub expires_at: Timestamp,
}

/// Valid access token.
pub(super) struct Bearer {
    pub(super) id: String,
    pub(super) user: User,
    pub(super) permissions: PermissionSet,
    /// `true` if its use is not noted yet.
    pub(super) is_due: bool,
}

/// Returns the user and the permissions of an access token, or `None` if there is none or it has
/// ended.
pub(super) fn bearer(tx: &Transaction<'_>, hash: &str, now: Timestamp) -> Result<Option<Bearer>> {
    let found = tx
        .prepare_cached(
            "SELECT t.id AS token, t.permissions_json, t.used_at, u.id, u.username, u.display_name
             FROM access_tokens t JOIN users u ON u.id = t.user_id
             WHERE t.token_hash = ?1 AND t.expires_at > ?2 AND u.disabled_at IS NULL",
        )?
        .query_row(params![hash, now.as_millis()], |row| {
            let used_at = rows::optional_time(row, "used_at")?;
            Ok(Bearer {
                permissions: known(&names(row)?),
                id: row.get("token")?,
                user: User {
                    id: rows::id(row, "id")?,
                    username: row.get("username")?,
                    display_name: row.get("display_name")?,
                },
                is_due: used_at.is_none_or(|at| now.since(at) > RENEW_AFTER),
            })
        });
    Ok(found.optional()?)
}

fn known(names: &[String]) -> PermissionSet {
    let known = names.iter().filter_map(|name| Permission::from_name(name));
    known.collect()
}

fn names(row: &Row<'_>) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get("permissions_json")?;
    Ok(rows::json(&text, "access token", "").unwrap_or_default())
}

impl Store {
    /// Sets a user's own password. Every other session of the user ends.
    pub fn change_password(&self, kept: &str, hash: &str, by: &Actor) -> Result<()> {
        self.write_essential(|tx| {
            let user = by.id.as_ref().map_or("", UserId::as_str);
            let sql = "UPDATE users SET password_hash = ?2 WHERE id = ?1";
            tx.execute(sql, [user, hash])?;
            let sql = "DELETE FROM sessions WHERE user_id = ?1 AND token_hash <> ?2";
            tx.execute(sql, [user, kept])?;
            record(tx, by, "user.password", user, &by.name, Value::Null)
        })
    }

    /// Returns the sessions of a user that have not ended, the last used first. `current` is the hash
    /// of the token of the one in use.
    pub fn sessions(
        &self,
        user: &UserId,
        current: &str,
        now: Timestamp,
    ) -> Result<Vec<SessionInfo>> {
        let limit = self.session_life().limit;
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT public_id, token_hash = ?2 AS current, user_agent, address, created_at,
                     used_at, expires_at FROM sessions
                 WHERE user_id = ?1 AND expires_at > ?3 AND created_at > ?4
                 ORDER BY used_at DESC, public_id",
            )?;
            let oldest = (now - limit).as_millis();
            let found = statement.query_map(
                params![user.as_str(), current, now.as_millis(), oldest],
                |row| {
                    let agent: String = row.get("user_agent")?;
                    let begun = rows::time(row, "created_at")?;
                    Ok(SessionInfo {
                        id: row.get("public_id")?,
                        current: row.get("current")?,
                        device: crate::auth::user_agent::describe(&agent),
                        address: row.get("address")?,
                        created_at: Some(begun),
                        last_used_at: rows::optional_time(row, "used_at")?,
                        expires_at: Some(rows::time(row, "expires_at")?.min(begun + limit)),
                    })
                },
            )?;
            Ok(found.collect::<rusqlite::Result<Vec<_>>>()?)
        })
    }

    /// Ends a session of a user, and with it its sessions on apps' origins.
    pub fn end_session(&self, id: &str, by: &Actor) -> PeopleResult<()> {
        self.write_essential(|tx| {
            let user = by.id.as_ref().map_or("", UserId::as_str);
            let sql = "DELETE FROM sessions WHERE public_id = ?1 AND user_id = ?2";
            if tx.execute(sql, [id, user])? == 0 {
                return Err(PeopleRefusal::Gone);
            }
            Ok(record(tx, by, "session.end", id, "", Value::Null)?)
        })
    }

    /// Returns the access tokens of a user, the newest first, also those that have ended.
    pub fn access_tokens(&self, user: &UserId) -> Result<Vec<TokenInfo>> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT * FROM access_tokens WHERE user_id = ?1 ORDER BY created_at DESC, id",
            )?;
            let found = statement.query_map([user.as_str()], read)?;
            Ok(found.collect::<rusqlite::Result<Vec<_>>>()?)
        })
    }

    /// Stores an access token. Returns `None` if the user has too many.
    pub fn add_access_token(
        &self,
        new: &NewAccessToken<'_>,
        by: &Actor,
    ) -> Result<Option<TokenInfo>> {
        self.write(|tx| {
            let user = by.id.as_ref().map_or("", UserId::as_str);
            let sql = "SELECT count(*) FROM access_tokens WHERE user_id = ?1";
            let count = rows::first::<i64>(tx, sql, [user])?.unwrap_or(0);
            if usize::try_from(count).unwrap_or(0) >= MAX_TOKENS {
                return Ok(None);
            }
            let id = crate::tokens::id("t-");
            let names = serde_json::to_string(&new.permissions)?;
            tx.execute(
                "INSERT INTO access_tokens (id, token_hash, user_id, name, permissions_json,
                     created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    id,
                    new.hash,
                    user,
                    new.name,
                    names,
                    by.now.as_millis(),
                    new.expires_at.as_millis()
                ],
            )?;
            let sql = "SELECT * FROM access_tokens WHERE id = ?1";
            let created = tx.query_row(sql, [&id], read)?;
            let after =
                json!({"permissions": created.permissions, "expiresAt": created.expires_at});
            record(tx, by, "token.create", &id, &created.name, after)?;
            Ok(Some(created))
        })
    }

    /// Deletes an access token of a user.
    pub fn delete_access_token(&self, id: &str, by: &Actor) -> PeopleResult<()> {
        self.write_essential(|tx| {
            let user = by.id.as_ref().map_or("", UserId::as_str);
            let sql = "DELETE FROM access_tokens WHERE id = ?1 AND user_id = ?2 RETURNING name";
            let name = rows::first::<String>(tx, sql, [id, user])?;
            let name = name.ok_or(PeopleRefusal::Gone)?;
            Ok(record(tx, by, "token.delete", id, &name, Value::Null)?)
        })
    }

    /// Notes the use of an access token.
    pub(super) fn note_token_use(&self, id: &str, now: Timestamp) {
        let noted = self.write::<_, super::Error>(|tx| {
            let sql = "UPDATE access_tokens SET used_at = ?2 WHERE id = ?1";
            tx.execute(sql, params![id, now.as_millis()])?;
            Ok(())
        });
        if let Err(error) = noted {
            tracing::warn!(%error, "failed to note the use of an access token");
        }
    }
}

fn record(
    tx: &Transaction<'_>,
    by: &Actor,
    action: &str,
    target_id: &str,
    target_name: &str,
    after: Value,
) -> Result<()> {
    let change = AuditedChange {
        action,
        target_id,
        target_name,
        before: Value::Null,
        after,
    };
    note(tx, by, &change)
}

fn read(row: &Row<'_>) -> rusqlite::Result<TokenInfo> {
    Ok(TokenInfo {
        permissions: names(row)?,
        id: row.get("id")?,
        name: row.get("name")?,
        created_at: Some(rows::time(row, "created_at")?),
        expires_at: Some(rows::time(row, "expires_at")?),
        last_used_at: rows::optional_time(row, "used_at")?,
    })
}
