//! Users and their passwords' hashes.

use super::{Error, Result, Store, grants, rows};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use vestibule_model::access::{ADMINISTRATOR, Grant, Roles, Scope};
use vestibule_model::auth::User;
use vestibule_model::ids::UserId;
use vestibule_model::time::Timestamp;

/// New user.
#[derive(Clone)]
pub struct NewUser {
    /// Username of the sample user.
    pub username: String,
    /// The password's argon2 hash.
    pub password_hash: String,
    /// The grants.
    pub grants: Vec<Grant>,
}

/// User as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub user: User,
    /// Time at which the user was disabled.
    pub disabled_at: Option<Timestamp>,
    /// Last use of any session.
    pub last_seen_at: Option<Timestamp>,
}

impl NewUser {
    /// Returns an administrator.
    pub fn administrator(username: &str, password_hash: String) -> Self {
        Self {
            username: username.to_owned(),
            password_hash,
            grants: vec![Grant::new(
                &Roles::default(),
                ADMINISTRATOR,
                Scope::Platform(true),
            )],
        }
    }
}

const ACCOUNT: &str = "SELECT u.id, u.username, u.display_name, u.disabled_at, v.at AS seen_at
    FROM users u LEFT JOIN user_visits v ON v.user_id = u.id";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        user: User {
            id: rows::id(row, "id")?,
            username: row.get("username")?,
            display_name: row.get("display_name")?,
        },
        disabled_at: rows::optional_time(row, "disabled_at")?,
        last_seen_at: rows::optional_time(row, "seen_at")?,
    })
}

impl Store {
    /// Returns all users by name.
    pub fn accounts(&self) -> Result<Vec<Account>> {
        self.read(|tx| {
            let sql = format!("{ACCOUNT} ORDER BY u.username");
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map([], account)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Returns the user of this name.
    pub fn account_by_name(&self, username: &str) -> Result<Option<Account>> {
        self.read(|tx| {
            let sql = format!("{ACCOUNT} WHERE u.username = ?1");
            let mut statement = tx.prepare_cached(&sql)?;
            Ok(statement.query_row([username], account).optional()?)
        })
    }

    /// Returns the number of users.
    pub fn user_count(&self) -> Result<u64> {
        self.read(|tx| {
            let count: i64 = tx.query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// Creates a user. Returns `None` if the name is taken.
    pub fn create_user(&self, new: &NewUser, now: Timestamp) -> Result<Option<User>> {
        self.write(|tx| insert(tx, new, now))
    }

    /// Creates the first user. Returns `None` if there is one already.
    pub fn create_first_user(&self, new: &NewUser, now: Timestamp) -> Result<Option<User>> {
        self.write(|tx| {
            let count: i64 = tx.query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
            if count > 0 {
                return Ok(None);
            }
            insert(tx, new, now)
        })
    }

    /// Returns a user who is not disabled and the hash of their password, by username.
    pub fn credentials(&self, username: &str) -> Result<Option<(UserId, String)>> {
        self.read(|tx| {
            Ok(tx
                .prepare_cached("SELECT id, password_hash FROM users WHERE username = ?1 AND disabled_at IS NULL")?
                .query_row([username], |row| {
                    Ok((UserId::new(row.get::<_, String>(0)?), row.get(1)?))
                })
                .optional()?)
        })
    }

    /// Sets a new password and ends all sessions of the user; returns false if there is no such
    /// user.
    pub fn reset_password(&self, username: &str, password_hash: &str) -> Result<bool> {
        self.write_essential(|tx| {
            let changed = tx.execute(
                "UPDATE users SET password_hash = ?2 WHERE username = ?1",
                [username, password_hash],
            )?;
            tx.execute(
                "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE username = ?1)",
                [username],
            )?;
            Ok::<_, Error>(changed > 0)
        })
    }
}

fn insert(tx: &Transaction<'_>, new: &NewUser, now: Timestamp) -> Result<Option<User>> {
    let id = crate::tokens::id("u-");
    let made = tx.execute(
        "INSERT INTO users (id, username, display_name, password_hash, created_at)
         VALUES (?1, ?2, ?2, ?3, ?4) ON CONFLICT (username) DO NOTHING",
        params![id, new.username, new.password_hash, now.as_millis()],
    )?;
    if made == 0 {
        return Ok(None);
    }
    let user = User {
        id: UserId::new(id),
        username: new.username.clone(),
        display_name: new.username.clone(),
    };
    for grant in &new.grants {
        grants::insert(tx, &user.id, grant, None, now)?;
    }
    Ok(Some(user))
}
