//! Summary sentence for old clients.

use crate::condition::{self, ConditionType};
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
            let reported = condition::blocker(&status.conditions);
            reported
                .or_else(|| status.condition(&ConditionType::Ready))
                .map(|c| c.message.as_str())
        }
    }
}
