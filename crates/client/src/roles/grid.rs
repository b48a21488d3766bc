//! Rows of the matrix, the columns, and the keys of the ARIA grid pattern.

use super::catalogue::PermissionCatalogue;
use super::draft::Roleset;
use std::collections::BTreeSet;
use std::sync::Arc;
use vestibule_model::access::Role;
use vestibule_model::fold::fold;

/// Row below the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GridRow {
    /// Group by its index.
    PermissionGroup(usize),
    /// Permission by its index.
    Permission(usize),
}

/// Filter of the matrix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GridFilter {
    /// Part of a permission's title, name or description.
    pub permissions: String,
    /// Part of a role's title or name.
    pub roles: String,
    /// Name of the only role with a column: a narrow screen has room for one.
    pub only: Option<String>,
    /// Names of resources whose permissions are folded away.
    pub folded: BTreeSet<String>,
}

impl GridFilter {
    /// Returns the rows. A group without visible permissions has no row; searched text
    /// unfolds all groups.
    pub fn rows(&self, catalogue: &PermissionCatalogue) -> Vec<GridRow> {
        let text = fold(self.permissions.trim());
        let mut rows = Vec::new();
        for (index, group) in catalogue.groups.iter().enumerate() {
            let matches = |place: &usize| {
                let found = catalogue.permissions.get(*place);
                found.is_some_and(|one| {
                    let all = [&one.title, &one.name, &one.description];
                    text.is_empty() || all.iter().any(|part| fold(part).contains(&text))
                })
            };
            let visible: Vec<usize> = group.rows.clone().filter(matches).collect();
            if visible.is_empty() {
                continue;
            }
            rows.push(GridRow::PermissionGroup(index));
            if !text.is_empty() || !self.folded.contains(&group.resource) {
                rows.extend(visible.into_iter().map(GridRow::Permission));
            }
        }
        rows
    }

    /// Returns the names of the roles with a column.
    pub fn columns(&self, roles: &Roleset) -> Vec<String> {
        let only = self.only.as_ref().filter(|only| roles.get(only).is_some());
        if let Some(only) = only {
            return vec![only.clone()];
        }
        let text = fold(self.roles.trim());
        let matches = |role: &&Arc<Role>| {
            let parts = [&role.title, &role.name];
            text.is_empty() || parts.iter().any(|part| fold(part).contains(&text))
        };
        roles
            .roles
            .iter()
            .filter(matches)
            .map(|role| role.name.clone())
            .collect()
    }
}

/// Place in the grid. Row 0 is the head, column 0 has the row's titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CellPosition {
    /// Row.
    pub row: usize,
    /// Column.
    pub column: usize,
}

/// Size of the grid, with head and titles, and the number of rows on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GridSize {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Rows on a screen.
    pub page: usize,
}

impl CellPosition {
    /// Returns the nearest place inside the grid.
    pub fn within(self, size: GridSize) -> Self {
        Self {
            row: self.row.min(size.rows.saturating_sub(1)),
            column: self.column.min(size.columns.saturating_sub(1)),
        }
    }

    /// Returns the place that a key leads to, or `None` if the key does not move.
    pub fn after(self, key: &str, is_ctrl: bool, size: GridSize) -> Option<Self> {
        let Self { row, column } = self;
        let (last_row, last_column) = (size.rows.saturating_sub(1), size.columns.saturating_sub(1));
        let to = |row, column| Some(Self { row, column }.within(size));
        match (key, is_ctrl) {
            ("ArrowUp", false) => to(row.saturating_sub(1), column),
            ("ArrowDown", false) => to(row + 1, column),
            ("ArrowLeft", false) => to(row, column.saturating_sub(1)),
            ("ArrowRight", false) => to(row, column + 1),
            ("PageUp", false) => to(row.saturating_sub(size.page), column),
            ("PageDown", false) => to(row + size.page, column),
            ("Home", false) => to(row, 0),
            ("End", false) => to(row, last_column),
            ("Home", true) => to(0, 0),
            ("End", true) => to(last_row, last_column),
            _ => None,
        }
    }
}
