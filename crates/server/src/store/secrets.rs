//! Workspaces' secrets as rows. Their values are sealed before they come here.

use super::audit::{Actor, AuditedChange, note};
use super::{Result, Store, rows};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde_json::Value;
use std::collections::BTreeMap;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::secret::{MOST_USES, Secret, User, Uses};
use vestibule_model::validation::MAX_SECRETS;
use vestibule_model::workbench::WorkbenchSpec;

/// Key under which the mark of the secrets' key is stored.
const MARK: &str = "secrets_key_mark";

impl Store {
    /// Returns a workspace's secrets by name, without their values.
    pub fn secrets(&self, workspace: &WorkspaceId) -> Result<Vec<Secret>> {
        self.read(|tx| {
            let mut statement =
                tx.prepare_cached("SELECT * FROM secrets WHERE workspace_id = ?1 ORDER BY name")?;
            let found = statement.query_map([workspace.as_str()], read)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Sets a secret. Returns `None` if the workspace does not exist or has too many.
    pub fn set_secret(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        sealed: &[u8],
        by: &Actor,
    ) -> Result<Option<Secret>> {
        self.write(|tx| {
            let has_room = rows::first::<bool>(
                tx,
                "SELECT count(*) FILTER (WHERE s.name <> ?2) < ?3
                 FROM workspaces w LEFT JOIN secrets s ON s.workspace_id = w.id
                 WHERE w.id = ?1 GROUP BY w.id",
                params![workspace.as_str(), name, rows::signed(MAX_SECRETS as u64)],
            )?;
            if has_room != Some(true) {
                return Ok(None);
            }
            tx.execute(
                "INSERT INTO secrets (workspace_id, name, sealed, created_at, updated_at, updated_by)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?5)
                 ON CONFLICT (workspace_id, name) DO UPDATE
                 SET sealed = excluded.sealed, updated_at = excluded.updated_at,
                     updated_by = excluded.updated_by",
                params![workspace.as_str(), name, sealed, by.now.as_millis(), by.name],
            )?;
            record(tx, by, "secret.set", workspace, name)?;
            find(tx, workspace, name)
        })
    }

    /// Deletes a secret; returns whether it existed.
    pub fn delete_secret(&self, workspace: &WorkspaceId, name: &str, by: &Actor) -> Result<bool> {
        self.write_essential(|tx| {
            let deleted = tx.execute(
                "DELETE FROM secrets WHERE workspace_id = ?1 AND name = ?2",
                params![workspace.as_str(), name],
            )?;
            if deleted > 0 {
                record(tx, by, "secret.delete", workspace, name)?;
            }
            Ok(deleted > 0)
        })
    }

    /// Returns the sealed values of these names. Missing ones are left out.
    pub fn sealed_secrets(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> Result<BTreeMap<String, Vec<u8>>> {
        self.read(|tx| {
            let mut found = BTreeMap::new();
            for name in names {
                let sealed = rows::first::<Vec<u8>>(
                    tx,
                    "SELECT sealed FROM secrets WHERE workspace_id = ?1 AND name = ?2",
                    params![workspace.as_str(), name],
                )?;
                found.extend(sealed.map(|sealed| (name.clone(), sealed)));
            }
            Ok(found)
        })
    }

    /// Returns the workspace's workbenches that name a secret, in their spec or in that of their run.
    pub fn workbenches_naming(
        &self,
        workspace: &WorkspaceId,
        name: &str,
    ) -> Result<Vec<WorkbenchId>> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT b.id, b.spec_json, r.spec_json AS run_spec_json FROM workbenches b
                 LEFT JOIN runs r ON r.workbench_id = b.id AND r.number = b.run_number
                 WHERE b.workspace_id = ?1",
            )?;
            let all = statement.query_map([workspace.as_str()], |row| {
                Ok((
                    rows::id::<WorkbenchId>(row, "id")?,
                    [
                        Some(row.get::<_, String>("spec_json")?),
                        row.get("run_spec_json")?,
                    ],
                ))
            })?;
            let mut naming = Vec::new();
            for row in all {
                let (id, specs) = row?;
                let mut specs = specs
                    .iter()
                    .flatten()
                    .filter_map(|spec| rows::json::<WorkbenchSpec>(spec, "spec", id.as_str()));
                if specs.any(|spec| spec.secrets.iter().any(|named| named == name)) {
                    naming.push(id);
                }
            }
            Ok(naming)
        })
    }

