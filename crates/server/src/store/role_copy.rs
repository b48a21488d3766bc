//! Copy of all roles in memory.

use super::{Result, rows};
use rusqlite::{Row, Transaction};
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_model::access::{Role, Roles};

/// Copy of all roles with the number of their last change.
#[derive(Debug, Default)]
pub(super) struct RoleCopy(Mutex<Option<(i64, Arc<Roles>)>>);

impl RoleCopy {
    /// Returns all roles as the transaction sees them.
    pub(super) fn read(&self, tx: &Transaction<'_>) -> Result<Arc<Roles>> {
        let version = rows::first::<i64>(tx, "SELECT version FROM role_version", [])?.unwrap_or(0);
        let mut copy = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, roles)) = &*copy
            && *known == version
        {
            return Ok(Arc::clone(roles));
        }
        let mut statement = tx.prepare_cached("SELECT * FROM roles ORDER BY name")?;
        let custom = statement.query_map([], read)?;
        let custom = custom.collect::<rusqlite::Result<Vec<Role>>>()?;
        let roles = Arc::new(Roles::new(custom));
        *copy = Some((version, Arc::clone(&roles)));
        Ok(roles)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Role> {
    let name: String = row.get("name")?;
    let names = |column: &str| -> rusqlite::Result<Vec<String>> {
        let text: String = row.get(column)?;
        Ok(rows::json(&text, "role", &name).unwrap_or_default())
    };
    Ok(Role {
        title: row.get("title")?,
        description: row.get("description")?,
        system: false,
        permissions: names("permissions_json")?,
        inherits: names("inherits_json")?,
        name,
    })
}
