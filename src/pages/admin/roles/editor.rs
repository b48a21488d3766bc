//! State of the editor that its parts share.

use super::viewport::Viewport;
use super::words;
use crate::api::{self, ApiError};
use crate::store::{Session, use_may_on_platform};
use crate::ui::Announcer;
use futures_util::future::join;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_client::roles::grid::{CellPosition, GridFilter, GridRow, GridSize};
use vestibule_client::roles::{
    CellLock, HeldPermissions, Lineage, ListedPermission, Merge, PermissionCatalogue, RolesDraft,
};
use vestibule_model::access::Permission;
use vestibule_model::people::ListedRole;
use vestibule_model::time::Timestamp;

/// The dialog that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenDialog {
    /// A new role; the name of the role that it copies.
    Create(Option<String>),
    /// Properties of this role.
    Role(String),
    /// Deletion of this role.
    Delete(String),
}

/// Width of a screen with room for one role, in pixels; the same as in the style sheet.
const NARROW: f64 = 640.0;

/// The user who changed a role last, where the server names them, and the time.
pub type Author = (Option<String>, Option<Timestamp>);

/// The editor.
#[derive(Clone, Copy)]
pub struct Editor {
    /// The roles.
    pub draft: RwSignal<RolesDraft>,
    /// The permissions.
    pub catalogue: RwSignal<Arc<PermissionCatalogue>>,
    /// Permissions that the user may give.
    pub holding: Memo<Arc<HeldPermissions>>,
    /// The filter.
    pub filter: RwSignal<GridFilter>,
    /// Rows below the head.
    pub rows: Memo<Arc<Vec<GridRow>>>,
    /// Names of the roles with a column.
    pub columns: Memo<Arc<Vec<String>>>,
    /// Place that has or had the focus.
    pub active: RwSignal<CellPosition>,
    /// The dialog that is open.
    pub asked: RwSignal<Option<OpenDialog>>,
    /// `true` if the review is open.
    pub reviewing: RwSignal<bool>,
    /// Result of the last merge, until the changes are saved.
    pub merged: RwSignal<Option<Merge>>,
    /// The authors of the changed roles of that merge.
    pub authors: RwSignal<BTreeMap<String, Author>>,
    /// The rendered part.
    pub viewport: Viewport,
    lineages: StoredValue<BTreeMap<String, ArcMemo<Option<Lineage>>>>,
    announcer: Announcer,
}

impl Editor {
    /// Returns the `aria-colindex` of a role's column, or `None` if the filter hides it. The first
    /// column has the permissions.
    pub fn column_index(self, role: &str) -> Option<usize> {
        let columns = self.columns.read();
        columns.iter().position(|one| one == role).map(|at| at + 2)
    }

    /// Returns what the cells of a role's column depend on. All cells of the column share the memo:
    /// a change computes those of changed columns only. It is `None` once the role is deleted.
    pub fn lineage(self, role: &str) -> ArcMemo<Option<Lineage>> {
        let draft = self.draft;
        let name = role.to_owned();
        let memo = move || {
            let name = name.clone();
            ArcMemo::new(move |_| draft.read().lineage(&name))
        };
        let shared = self.lineages.try_update_value(|all| {
            let entry = all.entry(role.to_owned());
            entry.or_insert_with(&memo).clone()
        });
        shared.unwrap_or_else(memo)
    }

