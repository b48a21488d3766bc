//! Expected steps of each condition, and their comparison with a journal.

use vestibule_model::condition::ConditionStatus;
use vestibule_model::condition::ConditionType::{
    self, Completed, Failed, JobCreated, PodScheduled, PvcReady, Ready, RunnerStarted, SecretsReady,
};
use vestibule_model::reason;
use vestibule_model::transition::Transition;

/// Every status and reason of each condition, in order, such as `False Provisioning`. A step with a
/// question mark may be missing: a quick engine is never seen in it. A new message alone is no step.
/// A condition without a step `True` must never be True.
#[derive(Debug, Clone)]
pub struct Lanes(Vec<(ConditionType, Vec<String>)>);

/// Returns lanes in which the preconditions are met; there is no process.
pub fn prepared() -> Lanes {
    let lanes = ConditionType::KNOWN.iter().map(|kind| {
        let steps: &[&str] = match kind {
            PvcReady => &["False Provisioning", "True Bound"],
            SecretsReady => &["True AllSecretsFound"],
            JobCreated | PodScheduled | RunnerStarted => &["False Waiting"],
            Ready => &["False Provisioning"],
            Completed | Failed => &["False NotEnded"],
            ConditionType::Unknown(_) => &[],
        };
        (kind.clone(), owned(steps))
    });
    Lanes(lanes.collect())
}

/// Returns lanes in which a process is being brought up.
pub fn created() -> Lanes {
    prepared()
        .then(JobCreated, &["True Created"])
        .then(PodScheduled, &["True Scheduled"])
        .then(RunnerStarted, &["?False ProcessStarting"])
        .then(Ready, &["False Waiting", "?False ProbePending"])
}

/// Returns lanes in which the process was up.
pub fn up() -> Lanes {
    created().then(RunnerStarted, &["True ContainerRunning"])
}

/// Returns lanes in which the process was up for so short a time that it may never have been seen.
pub fn briefly_up() -> Lanes {
    created().then(RunnerStarted, &["?True ContainerRunning"])
}

/// Returns lanes in which the app has answered.
pub fn ready() -> Lanes {
    up().then(Ready, &["True SessionRunning"])
}

impl Lanes {
    /// Appends steps to a condition.
    #[must_use]
    pub fn then(mut self, kind: ConditionType, steps: &[&str]) -> Self {
        self.of(&kind).extend(owned(steps));
        self
    }

    /// Replaces the steps of a condition.
    #[must_use]
    pub fn only(mut self, kind: ConditionType, steps: &[&str]) -> Self {
        *self.of(&kind) = owned(steps);
        self
    }

    /// Adds that the process is gone, and `Ready` sums up how the run ended.
    fn gone(self, reason: &str, summary: &str) -> Self {
        self.then(RunnerStarted, &[&format!("False {reason}")])
            .then(Ready, &[&format!("False {summary}")])
    }

    /// Adds that the process ended without a failure, and the run did not complete.
    #[must_use]
    pub fn left(self, reason: &str) -> Self {
        self.gone(reason, reason::SESSION_STOPPED).ended(reason)
    }

    /// Adds that the start is stopped before there is a process.
    #[must_use]
    pub fn never_up(self, reason: &str) -> Self {
        self.not_reached(&[JobCreated, RunnerStarted])
            .then(Ready, &["False SessionStopped"])
            .ended(reason)
    }

    /// Adds a start that waits until then, and `Ready` repeats for what.
    #[must_use]
    pub fn held_by(mut self, reason: &str) -> Self {
        self.of(&Ready)[0] = format!("False {reason}");
        self
    }

    /// Adds a start that waits for a secret until then.
    #[must_use]
    pub fn lacks_secret(mut self) -> Self {
        let waits = owned(&["False WaitingForSecrets", "?False Waiting"]);
        self.of(&JobCreated).splice(..1, waits);
        self.held_by(reason::SECRETS_NOT_READY)
    }

