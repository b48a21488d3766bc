//! The table of workbenches: which rows are shown, in which order, and what a piece of news changes.
//!
//! Built for 10,000 rows of which one changes: a change is found, placed and described without
//! looking at the others, so that a view touches no more than the cells it names.

mod order;
mod row;
#[cfg(test)]
mod tests;
pub mod window;

use crate::ids::{UserId, WorkbenchId};
use crate::phase::K8sStatus;
use crate::sorting::{sort_by, sort_places};
pub use order::{Column, Filter, Sort};
pub use row::{Cell, Cells, Row};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The rows, and what of them is shown.
#[derive(Debug, Clone, Default)]
pub struct Table {
    slots: Vec<Option<Row>>,
    free: Vec<usize>,
    by_id: BTreeMap<WorkbenchId, usize>,
    /// The slots of the rows that are shown, in their order.
    shown: Vec<usize>,
    filter: Filter,
    sort: Sort,
    selection: BTreeSet<WorkbenchId>,
    /// Where a range of the selection begins.
    anchor: Option<WorkbenchId>,
}

/// What a piece of news about one row changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It says what is known already.
    Nothing,
    /// It is older than what is known, and was dropped (FIELD 3).
    Stale,
    /// Something changed.
    Changed {
        /// Which cells; all of them for a new row.
        cells: Cells,
        /// What became of its place.
        place: Place,
    },
}

/// What became of a row's place among those that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is not shown, and was not.
    Hidden,
    /// It stays where it is.
    Same(usize),
    /// It moved; `to` counts without it.
    Moved {
        /// Where it was.
        from: usize,
        /// Where it is.
        to: usize,
    },
    /// It came in.
    Entered(usize),
    /// It went out.
    Left(usize),
}

impl Table {
    /// How many rows there are, shown or not.
    pub fn total(&self) -> usize {
        self.by_id.len()
    }

    /// How many rows are shown.
    pub fn count(&self) -> usize {
        self.shown.len()
    }

    /// The row at a place of those that are shown.
    pub fn at(&self, place: usize) -> Option<&Row> {
        self.shown.get(place).and_then(|slot| self.slot(*slot))
    }

    /// A row, shown or not.
    pub fn row(&self, id: &WorkbenchId) -> Option<&Row> {
        self.by_id.get(id).and_then(|slot| self.slot(*slot))
    }

    /// Where a row is shown, if it is.
    pub fn place_of(&self, id: &WorkbenchId) -> Option<usize> {
        self.row(id).and_then(|row| self.find(row).ok())
    }

