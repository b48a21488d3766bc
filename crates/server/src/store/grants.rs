//! Grants of roles to users.

use super::{Result, rows};
use rusqlite::Transaction;
use std::sync::LazyLock;
use vestibule_model::access::{Grant, Roles};
use vestibule_model::ids::UserId;

static ROLES: LazyLock<Roles> = LazyLock::new(Roles::default);

pub(super) fn insert(tx: &Transaction<'_>, user: &UserId, grant: &Grant) -> Result<()> {
    tx.execute(
        "INSERT INTO grants (user_id, role, scope_json) VALUES (?1, ?2, ?3)",
        [
            user.as_str(),
            &grant.role,
            &serde_json::to_string(&grant.scope)?,
        ],
    )?;
    Ok(())
}

/// Returns a user's grants. One whose scope cannot be read is left out: it permits nothing.
pub(super) fn of_user(tx: &Transaction<'_>, user: &UserId) -> Result<Vec<Grant>> {
    let mut statement =
        tx.prepare_cached("SELECT role, scope_json FROM grants WHERE user_id = ?1 ORDER BY id")?;
    let pairs = statement.query_map([user.as_str()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut grants = Vec::new();
    for pair in pairs {
        let (role, scope) = pair?;
        if let Some(scope) = rows::json(&scope, "grant", user.as_str()) {
            grants.push(Grant::new(&ROLES, &role, scope));
        }
    }
    Ok(grants)
}
