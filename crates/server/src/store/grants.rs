//! Grants of roles to users.

use super::audit::{Actor, AuditedChange, note};
use super::request_scope::RequestScope;
use super::{Result, Store, rows};
use rusqlite::{Transaction, params};
use serde_json::{Value, json};
use vestibule_model::access::{Grant, Resource, Roles, Scope};
use vestibule_model::ids::{UserId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// Stores a grant and returns its identifier.
pub(super) fn insert(
    tx: &Transaction<'_>,
    user: &UserId,
    grant: &Grant,
    by: Option<&UserId>,
    now: Timestamp,
) -> Result<String> {
    let id = crate::tokens::id("g-");
    tx.execute(
        "INSERT INTO grants (public_id, user_id, role, scope_json, expires_at, created_by, created_at,
             source) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            id,
            user.as_str(),
            grant.role,
            serde_json::to_string(&grant.scope)?,
            grant.expires_at.map(Timestamp::as_millis),
            by.map(UserId::as_str),
            now.as_millis(),
            grant.source,
        ],
    )?;
    Ok(id)
}

/// Returns a user's grants that have not ended. One whose scope cannot be read is left out: it
/// permits nothing.
pub(super) fn of_user(
    tx: &Transaction<'_>,
    roles: &Roles,
    user: &UserId,
    now: Timestamp,
) -> Result<Vec<Grant>> {
    let mut statement = tx.prepare_cached(
        "SELECT public_id, role, scope_json, expires_at, source FROM grants
         WHERE user_id = ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY id",
    )?;
    let found = statement.query_map(params![user.as_str(), now.as_millis()], |row| {
        let scope: String = row.get("scope_json")?;
        let id: String = row.get("public_id")?;
        let role: String = row.get("role")?;
        let Some(scope) = rows::json::<Scope>(&scope, "grant", user.as_str()) else {
            return Ok(None);
        };
        Ok(Some(Grant {
            id,
            expires_at: rows::optional_time(row, "expires_at")?,
            source: row.get("source")?,
            ..Grant::new(roles, &role, scope)
        }))
    })?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// Returns the workspace of a scope's workbench, `Some(None)` for another scope, or `None` if there is
/// nothing of this scope.
pub(super) fn home(tx: &Transaction<'_>, scope: &Scope) -> Result<Option<Option<WorkspaceId>>> {
    let place = match scope {
        Scope::Platform(true) => return Ok(Some(None)),
        Scope::Platform(false) => return Ok(None),
        Scope::Workspace(id) if id == "*" => return Ok(Some(None)),
        Scope::Workspace(id) => RequestScope::Workspace(id.clone()),
        Scope::Workbench(id) => RequestScope::Workbench(id.clone()),
    };
    Ok(match place.find(tx)? {
        Some(Resource::Workbench(workspace, _)) => Some(Some(workspace)),
        Some(_) => Some(None),
        None => None,
    })
}

impl Store {
    /// Returns the workspace of a scope's workbench, `Some(None)` for another scope, or `None` if there
    /// is nothing of this scope.
    pub fn home(&self, scope: &Scope) -> Result<Option<Option<WorkspaceId>>> {
        self.read(|tx| home(tx, scope))
    }

    /// Returns a user's grants that have not ended.
    pub fn grants_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<Grant>> {
        self.read(|tx| of_user(tx, &*self.roles.read(tx)?, user, now))
    }

    /// Deletes the grants that have ended. What they kept open ends with them.
    pub fn end_expired_grants(&self, now: Timestamp) -> Result<()> {
        let sql = "SELECT 1 FROM grants WHERE expires_at <= ?1 LIMIT 1";
        let now = now.as_millis();
        let any = self.read(|tx| Ok(rows::first::<i64>(tx, sql, [now])?))?;
        if any.is_none() {
            return Ok(());
        }
        self.write_essential(|tx| {
            let sql = "SELECT g.public_id, g.role, g.scope_json, u.id, u.username FROM grants g
                 JOIN users u ON u.id = g.user_id WHERE g.expires_at <= ?1";
            let mut statement = tx.prepare_cached(sql)?;
            let ended = statement.query_map([now], |row| {
                let scope: String = row.get("scope_json")?;
                let scope = rows::json::<Value>(&scope, "grant", "");
                let before = json!({
                    "id": row.get::<_, String>("public_id")?,
                    "role": row.get::<_, String>("role")?,
                    "scope": scope,
                });
                Ok((row.get("id")?, row.get("username")?, before))
            })?;
            let ended: Vec<(String, String, Value)> = ended.collect::<rusqlite::Result<_>>()?;
            for (id, name, before) in ended {
                let change = AuditedChange {
                    action: "grant.expire",
                    target_id: &id,
                    target_name: &name,
                    before,
                    after: Value::Null,
                };
                note(tx, &Actor::server(Timestamp::from_millis(now)), &change)?;
            }
            tx.execute("DELETE FROM grants WHERE expires_at <= ?1", [now])?;
            Ok(())
        })
    }
}