    /// The rows that are shown, in their order.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.shown.iter().filter_map(|slot| self.slot(*slot))
    }

    /// What is filtered for.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// What is sorted by.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Shows other rows. The selection stays, also of rows that are not shown any more.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.arrange();
    }

    /// Shows the rows in another order.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.arrange();
    }

    /// Takes in the whole list: what is not in it is gone. Tells which rows changed, and how.
    pub fn replace(&mut self, rows: Vec<Row>) -> Vec<(WorkbenchId, Cells)> {
        let kept: BTreeSet<WorkbenchId> = rows.iter().map(|row| row.id.clone()).collect();
        let gone: Vec<WorkbenchId> = self
            .by_id
            .keys()
            .filter(|id| !kept.contains(*id))
            .cloned()
            .collect();
        for id in &gone {
            self.forget(id);
        }
        let mut changes = Vec::new();
        for row in rows {
            let cells = match self.row(&row.id) {
                Some(known) if row.is_older_than(known) => continue,
                Some(known) => known.difference(&row),
                None => Cells::ALL,
            };
            if !cells.is_empty() {
                changes.push((row.id.clone(), cells));
            }
            self.store(row);
        }
        if !gone.is_empty() || !changes.is_empty() {
            self.arrange();
        }
        changes
    }

    /// Takes in what is known of one row.
    pub fn put(&mut self, row: Row) -> Change {
        let (cells, from) = match self.row(&row.id) {
            Some(known) if row.is_older_than(known) => return Change::Stale,
            Some(known) => (known.difference(&row), self.find(known).ok()),
            None => (Cells::ALL, None),
        };
        if cells.is_empty() {
            self.store(row);
            return Change::Nothing;
        }
        if let Some(from) = from {
            self.shown.remove(from);
        }
        let to = self
            .filter
            .admits(&row)
            .then(|| self.find(&row).unwrap_or_else(|to| to));
        let slot = self.store(row);
        if let Some(to) = to {
            self.shown.insert(to, slot);
        }
        let place = match (from, to) {
            (None, None) => Place::Hidden,
            (None, Some(to)) => Place::Entered(to),
            (Some(from), None) => Place::Left(from),
            (Some(from), Some(to)) if from == to => Place::Same(to),
            (Some(from), Some(to)) => Place::Moved { from, to },
        };
        Change::Changed { cells, place }
    }

    /// Takes a row out. Tells where it was shown, if it was.
    pub fn remove(&mut self, id: &WorkbenchId) -> Option<usize> {
        let place = self.place_of(id);
        if let Some(place) = place {
            self.shown.remove(place);
        }
        self.forget(id);
        place
    }

    /// How many rows are in each state, whatever is filtered for; in the order of trouble.
    pub fn states(&self) -> Vec<(K8sStatus, usize)> {
        let mut counts: Vec<(K8sStatus, usize)> = Vec::new();
        for row in self.slots.iter().flatten() {
            match counts.iter_mut().find(|(state, _)| *state == row.state) {
                Some((_, count)) => *count += 1,
                None => counts.push((row.state.clone(), 1)),
            }
        }
        sort_by(&mut counts, |(a, _), (b, _)| order::by_trouble(a, b));
        counts
    }

    /// Who the rows belong to, and how many to each, whatever is filtered for.
    pub fn owners(&self) -> BTreeMap<UserId, usize> {
        let mut counts = BTreeMap::new();
        for owner in self.slots.iter().flatten().filter_map(|r| r.owner.clone()) {
            *counts.entry(owner).or_default() += 1;
        }
        counts
    }

    fn slot(&self, slot: usize) -> Option<&Row> {
        self.slots.get(slot).and_then(Option::as_ref)
    }

    /// Where a row is shown, or where it would be.
    fn find(&self, row: &Row) -> Result<usize, usize> {
        self.shown.binary_search_by(|slot| {
            self.slot(*slot)
                .map_or(Ordering::Less, |other| self.sort.compare(other, row))
        })
    }

    fn store(&mut self, row: Row) -> usize {
        if let Some(slot) = self.by_id.get(&row.id) {
            self.slots[*slot] = Some(row);
            return *slot;
        }
        let slot = self.free.pop().unwrap_or(self.slots.len());
        self.by_id.insert(row.id.clone(), slot);
        if slot == self.slots.len() {
            self.slots.push(Some(row));
        } else {
            self.slots[slot] = Some(row);
        }
        slot
    }

    fn forget(&mut self, id: &WorkbenchId) {
        if let Some(slot) = self.by_id.remove(id) {
            self.slots[slot] = None;
            self.free.push(slot);
        }
        self.selection.remove(id);
        if self.anchor.as_ref() == Some(id) {
            self.anchor = None;
        }
    }

    fn arrange(&mut self) {
        let admitted = |slot: &usize| self.slot(*slot).is_some_and(|row| self.filter.admits(row));
        let mut shown: Vec<usize> = (0..self.slots.len()).filter(admitted).collect();
        sort_places(&mut shown, &|a, b| match (self.slot(a), self.slot(b)) {
            (Some(a), Some(b)) => self.sort.compare(a, b),
            _ => Ordering::Equal,
        });
        self.shown = shown;
    }
}

/// The selection: it survives updates, sorting and filtering, and ends with its rows.
impl Table {
    /// Whether a row is selected.
    pub fn is_selected(&self, id: &WorkbenchId) -> bool {
        self.selection.contains(id)
    }

    /// Selects a row, or takes it out of the selection. A range begins here.
    pub fn toggle(&mut self, id: &WorkbenchId) {
        if !self.by_id.contains_key(id) {
            return;
        }
        if !self.selection.remove(id) {
            self.selection.insert(id.clone());
        }
        self.anchor = Some(id.clone());
    }

    /// Selects everything that is shown from where the range began to here.
    pub fn select_to(&mut self, id: &WorkbenchId) {
        let here = self.place_of(id);
        let begin = self
            .anchor
            .as_ref()
            .and_then(|anchor| self.place_of(anchor));
        let (Some(here), Some(begin)) = (here, begin) else {
            if !self.is_selected(id) {
                self.toggle(id);
            }
            return;
        };
        for place in begin.min(here)..=begin.max(here) {
            if let Some(id) = self.at(place).map(|row| row.id.clone()) {
                self.selection.insert(id);
            }
        }
    }

    /// Selects every row that is shown.
    pub fn select_all(&mut self) {
        let all: Vec<WorkbenchId> = self.rows().map(|row| row.id.clone()).collect();
        self.selection.extend(all);
    }

    /// Selects nothing.
    pub fn clear_selection(&mut self) {
        self.selection.clear();
        self.anchor = None;
    }

    /// The selected rows: those that are shown in their order, then the others. Nothing is done to
    /// the others unseen: [`Self::hidden_selected`] says how many they are.
    pub fn selected(&self) -> Vec<&Row> {
        let is_selected = |row: &&Row| self.selection.contains(&row.id);
        let shown = self.rows().filter(is_selected);
        let hidden = self
            .selection
            .iter()
            .filter_map(|id| self.row(id))
            .filter(|row| !self.filter.admits(row));
        shown.chain(hidden).collect()
    }

    /// How many of the selected rows are not shown.
    pub fn hidden_selected(&self) -> usize {
        self.selection
            .iter()
            .filter_map(|id| self.row(id))
            .filter(|row| !self.filter.admits(row))
            .count()
    }
}
