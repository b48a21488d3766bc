//! Cells of the matrix, and why one cannot be changed.

use super::catalogue::{ListedPermission, PermissionCatalogue, PermissionGroup};
use super::draft::RolesDraft;
use std::sync::Arc;
use vestibule_model::access::{Grant, Role, Scope, lacks};

/// Source of a role's permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellSource {
    /// The role lacks it.
    None,
    /// The role lists it.
    Own,
    /// The nearest inherited role that lists it, by title.
    Inherited(String),
}

/// Reason why a cell cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellLock {
    /// The platform administrator has every permission: otherwise all could be locked out.
    Administrator,
    /// The role exists on every installation.
    System,
    /// The role has the permission from another role.
    Inherited,
    /// The user does not hold the permission on the platform (FIELD 36).
    NotHeld,
    /// Permission unknown to this server, which cannot be added.
    Unknown,
    /// The user may not change roles.
    ReadOnly,
}

/// Cell of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Source of the role's permission.
    pub source: CellSource,
    /// `true` if the role's own permission differs from the server's.
    pub is_changed: bool,
    /// Reason why it cannot be changed.
    pub lock: Option<CellLock>,
}

impl Cell {
    /// Returns `true` if the role has the permission.
    pub fn is_on(&self) -> bool {
        self.source != CellSource::None
    }
}

/// State of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriState {
    /// The role has none of the permissions.
    Off,
    /// The role has some of the permissions.
    Some,
    /// The role has all permissions.
    On,
}

/// Cell of a group's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupCell {
    /// The state.
    pub tri: TriState,
    /// Number of permissions that the role has, and of all.
    pub count: (usize, usize),
    /// `true` if a permission of the group is changed.
    pub is_changed: bool,
    /// Reason why none of them can be changed.
    pub lock: Option<CellLock>,
}

/// Permissions of the signed-in user, computed once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldPermissions {
    /// Names of permissions that the user holds on the platform.
    held: std::collections::BTreeSet<String>,
    /// `true` if the user may change roles.
    may_edit: bool,
}

impl HeldPermissions {
    /// Returns what a user with these grants holds.
    pub fn new(catalogue: &PermissionCatalogue, grants: &[Grant], may_edit: bool) -> Self {
        let names = || catalogue.permissions.iter().map(|one| one.name.clone());
        let lacks = lacks(grants, names(), &Scope::Platform(true), None);
        let held = names().filter(|name| !lacks.contains(name));
        Self {
            held: held.collect(),
            may_edit,
        }
    }

    /// Returns `true` if the user may change roles.
    pub fn may_edit(&self) -> bool {
        self.may_edit
    }

    /// Returns `true` if the user holds the permission on the platform.
    pub fn holds(&self, permission: &str) -> bool {
        self.held.contains(permission)
    }
}

impl RolesDraft {
    /// Changes a cell to its opposite. Returns the reason if that is impossible.
    pub fn toggle(
        &mut self,
        role: &str,
        permission: &ListedPermission,
        holding: &HeldPermissions,
    ) -> Result<(), CellLock> {
        let Some(lineage) = self.lineage(role) else {
            return Ok(());
        };
        let cell = lineage.cell(permission, holding);
        match cell.lock {
            Some(lock) => Err(lock),
            None => {
                self.set(role, [permission.name.as_str()], !cell.is_on());
                Ok(())
            }
        }
    }

    /// Adds all permissions of a group to a role, or removes all its own if it has
    /// them already.
    pub fn toggle_group(
        &mut self,
        role: &str,
        catalogue: &PermissionCatalogue,
        group: &PermissionGroup,
        holding: &HeldPermissions,
    ) -> Result<(), CellLock> {
        let Some(lineage) = self.lineage(role) else {
            return Ok(());
        };
        let rows = catalogue.rows(group);
        let (mut add, mut remove, mut lock) = (Vec::new(), Vec::new(), None);
        for permission in rows {
            let cell = lineage.cell(permission, holding);
            match (cell.lock, cell.is_on()) {
                (None, true) => remove.push(permission.name.as_str()),
                (None, false) => add.push(permission.name.as_str()),
                (Some(found), _) => lock = lock.or(Some(found)),
            }
        }
        match (add.is_empty(), remove.is_empty()) {
            (false, _) => self.set(role, add, true),
            (true, false) => self.set(role, remove, false),
            (true, true) => return lock.map_or(Ok(()), Err),
        }
        Ok(())
    }

    /// Returns why a role cannot inherit another one: the circle, or permissions that the user lacks.
    pub fn may_inherit(
        &self,
        role: &str,
        parent: &str,
        holding: &HeldPermissions,
    ) -> Result<(), Vec<String>> {
        let Some(found) = self.now().get(parent) else {
            return Ok(());
        };
        let ancestors = self.now().ancestors(parent);
        if parent == role || ancestors.iter().any(|one| one.name == role) {
            return Err(Vec::new());
        }
        let had = self.base().get(role);
        let mut missing: Vec<String> = Vec::new();
        for name in ancestors
            .into_iter()
            .chain([found])
            .flat_map(|one| &one.permissions)
        {
            let had = had.is_some_and(|base| self.base().has(base, name));
            if !had && !holding.holds(name) && !missing.contains(name) {
                missing.push(name.clone());
            }
        }
        match missing.is_empty() {
            true => Ok(()),
            false => Err(missing),
        }
    }
}

/// Returns `true` if a role acts on workspaces or workbenches that its users cannot see.
pub fn acts_blindly(draft: &RolesDraft, role: &Role) -> bool {
    let now = draft.now();
    let has = |name: &str| now.has(role, name);
    let acts = |resource: &str, reads: &str| {
        let all = now
            .ancestors(&role.name)
            .into_iter()
            .map(Arc::as_ref)
            .chain([role]);
        let mut names = all.flat_map(|one| one.permissions.iter());
        let is_action = |name: &String| {
            name.strip_prefix(resource)
                .is_some_and(|rest| rest.starts_with(':') && rest != ":read" && rest != ":create")
        };
        !has(reads) && names.any(is_action)
    };
    acts("workspace", "workspace:read")
        || acts("secret", "workspace:read")
        || acts("member", "workspace:read")
        || acts("workbench", "workbench:read")
        || (has("workbench:create") && !has("workspace:read"))
}
