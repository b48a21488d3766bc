//! What the table knows: the workbenches in `vestibule_model::roll`, which of them are shown and where
//! in `vestibule_model::table`, and a signal for each that is drawn.

use super::address::Shown;
use super::viewport::Viewport;
use crate::hooks::{Catalogue, Session, Who};
use crate::ui::effect;
use leptos::prelude::*;
use vestibule_model::ids::{UserId, WorkbenchId};
use vestibule_model::roll::{Roll, Turn};
use vestibule_model::state::State;
use vestibule_model::table::{Cell, Change, Column, Filter, Place, Row, Table};
use vestibule_model::workbench::Workbench;

/// More news than this at once is sorted as a whole.
const FEW: usize = 64;

/// The table's state.
#[derive(Clone, Copy)]
pub struct Board {
    /// What is filtered and sorted for.
    pub shown: RwSignal<Shown>,
    /// Which part of it is on the screen.
    pub viewport: Viewport,
    /// How many rows there are, shown or not; none until the first list.
    pub total: RwSignal<Option<usize>>,
    /// How many rows could not be read.
    pub unreadable: RwSignal<usize>,
    /// The row that the keyboard is at.
    pub active: RwSignal<Option<WorkbenchId>>,
    /// Rows came, went or moved.
    pub arranged: Trigger,
    /// States changed, or rows came or went.
    pub counted: Trigger,
    /// Rows were selected, or are not any more.
    pub selected: Trigger,
    /// The workbenches, shown or not.
    pub roll: StoredValue<Roll>,
    table: StoredValue<Table>,
    /// The rows on the screen: a screenful.
    drawn: StoredValue<Vec<(WorkbenchId, RwSignal<Workbench>)>>,
    me: StoredValue<Option<UserId>>,
    catalogue: Catalogue,
    /// The page's address.
    here: StoredValue<String>,
}

impl Board {
    /// An empty one that has heard nothing yet, on the page with this address.
    pub fn new(here: String, shown: Shown) -> Self {
        let who = Session::get().who;
        let me = who.with_untracked(|who| match who {
            Who::Somebody(me) => Some(me.user.id.clone()),
            _ => None,
        });
        let board = Self {
            shown: RwSignal::new(shown),
            viewport: Viewport::new(),
            total: RwSignal::new(None),
            unreadable: RwSignal::new(0),
            active: RwSignal::new(None),
            arranged: Trigger::new(),
            counted: Trigger::new(),
            selected: Trigger::new(),
            roll: StoredValue::new(Roll::default()),
            table: StoredValue::new(Table::default()),
            drawn: StoredValue::new(Vec::new()),
            me: StoredValue::new(me),
            catalogue: Catalogue::get(),
            here: StoredValue::new(here),
        };
        board.apply_shown();
        effect(move || {
            board.catalogue.track();
            board.title_anew();
        });
        board
    }

    /// Reads the table; what is read is not followed.
    pub fn read<T>(self, read: impl FnOnce(&Table) -> T) -> Option<T> {
        self.table.try_with_value(read)
    }

    /// What stands in a row for whoever made it.
    pub fn owner(self, workbench: &Workbench) -> String {
        let owner = workbench.created_by.as_ref();
        if owner.is_some() && self.me.with_value(|me| me.as_ref() == owner) {
            return "You".to_owned();
        }
        let name = workbench.created_by_name.clone();
        name.filter(|name| !name.is_empty())
            .unwrap_or_else(|| "–".to_owned())
    }

    fn row(self, workbench: &Workbench) -> Row {
        let title = untrack(|| self.catalogue.title(&workbench.app));
        Row::of(workbench, &title, &self.owner(workbench))
    }

    /// The apps may be called otherwise than before, or by a title at last.
    fn title_anew(self) {
        let rows = self
            .roll
            .try_with_value(|roll| roll.rows().map(|row| self.row(row)).collect::<Vec<_>>());
        if let Some(rows) = rows.filter(|rows| !rows.is_empty()) {
            self.table.try_update_value(|table| table.merge(rows, &[]));
            self.rearranged();
        }
    }

