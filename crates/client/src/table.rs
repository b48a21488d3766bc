//! The table of workbenches: filter, order, selection, and the effect of an update.
//!
//! Made for 10,000 rows of which one changes: a change is found and placed without reading the
//! other rows. [`crate::store`] drops
//! outdated data before.

mod order;
mod row;
#[cfg(test)]
mod tests;
pub mod window;

use crate::state::State;
pub use order::{Sort, SortKey, TableFilter, compare_names};
pub use row::{TableRow, since};
use std::cmp::Ordering;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::sorting;

/// Rows, filter, order and selection.
#[derive(Debug, Clone, Default)]
pub struct Table {
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    /// Used slots in the order of the rows' ids.
    by_id: Vec<usize>,
    /// Slots of the shown rows in their order.
    shown: Vec<usize>,
    /// Number of rows in each state.
    states: Vec<(State, usize)>,
    /// Number of selected rows.
    selected: usize,
    filter: TableFilter,
    sort: Sort,
    /// Begin of a range selection.
    anchor: Option<WorkbenchId>,
}

/// Row with its selection.
#[derive(Debug, Clone)]
struct Slot {
    row: TableRow,
    is_selected: bool,
}

/// Change of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowChange {
    /// No difference.
    Nothing,
    /// A difference.
    Changed {
        /// `true` if the numbers of rows in each state differ.
        is_recounted: bool,
        /// Change of position.
        place: RowMove,
    },
}

/// Change of a row's place among the shown rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowMove {
    /// The row is not shown, and was not.
    Hidden,
    /// The row stays in place.
    Same(usize),
    /// The row moved; `to` does not count the row itself.
    Moved {
        /// Old position.
        from: usize,
        /// New position.
        to: usize,
    },
    /// The row is shown now.
    Entered(usize),
    /// The row is not shown any more.
    Left(usize),
}

impl Table {
    /// Returns the number of rows, shown or not.
    pub fn total(&self) -> usize {
        self.by_id.len()
    }

    /// Returns the number of shown rows.
    pub fn count(&self) -> usize {
        self.shown.len()
    }

    /// Returns the shown row at a position.
    pub fn at(&self, place: usize) -> Option<&TableRow> {
        self.shown.get(place).and_then(|slot| self.slot(*slot))
    }

    /// Returns a row, shown or not.
    pub fn row(&self, id: &WorkbenchId) -> Option<&TableRow> {
        self.slot(self.slot_of(id)?)
    }

    /// Returns the position of a row, or `None` if it is not shown.
    pub fn place_of(&self, id: &WorkbenchId) -> Option<usize> {
        self.row(id).and_then(|row| self.find(row).ok())
    }

    /// Returns the shown rows in order.
    pub fn rows(&self) -> impl Iterator<Item = &TableRow> {
        self.shown.iter().filter_map(|slot| self.slot(*slot))
    }

    /// Returns the filter.
    pub fn filter(&self) -> &TableFilter {
        &self.filter
    }

    /// Returns the sort order.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Changes the filter. The selection stays, also of rows that are not shown any more.
    pub fn set_filter(&mut self, filter: TableFilter) {
        self.filter = filter;
        self.arrange();
    }

