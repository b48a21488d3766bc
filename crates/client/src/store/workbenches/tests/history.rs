//! Reports of a simulated server's history, in any order.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// History of the server: the list after each change.
#[derive(Default)]
struct Past {
    lists: Vec<BTreeMap<u8, (Workbench, u64)>>,
    seqs: Vec<u64>,
    /// Removals: version, row and number.
    gone: Vec<(u64, u8, u64)>,
}

impl Past {
    fn of(changes: &[(u8, u8)]) -> Self {
        let mut past = Self::default();
        let (mut rows, mut seq) = (BTreeMap::<u8, (Workbench, u64)>::new(), 0);
        past.lists.push(rows.clone());
        past.seqs.push(seq);
        for (kind, number) in changes {
            let now = past.newest() + 1;
            match kind {
                0 if rows.remove(number).is_some() => {
                    seq += 1;
                    past.gone.push((now, *number, seq));
                }
                // A change without a number.
                1 => {
                    if let Some((row, stamp)) = rows.get_mut(number) {
                        row.created_by_name = Some(format!("Name {now}"));
                        *stamp = now;
                    }
                }
                // A change elsewhere.
                2 => seq += 1,
                _ => {
                    seq += 1;
                    let owner = rows
                        .get(number)
                        .and_then(|(row, _)| row.created_by_name.clone());
                    let owner = owner.unwrap_or_else(|| "Ann".to_owned());
                    rows.insert(*number, (row(*number, seq, &owner), now));
                }
            }
            past.lists.push(rows.clone());
            past.seqs.push(seq);
        }
        past
    }

    fn newest(&self) -> u64 {
        self.lists.len() as u64 - 1
    }

    fn at(&self, version: u64) -> &BTreeMap<u8, (Workbench, u64)> {
        &self.lists[usize::try_from(version).expect("small")]
    }

    fn whole(&self, version: u64) -> Listing {
        self.since(None, version)
    }

    fn since(&self, since: Option<u64>, to: u64) -> Listing {
        let rows = self.at(to);
        let changed = rows
            .values()
            .filter(|(_, stamp)| since.is_none_or(|since| *stamp > since));
        let went = self.gone.iter().filter(|(at, number, _)| {
            since.is_some_and(|since| *at > since) && *at <= to && !rows.contains_key(number)
        });
        let removed: Vec<u8> = went.map(|(_, number, _)| *number).collect();
        let rows: Vec<Workbench> = changed.map(|(row, _)| row.clone()).collect();
        Listing {
            since: since.map(version),
            ..part(
                0,
                to,
                self.seqs[usize::try_from(to).expect("small")],
                &rows,
                &removed,
            )
        }
    }
}

/// The store under test, and a copy made from its updates.
#[derive(Default)]
struct Reader {
    roll: One,
    shown: BTreeMap<WorkbenchId, Workbench>,
    gone: Vec<(u8, u64)>,
}

impl Reader {
    fn publish(&mut self, past: &Past, (kind, one, other, number): (u8, u16, u16, u8)) {
        let (one, other) = (
            u64::from(one) % (past.newest() + 1),
            u64::from(other) % (past.newest() + 1),
        );
        let changes = match kind {
            0 => self.roll.replace(past.whole(one)),
            1 => {
                let (since, to) = (one.min(other), one.max(other));
                let reported = self.roll.merge(past.since(Some(since), to));
                assert_eq!(
                    reported.is_none(),
                    self.roll.since().is_none(),
                    "it says when it is lost"
                );
                reported.unwrap_or_default()
            }
            // As a client that requests changes since its version.
            2 => match self.held() {
                Some(held) => self
                    .roll
                    .merge(past.since(Some(held), one.max(held)))
                    .expect("it was asked for"),
                None => self.roll.replace(past.whole(one)),
            },
            3 => match past.at(one).get(&number) {
                Some((row, _)) => self.roll.put(row.clone()),
                None => return,
            },
            _ => {
                let count = past.gone.len();
                let Some(place) = usize::try_from(one).expect("small").checked_rem(count) else {
                    return;
                };
                let (_, number, seq) = past.gone[place];
                self.gone.push((number, seq));
                self.roll.remove(&id(number), seq)
            }
        };
        self.receive(&changes);
    }

    fn held(&self) -> Option<u64> {
        self.roll
            .since()
            .map(|held| held.number_in(EPOCH).expect("ours"))
    }

    fn receive(&mut self, changes: &Changes) {
        for id in &changes.changed {
            let row = self.roll.row(id).expect("it has changed, so it is there");
            let before = self.shown.insert(id.clone(), row.clone());
            assert_ne!(before.as_ref(), Some(row), "FIELD 26: {id} is as it was");
        }
        for id in &changes.removed {
            assert!(self.shown.remove(id).is_some(), "{id} was not there");
        }
        assert_eq!(self.shown.len(), self.roll.total().unwrap_or_default());
        for (id, row) in &self.shown {
            assert_eq!(self.roll.row(id), Some(row), "nobody was told");
        }
        for (number, seq) in &self.gone {
            let shown = self.roll.row(&id(*number));
            let is_ghost = shown.is_some_and(|row| row.version().0 <= *seq);
            assert!(!is_ghost, "FIELD 25: {number} is back");
        }
    }
}

proptest! {
    /// Complete lists, changes, single rows and removals, in any order and repeated: the next
    /// response leads to the newest state, and later old reports change nothing.
    #[test]
    fn reports_in_any_order_reach_the_newest_state(
        changes in prop::collection::vec((0u8..7, 0u8..5), 0..40),
        reported in prop::collection::vec((0u8..5, any::<u16>(), any::<u16>(), 0u8..5), 0..60),
    ) {
        let past = Past::of(&changes);
        let mut reader = Reader::default();
        for one in &reported {
            reader.publish(&past, *one);
        }
        let newest = u16::try_from(past.newest()).expect("small");
        reader.publish(&past, (2, newest, 0, 0));
        let truth: BTreeMap<WorkbenchId, Workbench> = past
            .at(past.newest())
            .iter()
            .map(|(number, (row, _))| (id(*number), row.clone()))
            .collect();
        prop_assert_eq!(&reader.shown, &truth);
        for one in reported {
            reader.publish(&past, one);
            prop_assert_eq!(&reader.shown, &truth);
        }
        prop_assert_eq!(reader.held(), Some(past.newest()));
    }
}
