//! How a long list follows the event stream: which of its rows are read again, each by itself, and
//! when so many have changed that the list is asked for all of them at once.
//!
//! The machine sends nothing and holds no timer: it is told what was heard and answered, and does
//! what the returned [`Command`] says.

use crate::ids::WorkbenchId;
use crate::time::{Millis, Timestamp};

/// What is heard within this is read together, if it is not the first for as long.
pub const MOMENT: Millis = Millis(100);

/// So many rows of any list are read one by one.
pub const FEW: usize = 8;

/// Of a long list, one row in so many.
const SHARE: usize = 200;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// Read these rows again, each by itself.
    pub rows: Vec<WorkbenchId>,
    /// Ask for the list: for what of it has changed, or all of it.
    pub whole: bool,
    /// Wake the machine after this long, instead of any earlier such wish; none: no timer at all.
    pub wake_after: Option<Millis>,
}

/// The machine.
#[derive(Debug, Clone, Default)]
pub struct Gather {
    /// What has changed and is not being read yet, with the number of the change.
    heard: Vec<(WorkbenchId, u64)>,
    /// What is being read.
    reading: Vec<WorkbenchId>,
    /// When something was last read.
    last: Option<Timestamp>,
}

impl Gather {
    /// A row of a list of so many has changed.
    pub fn hear(&mut self, id: &WorkbenchId, seq: u64, total: usize, now: Timestamp) -> Command {
        match self.heard.iter_mut().find(|(heard, _)| heard == id) {
            Some((_, newest)) => *newest = seq.max(*newest),
            None => self.heard.push((id.clone(), seq)),
        }
        self.step(total, now)
    }

    /// The time may have come.
    pub fn wake(&mut self, total: usize, now: Timestamp) -> Command {
        self.step(total, now)
    }

    /// A row is gone: it is not read, and what is still answered is not wanted.
    pub fn forget(&mut self, id: &WorkbenchId) {
        self.heard.retain(|(heard, _)| heard != id);
        self.reading.retain(|reading| reading != id);
    }

    /// A row was read, up to the change with this number. Whether it is still wanted.
    pub fn answered(&mut self, id: &WorkbenchId, seq: u64) -> bool {
        self.heard.retain(|(heard, at)| heard != id || *at > seq);
        let before = self.reading.len();
        self.reading.retain(|reading| reading != id);
        self.reading.len() < before
    }

    /// A row could not be read. Whether that matters: then the whole list says why.
    pub fn failed(&mut self, id: &WorkbenchId) -> bool {
        let before = self.reading.len();
        self.forget(id);
        self.reading.len() < before
    }

