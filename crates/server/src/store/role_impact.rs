//! Effect of a change of roles, before it is made.

use super::{Result, Store, grants, roles, rows};
use rusqlite::Transaction;
use std::collections::{BTreeMap, BTreeSet};
use vestibule_model::access::{
    Affected, Grant, Role, RoleChange, RoleImpact, RoleUse, Roles, WorkbenchLocation,
    is_system_role,
};
use vestibule_model::ids::{UserId, WorkbenchId};
use vestibule_model::people::{ListedRole, RolePreview};
use vestibule_model::time::Timestamp;

/// Active user: identifier, username and grants.
type User = (UserId, String, Vec<Grant>);

impl Store {
    /// Returns all roles with their versions and their last changes.
    pub fn listed_roles(&self) -> Result<Vec<ListedRole>> {
        self.read(|tx| {
            let mut statement =
                tx.prepare_cached("SELECT name, version, updated_at, updated_by FROM roles")?;
            let changes = statement.query_map([], |row| {
                let name: String = row.get("name")?;
                let by: String = row.get("updated_by")?;
                let at = rows::time(row, "updated_at")?;
                Ok((name, (row.get::<_, i64>("version")?, at, by)))
            })?;
            let mut changes = changes.collect::<rusqlite::Result<BTreeMap<_, _>>>()?;
            let roles = self.roles.read(tx)?;
            let listed = roles.iter().map(|role| {
                let (version, at, by) = changes.remove(&role.name).map_or_else(
                    || (None, None, None),
                    |(version, at, by)| (Some(version), Some(at), Some(by)),
                );
                ListedRole {
                    version,
                    changed_at: at,
                    changed_by_name: by.filter(|by| !by.is_empty()),
                    role: role.clone(),
                }
            });
            Ok(listed.collect())
        })
    }

    /// Returns the effect of a change of roles on the active users. `signed_in` is the reader.
    pub fn role_impact(
        &self,
        requested: &RolePreview,
        signed_in: &UserId,
        now: Timestamp,
    ) -> Result<RoleImpact> {
        self.read(|tx| {
            let before = self.roles.read(tx)?;
            let after = after(&before, requested);
            let replaced = requested.deleted.iter().filter_map(|role| {
                let to = role.replacement.clone()?;
                (!is_system_role(&role.name)).then(|| (role.name.clone(), to))
            });
            let change = RoleChange {
                after: &after,
                replaced: replaced.collect(),
            };
            let named = requested.roles.iter().map(|role| &role.name);
            let named: Vec<&String> = named
                .chain(requested.deleted.iter().map(|role| &role.name))
                .collect();
            let users = users(tx, &before, &touched(&before, &after, &named), now)?;
            let workbenches = workbenches(tx)?;
            let listed = users
                .iter()
                .map(|(_, name, grants)| (name.as_str(), grants.as_slice()));
            let mut impact = change.impact(listed, &workbenches);
            if let Some((_, name, grants)) = users.iter().find(|(id, ..)| id == signed_in) {
                let own = change.impact([(name.as_str(), grants.as_slice())], &workbenches);
                let lost = own
                    .permissions
                    .into_iter()
                    .filter(|one| one.losing.users > 0);
                impact.yours = lost.map(|one| one.permission).collect();
            }
            let uses = named.into_iter().map(|role| use_of(tx, role));
            impact.uses = uses.collect::<Result<_>>()?;
            Ok(impact)
        })
    }
}

/// Returns the roles after a change. System roles stay as they are.
fn after(before: &Roles, requested: &RolePreview) -> Roles {
    let custom = before.iter().filter(|role| !role.system);
    let mut all: BTreeMap<String, Role> = custom
        .map(|role| (role.name.clone(), role.clone()))
        .collect();
    for role in &requested.roles {
        let changed = Role {
            name: role.name.clone(),
            title: String::new(),
            description: String::new(),
            system: false,
            permissions: role.permissions.clone(),
            inherits: role.inherits.clone(),
        };
        all.insert(role.name.clone(), changed);
    }
    for role in &requested.deleted {
        all.remove(&role.name);
    }
    Roles::new(all.into_values())
}

/// Returns the names of roles whose users may be affected.
fn touched(before: &Roles, after: &Roles, named: &[&String]) -> BTreeSet<String> {
    let changed = before.iter().map(|role| &role.name);
    let changed = changed.filter(|name| before.permissions_of(name) != after.permissions_of(name));
    changed.chain(named.iter().copied()).cloned().collect()
}

/// Returns the active users who have one of these roles, by name.
fn users(
    tx: &Transaction<'_>,
    before: &Roles,
    touched: &BTreeSet<String>,
    now: Timestamp,
) -> Result<Vec<User>> {
    let mut statement = tx.prepare_cached(
        "SELECT id, username FROM users WHERE disabled_at IS NULL AND id IN (
             SELECT user_id FROM grants WHERE role IN (SELECT value FROM json_each(?1)))
         ORDER BY username",
    )?;
    let names = serde_json::to_string(touched)?;
    let found = statement.query_map([names], |row| {
        Ok((
            rows::id::<UserId>(row, "id")?,
            row.get::<_, String>("username")?,
        ))
    })?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut users = Vec::with_capacity(found.len());
    for (id, name) in found {
        let grants = grants::of_user(tx, before, &id, now)?;
        users.push((id, name, grants));
    }
    Ok(users)
}

fn workbenches(tx: &Transaction<'_>) -> Result<BTreeMap<WorkbenchId, WorkbenchLocation>> {
    let mut statement = tx.prepare_cached(
        "SELECT id, workspace_id, k8s_status = 'Running' AS is_running FROM workbenches
         WHERE is_running OR id IN (SELECT workbench FROM grants WHERE workbench IS NOT NULL)",
    )?;
    let found = statement.query_map([], |row| {
        let place = WorkbenchLocation {
            workspace: rows::id(row, "workspace_id")?,
            is_running: row.get("is_running")?,
        };
        Ok((rows::id(row, "id")?, place))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns the users who have a role, disabled ones included.
fn use_of(tx: &Transaction<'_>, role: &str) -> Result<RoleUse> {
    let mut users = Affected::default();
    for name in roles::holders(tx, role)? {
        users.add(&name);
    }
    Ok(RoleUse {
        role: role.to_owned(),
        users,
    })
}
