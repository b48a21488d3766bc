//! Deadline of a start.

use crate::condition::{Condition, ConditionStatus, ConditionType, find, holds};
use crate::reason;
use crate::time::{Millis, Timestamp};

/// Returns the deadline of the app's first response, for a run that was requested at `asked` with
/// time until `deadline`.
///
/// Waiting for a build, a secret, a folder that is refused, capacity or a quota is no part of a start and does not use up its
/// time, which begins once there is a process and a machine for it. `None` while the start waits.
pub fn of_start(
    deadline: Timestamp,
    asked: Timestamp,
    conditions: &[Condition],
) -> Option<Timestamp> {
    if holds(conditions, &ConditionType::JobCreated) {
        if has_no_room(conditions) {
            return None;
        }
        let since = |kind| {
            find(conditions, kind)
                .filter(|found| found.is_true())?
                .last_transition_time
        };
        let begun = since(&ConditionType::JobCreated)
            .max(since(&ConditionType::PodScheduled))
            .unwrap_or(asked);
        let waited = begun.since(asked).max(Millis(0));
        return Some(deadline + waited);
    }
    (!waits(conditions)).then_some(deadline)
}

fn waits(conditions: &[Condition]) -> bool {
    let lacks =
        |kind| find(conditions, kind).is_some_and(|found| found.status == ConditionStatus::False);
    let is_held = |job: &Condition| {
        let holds_up = [
            reason::BUILD_QUEUED,
            reason::BUILDING,
            reason::CREATION_FAILED,
            reason::ADMISSION_DENIED,
        ];
        holds_up.contains(&job.reason.as_str())
    };
    let has_no_folder = |folder: &Condition| folder.reason == reason::PROVISION_FAILED;
    lacks(&ConditionType::SecretsReady)
        || find(conditions, &ConditionType::PvcReady).is_some_and(has_no_folder)
        || has_no_room(conditions)
        || find(conditions, &ConditionType::JobCreated).is_some_and(is_held)
}

fn has_no_room(conditions: &[Condition]) -> bool {
    find(conditions, &ConditionType::PodScheduled)
        .is_some_and(|room| room.status == ConditionStatus::False && room.reason != reason::WAITING)
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
        let missing = ("SecretsReady", "False", "SecretNotFound", 10);
        assert_eq!(limit(&[missing]), None);
        let refused = ("PVCReady", "False", "ProvisionFailed", 10);
        assert_eq!(limit(&[refused]), None);
        let queued = ("JobCreated", "False", "BuildQueued", 10);
        assert_eq!(limit(&[queued]), None);
        let full = ("PodScheduled", "False", "Unschedulable", 10);
        assert_eq!(limit(&[full]), None);
        let behind = ("PodScheduled", "False", "Waiting", 10);
        assert_eq!(limit(&[behind]), Some(at(300_000)));
        let begins = ("JobCreated", "False", "Waiting", 10);
        assert_eq!(limit(&[begins]), Some(at(300_000)));
        let denied = ("JobCreated", "False", "AdmissionDenied", 10);
        assert_eq!(limit(&[denied]), None);
        let created = ("JobCreated", "True", "Created", 1_000);
        assert_eq!(limit(&[created, full]), None);
        let placed = ("PodScheduled", "True", "Scheduled", 600_000);
        assert_eq!(limit(&[created, placed]), Some(at(900_000)));
        // After ten minutes of waiting its time begins.
        let begun = ("JobCreated", "True", "Created", 600_000);
        assert_eq!(limit(&[begun]), Some(at(900_000)));
        // With any clocks the run never has less time than it was given.
        let early = ("JobCreated", "True", "Created", -5);
        assert_eq!(limit(&[early]), Some(at(300_000)));
    }
}