    /// Returns an editor of the fetched roles.
    pub fn new(permissions: Vec<ListedPermission>, roles: Vec<ListedRole>) -> Self {
        let draft = RolesDraft::new(roles);
        let all = draft.now().roles.iter().map(AsRef::as_ref);
        let catalogue = RwSignal::new(Arc::new(PermissionCatalogue::new(permissions, all)));
        let draft = RwSignal::new(draft);
        let session = Session::expect();
        let may_edit = use_may_on_platform(Permission::RoleUpdate);
        let holding = Memo::new(move |_| {
            let catalogue = catalogue.read();
            let user = session.user.read();
            let holding = user
                .me()
                .map(|me| HeldPermissions::new(&catalogue, &me.grants, may_edit.get()));
            Arc::new(holding.unwrap_or_default())
        });
        let filter = RwSignal::new(GridFilter {
            only: only_role(&draft.read_untracked()),
            ..GridFilter::default()
        });
        let rows = Memo::new(move |_| Arc::new(filter.read().rows(&catalogue.read())));
        let columns = Memo::new(move |_| Arc::new(filter.read().columns(draft.read().now())));
        Self {
            draft,
            catalogue,
            holding,
            filter,
            rows,
            columns,
            active: RwSignal::new(CellPosition { row: 1, column: 1 }),
            asked: RwSignal::new(None),
            reviewing: RwSignal::new(false),
            merged: RwSignal::new(None),
            authors: RwSignal::new(BTreeMap::new()),
            viewport: Viewport::new(),
            lineages: StoredValue::default(),
            announcer: Announcer::expect(),
        }
    }

    /// Returns the size of the grid.
    pub fn size(self) -> GridSize {
        GridSize {
            rows: self.rows.read_untracked().len() + 1,
            columns: self.columns.read_untracked().len() + 1,
            page: self.viewport.page(),
        }
    }

    /// Returns the active place, inside the grid.
    pub fn place(self) -> CellPosition {
        self.active.get_untracked().within(self.size())
    }

    /// Returns the row at a place; `None` for the head.
    pub fn row_at(self, place: CellPosition) -> Option<GridRow> {
        let rows = self.rows.read_untracked();
        rows.get(place.row.checked_sub(1)?).copied()
    }

    /// Returns the name of the role at a place; `None` for the titles.
    pub fn role_at(self, place: CellPosition) -> Option<String> {
        let columns = self.columns.read_untracked();
        columns.get(place.column.checked_sub(1)?).cloned()
    }

    /// Changes a cell to its opposite, or says why that is impossible.
    pub fn toggle(self, row: GridRow, role: &str) {
        let (catalogue, holding) = (self.catalogue.get_untracked(), self.holding.get_untracked());
        let outcome = self.draft.try_update(|draft| match row {
            GridRow::Permission(index) => match catalogue.permissions.get(index) {
                Some(permission) => draft.toggle(role, permission, &holding),
                None => Ok(()),
            },
            GridRow::PermissionGroup(index) => match catalogue.groups.get(index) {
                Some(group) => draft.toggle_group(role, &catalogue, group, &holding),
                None => Ok(()),
            },
        });
        if let Some(Err(lock)) = outcome {
            self.announce_lock(lock, row, role);
        }
    }

    fn announce_lock(self, lock: CellLock, row: GridRow, role: &str) {
        let text = self.draft.with_untracked(|draft| {
            words::lock(
                lock,
                &words::source_of(draft, &self.catalogue.read_untracked(), row, role),
            )
        });
        self.announcer.say(text);
    }

    /// Folds a group's permissions away, or shows them again.
    pub fn fold(self, index: usize) {
        let group = self.catalogue.read_untracked().groups.get(index).cloned();
        if let Some(group) = group {
            self.filter.update(|filter| {
                if !filter.folded.remove(&group.resource) {
                    filter.folded.insert(group.resource);
                }
            });
        }
    }

    /// Undoes the last step.
    pub fn undo(self) {
        self.draft.update(RolesDraft::undo);
    }

    /// Repeats the last undone step.
    pub fn redo(self) {
        self.draft.update(RolesDraft::redo);
    }
}

/// Returns the role that a narrow screen shows at first: the first custom one, or the first.
fn only_role(draft: &RolesDraft) -> Option<String> {
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    if width.is_none_or(|width| width > NARROW) {
        return None;
    }
    let roles = &draft.now().roles;
    let custom = roles.iter().find(|role| !role.system);
    custom.or(roles.first()).map(|role| role.name.clone())
}

/// Fetches what the editor shows.
pub async fn fetch() -> Result<(Vec<ListedPermission>, Vec<ListedRole>), ApiError> {
    let (permissions, roles) = join(api::permissions(), api::listed_roles()).await;
    Ok((permissions?, roles?))
}
