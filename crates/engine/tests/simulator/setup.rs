//! How a simulation is set up, and how it ends.

use super::store::Flaw;
use std::collections::BTreeMap;
use std::ops::AddAssign;
use vestibule_model::observed::Observed;
use vestibule_model::reconcile::{Cadence, Outcome, Subject, reconcile};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::WorkbenchStatus;

/// The rule by which observations become status.
pub type Rule = fn(&Subject, &WorkbenchStatus, &Observed, &Cadence, Timestamp) -> Outcome;

/// What can be broken in the loop, to see that it is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Slip {
    /// Nothing.
    #[default]
    None,
    /// Wishes wake nobody.
    LosesPokes,
    /// Nothing is looked at after a start of the server.
    SkipsRecovery,
    /// The first look after a restart passes for any other.
    HidesRestart,
    /// What is due later is looked at right away.
    NeverPauses,
}

/// A simulation to be run.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// From which everything follows.
    pub seed: u64,
    /// How many workbenches there are.
    pub benches: usize,
    /// How long people wish and obstacles come, in milliseconds.
    pub busy: i64,
    /// How long everything may then take to settle.
    pub calm: i64,
    /// How long a workbench is left in peace between two wishes, on average.
    pub patience: i64,
    /// The rule.
    pub rule: Rule,
    /// What is broken in the store.
    pub flaw: Flaw,
    /// What is broken in the loop.
    pub slip: Slip,
}

impl Setup {
    /// Nothing broken.
    pub fn of(seed: u64, benches: usize) -> Self {
        Self {
            seed,
            benches,
            busy: 180_000,
            calm: 240_000,
            patience: 25_000,
            rule: reconcile,
            flaw: Flaw::None,
            slip: Slip::None,
        }
    }

    /// The same, with people who leave no workbench in peace.
    pub fn hectic(seed: u64, benches: usize) -> Self {
        Self {
            patience: 6_000,
            ..Self::of(seed, benches)
        }
    }
}

/// How often an engine of the simulation wants to be asked.
pub fn cadence() -> Cadence {
    Cadence {
        starting: Millis(700),
        ..Cadence::default()
    }
}

/// A rule that was broken.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Which.
    pub rule: &'static str,
    /// With which workbench.
    pub bench: usize,
    /// When, in milliseconds since the beginning.
    pub at: i64,
    /// How.
    pub what: String,
}

/// What a simulation has seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Looks that came to a decision.
    pub looks: usize,
    /// Statuses stored with news in them.
    pub commits: usize,
    /// Statuses refused because of a newer wish.
    pub overtaken: usize,
    /// Wishes stored.
    pub wishes: usize,
    /// Wishes refused.
    pub refusals: usize,
    /// Crashes of the server.
    pub crashes: usize,
    /// Processes started.
    pub starts: usize,
    /// Runs that came to an end.
    pub ends: usize,
    /// Workbenches removed.
    pub removed: usize,
    /// The reasons that were told, and how often.
    pub reasons: BTreeMap<String, usize>,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.looks += other.looks;
        self.commits += other.commits;
        self.overtaken += other.overtaken;
        self.wishes += other.wishes;
        self.refusals += other.refusals;
        self.crashes += other.crashes;
        self.starts += other.starts;
        self.ends += other.ends;
        self.removed += other.removed;
        for (reason, times) in other.reasons {
            *self.reasons.entry(reason).or_default() += times;
        }
    }
}
