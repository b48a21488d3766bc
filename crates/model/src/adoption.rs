//! Commands that a change of a resource amounts to, on an engine where the resource and not the
//! database has the desired state.
//!
//! The database remembers which desired state it adopted last, so that the order of changes matters and
//! not how often one is seen: the same resource again amounts to nothing.

use crate::workbench::{Desired, WorkbenchSpec, WorkbenchStatus};

#[cfg(test)]
mod tests;

/// Desired state in a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Name on the screen.
    pub name: String,
    /// Settings.
    pub spec: WorkbenchSpec,
    /// Desired state.
    pub desired: Desired,
    /// Request for a run: each new value is another one.
    pub run_request: Option<String>,
    /// `true` if it is being deleted.
    pub deleting: bool,
}

/// Desired state in the database.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredState {
    /// Name on the screen.
    pub name: String,
    /// Settings.
    pub spec: WorkbenchSpec,
    /// Desired state of the current run.
    pub desired: Desired,
    /// `true` if there is a run that is not over.
    pub is_live: bool,
    /// `true` if the next run begins once the current one is over.
    pub restarting: bool,
    /// `true` if it is being deleted.
    pub deleting: bool,
    /// Desired state of the resource that was adopted last.
    pub adopted_desired: Desired,
    /// Request for a run that was adopted last.
    pub adopted_request: Option<String>,
}

/// Command that a change amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdoptionStep {
    /// Name or settings are changed.
    Change,
    /// The next run begins.
    Start,
    /// The current run ends, and the next one begins.
    Restart,
    /// The current run ends.
    Stop,
    /// The workbench is deleted.
    Delete,
}

/// Returns the commands by which the database follows a resource, in their order.
pub fn steps(known: &StoredState, wanted: &Wanted) -> Vec<AdoptionStep> {
    if known.deleting {
        return Vec::new();
    }
    if wanted.deleting {
        return vec![AdoptionStep::Delete];
    }
    let mut steps = Vec::new();
    if known.name != wanted.name || known.spec != wanted.spec {
        steps.push(AdoptionStep::Change);
    }
    steps.extend(of_run(known, wanted));
    steps
}

fn of_run(known: &StoredState, wanted: &Wanted) -> Option<AdoptionStep> {
    match wanted.desired {
        Desired::Running => {
            let is_requested =
                wanted.run_request.is_some() && wanted.run_request != known.adopted_request;
            let is_wanted_again = known.adopted_desired != Desired::Running;
            if !is_requested && !is_wanted_again {
                return None;
            }
            if !known.is_live {
                return Some(AdoptionStep::Start);
            }
            let is_ending = known.desired != Desired::Running;
            (is_requested || is_ending).then_some(AdoptionStep::Restart)
        }
        Desired::Stopped => {
            let is_to_run = known.desired == Desired::Running || known.restarting;
            (known.is_live && is_to_run).then_some(AdoptionStep::Stop)
        }
        Desired::Unknown(_) => None,
    }
}

/// Run that a resource mentions before the database knows the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inherited {
    /// Number.
    pub number: u64,
    /// `true` if it is over.
    pub is_over: bool,
}

/// Returns the run that goes on or has ended according to the status of a resource that the database
/// doesn't know, as after the loss of the database, and whether another run is to begin.
pub fn inherited(
    wanted: &Wanted,
    generation: u64,
    status: Option<&WorkbenchStatus>,
) -> (Option<Inherited>, bool) {
    let is_to_run = wanted.desired == Desired::Running && !wanted.deleting;
    let Some(status) = status.filter(|status| status.run_number > 0) else {
        return (None, is_to_run);
    };
    let run = Inherited {
        number: status.run_number,
        is_over: status.phase.is_terminal(),
    };
    // A run that has ended is not repeated, unless the resource was changed since.
    let is_behind = status.observed_generation < generation;
    (Some(run), run.is_over && is_to_run && is_behind)
}