    /// Changes the sort order.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.arrange();
    }

    /// Updates many rows and removes others; sorts once.
    pub fn merge(&mut self, rows: Vec<TableRow>, gone: &[WorkbenchId]) {
        for id in gone {
            self.forget(id);
        }
        for row in rows {
            self.store(row);
        }
        self.arrange();
    }

    /// Updates one row.
    pub fn put(&mut self, row: TableRow) -> RowChange {
        let (is_recounted, from) = match self.row(&row.id) {
            Some(known) if *known == row => return RowChange::Nothing,
            Some(known) => (known.state != row.state, self.find(known).ok()),
            None => (true, None),
        };
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
            (None, None) => RowMove::Hidden,
            (None, Some(to)) => RowMove::Entered(to),
            (Some(from), None) => RowMove::Left(from),
            (Some(from), Some(to)) if from == to => RowMove::Same(to),
            (Some(from), Some(to)) => RowMove::Moved { from, to },
        };
        RowChange::Changed {
            is_recounted,
            place,
        }
    }

    /// Removes a row. Returns its position if it was shown.
    pub fn remove(&mut self, id: &WorkbenchId) -> Option<usize> {
        let place = self.place_of(id);
        if let Some(place) = place {
            self.shown.remove(place);
        }
        self.forget(id);
        place
    }

    /// Returns the number of rows in each state regardless of the filter, worst first.
    pub fn states(&self) -> Vec<(State, usize)> {
        let counts = self.states.iter().filter(|(_, count)| *count > 0);
        let mut counts: Vec<(State, usize)> = counts.copied().collect();
        sorting::sort_by_key(&mut counts, |(a, _)| *a);
        counts
    }

    fn slot(&self, slot: usize) -> Option<&TableRow> {
        self.slots.get(slot)?.as_ref().map(|slot| &slot.row)
    }

    fn slot_of(&self, id: &WorkbenchId) -> Option<usize> {
        self.place_by_id(id).ok().map(|place| self.by_id[place])
    }

    /// Returns the index of an id, or where it would be inserted.
    fn place_by_id(&self, id: &WorkbenchId) -> Result<usize, usize> {
        self.by_id.binary_search_by(|slot| {
            self.slot(*slot)
                .map_or(Ordering::Less, |row| row.id.cmp(id))
        })
    }

    /// Returns the position of a row, or where it would be inserted.
    fn find(&self, row: &TableRow) -> Result<usize, usize> {
        self.shown.binary_search_by(|slot| {
            self.slot(*slot)
                .map_or(Ordering::Less, |other| self.sort.compare(other, row))
        })
    }

    fn tally(&mut self, state: State, is_one_more: bool) {
        match self.states.iter_mut().find(|(known, _)| *known == state) {
            Some((_, count)) if is_one_more => *count += 1,
            Some((_, count)) => *count -= 1,
            None => self.states.push((state, 1)),
        }
    }

    fn store(&mut self, row: TableRow) -> usize {
        self.tally(row.state, true);
        let place = match self.place_by_id(&row.id) {
            Ok(place) => {
                let slot = self.by_id[place];
                if let Some(known) = &mut self.slots[slot] {
                    let before = std::mem::replace(&mut known.row, row);
                    self.tally(before.state, false);
                }
                return slot;
            }
            Err(place) => place,
        };
        let new = Some(Slot {
            row,
            is_selected: false,
        });
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = new;
                slot
            }
            None => {
                self.slots.push(new);
                self.slots.len() - 1
            }
        };
        self.by_id.insert(place, slot);
        slot
    }

    fn forget(&mut self, id: &WorkbenchId) {
        if let Ok(place) = self.place_by_id(id) {
            let slot = self.by_id.remove(place);
            self.select(slot, false);
            if let Some(known) = self.slots[slot].take() {
                self.tally(known.row.state, false);
            }
            self.free.push(slot);
        }
        if self.anchor.as_ref() == Some(id) {
            self.anchor = None;
        }
    }

    fn arrange(&mut self) {
        let admitted = |slot: &usize| self.slot(*slot).is_some_and(|row| self.filter.admits(row));
        let mut shown: Vec<usize> = (0..self.slots.len()).filter(admitted).collect();
        sorting::sort_by(&mut shown, |a, b| match (self.slot(*a), self.slot(*b)) {
            (Some(a), Some(b)) => self.sort.compare(a, b),
            _ => Ordering::Equal,
        });
        self.shown = shown;
    }
}

/// Selection: it survives updates, sorting and filtering, and ends with its rows.
impl Table {
    /// Returns `true` if a row is selected.
    pub fn is_selected(&self, id: &WorkbenchId) -> bool {
        self.slot_of(id).is_some_and(|slot| self.has_selected(slot))
    }

    /// Selects or deselects a row. A range begins here.
    pub fn toggle(&mut self, id: &WorkbenchId) {
        if let Some(slot) = self.slot_of(id) {
            self.select(slot, !self.has_selected(slot));
            self.anchor = Some(id.clone());
        }
    }

    /// Selects all shown rows from the start of the range to here.
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
            self.select(self.shown[place], true);
        }
    }

    /// Selects every shown row.
    pub fn select_all(&mut self) {
        for place in 0..self.shown.len() {
            self.select(self.shown[place], true);
        }
    }

    /// Clears the selection.
    pub fn clear_selection(&mut self) {
        for slot in 0..self.slots.len() {
            self.select(slot, false);
        }
        self.anchor = None;
    }

    /// Returns the selected rows: the shown ones in order, then the others.
    /// [`Self::hidden_selected`] counts the latter, so that no command affects them unnoticed.
    pub fn selected(&self) -> Vec<&TableRow> {
        if self.selected == 0 {
            return Vec::new();
        }
        let shown = self.shown.iter().filter(|slot| self.has_selected(**slot));
        let mut rows: Vec<&TableRow> = shown.filter_map(|slot| self.slot(*slot)).collect();
        rows.extend(self.hidden());
        rows
    }

    /// Returns the number of selected rows that are not shown.
    pub fn hidden_selected(&self) -> usize {
        if self.selected == 0 {
            return 0;
        }
        self.hidden().count()
    }

    fn hidden(&self) -> impl Iterator<Item = &TableRow> {
        let selected = self.by_id.iter().filter(|slot| self.has_selected(**slot));
        selected
            .filter_map(|slot| self.slot(*slot))
            .filter(|row| !self.filter.admits(row))
    }

    fn has_selected(&self, slot: usize) -> bool {
        matches!(self.slots.get(slot), Some(Some(slot)) if slot.is_selected)
    }

    fn select(&mut self, slot: usize, is_selected: bool) {
        if let Some(Some(slot)) = self.slots.get_mut(slot) {
            let was_selected = std::mem::replace(&mut slot.is_selected, is_selected);
            self.selected = self.selected + usize::from(is_selected) - usize::from(was_selected);
        }
    }
}