    /// Adds that the run ended before these steps.
    #[must_use]
    pub fn not_reached(self, kinds: &[ConditionType]) -> Self {
        kinds.iter().fold(self, |lanes, kind| {
            lanes.then(kind.clone(), &["False NotReached"])
        })
    }

    /// Adds that the run has ended without a failure, and did not complete.
    #[must_use]
    pub fn ended(self, reason: &str) -> Self {
        let step = format!("False {reason}");
        self.then(Completed, &[&step]).then(Failed, &[&step])
    }

    /// Adds that the run is asked to stop, and does.
    #[must_use]
    pub fn stops(self, reason: &str) -> Self {
        self.then(Ready, &["False Stopping"]).left(reason)
    }

    /// Adds that the run has failed.
    #[must_use]
    pub fn failed(self, reason: &str) -> Self {
        self.then(Completed, &[&format!("False {reason}")])
            .then(Failed, &[&format!("True {reason}")])
    }

    /// Adds that the process is gone, and the run has failed.
    #[must_use]
    pub fn fails(self, reason: &str) -> Self {
        self.gone(reason, reason::SESSION_FAILED).failed(reason)
    }

    /// Adds that the process is gone, and the run is complete.
    #[must_use]
    pub fn completes(self) -> Self {
        self.gone(reason::SUCCESS, reason::SESSION_COMPLETED)
            .then(Completed, &["True Success"])
            .then(Failed, &["False Success"])
    }

    fn of(&mut self, kind: &ConditionType) -> &mut Vec<String> {
        let lane = self.0.iter_mut().find(|(of, _)| of == kind);
        &mut lane.expect("every known condition has a lane").1
    }

    /// Returns how the journal differs, one line for each condition that does. Steps to False with one of
    /// the `passing` reasons do not count.
    pub fn differences(&self, journal: &[Transition], passing: &[&str]) -> Vec<String> {
        let differs = |(kind, expected): &(ConditionType, Vec<String>)| {
            let seen = lane(journal, kind, passing);
            (!fits(expected, &seen)).then(|| {
                let (expected, seen) = (expected.join(" > "), seen.join(" > "));
                format!("{kind}\n  should be  {expected}\n  but was    {seen}")
            })
        };
        self.0.iter().filter_map(differs).collect()
    }
}

fn owned(steps: &[&str]) -> Vec<String> {
    steps.iter().map(|step| (*step).to_owned()).collect()
}

/// Returns the steps of a condition in a journal, without the passing ones.
fn lane(journal: &[Transition], kind: &ConditionType, passing: &[&str]) -> Vec<String> {
    let mut steps: Vec<String> = journal
        .iter()
        .filter(|entry| entry.condition.as_ref() == Some(kind))
        .filter(|entry| {
            entry.to != Some(ConditionStatus::False) || !passing.contains(&&*entry.reason)
        })
        .map(|entry| {
            let status = entry.to.as_ref().map_or("", ConditionStatus::as_str);
            format!("{status} {}", entry.reason)
        })
        .collect();
    steps.dedup();
    steps
}

fn fits(expected: &[String], seen: &[String]) -> bool {
    let Some((step, rest)) = expected.split_first() else {
        return seen.is_empty();
    };
    let (step, may_be_missed) = match step.strip_prefix('?') {
        Some(step) => (step, true),
        None => (step.as_str(), false),
    };
    let is_next = seen.first().is_some_and(|first| first == step);
    (is_next && fits(rest, &seen[1..])) || (may_be_missed && fits(rest, seen))
}

#[test]
fn lane_fits_only_its_own_steps() {
    let seen = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
    let expected = seen("a ?b c");
    for fitting in ["a b c", "a c"] {
        assert!(fits(&expected, &seen(fitting)), "{fitting}");
    }
    for other in ["a b", "a b c d", "a b b c"] {
        assert!(!fits(&expected, &seen(other)), "{other}");
    }
}