    fn step(&mut self, total: usize, now: Timestamp) -> Command {
        let mut command = Command::default();
        if self.heard.is_empty() {
            return command;
        }
        // A clock that was set back must not silence the list.
        let due = self.last.map_or(now, |last| last.min(now) + MOMENT);
        if now < due {
            command.wake_after = Some(due.since(now));
            return command;
        }
        self.last = Some(now);
        if self.heard.len() + self.reading.len() > FEW.max(total / SHARE) {
            self.heard.clear();
            command.whole = true;
            return command;
        }
        // What is being read already may be answered as it was before: it is read once more after.
        let (busy, free) = std::mem::take(&mut self.heard)
            .into_iter()
            .partition::<Vec<_>, _>(|(id, _)| self.reading.contains(id));
        self.heard = busy;
        command.rows = free.into_iter().map(|(id, _)| id).collect();
        self.reading.extend(command.rows.iter().cloned());
        command.wake_after = (!self.heard.is_empty()).then_some(MOMENT);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn id(number: usize) -> WorkbenchId {
        WorkbenchId::new(format!("wb-{number:04}"))
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    #[test]
    fn one_change_is_one_row_at_once_and_the_next_moment_is_read_together() {
        let mut gather = Gather::default();
        let first = gather.hear(&id(1), 5, 10_000, at(0));
        assert_eq!((first.rows, first.whole), (vec![id(1)], false));
        let second = gather.hear(&id(2), 6, 10_000, at(10));
        assert_eq!(second.rows, []);
        assert_eq!(second.wake_after, Some(Millis(90)));
        assert_eq!(gather.hear(&id(3), 7, 10_000, at(20)).rows, []);
        assert_eq!(gather.hear(&id(2), 8, 10_000, at(30)).rows, []);
        let woken = gather.wake(10_000, at(100));
        assert_eq!((woken.rows, woken.whole), (vec![id(2), id(3)], false));
        assert_eq!(gather.wake(10_000, at(300)), Command::default());
    }

    #[test]
    fn many_changes_within_a_moment_are_one_list() {
        let mut gather = Gather::default();
        assert_eq!(gather.hear(&id(0), 1, 50, at(0)).rows, [id(0)]);
        for number in 1..40 {
            let command = gather.hear(&id(number), 1, 50, at(1));
            assert_eq!((command.rows, command.whole), (vec![], false));
        }
        let woken = gather.wake(50, at(100));
        assert_eq!((woken.rows, woken.whole), (vec![], true));
        assert_eq!(gather.wake(50, at(300)), Command::default());
    }

    #[test]
    fn the_longer_the_list_the_more_rows_are_read_by_themselves() {
        for (total, is_whole) in [(100, true), (10_000, false)] {
            let mut gather = Gather::default();
            gather.hear(&id(0), 1, total, at(0));
            for number in 1..30 {
                gather.hear(&id(number), 1, total, at(1));
            }
            assert_eq!(gather.wake(total, at(100)).whole, is_whole, "{total}");
        }
    }

    #[test]
    fn what_changes_while_it_is_read_is_read_again_unless_the_answer_tells_it() {
        let mut gather = Gather::default();
        gather.hear(&id(1), 5, 10, at(0));
        assert_eq!(
            gather.hear(&id(1), 6, 10, at(100)).rows,
            [],
            "one at a time"
        );
        assert!(gather.answered(&id(1), 5));
        assert_eq!(gather.wake(10, at(200)).rows, [id(1)]);
        gather.hear(&id(1), 7, 10, at(210));
        assert!(gather.answered(&id(1), 7));
        assert_eq!(gather.wake(10, at(300)), Command::default());
    }

    #[test]
    fn field_25_an_answer_revives_no_row_that_is_gone() {
        let mut gather = Gather::default();
        gather.hear(&id(1), 5, 10, at(0));
        gather.forget(&id(1));
        assert!(!gather.answered(&id(1), 5));
        gather.hear(&id(2), 6, 10, at(200));
        gather.forget(&id(2));
        assert!(!gather.failed(&id(2)), "that it is not there is known");
        gather.hear(&id(3), 7, 10, at(400));
        assert!(gather.failed(&id(3)));
    }

    proptest! {
        /// Whatever happens when: each change is known in the end, by its row or by a whole list,
        /// and no more is asked than a few rows a moment.
        #[test]
        fn no_change_is_missed(
            told in prop::collection::vec((0usize..20, 0i64..80), 1..200),
            total in 0usize..4_000,
            latency in 1i64..300,
        ) {
            let mut gather = Gather::default();
            let (mut now, mut newest) = (0, BTreeMap::new());
            let mut known = BTreeMap::<usize, u64>::new();
            let (mut wake, mut under_way) = (None, Vec::<(i64, usize, u64)>::new());
            let mut asked = 0;
            let mut todo = told.clone();
            todo.reverse();
            let mut next = todo.pop();
            loop {
                let soonest = [
                    next.map(|(_, pause)| now + pause),
                    wake,
                    under_way.iter().map(|one| one.0).min(),
                ];
                let Some(then) = soonest.into_iter().flatten().min() else { break };
                let passed = then - now;
                now = then;
                let command = if let Some(place) = under_way.iter().position(|one| one.0 <= now) {
                    let (_, number, seq) = under_way.remove(place);
                    next = next.map(|(n, pause)| (n, pause - passed));
                    if gather.answered(&id(number), seq) {
                        let shown = known.entry(number).or_default();
                        *shown = seq.max(*shown);
                    }
                    continue;
                } else if let Some((number, _)) = next.filter(|(_, pause)| *pause <= passed) {
                    let seq = newest.values().max().copied().unwrap_or(0) + 1;
                    newest.insert(number, seq);
                    next = todo.pop();
                    gather.hear(&id(number), seq, total, at(now))
                } else {
                    next = next.map(|(n, pause)| (n, pause - passed));
                    gather.wake(total, at(now))
                };
                wake = command.wake_after.map(|after| now + after.0);
                if command.whole {
                    known.clone_from(&newest);
                }
                asked += command.rows.len();
                for row in command.rows {
                    let number: usize = row.as_str()[3..].parse().expect("ours");
                    prop_assert!(under_way.iter().all(|one| one.1 != number), "one at a time");
                    under_way.push((now + latency, number, newest[&number]));
                }
            }
            prop_assert_eq!(known, newest);
            prop_assert!(asked <= told.len());
        }
    }
}
