//! The runs, as the stream and the requests tell of them: the newest truth about each, in whatever
//! order and however often it comes.

use crate::ids::RunId;
use crate::run::Run;
use crate::stream::{RECENT, RunUpdate, Snapshot};
use crate::time::{Millis, Timestamp};
use std::collections::{BTreeMap, HashSet, VecDeque};

/// For how many runs that are gone it is remembered that they are, so that nothing late revives one.
const REMEMBERED: usize = 512;

/// What ended so long ago that a snapshot may or may not have it is not judged by one.
const MARGIN: Millis = Millis::from_secs(60);

/// A run, and when it was heard of.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    run: Run,
    /// The number of what told of it.
    seq: u64,
    /// The newest request at that time: the answer to a later one knows of it.
    asked: u64,
}

/// The runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Runs {
    known: BTreeMap<RunId, Heard>,
    /// Everything up to this number was in a snapshot.
    snapshot: Option<u64>,
    /// The oldest request that an answer is still of use to.
    answered: u64,
    gone: VecDeque<RunId>,
}

impl Runs {
    pub(super) fn all(&self) -> impl Iterator<Item = &Run> {
        self.known.values().map(|heard| &heard.run)
    }

    /// Each with the newest request at the time when it was heard of.
    pub(super) fn heard(&self) -> impl Iterator<Item = (&Run, u64)> {
        self.known.values().map(|heard| (&heard.run, heard.asked))
    }

    pub(super) fn get(&self, id: &RunId) -> Option<&Run> {
        self.known.get(id).map(|heard| &heard.run)
    }

    /// How everything that is active, or ended a short while ago, stands. An older snapshot than
    /// one that was heard says nothing; answers whether it did.
    pub(super) fn replace(&mut self, snapshot: &Snapshot, asked: u64, now: Timestamp) -> bool {
        let seq = snapshot.seq;
        if self.snapshot > Some(seq) {
            return false;
        }
        self.snapshot = Some(seq);
        let told: HashSet<&RunId> = snapshot.runs.iter().map(|run| &run.id).collect();
        let judged_from = now + Millis(MARGIN.0 - RECENT.0);
        self.known.retain(|id, heard| {
            let is_judged = heard.run.finished_at.is_none_or(|end| end > judged_from);
            heard.seq > seq || !is_judged || told.contains(id)
        });
        for run in &snapshot.runs {
            self.put(run, run.last_seq, asked);
        }
        true
    }

    /// A run as it is now.
    pub(super) fn update(&mut self, update: &RunUpdate, asked: u64) {
        let seq = update.seq.max(update.run.last_seq);
        let is_known = self.known.contains_key(&update.run.id);
        // A snapshot of later has no such run: it is gone, or has ended long ago.
        if is_known || self.snapshot.is_none_or(|snapshot| snapshot < seq) {
            self.put(&update.run, seq, asked);
        }
    }

    /// A run is gone, for good.
    pub(super) fn remove(&mut self, id: &RunId) {
        self.known.remove(id);
        if !self.gone.contains(id) {
            if self.gone.len() == REMEMBERED {
                self.gone.pop_front();
            }
            self.gone.push_back(id.clone());
        }
    }

    /// The answer to a request: the newest runs, and whether these are all there are. What would be
    /// among them and is not, is gone. Answers whether it was of use.
    pub(super) fn answer(&mut self, asked: u64, runs: &[Run], is_all: bool) -> bool {
        if asked < self.answered {
            return false;
        }
        self.answered = asked;
        let told: HashSet<&RunId> = runs.iter().map(|run| &run.id).collect();
        let oldest = runs.iter().map(|run| run.started_at).min();
        self.known.retain(|id, heard| {
            let would_be_there =
                is_all || oldest.is_some_and(|oldest| heard.run.started_at > oldest);
            told.contains(id) || heard.asked >= asked || !would_be_there
        });
        for run in runs {
            self.put(run, run.last_seq, asked);
        }
        true
    }

    /// The server counts anew: what its numbers were says nothing about what they are.
    pub(super) fn begin_anew(&mut self) {
        *self = Self {
            answered: self.answered,
            ..Self::default()
        };
    }

    /// Forgets what has ended, is of no more interest, and would only be carried along.
    pub(super) fn prune(&mut self, is_of_interest: impl Fn(&Run) -> bool) {
        self.known.retain(|_, heard| is_of_interest(&heard.run));
    }

    fn put(&mut self, run: &Run, seq: u64, asked: u64) {
        if self.gone.contains(&run.id) {
            return;
        }
        if let Some(known) = self.known.get_mut(&run.id) {
            known.asked = known.asked.max(asked);
            // What is not known to everybody is not told to everybody.
            let acknowledged = known.run.acknowledged || run.acknowledged;
            if run.last_seq > known.run.last_seq {
                known.run = run.clone();
            }
            known.seq = known.seq.max(seq);
            known.run.acknowledged = acknowledged;
            return;
        }
        let run = run.clone();
        let heard = Heard { seq, asked, run };
        self.known.insert(heard.run.id.clone(), heard);
    }
}
