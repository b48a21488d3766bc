//! What each condition goes through, one lane for each, and whether a journal is that.

use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::transition::Transition;

/// Every status and reason of each condition, in order: `False VolumePending > True Bound`. A step
/// with a question mark is one that a quick engine may never be seen in. A new message alone is no
/// step.
#[derive(Debug, Clone, Copy)]
pub struct Lanes {
    pub pvc_ready: &'static str,
    pub secrets_ready: &'static str,
    pub job_created: &'static str,
    pub pod_scheduled: &'static str,
    pub runner_started: &'static str,
    pub ready: &'static str,
    pub completed: &'static str,
    pub failed: &'static str,
}

/// Nobody has ever looked at it.
pub const UNKNOWN: &str = "Unknown NotObserved";

/// A process was brought up, and more is not known.
pub const UP: Lanes = Lanes {
    pvc_ready: "False VolumePending > True Bound",
    secrets_ready: "True SecretsFound",
    job_created: "Unknown NotObserved > False Waiting > True JobCreated",
    pod_scheduled: "Unknown NotObserved > True Scheduled",
    runner_started: "Unknown NotObserved > ?False ContainerCreating > True Started",
    ready: "Unknown NotObserved > False ProbePending",
    completed: UNKNOWN,
    failed: UNKNOWN,
};

/// The app answered.
pub const READY: Lanes = Lanes {
    ready: "Unknown NotObserved > ?False ProbePending > True ProbeSucceeded",
    ..UP
};

impl Lanes {
    fn named(&self) -> [(ConditionType, &'static str); 8] {
        use ConditionType::{
            Completed, Failed, JobCreated, PodScheduled, PvcReady, Ready, RunnerStarted,
            SecretsReady,
        };
        [
            (PvcReady, self.pvc_ready),
            (SecretsReady, self.secrets_ready),
            (JobCreated, self.job_created),
            (PodScheduled, self.pod_scheduled),
            (RunnerStarted, self.runner_started),
            (Ready, self.ready),
            (Completed, self.completed),
            (Failed, self.failed),
        ]
    }

    /// How the journal differs, one line for each condition that does.
    pub fn differences(&self, journal: &[Transition]) -> Vec<String> {
        let differs = |(kind, expected): &(ConditionType, &'static str)| {
            let seen = lane(journal, kind);
            let steps: Vec<&str> = expected.split(" > ").collect();
            (!fits(&steps, &seen)).then(|| {
                let seen = seen.join(" > ");
                format!("{kind}\n  should be  {expected}\n  but was    {seen}")
            })
        };
        self.named().iter().filter_map(differs).collect()
    }
}

/// What a condition went through.
fn lane(journal: &[Transition], kind: &ConditionType) -> Vec<String> {
    let mut steps: Vec<String> = journal
        .iter()
        .filter(|entry| entry.condition.as_ref() == Some(kind))
        .map(|entry| {
            let status = entry.to.as_ref().map_or("", ConditionStatus::as_str);
            format!("{status} {}", entry.reason)
        })
        .collect();
    steps.dedup();
    steps
}

fn fits(expected: &[&str], seen: &[String]) -> bool {
    let Some((step, rest)) = expected.split_first() else {
        return seen.is_empty();
    };
    let (step, may_be_missed) = match step.strip_prefix('?') {
        Some(step) => (step, true),
        None => (*step, false),
    };
    let is_next = seen.first().is_some_and(|first| first == step);
    (is_next && fits(rest, &seen[1..])) || (may_be_missed && fits(rest, seen))
}

#[test]
fn a_lane_fits_only_what_it_says() {
    let seen = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
    assert!(fits(&["a", "?b", "c"], &seen("a b c")));
    assert!(fits(&["a", "?b", "c"], &seen("a c")));
    assert!(!fits(&["a", "?b", "c"], &seen("a b")));
    assert!(!fits(&["a", "?b", "c"], &seen("a b c d")));
    assert!(!fits(&["a", "?b", "c"], &seen("a b b c")));
}
