//! What the table knows: the rows in `vestibule_model::table`, and a signal for each that is drawn.

use super::address::Shown;
use super::viewport::Viewport;
use crate::hooks::{Rows, Session, Who};
use leptos::prelude::*;
use std::collections::HashMap;
use vestibule_model::ids::{UserId, WorkbenchId};
use vestibule_model::list::List;
use vestibule_model::phase::K8sStatus;
use vestibule_model::table::{Change, Column, Filter, Place, Row, Table};
use vestibule_model::workbench::Workbench;

/// More news than this at once is sorted as a whole.
const FEW: usize = 64;

/// A row, whether it is shown or not.
struct Known {
    workbench: Workbench,
    /// The last list it stood in.
    round: u32,
    /// The row on the screen.
    drawn: Option<RwSignal<Workbench>>,
}

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
    table: StoredValue<Table>,
    known: StoredValue<HashMap<WorkbenchId, Known>>,
    round: StoredValue<u32>,
    me: StoredValue<Option<UserId>>,
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
            table: StoredValue::new(Table::default()),
            known: StoredValue::new(HashMap::new()),
            round: StoredValue::new(0),
            me: StoredValue::new(me),
            here: StoredValue::new(here),
        };
        board.apply_shown();
        board
    }

    /// Reads the table; what is read is not followed.
    pub fn read<T>(self, read: impl FnOnce(&Table) -> T) -> Option<T> {
        self.table.try_with_value(read)
    }

    /// Whether somebody is oneself.
    pub fn is_me(self, user: Option<&UserId>) -> bool {
        user.is_some() && self.me.with_value(|me| me.as_ref() == user)
    }

    /// A workbench as it is known now.
    pub fn workbench(self, id: &WorkbenchId) -> Option<Workbench> {
        let known = self
            .known
            .try_with_value(|known| known.get(id).map(|known| known.workbench.clone()));
        known.flatten()
    }

    /// The signal of a row that is about to be drawn; it hears news for as long as the calling
    /// component lives.
    pub fn draw(self, id: &WorkbenchId) -> Option<RwSignal<Workbench>> {
        let row = RwSignal::new(self.workbench(id)?);
        let own = id.clone();
        self.known.update_value(|known| {
            if let Some(known) = known.get_mut(&own) {
                known.drawn = Some(row);
            }
        });
        on_cleanup(move || {
            self.known.try_update_value(|known| {
                if let Some(known) = known.get_mut(&own)
                    && known.drawn == Some(row)
                {
                    known.drawn = None;
                }
            });
        });
        Some(row)
    }

    /// Takes in one row, as the answer to a wish brings it.
    pub fn heard(self, workbench: Workbench) {
        let mut news = Vec::new();
        self.known.try_update_value(|known| {
            if let Some(round) = known.get(&workbench.id).map(|known| known.round) {
                self.learn(known, workbench, round, &mut news);
            }
        });
        self.tell(news, &[]);
    }

    /// Tells how many rows there are, once that is known.
    fn count(self) {
        let total = self.read(Table::total);
        if self.total.try_get_untracked() != Some(total) {
            self.total.try_set(total);
        }
    }

    fn learn(
        self,
        known: &mut HashMap<WorkbenchId, Known>,
        workbench: Workbench,
        round: u32,
        news: &mut Vec<(Row, Option<RwSignal<Workbench>>)>,
    ) {
        match known.get_mut(&workbench.id) {
            Some(known) => {
                known.round = round;
                if workbench != known.workbench && !workbench.is_older_than(&known.workbench) {
                    news.push((Row::of(&workbench), known.drawn));
                    known.workbench = workbench;
                }
            }
            None => {
                news.push((Row::of(&workbench), None));
                let fresh = Known {
                    workbench,
                    round,
                    drawn: None,
                };
                known.insert(fresh.workbench.id.clone(), fresh);
            }
        }
    }

    /// Puts the news in its place, keeps what is looked at where it is, and tells the drawn rows.
    fn tell(self, news: Vec<(Row, Option<RwSignal<Workbench>>)>, gone: &[WorkbenchId]) {
        if news.is_empty() && gone.is_empty() {
            return;
        }
        let top = self.top();
        let (mut rows, mut drawn) = (Vec::new(), Vec::new());
        for (row, signal) in news {
            drawn.extend(signal.map(|signal| (row.id.clone(), signal)));
            rows.push(row);
        }
        let all = (rows.len() + gone.len() > FEW).then(|| self.rows());
        let has_moved = self.table.try_update_value(|table| {
            if let Some(all) = all {
                table.replace(all);
                return true;
            }
            let mut has_moved = !gone.is_empty();
            for id in gone {
                table.remove(id);
            }
            for row in rows {
                has_moved |= matches!(
                    table.put(row),
                    Change::Changed {
                        place: Place::Moved { .. } | Place::Entered(_) | Place::Left(_),
                        ..
                    }
                );
            }
            has_moved
        });
        for (id, signal) in drawn {
            if let Some(workbench) = self.workbench(&id) {
                signal.try_set(workbench);
            }
        }
        if has_moved == Some(true) {
            self.rearranged();
            self.stay_at(top);
        }
        self.counted.notify();
    }

    /// Every row, as it is known.
    fn rows(self) -> Vec<Row> {
        let rows = self
            .known
            .try_with_value(|known| known.values().map(|one| Row::of(&one.workbench)).collect());
        rows.unwrap_or_default()
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
    pub fn toggle_state(self, state: &K8sStatus) {
        self.show(|shown| match shown.states.iter().position(|s| s == state) {
            Some(place) => drop(shown.states.remove(place)),
            None => shown.states.push(state.clone()),
        });
    }

    /// Changes the selection.
    pub fn select(self, change: impl FnOnce(&mut Table)) {
        self.table.update_value(change);
        self.selected.notify();
    }
}

impl Rows for Board {
    /// Rows that are equal, or older than what is known (FIELD 3), change nothing.
    fn take(&self, list: List<Workbench>) {
        if self.unreadable.try_get_untracked() != Some(list.unreadable) {
            self.unreadable.try_set(list.unreadable);
        }
        let round = self.round.try_get_value().unwrap_or_default() + 1;
        self.round.try_set_value(round);
        let mut news = Vec::new();
        let mut gone = Vec::new();
        self.known.try_update_value(|known| {
            for workbench in list.items {
                self.learn(known, workbench, round, &mut news);
            }
            known.retain(|id, known| {
                if known.round != round {
                    gone.push(id.clone());
                }
                known.round == round
            });
        });
        self.tell(news, &gone);
        self.count();
    }

    fn put(&self, row: Workbench) {
        if self.total.try_get_untracked().flatten().is_none() {
            // One row is no list: that is still to come.
            return;
        }
        let mut news = Vec::new();
        let round = self.round.try_get_value().unwrap_or_default();
        self.known
            .try_update_value(|known| self.learn(known, row, round, &mut news));
        self.tell(news, &[]);
        self.count();
    }

    fn remove(&self, id: &WorkbenchId) {
        let known = self.known.try_update_value(|known| known.remove(id));
        if let Some(Some(_)) = known {
            self.tell(Vec::new(), std::slice::from_ref(id));
            self.count();
        }
    }

    fn row(&self, id: &WorkbenchId) -> Option<Workbench> {
        self.workbench(id)
    }

    fn total(&self) -> usize {
        self.read(Table::total).unwrap_or_default()
    }
}
