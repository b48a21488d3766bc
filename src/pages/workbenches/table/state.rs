//! The table's state: the workbenches, which of them are shown in which order, and a signal for each row
//! that is rendered.

use super::address::TableQuery;
use super::groups::Group;
use super::viewport::Viewport;
use crate::effect::Effect;
use crate::pages::workbenches::texts;
use crate::store::{AppCatalogue, Session, Store};
use crate::ui::Toasts;
use leptos::prelude::*;
use vestibule_client::store::Changes;
use vestibule_client::table::{RowChange, RowMove, SortKey, Table, TableFilter, TableRow};
use vestibule_model::access::Resource;
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::workbench::Workbench;

/// More changes than this at once are sorted as a whole.
const FEW: usize = 64;

/// The table's state.
#[derive(Clone, Copy)]
pub struct TableState {
    /// Search, filters and order.
    pub shown: RwSignal<TableQuery>,
    /// The part of it that is on the screen.
    pub viewport: Viewport,
    /// Number of rows, shown or not; `None` until the first list.
    pub total: RwSignal<Option<usize>>,
    /// Number of unreadable rows.
    pub unreadable: RwSignal<usize>,
    /// The row that the keyboard has reached.
    pub active: RwSignal<Option<WorkbenchId>>,
    /// Notified when rows are added, removed or moved.
    pub arranged: Trigger,
    /// Notified when states change, or rows are added or removed.
    pub counted: Trigger,
    /// Notified when the selection changes.
    pub selected: Trigger,
    store: Store,
    workspace: StoredValue<WorkspaceId>,
    table: StoredValue<Table>,
    /// The rows that are rendered: a screenful.
    drawn: StoredValue<Vec<(WorkbenchId, RwSignal<Workbench>)>>,
    me: StoredValue<Option<UserId>>,
    catalogue: AppCatalogue,
    /// The page's address.
    here: StoredValue<String>,
    /// Workbenches whose deletion was asked for here and is under way, by name.
    deleting: StoredValue<Vec<(WorkbenchId, String)>>,
    toasts: Toasts,
}

impl TableState {
    /// Creates the table of a workspace on the page with this address, with the rows that the store
    /// knows.
    pub fn new(workspace: WorkspaceId, here: String, shown: TableQuery) -> Self {
        let user = Session::expect().user.read_untracked();
        let me = user.me().map(|me| me.user.id.clone());
        let state = Self {
            shown: RwSignal::new(shown),
            viewport: Viewport::new(),
            total: RwSignal::new(None),
            unreadable: RwSignal::new(0),
            active: RwSignal::new(None),
            arranged: Trigger::new(),
            counted: Trigger::new(),
            selected: Trigger::new(),
            store: Store::expect(),
            workspace: StoredValue::new(workspace),
            table: StoredValue::new(Table::default()),
            drawn: StoredValue::new(Vec::new()),
            me: StoredValue::new(me),
            catalogue: AppCatalogue::expect(),
            here: StoredValue::new(here),
            deleting: StoredValue::new(Vec::new()),
            toasts: Toasts::expect(),
        };
        state.apply_shown();
        state.fill();
        Effect::new(move |_| {
            state.catalogue.track();
            state.refresh_titles();
        });
        state
    }

    /// Reads the table without subscribing to it.
    pub fn read<T>(self, read: impl FnOnce(&Table) -> T) -> Option<T> {
        self.table.try_with_value(read)
    }

    /// Returns the workspace.
    pub fn workspace(self) -> WorkspaceId {
        self.workspace.get_value()
    }

    /// Returns a workbench of it, for questions about permissions.
    pub fn resource(self, id: WorkbenchId) -> Resource {
        Resource::Workbench(self.workspace(), id)
    }

    /// Returns the owner as a row shows it.
    pub fn owner(self, workbench: &Workbench) -> String {
        let owner = workbench.created_by.as_ref();
        if owner.is_some() && self.me.with_value(|me| me.as_ref() == owner) {
            return texts::YOU.to_owned();
        }
        let name = workbench.created_by_name.clone();
        name.filter(|name| !name.is_empty())
            .unwrap_or_else(|| "–".to_owned())
    }

