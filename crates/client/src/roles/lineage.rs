//! A role with the roles that it inherits: all that the cells of its column depend on.

use super::catalogue::{ListedPermission, PermissionCatalogue, PermissionGroup};
use super::draft::{RolesDraft, has_own};
use super::table::{Cell, CellLock, CellSource, GroupCell, HeldPermissions, TriState};
use std::sync::Arc;
use vestibule_model::access::{ADMINISTRATOR, Role};

/// Role with the roles that it inherits, as edited and as on the server.
///
/// Two equal lineages have equal cells, and comparing them is cheap, since unchanged roles are shared:
/// a page that computes one for each column computes the cells of changed columns only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    now: Line,
    /// `None` for a role that the server does not have yet.
    base: Option<Line>,
}

/// Role, then its ancestors, the nearest first.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    role: Arc<Role>,
    ancestors: Vec<Arc<Role>>,
}

impl Line {
    /// Returns the role that gives a permission.
    fn source(&self, permission: &str) -> CellSource {
        if has_own(&self.role, permission) {
            return CellSource::Own;
        }
        let mut ancestors = self.ancestors.iter();
        let found = ancestors.find(|one| has_own(one, permission));
        found.map_or(CellSource::None, |one| {
            CellSource::Inherited(one.title.clone())
        })
    }
}

impl RolesDraft {
    /// Returns the lineage of a role, or `None` without such a role.
    pub fn lineage(&self, role: &str) -> Option<Lineage> {
        let line = |roles: &super::Roleset| {
            let ancestors = roles.ancestors(role).into_iter().cloned();
            Some(Line {
                role: roles.get(role)?.clone(),
                ancestors: ancestors.collect(),
            })
        };
        Some(Lineage {
            now: line(self.now())?,
            base: line(self.base()),
        })
    }
}

impl Lineage {
    /// Returns the role as edited.
    pub fn role(&self) -> &Role {
        &self.now.role
    }

    /// Returns the cell of a permission.
    pub fn cell(&self, permission: &ListedPermission, holding: &HeldPermissions) -> Cell {
        let name = permission.name.as_str();
        let source = self.now.source(name);
        let was = self
            .base
            .as_ref()
            .map_or(CellSource::None, |base| base.source(name));
        let was_own = was == CellSource::Own;
        Cell {
            is_changed: (source == CellSource::Own) != was_own,
            lock: self.lock(permission, holding, &source, &was),
            source,
        }
    }

    fn lock(
        &self,
        permission: &ListedPermission,
        holding: &HeldPermissions,
        source: &CellSource,
        was: &CellSource,
    ) -> Option<CellLock> {
        if self.role().name == ADMINISTRATOR {
            return Some(CellLock::Administrator);
        }
        if self.role().system {
            return Some(CellLock::System);
        }
        if !holding.may_edit() {
            return Some(CellLock::ReadOnly);
        }
        match source {
            CellSource::Own => None,
            CellSource::Inherited(_) => Some(CellLock::Inherited),
            CellSource::None if permission.is_unknown && *was != CellSource::Own => {
                Some(CellLock::Unknown)
            }
            CellSource::None => {
                let had = *was != CellSource::None;
                (!had && !holding.holds(&permission.name)).then_some(CellLock::NotHeld)
            }
        }
    }

    /// Returns the cell of a group.
    pub fn group_cell(
        &self,
        catalogue: &PermissionCatalogue,
        group: &PermissionGroup,
        holding: &HeldPermissions,
    ) -> GroupCell {
        let rows = catalogue.rows(group);
        let cells = rows.iter().map(|permission| self.cell(permission, holding));
        let (mut on, mut is_changed, mut first_lock, mut is_open) = (0, false, None, false);
        for cell in cells {
            on += usize::from(cell.is_on());
            is_changed |= cell.is_changed;
            is_open |= cell.lock.is_none();
            first_lock = first_lock.or(cell.lock);
        }
        let tri = match on {
            0 => TriState::Off,
            _ if on == rows.len() => TriState::On,
            _ => TriState::Some,
        };
        GroupCell {
            tri,
            count: (on, rows.len()),
            is_changed,
            lock: first_lock.filter(|_| !is_open),
        }
    }
}