    /// Returns the names of secrets that the workspace's workbenches use, with the number of
    /// workbenches and the first of them by name.
    pub fn uses_of_secrets(&self, workspace: &WorkspaceId) -> Result<BTreeMap<String, Uses>> {
        self.read(|tx| {
            // A spec that cannot be read uses no secrets.
            let mut statement = tx.prepare_cached(
                "SELECT DISTINCT s.value AS secret, b.id, b.name FROM workbenches b,
                     json_each(iif(json_valid(b.spec_json), b.spec_json, '{}'), '$.secrets') s
                 WHERE b.workspace_id = ?1 AND s.type = 'text'
                 ORDER BY b.name COLLATE NOCASE, b.id",
            )?;
            let all = statement.query_map([workspace.as_str()], |row| {
                let user = User {
                    id: rows::id(row, "id")?,
                    name: row.get("name")?,
                };
                Ok((row.get::<_, String>("secret")?, user))
            })?;
            let mut uses = BTreeMap::<String, Uses>::new();
            for row in all {
                let (secret, user) = row?;
                let uses = uses.entry(secret).or_default();
                uses.total += 1;
                if uses.first.len() < MOST_USES {
                    uses.first.push(user);
                }
            }
            Ok(uses)
        })
    }

    /// Returns the number of secrets in all workspaces.
    pub fn count_secrets(&self) -> Result<u64> {
        self.read(|tx| {
            Ok(
                tx.query_row("SELECT count(*) AS n FROM secrets", [], |row| {
                    rows::count(row, "n")
                })?,
            )
        })
    }

    /// Deletes every secret and the mark of their key; returns the number of secrets.
    pub fn forget_secrets(&self) -> Result<usize> {
        self.write_essential(|tx| {
            tx.execute("DELETE FROM meta WHERE key = ?1", [MARK])?;
            Ok(tx.execute("DELETE FROM secrets", [])?)
        })
    }

    /// Returns the mark of the key. A mark that cannot be read matches no key.
    pub fn key_mark(&self) -> Result<Option<Vec<u8>>> {
        let text = self.read(|tx| {
            Ok(rows::first::<String>(
                tx,
                "SELECT value FROM meta WHERE key = ?1",
                [MARK],
            )?)
        })?;
        Ok(text.map(|text| STANDARD.decode(text).unwrap_or_default()))
    }

    /// Stores the mark of a key.
    pub fn set_key_mark(&self, mark: &[u8]) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                params![MARK, STANDARD.encode(mark)],
            )?;
            Ok(())
        })
    }
}

/// Notes a change of a secret by its name. Its value is never part of the log.
fn record(
    tx: &Transaction<'_>,
    by: &Actor,
    action: &str,
    workspace: &WorkspaceId,
    name: &str,
) -> Result<()> {
    let change = AuditedChange {
        action,
        target_id: workspace.as_str(),
        target_name: name,
        before: Value::Null,
        after: Value::Null,
    };
    note(tx, by, &change)
}

fn find(tx: &Transaction<'_>, workspace: &WorkspaceId, name: &str) -> Result<Option<Secret>> {
    Ok(tx
        .prepare_cached("SELECT * FROM secrets WHERE workspace_id = ?1 AND name = ?2")?
        .query_row(params![workspace.as_str(), name], read)
        .optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Secret> {
    Ok(Secret {
        name: row.get("name")?,
        created_at: Some(rows::time(row, "created_at")?),
        updated_at: Some(rows::time(row, "updated_at")?),
        updated_by: row.get("updated_by")?,
        used_by: None,
    })
}
