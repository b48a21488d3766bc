//! The journals of the runs that views show: read once, then extended by the stream.

use std::collections::HashMap;
use vestibule_model::ids::RunId;
use vestibule_model::transition::Transition;

/// Journals by run.
#[derive(Debug, Clone, Default)]
pub struct Journals(HashMap<RunId, Journal>);

/// The journal of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Journal {
    /// Known entries in the order of their numbers.
    pub entries: Vec<Transition>,
    /// The number up to which no entry is missing.
    complete_to: u64,
    /// `true` if the stream has reported every entry since the last response.
    is_continuous: bool,
    /// `true` if the stream was interrupted since the last request was sent: entries between the
    /// response and what the stream reports now may be missing.
    is_interrupted: bool,
}

impl Journals {
    /// Keeps the journal of a run from now on.
    pub fn follow(&mut self, run: &RunId) {
        self.0.entry(run.clone()).or_default();
    }

    /// Forgets the journal of a run.
    pub fn evict(&mut self, run: &RunId) {
        self.0.remove(run);
    }

    /// Returns the journal of a run, or `None` if it is not followed.
    pub fn get(&self, run: &RunId) -> Option<&Journal> {
        self.0.get(run)
    }

    /// Applies an entry from the stream. Returns `true` if a followed journal changed.
    pub fn apply(&mut self, entry: Transition) -> bool {
        let Some(journal) = self.0.get_mut(&entry.run_id) else {
            return false;
        };
        let seq = entry.seq;
        let has_changed = journal.insert(entry);
        if journal.is_continuous {
            journal.complete_to = journal.complete_to.max(seq);
        }
        has_changed
    }

    /// Notes that a request for missing entries is sent now.
    pub fn requested(&mut self, run: &RunId) {
        if let Some(journal) = self.0.get_mut(run) {
            journal.is_interrupted = false;
        }
    }

    /// Applies the response to a request for the entries after [`Journal::complete_to`]. `end` is
    /// `None` if there are further pages, else the number of the newest entry when the request was
    /// sent. Returns `true` if entries are new.
    pub fn answer(&mut self, run: &RunId, entries: Vec<Transition>, end: Option<u64>) -> bool {
        let Some(journal) = self.0.get_mut(run) else {
            return false;
        };
        let mut has_changed = false;
        for entry in entries.into_iter().filter(|entry| entry.run_id == *run) {
            journal.complete_to = journal.complete_to.max(entry.seq);
            has_changed |= journal.insert(entry);
        }
        if let Some(end) = end {
            journal.complete_to = journal.complete_to.max(end);
            if !journal.is_interrupted {
                journal.is_continuous = true;
                let newest = journal.entries.last().map_or(0, |entry| entry.seq);
                journal.complete_to = journal.complete_to.max(newest);
            }
        }
        has_changed
    }

    /// Marks all journals as possibly incomplete after an interruption of the stream.
    pub fn interrupt(&mut self) {
        for journal in self.0.values_mut() {
            journal.is_continuous = false;
            journal.is_interrupted = true;
        }
    }

    /// Removes all entries: the server's numbers were reset.
    pub fn clear(&mut self) {
        for journal in self.0.values_mut() {
            *journal = Journal::default();
        }
    }
}

impl Journal {
    /// Returns the number up to which no entry is missing, from which to continue reading.
    pub fn complete_to(&self) -> u64 {
        self.complete_to
    }

    /// Returns `true` if the stream has reported every entry since the last response.
    pub fn is_continuous(&self) -> bool {
        self.is_continuous
    }

