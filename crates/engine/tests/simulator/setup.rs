//! Configuration and result of a simulation.

use super::store::StoreFault;
use std::collections::BTreeMap;
use std::ops::AddAssign;
use vestibule_model::observed::Observed;
use vestibule_model::reconcile::{Cadence, Outcome, Subject, reconcile};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::WorkbenchStatus;

/// The rule by which observations become status.
pub type Rule = fn(&Subject, &WorkbenchStatus, &Observed, &Cadence, Timestamp) -> Outcome;

/// Faults of the loop that the simulator must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoopFault {
    /// No fault.
    #[default]
    None,
    /// Commands wake no task.
    LosesWakeUps,
    /// The server begins without an observation.
    SkipsRecovery,
    /// The first observation after a restart is not marked as one.
    HidesRestart,
    /// Pauses are skipped.
    NeverPauses,
}

/// Configuration of a simulation.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Seed of all random numbers.
    pub seed: u64,
    /// Number of workbenches.
    pub benches: usize,
    /// Duration of commands and obstacles, in milliseconds.
    pub busy: i64,
    /// Time that everything may then take to settle.
    pub calm: i64,
    /// Mean pause between two commands to a workbench.
    pub patience: i64,
    /// The rule.
    pub rule: Rule,
    /// Fault of the store.
    pub store_fault: StoreFault,
    /// Fault of the loop.
    pub loop_fault: LoopFault,
}

impl Setup {
    /// Creates a simulation without faults.
    pub fn of(seed: u64, benches: usize) -> Self {
        Self {
            seed,
            benches,
            busy: 180_000,
            calm: 240_000,
            patience: 25_000,
            rule: reconcile,
            store_fault: StoreFault::None,
            loop_fault: LoopFault::None,
        }
    }

    /// Shortens the pauses between commands.
    pub fn hectic(seed: u64, benches: usize) -> Self {
        Self {
            patience: 6_000,
            ..Self::of(seed, benches)
        }
    }
}

/// Returns the cadence of the simulated engine.
pub fn cadence() -> Cadence {
    Cadence {
        starting: Millis(700),
        ..Cadence::default()
    }
}

/// Violated invariant.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Name of the check.
    pub rule: &'static str,
    /// Number of the workbench.
    pub bench: usize,
    /// Time in milliseconds since the beginning.
    pub at: i64,
    /// Description.
    pub what: String,
}

/// Statistics of a simulation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Reconciliations with an outcome.
    pub rounds: usize,
    /// Stored statuses with changes.
    pub commits: usize,
    /// Statuses refused because of a newer command.
    pub overtaken: usize,
    /// Stored commands.
    pub commands: usize,
    /// Refused commands.
    pub refusals: usize,
    /// Crashes of the server.
    pub crashes: usize,
    /// Processes started.
    pub starts: usize,
    /// Runs that came to an end.
    pub ends: usize,
    /// Workbenches removed.
    pub removed: usize,
    /// Number of occurrences of each reason.
    pub reasons: BTreeMap<String, usize>,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.commits += other.commits;
        self.overtaken += other.overtaken;
        self.commands += other.commands;
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
