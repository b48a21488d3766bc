//! The audit log.

use super::{Error, Result, Store, rows};
use rusqlite::{Row, Transaction, params};
use serde_json::Value;
use vestibule_model::ids::{UserId, WorkbenchId};
use vestibule_model::people::AuditEntry;
use vestibule_model::time::Timestamp;

/// Originator of a change.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user, or `None` for the command line.
    pub id: Option<UserId>,
    /// The username.
    pub name: String,
    /// The client's address.
    pub address: String,
    /// Time of the change.
    pub now: Timestamp,
}

impl Actor {
    /// Returns a user of this server itself, such as sample data and tests have them.
    pub fn local(id: &UserId, name: &str, now: Timestamp) -> Self {
        Self {
            id: Some(id.clone()),
            name: name.to_owned(),
            address: String::new(),
            now,
        }
    }

    /// Returns the server, which acts by itself.
    pub fn server(now: Timestamp) -> Self {
        Self {
            id: None,
            name: "server".to_owned(),
            address: String::new(),
            now,
        }
    }

    /// Returns the command line.
    pub fn command_line() -> Self {
        Self {
            id: None,
            name: "command line".to_owned(),
            address: String::new(),
            now: crate::clock::now(),
        }
    }
}

/// Change of a thing. Neither state may hold a secret.
pub(super) struct AuditedChange<'a> {
    pub(super) action: &'a str,
    pub(super) target_id: &'a str,
    pub(super) target_name: &'a str,
    pub(super) before: Value,
    pub(super) after: Value,
}

/// Filter of the log.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Action, or the part of it before a dot.
    pub action: Option<String>,
    /// Identifier or username of the acting user.
    pub actor: Option<String>,
    /// Identifier or name of the changed thing.
    pub target: Option<String>,
    /// Begin of the listed period.
    pub since: Option<Timestamp>,
    /// End of the listed period.
    pub until: Option<Timestamp>,
    /// Number after the listed entries.
    pub before: Option<i64>,
    /// Most rows.
    pub limit: u32,
}

pub(super) fn note(tx: &Transaction<'_>, by: &Actor, change: &AuditedChange<'_>) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO audit (at, actor_id, actor_name, address, action, target_id, target_name,
             before_json, after_json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        by.now.as_millis(),
        by.id.as_ref().map(UserId::as_str),
        by.name,
        by.address,
        change.action,
        change.target_id,
        change.target_name,
        change.before.to_string(),
        change.after.to_string(),
    ])?;
    Ok(())
}

/// Records that a user has gone into a workbench: into its app, or by a terminal or an agent.
pub(super) fn note_visit(
    tx: &Transaction<'_>,
    by: &Actor,
    action: &str,
    workbench: &WorkbenchId,
    after: &Value,
) -> Result<()> {
    let sql = "SELECT name FROM workbenches WHERE id = ?1";
    let name = rows::first::<String>(tx, sql, [workbench.as_str()])?;
    let change = AuditedChange {
        action,
        target_id: workbench.as_str(),
        target_name: name.as_deref().unwrap_or_default(),
        before: Value::Null,
        after: after.clone(),
    };
    note(tx, by, &change)
}

/// Replaces the names of a deleted user by the identifier.
pub(super) fn pseudonymise(tx: &Transaction<'_>, user: &UserId) -> Result<()> {
    for (name, id) in [("actor_name", "actor_id"), ("target_name", "target_id")] {
        let sql = format!("UPDATE audit SET {name} = {id} WHERE {id} = ?1");
        tx.execute(&sql, [user.as_str()])?;
    }
    Ok(())
}

impl Store {
    /// Returns entries of the log, newest first, and whether more follow.
    pub fn audit(&self, filter: &AuditFilter) -> Result<(Vec<AuditEntry>, bool)> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT * FROM audit WHERE seq < ?1
                 AND (?2 IS NULL OR action = ?2 OR substr(action, 1, length(?2) + 1) = ?2 || '.')
                 AND (?3 IS NULL OR actor_id = ?3 OR actor_name = ?3)
                 AND (?4 IS NULL OR target_id = ?4 OR target_name = ?4)
                 AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6)
                 ORDER BY seq DESC LIMIT ?7",
            )?;
            let found = statement.query_map(
                params![
                    filter.before.unwrap_or(i64::MAX),
                    filter.action,
                    filter.actor,
                    filter.target,
                    filter.since.map(Timestamp::as_millis),
                    filter.until.map(Timestamp::as_millis),
                    i64::from(filter.limit) + 1,
                ],
                read,
            )?;
            let mut found = found.collect::<rusqlite::Result<Vec<_>>>()?;
            let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
            let more = found.len() > limit;
            found.truncate(limit);
            Ok((found, more))
        })
    }

    /// Removes the addresses from the entries from before a time.
    pub fn forget_addresses(&self, before: Timestamp) -> Result<()> {
        self.write_essential::<_, Error>(|tx| {
            let sql = "UPDATE audit SET address = '' WHERE at < ?1 AND address <> ''";
            tx.execute(sql, [before.as_millis()])?;
            Ok(())
        })
    }

    /// Deletes the entries from before a time.
    pub fn forget_audit(&self, before: Timestamp) -> Result<()> {
        self.write_essential::<_, Error>(|tx| {
            tx.execute("DELETE FROM audit WHERE at < ?1", [before.as_millis()])?;
            Ok(())
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let json = |column: &str| -> rusqlite::Result<Value> {
        let text: String = row.get(column)?;
        Ok(rows::json(&text, "audit entry", "").unwrap_or_default())
    };
    Ok(AuditEntry {
        seq: rows::count(row, "seq")?,
        at: rows::time(row, "at")?,
        actor_id: rows::optional_open_enum(row, "actor_id")?,
        actor_name: row.get("actor_name")?,
        address: row.get("address")?,
        action: row.get("action")?,
        target_id: row.get("target_id")?,
        target_name: row.get("target_name")?,
        before: json("before_json")?,
        after: json("after_json")?,
    })
}