    /// A workbench as it is known now.
    pub fn workbench(self, id: &WorkbenchId) -> Option<Workbench> {
        self.roll
            .try_with_value(|roll| roll.row(id).cloned())
            .flatten()
    }

    /// The signal of a row that is about to be drawn; it hears news for as long as the calling
    /// component lives.
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

    /// Takes in one row, as the answer to a wish brings it.
    pub fn heard(self, workbench: Workbench) {
        let turn = self.roll.try_update_value(|roll| roll.put(workbench));
        self.show_turn(&turn.unwrap_or_default());
    }

    /// Shows what has changed: puts it in its place, keeps what is looked at where it is, and tells the
    /// rows that are drawn, and no others.
    pub fn show_turn(self, turn: &Turn) {
        if *turn != Turn::default() {
            self.place(turn);
        }
        let counts = self
            .roll
            .try_with_value(|roll| (roll.total(), roll.unreadable()));
        if let Some((total, unreadable)) = counts {
            if self.unreadable.try_get_untracked() != Some(unreadable) {
                self.unreadable.try_set(unreadable);
            }
            if self.total.try_get_untracked() != Some(total) {
                self.total.try_set(total);
            }
        }
    }

    fn place(self, turn: &Turn) {
        let top = self.top();
        let rows = self.roll.try_with_value(|roll| {
            let rows = turn.changed.iter().filter_map(|id| roll.row(id));
            rows.map(|row| self.row(row)).collect::<Vec<Row>>()
        });
        let rows = rows.unwrap_or_default();
        let (mut has_moved, mut has_counted) = (!turn.gone.is_empty(), !turn.gone.is_empty());
        self.table.try_update_value(|table| {
            if rows.len() + turn.gone.len() > FEW {
                table.merge(rows, &turn.gone);
                (has_moved, has_counted) = (true, true);
                return;
            }
            for id in &turn.gone {
                table.remove(id);
            }
            for row in rows {
                if let Change::Changed { cells, place } = table.put(row) {
                    has_moved |= !matches!(place, Place::Same(_) | Place::Hidden);
                    has_counted |= cells.has(Cell::State);
                }
            }
        });
        let drawn = self.drawn.try_get_value().unwrap_or_default();
        for (id, row) in drawn {
            if turn.changed.contains(&id)
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

    /// The row at the top of what is seen, and its place; none where nothing is scrolled.
    fn top(self) -> Option<(WorkbenchId, usize)> {
        let place = self.viewport.top()?;
        let row = self.read(|table| table.at(place).map(|row| row.id.clone()));
        row.flatten().map(|id| (id, place))
    }

    /// What one looks at does not move because something came in above it.
    fn stay_at(self, top: Option<(WorkbenchId, usize)>) {
        if let Some((id, before)) = top
            && let Some(Some(after)) = self.read(|table| table.place_of(&id))
        {
            self.viewport.shift(before, after);
        }
    }

    /// The rows stand in other places now.
    fn rearranged(self) {
        self.viewport
            .about_to_change(self.viewport.window.get_untracked());
        self.viewport
            .count(self.read(Table::count).unwrap_or_default());
        self.arranged.notify();
    }

    /// Shows other rows, or in another order.
    pub fn show(self, change: impl FnOnce(&mut Shown)) {
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
            .shows([self.here.get_value(), shown.query()].concat());
        let owner = self.me.get_value().filter(|_| shown.is_mine);
        let filter = Filter::default()
            .in_states(shown.states)
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

    /// Sorts by a column, or the other way round.
    pub fn sort_by(self, column: Column) {
        self.show(|shown| shown.sort = shown.sort.pressed(column));
    }

    /// Also shows a state, or not any more.
    pub fn toggle_state(self, state: State) {
        self.show(
            |shown| match shown.states.iter().position(|s| *s == state) {
                Some(place) => drop(shown.states.remove(place)),
                None => shown.states.push(state),
            },
        );
    }

    /// Changes the selection.
    pub fn select(self, change: impl FnOnce(&mut Table)) {
        self.table.update_value(change);
        self.selected.notify();
    }
}
