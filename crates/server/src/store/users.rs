//! Users and their passwords' hashes.

use super::{Result, Store, grants, rows};
use rusqlite::{OptionalExtension, Transaction, params};
use vestibule_model::access::{ADMINISTRATOR, Grant, Roles, Scope};
use vestibule_model::auth::User;
use vestibule_model::ids::UserId;
use vestibule_model::time::Timestamp;

/// New user.
#[derive(Clone)]
pub struct NewUser {
    /// Username.
    pub username: String,
    /// The password's argon2 hash, empty for a user without a password.
    pub password_hash: String,
    /// Display name.
    pub display_name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// The grants.
    pub grants: Vec<Grant>,
}

impl NewUser {
    /// Returns an administrator.
    pub fn administrator(username: &str, password_hash: String) -> Self {
        Self {
            username: username.to_owned(),
            display_name: username.to_owned(),
            email: None,
            password_hash,
            grants: vec![Grant::new(
                &Roles::default(),
                ADMINISTRATOR,
                Scope::Platform(true),
            )],
        }
    }
}

impl Store {
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

    /// Returns a user who is not disabled and the hash of their password, by username; `None` if they
    /// have no password.
    pub fn credentials(&self, username: &str) -> Result<Option<(UserId, String)>> {
        self.read(|tx| {
            Ok(tx
                .prepare_cached("SELECT id, password_hash FROM users WHERE username = ?1 AND disabled_at IS NULL
                       AND password_hash <> ''")?
                .query_row([username], |row| {
                    Ok((UserId::new(row.get::<_, String>(0)?), row.get(1)?))
                })
                .optional()?)
        })
    }
}

/// Creates a user. Returns `None` if another user has the name, also as an address: both name a user
/// when something is shared.
pub(super) fn insert(tx: &Transaction<'_>, new: &NewUser, now: Timestamp) -> Result<Option<User>> {
    let sql = "SELECT 1 FROM users WHERE lower(email) = lower(?1)";
    if rows::first::<i64>(tx, sql, [&new.username])?.is_some() {
        return Ok(None);
    }
    let id = crate::tokens::id("u-");
    let created = tx.execute(
        "INSERT INTO users (id, username, display_name, email, password_hash, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (username) DO NOTHING",
        params![
            id,
            new.username,
            new.display_name,
            new.email,
            new.password_hash,
            now.as_millis()
        ],
    )?;
    if created == 0 {
        return Ok(None);
    }
    let user = User {
        id: UserId::new(id),
        username: new.username.clone(),
        display_name: new.display_name.clone(),
    };
    for grant in &new.grants {
        grants::insert(tx, &user.id, grant, None, now)?;
    }
    Ok(Some(user))
}
