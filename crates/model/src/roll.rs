//! The workbenches of a list as they are known: what is told of them, put together into the newest
//! truth, in whatever order and however often it is told.
//!
//! Three tell of them. The list, whole or only what of it has changed, is right about everything up
//! to its version. A row that was read by itself is newer where its number is. The stream says that
//! one is gone. What a list cannot know yet is kept; what it must have known, and does not show, is
//! gone for good (FIELD 25).

mod listing;
#[cfg(test)]
mod tests;

use crate::ids::WorkbenchId;
use crate::poll::Pace;
use crate::workbench::Workbench;
pub use listing::{ListVersion, Listing};
use std::collections::HashMap;

/// For how many rows that are gone it is remembered until a list knows it, too.
const REMEMBERED: usize = 512;

/// The rows, and how far they are known.
#[derive(Debug, Clone, Default)]
pub struct Roll {
    rows: HashMap<WorkbenchId, Workbench>,
    /// Whether there was a whole list. Rows before it are none.
    is_listed: bool,
    /// The newest list that was taken in.
    version: Option<ListVersion>,
    /// Whether something was not understood that came after it: only a whole list helps.
    is_torn: bool,
    /// The stream's number up to which that list knows everything.
    seq: Option<u64>,
    /// What the stream told to be gone after that, and its number.
    gone: Vec<(WorkbenchId, u64)>,
    /// The rows of which no more is known than that they cannot be read.
    unreadable: Vec<WorkbenchId>,
    /// How many of the last whole list could not even be told apart.
    nameless: usize,
}

/// What a piece of news changed. Where it is empty, nothing did (FIELD 26).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// Rows that came or are not as they were.
    pub changed: Vec<WorkbenchId>,
    /// Rows that went.
    pub gone: Vec<WorkbenchId>,
}

impl Roll {
    /// A row as it is known.
    pub fn row(&self, id: &WorkbenchId) -> Option<&Workbench> {
        self.rows.get(id)
    }

