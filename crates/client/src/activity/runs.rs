//! The runs reported by the stream and by requests: the newest version of each, in any order of the
//! reports.

use crate::version::Versioned as _;
use std::collections::{BTreeMap, HashSet, VecDeque};
use vestibule_model::ids::RunId;
use vestibule_model::run::Run;
use vestibule_model::stream::{RECENT, RunUpdate, Snapshot};
use vestibule_model::time::{Millis, Timestamp};

/// Number of removed runs that are remembered, so that a late report revives none.
const REMEMBERED: usize = 512;

/// Tolerance: runs that ended about [`RECENT`] ago may or may not be part of a snapshot.
const MARGIN: Millis = Millis::from_secs(60);

/// A run with its report.
#[derive(Debug, Clone, PartialEq)]
struct KnownRun {
    run: Run,
    /// The number of the newest report.
    seq: u64,
    /// The newest request at that time: responses to later ones include the run.
    asked: u64,
}

/// The known runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Runs {
    known: BTreeMap<RunId, KnownRun>,
    /// The newest snapshot contained everything up to this number.
    snapshot: Option<u64>,
    /// The newest request that was answered: responses to older ones are dropped.
    answered: u64,
    gone: VecDeque<RunId>,
}

impl Runs {
    pub(super) fn all(&self) -> impl Iterator<Item = &Run> {
        self.known.values().map(|known| &known.run)
    }

    pub(super) fn get(&self, id: &RunId) -> Option<&Run> {
        self.known.get(id).map(|known| &known.run)
    }

    /// Applies a snapshot of the runs that are active or ended recently. Returns false if it is
    /// older than another.
    pub(super) fn replace(&mut self, snapshot: &Snapshot, asked: u64, now: Timestamp) -> bool {
        let seq = snapshot.seq;
        if self.snapshot > Some(seq) {
            return false;
        }
        self.snapshot = Some(seq);
        let reported: HashSet<&RunId> = snapshot.runs.iter().map(|run| &run.id).collect();
        let judged_from = now + Millis(MARGIN.0 - RECENT.0);
        self.known.retain(|id, known| {
            let is_judged = known.run.finished_at.is_none_or(|end| end > judged_from);
            known.seq > seq || !is_judged || reported.contains(id)
        });
        for run in &snapshot.runs {
            self.put(run, run.last_seq, asked);
        }
        true
    }

    /// Applies a report of one run.
    pub(super) fn update(&mut self, update: &RunUpdate, asked: u64) {
        let seq = update.seq.max(update.run.last_seq);
        let is_known = self.known.contains_key(&update.run.id);
        // A later snapshot has no such run: it is gone, or ended long ago.
        if is_known || self.snapshot.is_none_or(|snapshot| snapshot < seq) {
            self.put(&update.run, seq, asked);
        }
    }

    /// Removes a run for good.
    pub(super) fn remove(&mut self, id: &RunId) {
        self.known.remove(id);
        if !self.gone.contains(id) {
            if self.gone.len() == REMEMBERED {
                self.gone.pop_front();
            }
            self.gone.push_back(id.clone());
        }
    }

    /// Applies the response to a request for the newest runs; `is_all` if there are no others. Runs
    /// that should be among them and are not are gone. Returns `true` if the response is current.
    pub(super) fn answer(&mut self, asked: u64, runs: &[Run], is_all: bool) -> bool {
        if asked < self.answered {
            return false;
        }
        self.answered = asked;
        let reported: HashSet<&RunId> = runs.iter().map(|run| &run.id).collect();
        let oldest = runs.iter().map(|run| run.started_at).min();
        self.known.retain(|id, known| {
            let would_be_there =
                is_all || oldest.is_some_and(|oldest| known.run.started_at > oldest);
            reported.contains(id) || known.asked >= asked || !would_be_there
        });
        for run in runs {
            self.put(run, run.last_seq, asked);
        }
        true
    }

    /// Resets the numbers after the server's were reset.
    pub(super) fn reset_numbers(&mut self) {
        *self = Self {
            answered: self.answered,
            ..Self::default()
        };
    }

    /// Removes runs that are neither active nor recent.
    pub(super) fn prune(&mut self, is_of_interest: impl Fn(&Run) -> bool) {
        self.known.retain(|_, known| is_of_interest(&known.run));
    }

    fn put(&mut self, run: &Run, seq: u64, asked: u64) {
        if self.gone.contains(&run.id) {
            return;
        }
        if let Some(known) = self.known.get_mut(&run.id) {
            known.asked = known.asked.max(asked);
            // Not every report carries the acknowledgement.
            let acknowledged = known.run.acknowledged || run.acknowledged;
            if run.is_newer_than(&known.run) {
                known.run = run.clone();
            }
            known.seq = known.seq.max(seq);
            known.run.acknowledged = acknowledged;
            return;
        }
        let run = run.clone();
        let known = KnownRun { seq, asked, run };
        self.known.insert(known.run.id.clone(), known);
    }
}
