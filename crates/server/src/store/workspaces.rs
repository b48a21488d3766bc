//! Workspaces with the counts of their workbenches.

use super::audit::{Actor, AuditedChange, note};
use super::workspace_changes::{SELECT, read};
use super::{Result, Store, build_changes, grants, namespaces, removals, rows};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value, json};
use vestibule_model::access::{Grant, Scope, WORKSPACE_OWNER};
use vestibule_model::ids::{UserId, WorkspaceId};
use vestibule_model::workspace::{WorkbenchCounts, Workspace};

/// Most workspaces that one user has created.
pub const MAX_WORKSPACES_PER_USER: i64 = 500;

impl Store {
    /// Creates a workspace, whose creator becomes its owner.
    pub fn create_workspace(&self, name: &str, by: &Actor) -> Result<Option<Workspace>> {
        let (user, now) = (by.id.as_ref().map_or("", UserId::as_str), by.now);
        self.write(|tx| {
            let sql = "SELECT count(*) FROM workspaces WHERE created_by = ?1";
            let count: i64 = rows::first(tx, sql, [user])?.unwrap_or(0);
            if count >= MAX_WORKSPACES_PER_USER {
                return Ok(None);
            }
            let id = WorkspaceId::new(crate::tokens::id("ws-"));
            tx.execute(
                "INSERT INTO workspaces (id, name, created_by, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?4)",
                params![id.as_str(), name, user, now.as_millis()],
            )?;
            let scope = Scope::Workspace(id.as_str().to_owned());
            let owner = Grant::new(&*self.roles.read(tx)?, WORKSPACE_OWNER, scope);
            // Sample data may name a user who does not exist.
            let known = rows::first::<i64>(tx, "SELECT 1 FROM users WHERE id = ?1", [user])?;
            record(tx, by, "workspace.create", &id, name, Value::Null, Value::Null)?;
            if let (Some(_), Some(user)) = (known, &by.id) {
                let grant = grants::insert(tx, user, &owner, Some(user), now)?;
                let change = AuditedChange {
                    action: "grant.add",
                    target_id: user.as_str(),
                    target_name: &by.name,
                    before: Value::Null,
                    after: json!({"id": grant, "role": owner.role, "scope": owner.scope, "expiresAt": null}),
                };
                note(tx, by, &change)?;
            }
            find(tx, &id)
        })
    }

    /// Returns every workspace, by name.
    pub fn workspaces(&self) -> Result<Vec<Workspace>> {
        self.read(|tx| {
            let sql = format!("{SELECT} GROUP BY w.id ORDER BY w.name COLLATE NOCASE, w.id");
            let mut statement = tx.prepare_cached(&sql)?;
            let rows = statement.query_map([], read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Returns one workspace.
    pub fn workspace(&self, id: &WorkspaceId) -> Result<Option<Workspace>> {
        self.read(|tx| find(tx, id))
    }

    /// Renames a workspace. Returns `None` if it does not exist.
    pub fn rename_workspace(
        &self,
        id: &WorkspaceId,
        name: &str,
        by: &Actor,
    ) -> Result<Option<Workspace>> {
        self.write(|tx| {
            let before = find(tx, id)?.map(|before| before.name);
            if let Some(before) = before.filter(|before| before != name) {
                let (before, after) = (json!({"name": before}), json!({"name": name}));
                record(tx, by, "workspace.update", id, name, before, after)?;
            }
            tx.execute(
                "UPDATE workspaces SET name = ?2, updated_at = ?3 WHERE id = ?1 AND name <> ?2",
                params![id.as_str(), name, by.now.as_millis()],
            )?;
            find(tx, id)
        })
    }

    /// Deletes an empty workspace, and releases its namespace, if it has one. Returns the counts of its
    /// workbenches, or `None` if it does not exist.
    pub fn delete_workspace(
        &self,
        id: &WorkspaceId,
        namespace: Option<&str>,
        by: &Actor,
    ) -> Result<Option<WorkbenchCounts>> {
        self.write_essential(|tx| {
            let Some(workspace) = find(tx, id)? else {
                return Ok(None);
            };
            if workspace.workbenches.total == 0 {
                record(
                    tx,
                    by,
                    "workspace.delete",
                    id,
                    &workspace.name,
                    Value::Null,
                    Value::Null,
                )?;
                build_changes::note_workspace(tx, id)?;
                if let Some(namespace) = namespace {
                    namespaces::release(tx, id, namespace, by.now)?;
                }
                tx.execute("DELETE FROM workspaces WHERE id = ?1", [id.as_str()])?;
                removals::forget_removals(tx)?;
            }
            Ok(Some(workspace.workbenches))
        })
    }
}

fn record(
    tx: &Transaction<'_>,
    by: &Actor,
    action: &str,
    id: &WorkspaceId,
    name: &str,
    before: Value,
    after: Value,
) -> Result<()> {
    let change = AuditedChange {
        action,
        target_id: id.as_str(),
        target_name: name,
        before,
        after,
    };
    note(tx, by, &change)
}

fn find(tx: &Transaction<'_>, id: &WorkspaceId) -> Result<Option<Workspace>> {
    Ok(tx
        .prepare_cached(&format!("{SELECT} WHERE w.id = ?1 GROUP BY w.id"))?
        .query_row([id.as_str()], read)
        .optional()?)
}