    /// All rows, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &Workbench> {
        self.rows.values()
    }

    /// How many there are; none before the first whole list.
    pub fn total(&self) -> Option<usize> {
        self.is_listed.then_some(self.rows.len())
    }

    /// How many rows could not be read.
    pub fn unreadable(&self) -> usize {
        self.unreadable.len() + self.nameless
    }

    /// How closely they are to be followed.
    pub fn pace(&self) -> Pace {
        Pace::of_list(self.rows.values())
    }

    /// The version since which changes are of use; none: only a whole list is.
    pub fn since(&self) -> Option<&ListVersion> {
        self.version.as_ref().filter(|_| !self.is_torn)
    }

    /// Takes in the whole list: what is not in it is gone, unless it came later.
    pub fn replace(&mut self, list: Listing) -> Turn {
        let mut turn = Turn::default();
        if self.is_past(&list) {
            return turn;
        }
        // Numbers never go back, but where a database is put back: then it alone is right.
        let is_anew = self.seq > list.seq;
        if is_anew {
            self.gone.clear();
        }
        let mut before = std::mem::take(&mut self.rows);
        for row in &list.items {
            if let Some(known) = before.remove(&row.id) {
                self.rows.insert(row.id.clone(), known);
            }
        }
        for (id, row) in before {
            if is_anew || !is_after(&row, list.seq) {
                turn.gone.push(id);
            } else {
                self.rows.insert(id, row);
            }
        }
        self.is_listed = true;
        self.unreadable.clear();
        self.nameless = list.nameless;
        self.follow(list, is_anew, &mut turn);
        turn
    }

    /// Takes in what of the list has changed. None where that cannot be added to what is known: then
    /// the whole list is to be asked for. A row of which not even the name can be read is such a case:
    /// which one is not true any more, nobody can say (FIELD 7).
    pub fn merge(&mut self, list: Listing) -> Option<Turn> {
        let mut turn = Turn::default();
        if list.since.is_none() || self.since() != list.since.as_ref() || list.nameless > 0 {
            let is_known = self.version == list.version && self.version.is_some();
            self.is_torn |= !is_known && !self.is_past(&list);
            return (!self.is_torn).then_some(turn);
        }
        for id in &list.removed {
            let is_gone = self.row(id).is_some_and(|row| !is_after(row, list.seq));
            if is_gone {
                self.rows.remove(id);
                turn.gone.push(id.clone());
            }
            self.read(id);
        }
        self.follow(list, false, &mut turn);
        Some(turn)
    }

    /// Takes in a row that was read by itself, or came with the answer to a wish.
    pub fn put(&mut self, row: Workbench) -> Turn {
        let is_news = match self.row(&row.id) {
            // What numbers do not tell apart, only the list does.
            Some(known) if row.version().0 > 0 => row.version() > known.version(),
            Some(known) => !row.is_older_than(known) && row != *known,
            None => self.is_listed && self.seq.is_none_or(|_| is_after(&row, self.seq)),
        };
        let mut turn = Turn::default();
        if is_news && !self.is_ghost(&row) {
            self.read(&row.id);
            turn.changed.push(row.id.clone());
            self.rows.insert(row.id.clone(), row);
        }
        turn
    }

    /// Takes a row out that went with this number.
    pub fn remove(&mut self, id: &WorkbenchId, seq: u64) -> Turn {
        let mut turn = Turn::default();
        if self.row(id).is_some_and(|row| is_after(row, Some(seq))) {
            return turn;
        }
        if self.rows.remove(id).is_some() {
            turn.gone.push(id.clone());
        }
        self.read(id);
        if Some(seq) > self.seq {
            if self.gone.len() == REMEMBERED {
                self.gone.remove(0);
            }
            self.gone.push((id.clone(), seq));
        }
        turn
    }

    /// Takes in a list's rows, and that it is the newest.
    fn follow(&mut self, list: Listing, is_anew: bool, turn: &mut Turn) {
        for id in list.unreadable {
            let is_told_later = self.row(&id).is_some_and(|row| is_after(row, list.seq))
                || self
                    .gone
                    .iter()
                    .any(|(of, at)| *of == id && Some(*at) > list.seq)
                || self.unreadable.contains(&id);
            if !is_told_later {
                if self.rows.remove(&id).is_some() {
                    turn.gone.push(id.clone());
                }
                self.unreadable.push(id);
            }
        }
        for row in list.items {
            self.read(&row.id);
            let is_news = !self.is_ghost(&row)
                && self
                    .row(&row.id)
                    .is_none_or(|known| (is_anew || !row.is_older_than(known)) && row != *known);
            if is_news {
                turn.changed.push(row.id.clone());
                self.rows.insert(row.id.clone(), row);
            }
        }
        self.version = list.version;
        self.is_torn = false;
        self.seq = list.seq;
        self.gone
            .retain(|(_, at)| list.seq.is_some_and(|seq| *at > seq));
    }

    /// A row went, or can be read now.
    fn read(&mut self, id: &WorkbenchId) {
        self.unreadable.retain(|unreadable| unreadable != id);
    }

    /// Whether a list is older than the one that was taken in last (FIELD 3).
    fn is_past(&self, list: &Listing) -> bool {
        let versions = list.version.as_ref().zip(self.version.as_ref());
        versions.is_some_and(|(version, newest)| version.is_older_than(newest))
    }

    /// Whether a row is told as it was before it went.
    fn is_ghost(&self, row: &Workbench) -> bool {
        let mut gone = self.gone.iter();
        gone.any(|(id, at)| *id == row.id && !is_after(row, Some(*at)))
    }
}

/// Whether a row tells of a change that came after a number; without one, no row does.
fn is_after(row: &Workbench, seq: Option<u64>) -> bool {
    seq.is_some_and(|seq| row.version().0 > seq)
}
