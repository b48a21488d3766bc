//! Default and longest times of runs and of idleness.

use super::audit::{Actor, AuditedChange, note};
use super::{Result, Store, rows};
use rusqlite::{Transaction, params};
use serde_json::json;
use vestibule_model::ids::{RunId, WorkspaceId};
use vestibule_model::time_limits::{TimeLimits, WorkspaceLimits};
use vestibule_model::workbench::WorkbenchSpec;

/// Name of the installation in the audit log.
const INSTALLATION: &str = "Installation";

impl Store {
    /// Returns the limits of the installation.
    pub fn limits(&self) -> Result<TimeLimits> {
        self.read(|tx| find(tx, ""))
    }

    /// Returns the limits of a workspace with those of the installation.
    pub fn workspace_limits(&self, workspace: &WorkspaceId) -> Result<WorkspaceLimits> {
        self.read(|tx| in_force(tx, workspace))
    }

    /// Returns the names of the workspaces with a maximum above the installation's, which does not
    /// count.
    pub fn workspaces_above_limits(&self) -> Result<Vec<String>> {
        self.read(|tx| {
            let all = find(tx, "")?;
            let mut statement = tx.prepare_cached(
                "SELECT w.id, w.name FROM time_limits t JOIN workspaces w ON w.id = t.workspace_id
                 ORDER BY w.name",
            )?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut above = Vec::new();
            for row in rows {
                let (id, name): (String, String) = row?;
                let own = find(tx, &id)?;
                let is_above = |own: Option<u32>, all: Option<u32>| {
                    own.zip(all).is_some_and(|(own, all)| own > all)
                };
                if is_above(own.run_max_seconds, all.run_max_seconds)
                    || is_above(own.idle_max_seconds, all.idle_max_seconds)
                {
                    above.push(name);
                }
            }
            Ok(above)
        })
    }

    /// Sets the limits of the installation.
    pub fn set_limits(&self, limits: TimeLimits, by: &Actor) -> Result<TimeLimits> {
        self.write(|tx| {
            set(tx, ("", INSTALLATION), limits, by)?;
            Ok(limits)
        })
    }

    /// Sets the limits of a workspace. Returns `None` if there is no such workspace.
    pub fn set_workspace_limits(
        &self,
        workspace: &WorkspaceId,
        limits: TimeLimits,
        by: &Actor,
    ) -> Result<Option<WorkspaceLimits>> {
        self.write(|tx| {
            let sql = "SELECT name FROM workspaces WHERE id = ?1";
            let Some(name) = rows::first::<String>(tx, sql, [workspace.as_str()])? else {
                return Ok(None);
            };
            set(tx, (workspace.as_str(), &name), limits, by)?;
            in_force(tx, workspace).map(Some)
        })
    }
}

/// Lowers the times of a run that has just been inserted to the maxima of its workspace. Returns a
/// sentence for its journal, or `None` if nothing is above them.
pub(super) fn limit_run(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
    run: &RunId,
    spec: &WorkbenchSpec,
) -> Result<Option<String>> {
    let (limited, message) = limited(tx, workspace, spec)?;
    if message.is_some() {
        tx.execute(
            "UPDATE runs SET spec_json = ?2 WHERE id = ?1",
            params![run.as_str(), serde_json::to_string(&limited)?],
        )?;
    }
    Ok(message)
}

/// Returns a spec with times within the maxima of its workspace, and a sentence about those that are lowered,
/// or `None`.
pub(super) fn limited(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
    spec: &WorkbenchSpec,
) -> Result<(WorkbenchSpec, Option<String>)> {
    let mut limited = spec.clone();
    let message = in_force(tx, workspace)?.effective.limit(&mut limited);
    Ok((limited, message))
}

fn in_force(tx: &Transaction<'_>, workspace: &WorkspaceId) -> Result<WorkspaceLimits> {
    let own = find(tx, workspace.as_str())?;
    Ok(WorkspaceLimits::new(own, find(tx, "")?))
}

fn find(tx: &Transaction<'_>, workspace: &str) -> Result<TimeLimits> {
    let sql = "SELECT limits_json FROM time_limits WHERE workspace_id = ?1";
    let text = rows::first::<String>(tx, sql, [workspace])?;
    let limits = text.and_then(|text| rows::json(&text, "limits", workspace));
    Ok(limits.unwrap_or_default())
}

fn set(
    tx: &Transaction<'_>,
    (id, name): (&str, &str),
    limits: TimeLimits,
    by: &Actor,
) -> Result<()> {
    let before = find(tx, id)?;
    if before == limits {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO time_limits (workspace_id, limits_json) VALUES (?1, ?2)
         ON CONFLICT (workspace_id) DO UPDATE SET limits_json = excluded.limits_json",
        params![id, serde_json::to_string(&limits)?],
    )?;
    let change = AuditedChange {
        action: "limits.update",
        target_id: id,
        target_name: name,
        before: json!(before),
        after: json!(limits),
    };
    note(tx, by, &change)
}
