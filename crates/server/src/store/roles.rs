//! Custom roles.

use super::audit::{Actor, AuditedChange, note};
use super::{Error, Result, Store, rows};
use rusqlite::{Transaction, params};
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule_model::access::{Role, Roles, is_system_role};

/// Reason why a change of a role was refused.
#[derive(Debug)]
pub enum RoleRefusal {
    /// No such role.
    Gone,
    /// A system role cannot be changed.
    System,
    /// Another role has the name.
    Taken,
    /// The role has changed since the client read it.
    Changed,
    /// The role would inherit itself, along these roles.
    Circle(Vec<String>),
    /// Users or roles have it: their names.
    InUse(Vec<String>),
    /// The store failed.
    Store(Error),
}

impl From<Error> for RoleRefusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for RoleRefusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Result of a change of a role.
pub type RoleResult<T> = std::result::Result<T, RoleRefusal>;

impl Store {
    /// Returns all roles.
    pub fn roles(&self) -> Result<Arc<Roles>> {
        self.read(|tx| self.roles.read(tx))
    }

    /// Returns a role and its version, which is `None` for a system role.
    pub fn role(&self, name: &str) -> Result<Option<(Role, Option<i64>)>> {
        self.read(|tx| {
            let role = self.roles.read(tx)?.get(name).cloned();
            let version = version(tx, name)?;
            Ok(role.map(|role| (role, version)))
        })
    }

    /// Creates a custom role.
    pub fn create_role(&self, role: &Role, by: &Actor) -> RoleResult<()> {
        self.write(|tx| {
            if is_system_role(&role.name) || version(tx, &role.name)?.is_some() {
                return Err(RoleRefusal::Taken);
            }
            if let Some(circle) = self.roles.read(tx)?.circle(role) {
                return Err(RoleRefusal::Circle(circle));
            }
            write(tx, role, by)?;
            Ok(record(
                tx,
                by,
                "role.create",
                role,
                Value::Null,
                shown(role),
            )?)
        })
    }

    /// Replaces the content of a custom role if it still has this version. Returns the new version.
    pub fn replace_role(&self, role: &Role, known: i64, by: &Actor) -> RoleResult<i64> {
        self.write_essential(|tx| {
            let before = self.custom(tx, &role.name, known)?;
            if let Some(circle) = self.roles.read(tx)?.circle(role) {
                return Err(RoleRefusal::Circle(circle));
            }
            write(tx, role, by)?;
            record(tx, by, "role.update", role, shown(&before), shown(role))?;
            Ok(known + 1)
        })
    }

    /// Deletes a custom role if it still has this version. Its grants and the roles that inherit it
    /// change to the replacement; without one, a role in use stays.
    pub fn delete_role(
        &self,
        name: &str,
        known: i64,
        replacement: Option<&str>,
        by: &Actor,
    ) -> RoleResult<()> {
        self.write_essential(|tx| {
            let before = self.custom(tx, name, known)?;
            let roles = self.roles.read(tx)?;
            let heirs = roles
                .iter()
                .filter(|role| role.inherits.iter().any(|one| one == name));
            let heirs: Vec<String> = heirs.map(|role| role.name.clone()).collect();
            let holders = holders(tx, name)?;
            match replacement {
                None if heirs.is_empty() && holders.is_empty() => {}
                Some(to) if heirs.is_empty() => {
                    let to = roles.get(to).filter(|role| role.name != name);
                    let to = to.ok_or(RoleRefusal::Gone)?;
                    tx.execute(
                        "UPDATE grants SET role = ?2 WHERE role = ?1",
                        [name, &to.name],
                    )?;
                }
                _ => {
                    return Err(RoleRefusal::InUse(
                        heirs.into_iter().chain(holders).collect(),
                    ));
                }
            }
            tx.execute("DELETE FROM roles WHERE name = ?1", [name])?;
            let after = json!({"replacement": replacement, "users": holders.len()});
            Ok(record(
                tx,
                by,
                "role.delete",
                &before,
                shown(&before),
                after,
            )?)
        })
    }

    fn custom(&self, tx: &Transaction<'_>, name: &str, known: i64) -> RoleResult<Role> {
        if is_system_role(name) {
            return Err(RoleRefusal::System);
        }
        let version = version(tx, name)?.ok_or(RoleRefusal::Gone)?;
        if version != known {
            return Err(RoleRefusal::Changed);
        }
        self.roles
            .read(tx)?
            .get(name)
            .cloned()
            .ok_or(RoleRefusal::Gone)
    }
}

/// Writes a role: a new one, or the next version of one that is there.
fn write(tx: &Transaction<'_>, role: &Role, by: &Actor) -> Result<()> {
    tx.execute(
        "INSERT INTO roles VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?6, ?7)
         ON CONFLICT (name) DO UPDATE SET title = excluded.title, description = excluded.description,
             permissions_json = excluded.permissions_json, inherits_json = excluded.inherits_json,
             version = version + 1, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        params![
            role.name,
            role.title,
            role.description,
            serde_json::to_string(&role.permissions)?,
            serde_json::to_string(&role.inherits)?,
            by.now.as_millis(),
            by.name,
        ],
    )?;
    Ok(())
}

fn version(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<i64>> {
    rows::first(tx, "SELECT version FROM roles WHERE name = ?1", [name])
}

/// Returns the usernames of the users who have a role of their own.
pub(super) fn holders(tx: &Transaction<'_>, role: &str) -> Result<Vec<String>> {
    let mut statement = tx.prepare_cached(
        "SELECT DISTINCT u.username FROM grants g JOIN users u ON u.id = g.user_id
         WHERE g.role = ?1 ORDER BY 1",
    )?;
    let found = statement.query_map([role], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn shown(role: &Role) -> Value {
    json!({
        "title": role.title, "description": role.description,
        "permissions": role.permissions, "inherits": role.inherits,
    })
}

fn record(
    tx: &Transaction<'_>,
    by: &Actor,
    action: &str,
    role: &Role,
    before: Value,
    after: Value,
) -> Result<()> {
    let (target_id, target_name) = (role.name.as_str(), role.title.as_str());
    let change = AuditedChange {
        action,
        target_id,
        target_name,
        before,
        after,
    };
    note(tx, by, &change)
}
