//! Invitations: links by which users without a password set their first one.

use super::audit::Actor;
use super::people::{expect_no_identity, record};
use super::people_refusal::{PeopleRefusal, PeopleResult};
use super::{Result, Store, accounts, rows};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::{Value, json};
use vestibule_model::auth::User;
use vestibule_model::ids::UserId;
use vestibule_model::people::Account;
use vestibule_model::time::Timestamp;

impl Store {
    /// Invites a user who has no password. An earlier invitation ends.
    pub fn invite(
        &self,
        id: &UserId,
        hash: &str,
        until: Timestamp,
        by: &Actor,
    ) -> PeopleResult<Account> {
        self.write(|tx| {
            let user = self.invitee(tx, id, by)?;
            if user.has_password {
                return Err(PeopleRefusal::HasPassword);
            }
            self.expect_may_let_sign_in(tx, &user, by)?;
            expect_no_identity(&user)?;
            let sql =
                "INSERT OR REPLACE INTO invitations (user_id, token_hash, created_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4)";
            let (now, end) = (by.now.as_millis(), until.as_millis());
            tx.execute(sql, params![id.as_str(), hash, now, end])?;
            let after = json!({"expiresAt": until});
            record(tx, by, "invitation.create", &user, Value::Null, after)?;
            self.invitee(tx, id, by)
        })
    }

    /// Revokes the invitation of a user.
    pub fn revoke_invitation(&self, id: &UserId, by: &Actor) -> PeopleResult<()> {
        self.write_essential(|tx| {
            let user = self.invitee(tx, id, by)?;
            let sql = "DELETE FROM invitations WHERE user_id = ?1";
            if tx.execute(sql, [id.as_str()])? == 0 {
                return Err(PeopleRefusal::Gone);
            }
            let action = "invitation.revoke";
            Ok(record(tx, by, action, &user, Value::Null, Value::Null)?)
        })
    }

    /// Returns the user of a valid invitation.
    pub fn invited(&self, hash: &str, now: Timestamp) -> Result<Option<User>> {
        self.read(|tx| find(tx, hash, now))
    }

    /// Accepts an invitation, once: sets the user's first password. Returns `None` if it is not valid
    /// any more.
    pub fn accept_invitation(
        &self,
        hash: &str,
        password_hash: &str,
        address: &str,
        now: Timestamp,
    ) -> PeopleResult<Option<User>> {
        self.write(|tx| {
            let Some(user) = find(tx, hash, now)? else {
                return Ok(None);
            };
            let sql = "DELETE FROM invitations WHERE user_id = ?1";
            tx.execute(sql, [user.id.as_str()])?;
            let sql = "UPDATE users SET password_hash = ?2 WHERE id = ?1";
            tx.execute(sql, [user.id.as_str(), password_hash])?;
            let by = Actor {
                id: Some(user.id.clone()),
                name: user.username.clone(),
                address: address.to_owned(),
                now,
            };
            let account = self.invitee(tx, &user.id, &by)?;
            let action = "invitation.accept";
            record(tx, &by, action, &account, Value::Null, Value::Null)?;
            Ok(Some(user))
        })
    }

    fn invitee(&self, tx: &Transaction<'_>, id: &UserId, by: &Actor) -> PeopleResult<Account> {
        let roles = self.roles.read(tx)?;
        accounts::find(tx, &roles, id, by.now)?.ok_or(PeopleRefusal::Gone)
    }
}

fn find(tx: &Transaction<'_>, hash: &str, now: Timestamp) -> Result<Option<User>> {
    let found = tx
        .prepare_cached(
            "SELECT u.id, u.username, u.display_name FROM invitations i
             JOIN users u ON u.id = i.user_id
             WHERE i.token_hash = ?1 AND i.expires_at > ?2 AND u.disabled_at IS NULL
               AND u.password_hash = ''
               AND NOT EXISTS (SELECT 1 FROM identities d WHERE d.user_id = u.id)",
        )?
        .query_row(params![hash, now.as_millis()], |row| {
            Ok(User {
                id: rows::id(row, "id")?,
                username: row.get("username")?,
                display_name: row.get("display_name")?,
            })
        });
    Ok(found.optional()?)
}
