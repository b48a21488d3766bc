//! Observation of a workbench that is not acted on.

use vestibule_model::observed::{Capacity, Observed, Runner, Volume};

/// Returns an observation of a workbench that is not acted on: its start waits.
pub(super) fn held(seen: Observed, why: &str) -> Observed {
    if seen.runner != Runner::Absent {
        return seen;
    }
    let volume = match seen.volume {
        Volume::Absent | Volume::WithJob => Volume::Pending(why.to_owned()),
        volume => volume,
    };
    Observed {
        volume,
        capacity: Capacity::Full(why.to_owned()),
        ..seen
    }
}
