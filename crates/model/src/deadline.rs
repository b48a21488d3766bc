//! Deadline of a start.

use crate::condition::{Condition, ConditionStatus, ConditionType, find, holds};
use crate::reason;
use crate::time::{Millis, Timestamp};

/// Returns the deadline of the app's first response, for a run that was requested at `asked` with
/// time until `deadline`.
///
/// Waiting for a build, a secret or capacity is no part of a start and does not use up its time,
/// which begins once there is a process. `None` while the start waits.
pub fn of_start(
    deadline: Timestamp,
    asked: Timestamp,
    conditions: &[Condition],
) -> Option<Timestamp> {
    if holds(conditions, &ConditionType::JobCreated) {
        let begun = find(conditions, &ConditionType::JobCreated)
            .and_then(|job| job.last_transition_time)
            .unwrap_or(asked);
        let waited = begun.since(asked).max(Millis(0));
        return Some(deadline + waited);
    }
    (!waits(conditions)).then_some(deadline)
}

fn waits(conditions: &[Condition]) -> bool {
    let lacks =
        |kind| find(conditions, kind).is_some_and(|found| found.status == ConditionStatus::False);
    let is_built =
        |job: &Condition| [reason::BUILD_QUEUED, reason::BUILDING].contains(&job.reason.as_str());
    let has_no_room = find(conditions, &ConditionType::PodScheduled).is_some_and(|room| {
        room.status == ConditionStatus::False && room.reason != reason::WAITING
    });
    lacks(&ConditionType::SecretsReady)
        || has_no_room
        || find(conditions, &ConditionType::JobCreated).is_some_and(is_built)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{at, condition};

    fn limit(all: &[(&str, &str, &str, i64)]) -> Option<Timestamp> {
        let conditions: Vec<_> = all
            .iter()
            .map(|(kind, holds, reason, since)| Condition {
                last_transition_time: Some(at(*since)),
                ..condition(kind, holds, reason)
            })
            .collect();
        of_start(at(300_000), at(0), &conditions)
    }

    #[test]
    fn waiting_does_not_use_up_the_time_of_a_start() {
        assert_eq!(limit(&[]), Some(at(300_000)));
        let missing = ("SecretsReady", "False", "SecretMissing", 10);
        assert_eq!(limit(&[missing]), None);
        let queued = ("JobCreated", "False", "BuildQueued", 10);
        assert_eq!(limit(&[queued]), None);
        let full = ("PodScheduled", "False", "Unschedulable", 10);
        assert_eq!(limit(&[full]), None);
        let behind = ("PodScheduled", "False", "Waiting", 10);
        assert_eq!(limit(&[behind]), Some(at(300_000)));
        let begins = ("JobCreated", "False", "Waiting", 10);
        assert_eq!(limit(&[begins]), Some(at(300_000)));
        // After ten minutes of waiting its time begins.
        let begun = ("JobCreated", "True", "Created", 600_000);
        assert_eq!(limit(&[begun]), Some(at(900_000)));
        // Whatever the clocks show, it never has less time than it was given.
        let early = ("JobCreated", "True", "Created", -5);
        assert_eq!(limit(&[early]), Some(at(300_000)));
    }
}
