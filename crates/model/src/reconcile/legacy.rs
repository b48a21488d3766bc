//! Summary sentence for old clients.

use crate::condition::{Condition, ConditionStatus, ConditionType, STEPS};
use crate::phase::Phase;
use crate::reason;
use crate::workbench::WorkbenchStatus;

/// Fills in `message` and `is_error`, which clients without conditions read.
pub(super) fn fill_legacy(status: &mut WorkbenchStatus) {
    status.is_error = status.phase == Phase::Failed;
    let message = sum_up(status);
    if status.message.as_deref() != message {
        status.message = message.map(str::to_owned);
    }
}

fn sum_up(status: &WorkbenchStatus) -> Option<&str> {
    let of = |kind| status.condition(kind).map(|c| c.message.as_str());
    match &status.phase {
        Phase::Failed => of(&ConditionType::Failed),
        Phase::Completed => of(&ConditionType::Completed),
        Phase::Stopped if status.run_number == 0 => Some(reason::sentence(reason::NEVER_STARTED)),
        Phase::Stopped | Phase::Stopping => of(&ConditionType::Ready),
        Phase::Pending | Phase::Creating | Phase::Running | Phase::Unknown(_) => {
            first_not_true(status).map(|c| c.message.as_str())
        }
    }
}

/// Returns the first step that is not met yet, or the success of all.
fn first_not_true(status: &WorkbenchStatus) -> Option<&Condition> {
    let steps = || STEPS.iter().filter_map(|kind| status.condition(kind));
    match steps().find(|c| !c.is_true()) {
        // A later obstacle explains why there is no job yet.
        Some(c) if c.status == ConditionStatus::Unobserved || only_waits(c) => steps()
            .find(|c| c.status == ConditionStatus::False && !only_waits(c))
            .or(Some(c)),
        Some(c) => Some(c),
        None => status.condition(&ConditionType::Ready),
    }
}

/// Returns `true` if a condition only waits for another one.
fn only_waits(condition: &Condition) -> bool {
    condition.reason == reason::WAITING && condition.message == reason::sentence(reason::WAITING)
}