    fn row(self, workbench: &Workbench) -> TableRow {
        let title = untrack(|| self.catalogue.title(&workbench.app));
        TableRow::of(workbench, &title, &self.owner(workbench))
    }

    /// Refreshes the rows after the apps' titles have changed.
    fn refresh_titles(self) {
        let rows = self.known(|row| self.row(row));
        if !rows.is_empty() {
            self.table.try_update_value(|table| table.merge(rows, &[]));
            self.rearranged();
        }
    }

    /// Returns the current state of a workbench.
    pub fn workbench(self, id: &WorkbenchId) -> Option<Workbench> {
        let known = self
            .store
            .read(|state| state.workbenches().get(id).cloned());
        known.flatten()
    }

    /// Returns the signal of a row that is about to be rendered. It receives changes for as long as the
    /// calling component lives.
    pub fn draw(self, id: &WorkbenchId) -> Option<RwSignal<Workbench>> {
        let row = RwSignal::new(self.workbench(id)?);
        self.drawn
            .update_value(|drawn| drawn.push((id.clone(), row)));
        on_cleanup(move || {
            self.drawn
                .try_update_value(|drawn| drawn.retain(|(_, other)| *other != row));
        });
        Some(row)
    }

    /// Reads each known workbench of the workspace.
    fn known<T>(self, read: impl Fn(&Workbench) -> T) -> Vec<T> {
        let rows = self.workspace.try_with_value(|workspace| {
            self.store.read(|state| {
                let rows = state.workbenches().of_workspace(workspace);
                rows.map(&read).collect()
            })
        });
        rows.flatten().unwrap_or_default()
    }

    /// Shows the rows that the store knows already.
    fn fill(self) {
        let changed = self.known(|row| row.id.clone());
        self.apply(&Changes {
            changed,
            removed: Vec::new(),
        });
    }

    /// Applies changes: moves rows to their places, keeps the scroll position, and notifies the rendered
    /// rows that have changed, and no others.
    pub fn apply(self, changes: &Changes) {
        if !changes.is_empty() {
            self.place(changes);
        }
        if !changes.removed.is_empty() {
            self.report_deleted();
        }
        let counts = self.workspace.try_with_value(|workspace| {
            self.store.read(|state| {
                let all = state.workbenches();
                (all.total(workspace), all.unreadable(workspace))
            })
        });
        let counts = counts.flatten();
        if let Some((total, unreadable)) = counts {
            if self.unreadable.try_get_untracked() != Some(unreadable) {
                self.unreadable.try_set(unreadable);
            }
            if self.total.try_get_untracked() != Some(total) {
                self.total.try_set(total);
            }
        }
    }

    /// Shows a message once this workbench, and every other that is being deleted, is gone.
    pub fn report_deletion(self, id: &WorkbenchId, name: &str) {
        self.deleting.try_update_value(|deleting| {
            deleting.push((id.clone(), name.to_owned()));
        });
        // The stream may have removed the row before the command was answered.
        self.report_deleted();
    }

    fn report_deleted(self) {
        let deleted = self.deleting.try_update_value(|deleting| {
            let is_gone = |id| self.workbench(id).is_none();
            if deleting.iter().all(|(id, _)| is_gone(id)) {
                std::mem::take(deleting)
            } else {
                Vec::new()
            }
        });
        let names: Vec<String> = deleted
            .into_iter()
            .flatten()
            .map(|(_, name)| name)
            .collect();
        if !names.is_empty() {
            self.toasts.show(texts::deleted(&names));
        }
    }

