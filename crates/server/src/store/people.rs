//! Changes of users and grants that must leave an administrator.

use super::{Error, Result, Store, grants, rows};
use rusqlite::{Transaction, params};
use vestibule_model::access::{ADMINISTRATOR, Grant, Scope};
use vestibule_model::ids::UserId;
use vestibule_model::time::Timestamp;

/// Reason why a change was refused.
#[derive(Debug)]
pub enum PeopleRefusal {
    /// There is no such user, grant or role.
    Gone,
    /// The last platform administrator would lose the role (FIELD 36).
    LastAdministrator,
    /// Another user has this value.
    Taken(&'static str),
    /// The store failed.
    Store(Error),
}

impl From<Error> for PeopleRefusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for PeopleRefusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Result of a change.
pub type PeopleResult<T> = std::result::Result<T, PeopleRefusal>;

impl Store {
    /// Runs a change, unless it takes away the last administrator.
    pub(super) fn change_people<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> PeopleResult<T>,
    ) -> PeopleResult<T> {
        self.write_essential(|tx| {
            let before = administrators(tx)?;
            let result = work(tx)?;
            if before > 0 && administrators(tx)? == 0 {
                return Err(PeopleRefusal::LastAdministrator);
            }
            Ok(result)
        })
    }

    /// Gives a user a role.
    pub fn add_grant(
        &self,
        user: &UserId,
        grant: &Grant,
        by: Option<&UserId>,
        now: Timestamp,
    ) -> PeopleResult<Grant> {
        self.change_people(|tx| {
            expect_user(tx, user)?;
            let id = grants::insert(tx, user, grant, by, now)?;
            let grant = grant.clone();
            Ok(Grant { id, ..grant })
        })
    }

    /// Takes a grant from a user.
    pub fn remove_grant(&self, user: &UserId, id: &str) -> PeopleResult<()> {
        self.change_people(|tx| {
            let sql = "DELETE FROM grants WHERE user_id = ?1 AND public_id = ?2";
            expect_change(tx.execute(sql, [user.as_str(), id])?)
        })
    }

    /// Disables a user, which ends all sessions, or enables a disabled one.
    pub fn set_disabled(&self, user: &UserId, disabled: bool, now: Timestamp) -> PeopleResult<()> {
        self.change_people(|tx| {
            let sql = "UPDATE users SET disabled_at = iif(?2, ifnull(disabled_at, ?3), NULL)
                 WHERE id = ?1";
            expect_change(tx.execute(sql, params![user.as_str(), disabled, now.as_millis()])?)?;
            if disabled {
                end_sessions(tx, user)?;
            }
            Ok(())
        })
    }

    /// Ends all sessions of a user.
    pub fn sign_out_everywhere(&self, user: &UserId) -> PeopleResult<()> {
        self.change_people(|tx| {
            expect_user(tx, user)?;
            end_sessions(tx, user)
        })
    }

    /// Deletes a user with sessions and grants. Workbenches stay in their workspaces.
    pub fn delete_user(&self, user: &UserId) -> PeopleResult<()> {
        self.change_people(|tx| {
            expect_change(tx.execute("DELETE FROM users WHERE id = ?1", [user.as_str()])?)
        })
    }
}

fn end_sessions(tx: &Transaction<'_>, user: &UserId) -> PeopleResult<()> {
    tx.execute("DELETE FROM sessions WHERE user_id = ?1", [user.as_str()])?;
    Ok(())
}

fn expect_change(rows: usize) -> PeopleResult<()> {
    match rows {
        0 => Err(PeopleRefusal::Gone),
        _ => Ok(()),
    }
}

fn expect_user(tx: &Transaction<'_>, user: &UserId) -> PeopleResult<()> {
    let sql = "SELECT 1 FROM users WHERE id = ?1";
    let found = rows::first::<i64>(tx, sql, [user.as_str()])?;
    found.map(drop).ok_or(PeopleRefusal::Gone)
}

/// Returns the number of users who can sign in and are administrators without an end.
fn administrators(tx: &Transaction<'_>) -> Result<i64> {
    let platform = serde_json::to_string(&Scope::Platform(true))?;
    let sql = "SELECT count(DISTINCT u.id) FROM grants g JOIN users u ON u.id = g.user_id
         WHERE g.role = ?1 AND g.scope_json = ?2 AND u.disabled_at IS NULL
           AND g.expires_at IS NULL";
    let count = rows::first(tx, sql, [ADMINISTRATOR, &platform])?;
    Ok(count.unwrap_or(0))
}
