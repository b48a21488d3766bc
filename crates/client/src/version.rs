//! The rule by which one version of an entity replaces another.

use std::cmp::Reverse;
use vestibule_model::build::{Build, BuildStatus};
use vestibule_model::run::Run;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Workbench;

/// An entity whose versions have an order.
pub trait Versioned: PartialEq {
    /// Version of this value, which grows with every change on the server.
    type Version: Ord;

    /// Returns the version of this value.
    fn version(&self) -> Self::Version;

    /// Returns `true` if this value is newer than a known one.
    fn is_newer_than(&self, known: &Self) -> bool {
        self.version() > known.version()
    }

    /// Returns `true` if this value replaces a known one: it is at least as new, and differs. For
    /// ordered sources; some changes, such as a user's name, have no number.
    fn replaces(&self, known: &Self) -> bool {
        self.version() >= known.version() && self != known
    }
}

impl Versioned for Workbench {
    type Version = (u64, u64);

    fn version(&self) -> Self::Version {
        Self::version(self)
    }
}

impl Versioned for Run {
    type Version = u64;

    fn version(&self) -> u64 {
        self.last_seq
    }
}

impl Versioned for Build {
    /// Builds have no numbers on the wire, but they only ever progress.
    type Version = (u8, bool, usize, Option<Timestamp>, u64, Reverse<u32>);

    fn version(&self) -> Self::Version {
        let status = match self.status {
            // An unknown status ranks between the known ones.
            BuildStatus::Pending => 0,
            BuildStatus::Unknown(_) => 1,
            BuildStatus::Running => 2,
            BuildStatus::Succeeded | BuildStatus::Failed | BuildStatus::Cancelled => 3,
        };
        let started = self.steps.iter().filter(|step| step.started_at.is_some());
        let finished = self.steps.iter().filter(|step| step.finished_at.is_some());
        (
            status,
            self.cancel_requested_at.is_some(),
            started.count() + finished.count(),
            self.finished_at,
            self.log_bytes,
            Reverse(self.queue_position.unwrap_or(u32::MAX)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn build(status: u8, is_cancelling: bool, log_bytes: u64) -> Build {
        let words = [
            "pending",
            "novelty",
            "running",
            "succeeded",
            "failed",
            "cancelled",
        ];
        let cancel = is_cancelling.then_some("2026-11-21T10:00:05Z");
        serde_json::from_value(json!({
            "id": "bld-1", "workspaceId": "ws-1", "status": words[usize::from(status)],
            "cancelRequestedAt": cancel, "logBytes": log_bytes,
        }))
        .expect("a build")
    }

    fn workbench(last_seq: u64, generation: u64, name: u8) -> Workbench {
        serde_json::from_value(json!({
            "id": "wb-1", "workspaceId": "ws-1", "lastSeq": last_seq, "generation": generation,
            "name": name.to_string(),
        }))
        .expect("a workbench")
    }

    fn check<E: Versioned + std::fmt::Debug>(one: &E, other: &E, third: &E) {
        assert!(!one.replaces(one), "equal values replace nothing");
        if one.version() < other.version() {
            assert!(!one.replaces(other) && other.replaces(one));
        }
        if one.replaces(other) && other.replaces(third) && one != third {
            assert!(one.replaces(third), "{one:?}, {other:?}, {third:?}");
        }
    }

    proptest! {
        #[test]
        fn newer_version_replaces_the_older_in_any_order(
            workbenches in prop::array::uniform3((0u64..4, 0u64..3, 0u8..2)),
            builds in prop::array::uniform3((0u8..6, any::<bool>(), 0u64..3)),
        ) {
            let [a, b, c] = workbenches.map(|(seq, generation, name)| workbench(seq, generation, name));
            check(&a, &b, &c);
            let [a, b, c] = builds.map(|(status, command, bytes)| build(status, command, bytes));
            check(&a, &b, &c);
        }
    }

    #[test]
    fn field_25_a_finished_build_does_not_run_again_and_a_cancel_request_is_not_forgotten() {
        let open = build(2, false, 10);
        let ended = build(5, false, 10);
        assert!(!open.replaces(&ended) && ended.replaces(&open));
        let more = build(2, false, 20);
        assert!(!open.replaces(&more) && more.replaces(&open));
        let cancelling = build(2, true, 10);
        assert!(!more.replaces(&cancelling) && cancelling.replaces(&more));
        assert!(ended.replaces(&cancelling));
    }
}