    fn place(self, changes: &Changes) {
        let top = self.top();
        let workspace = self.workspace.get_value();
        let rows = self.store.read(|state| {
            let all = state.workbenches();
            // The store's changes are those of every workspace.
            let own = changes.changed.iter();
            let own = own.filter(|id| all.is_listed(&workspace, id));
            let rows = own.filter_map(|id| all.get(id));
            rows.map(|row| self.row(row)).collect::<Vec<TableRow>>()
        });
        let rows = rows.unwrap_or_default();
        let (mut has_moved, mut has_counted) =
            (!changes.removed.is_empty(), !changes.removed.is_empty());
        self.table.try_update_value(|table| {
            if rows.len() + changes.removed.len() > FEW {
                table.merge(rows, &changes.removed);
                (has_moved, has_counted) = (true, true);
                return;
            }
            for id in &changes.removed {
                table.remove(id);
            }
            for row in rows {
                if let RowChange::Changed {
                    is_recounted,
                    place,
                } = table.put(row)
                {
                    has_moved |= !matches!(place, RowMove::Same(_) | RowMove::Hidden);
                    has_counted |= is_recounted;
                }
            }
        });
        let drawn = self.drawn.try_get_value().unwrap_or_default();
        for (id, row) in drawn {
            if changes.changed.contains(&id)
                && let Some(workbench) = self.workbench(&id)
            {
                row.try_set(workbench);
            }
        }
        if has_moved {
            self.rearranged();
            self.stay_at(top);
        }
        if has_counted {
            self.counted.notify();
        }
    }

    /// Returns the first visible row and its place, or `None` if nothing is scrolled.
    fn top(self) -> Option<(WorkbenchId, usize)> {
        let place = self.viewport.top()?;
        let row = self.read(|table| table.at(place).map(|row| row.id.clone()));
        row.flatten().map(|id| (id, place))
    }

    /// Keeps the visible rows where they are when rows above them come or go.
    fn stay_at(self, top: Option<(WorkbenchId, usize)>) {
        if let Some((id, before)) = top
            && let Some(Some(after)) = self.read(|table| table.place_of(&id))
        {
            self.viewport.shift(before, after);
        }
    }

    /// Publishes that rows have moved.
    fn rearranged(self) {
        self.viewport
            .about_to_change(self.viewport.window.get_untracked());
        self.viewport
            .count(self.read(Table::count).unwrap_or_default());
        self.arranged.notify();
    }

    /// Changes search, filters or order.
    pub fn show(self, change: impl FnOnce(&mut TableQuery)) {
        let mut shown = self.shown.get_untracked();
        change(&mut shown);
        if shown != self.shown.get_untracked() {
            self.shown.set(shown);
            self.apply_shown();
            self.viewport.to_start();
            self.selected.notify();
        }
    }

    fn apply_shown(self) {
        let shown = self.shown.get_untracked();
        self.viewport
            .shows(format!("{}{}", self.here.get_value(), shown.query()));
        let owner = self.me.get_value().filter(|_| shown.is_mine);
        let filter = TableFilter::default()
            .in_states(
                shown
                    .groups
                    .iter()
                    .flat_map(|group| group.states())
                    .collect(),
            )
            .of_owner(owner)
            .searching(&shown.text);
        self.table.update_value(|table| {
            if *table.filter() != filter {
                table.set_filter(filter);
            }
            if table.sort() != shown.sort {
                table.set_sort(shown.sort);
            }
        });
        self.rearranged();
    }

    /// Sorts by a column, or reverses its order.
    pub fn sort_by(self, key: SortKey) {
        self.show(|shown| shown.sort = shown.sort.pressed(key));
    }

    /// Adds a group of states to the filter, or removes it.
    pub fn toggle_group(self, group: Group) {
        self.show(|shown| match shown.groups.binary_search(&group) {
            Ok(place) => drop(shown.groups.remove(place)),
            Err(place) => shown.groups.insert(place, group),
        });
    }

    /// Returns the number of workbenches in each group, regardless of the filter.
    pub fn groups(self) -> Vec<(Group, usize)> {
        let states = self.read(Table::states).unwrap_or_default();
        let count = |group| {
            let own = states
                .iter()
                .filter(|(state, _)| Group::of(*state) == group);
            own.map(|(_, count)| count).sum()
        };
        Group::ALL.map(|group| (group, count(group))).to_vec()
    }

    /// Changes the selection.
    pub fn select(self, change: impl FnOnce(&mut Table)) {
        self.table.update_value(change);
        self.selected.notify();
    }
}