    /// Inserts an entry in order. Returns `true` if it was unknown.
    fn insert(&mut self, entry: Transition) -> bool {
        let place = self
            .entries
            .binary_search_by_key(&entry.seq, |known| known.seq);
        match place {
            Ok(_) => false,
            Err(place) => {
                self.entries.insert(place, entry);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn entry(seq: u64) -> Transition {
        serde_json::from_value(json!({"seq": seq, "runId": "run-1", "at": "2026-11-21T10:00:00Z"}))
            .expect("an entry")
    }

    fn run() -> RunId {
        RunId::new("run-1")
    }

    fn numbers(journals: &Journals) -> (Vec<u64>, u64) {
        let journal = journals.get(&run()).expect("it is followed");
        let seqs = journal.entries.iter().map(|entry| entry.seq).collect();
        (seqs, journal.complete_to())
    }

    #[test]
    fn the_stream_extends_a_journal_that_was_read() {
        let mut journals = Journals::default();
        assert!(!journals.apply(entry(1)), "nobody follows it");
        journals.follow(&run());
        // An entry may come before the response to the first request.
        assert!(journals.apply(entry(3)));
        assert_eq!(numbers(&journals), (vec![3], 0));
        assert!(journals.answer(&run(), vec![entry(1), entry(2)], Some(2)));
        assert_eq!(numbers(&journals), (vec![1, 2, 3], 3));
        assert!(journals.apply(entry(4)));
        assert!(!journals.apply(entry(4)), "once");
        assert_eq!(numbers(&journals), (vec![1, 2, 3, 4], 4));
    }

    #[test]
    fn reading_continues_from_the_complete_part_after_an_interruption() {
        let mut journals = Journals::default();
        journals.follow(&run());
        journals.answer(&run(), vec![entry(1)], Some(1));
        journals.interrupt();
        assert!(journals.apply(entry(5)));
        assert_eq!(numbers(&journals), (vec![1, 5], 1));
        journals.requested(&run());
        assert!(journals.answer(&run(), vec![entry(2)], None));
        assert_eq!(
            numbers(&journals),
            (vec![1, 2, 5], 2),
            "a further page is to come"
        );
        assert!(journals.answer(&run(), vec![entry(3), entry(5)], Some(5)));
        assert_eq!(numbers(&journals), (vec![1, 2, 3, 5], 5));
    }

    #[test]
    fn a_late_response_hides_no_entry_before_what_the_stream_reports() {
        let mut journals = Journals::default();
        journals.follow(&run());
        journals.requested(&run());
        // The server answers with entry 1; entry 2 is written; the stream begins, and reports entry 3.
        journals.interrupt();
        journals.apply(entry(3));
        journals.answer(&run(), vec![entry(1)], Some(1));
        assert_eq!(numbers(&journals), (vec![1, 3], 1));
        journals.requested(&run());
        journals.answer(&run(), vec![entry(2), entry(3)], Some(3));
        assert_eq!(numbers(&journals), (vec![1, 2, 3], 3));
        assert!(journals.apply(entry(4)));
        assert_eq!(numbers(&journals), (vec![1, 2, 3, 4], 4));
    }

    proptest! {
        /// No entry is repeated or out of order, and none up to `complete_to` is missing.
        #[test]
        fn entries_are_in_order_and_complete_in_any_case(
            steps in prop::collection::vec((0u8..6, 1u64..6), 0..60),
        ) {
            let mut journals = Journals::default();
            journals.follow(&run());
            let (mut newest, mut reported, mut is_live) = (0u64, 0u64, false);
            // The response in flight: its entries, and its end.
            let mut response = None::<(Vec<Transition>, Option<u64>)>;
            for (kind, count) in steps {
                match kind {
                    0 => newest += count,
                    1 if is_live => {
                        for seq in reported + 1..=newest { journals.apply(entry(seq)); }
                        reported = newest;
                    }
                    2 if response.is_none() => {
                        journals.requested(&run());
                        let from = journals.get(&run()).expect("followed").complete_to();
                        let to = newest.min(from + count);
                        let page = (from + 1..=to).map(entry).collect();
                        response = Some((page, (to == newest).then_some(newest)));
                    }
                    3 => if let Some((page, end)) = response.take() {
                        journals.answer(&run(), page, end);
                    }
                    4 => is_live = false,
                    // The stream begins again: what was written before is in no event.
                    5 if !is_live => {
                        journals.interrupt();
                        (is_live, reported) = (true, newest);
                    }
                    _ => {}
                }
                let (seqs, complete_to) = numbers(&journals);
                prop_assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert!((1..=complete_to).all(|seq| seqs.contains(&seq)), "{seqs:?} {complete_to}");
            }
        }
    }
}
