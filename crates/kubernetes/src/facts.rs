//! Facts: what an API server reports about a run, turned into the observation that
//! [`vestibule_model::reconcile`] gives a meaning.
//!
//! Everything here is pure, and reads objects leniently: fields that are absent or of another type
//! count as not set, so that no object can take the observation of others with it.

mod claim;
mod disruption;
mod ending;
mod objects;
mod pod;
mod refusal;
mod stage;
#[cfg(test)]
mod tests;

use objects::{Claim, Event, Pod, Refusal};
use serde_json::Value;
use std::collections::BTreeSet;
use vestibule_model::lenient;
use vestibule_model::observed::{Creation, Observed, Secrets, Volume};
use vestibule_model::time::{Millis, Timestamp};

pub use objects::{CONTAINER, RESTART_LIMIT, STOP_REQUESTED};

/// End of a Pod of which there is no trace: nothing but a deletion removes one.
const DELETED: &str = "The app's Pod was deleted from outside Vestibule.";

/// Objects of one workbench, as the API server last sent them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The Pod of the current run; `None` if there is none.
    pub pod: Option<&'a Value>,
    /// The PersistentVolumeClaim of its folder; `None` if there is none.
    pub claim: Option<&'a Value>,
    /// Names of the secrets that the spec names.
    pub named_secrets: &'a [String],
    /// Names of the workspace's secrets.
    pub secrets: Option<&'a BTreeSet<String>>,
    /// Events of the Pod and of the claim, in any order.
    pub events: &'a [Value],
    /// The `Status` with which the last attempt to create the Pod was refused; `None` if it was not.
    pub refusal: Option<&'a Value>,
    /// The `Status` with which the last attempt to create the claim, or its namespace, was refused; `None` if it
    /// was not.
    pub claim_refusal: Option<&'a Value>,
    /// Time limit of the run, for its message; `None` if there is none.
    pub active_deadline: Option<Millis>,
}

/// Returns the observation of a workbench.
pub fn observed(facts: &Facts<'_>, now: Timestamp) -> Observed {
    let events: Vec<Event> = facts.events.iter().filter_map(read).collect();
    let claim: Option<Claim> = facts.claim.and_then(read);
    let pod: Option<Pod> = facts.pod.and_then(read);
    let (runner, probe) = pod
        .map(|pod| {
            let events = Event::about(&pod.metadata, &events);
            pod::runner(&pod, &events, facts.active_deadline, now)
        })
        .unwrap_or_default();
    Observed {
        volume: match (claim, facts.claim_refusal.and_then(read::<Refusal>)) {
            (Some(claim), _) => {
                let events = Event::about(&claim.metadata, &events);
                claim::volume(&claim, &events, now)
            }
            (None, Some(refusal)) => Volume::Failed(refusal.message()),
            (None, None) => Volume::Absent,
        },
        secrets: secrets(facts),
        creation: facts
            .refusal
            .and_then(read::<Refusal>)
            .map_or(Creation::Unhindered, |refusal| refusal::creation(&refusal)),
        runner,
        probe,
        absence: facts.pod.is_none().then(|| DELETED.to_owned()),
        ..Observed::default()
    }
}

fn secrets(facts: &Facts<'_>) -> Secrets {
    let exists = |name: &String| facts.secrets.is_some_and(|known| known.contains(name));
    let mut missing = BTreeSet::new();
    missing.extend(facts.named_secrets.iter().filter(|name| !exists(name)));
    match missing.is_empty() {
        true => Secrets::Found,
        false => Secrets::Missing(missing.into_iter().cloned().collect()),
    }
}

/// Reads an object, or returns `None` if it is none.
fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    lenient::read(value.clone())
}
