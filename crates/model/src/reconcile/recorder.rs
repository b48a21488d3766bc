//! The conditions of one workbench while they are being reconciled.

use crate::condition::{Condition, ConditionStatus, ConditionType};
use crate::reason;
use crate::time::Timestamp;
use crate::transition::{NewTransition, Source, TransitionKind};

/// Keeps one condition per type and records every change.
pub(super) struct ConditionRecorder<'a> {
    conditions: Vec<Condition>,
    before: &'a [Condition],
    generation: u64,
    now: Timestamp,
}

impl<'a> ConditionRecorder<'a> {
    /// Opens the recorder with the earlier conditions, or without any for a new run.
    pub(super) fn open(before: &'a [Condition], generation: u64, now: Timestamp) -> Self {
        Self {
            conditions: before.to_vec(),
            before,
            generation,
            now,
        }
    }

    /// Adds every missing type as Unknown, and sorts the conditions.
    pub(super) fn ensure_all_types(&mut self) {
        for kind in ConditionType::KNOWN {
            if !self.conditions.iter().any(|c| c.kind == *kind) {
                self.set(
                    kind.clone(),
                    ConditionStatus::Unobserved,
                    reason::NOT_OBSERVED,
                    "",
                );
            }
        }
        if !self.conditions.is_sorted_by(|a, b| a.kind <= b.kind) {
            self.conditions.sort_by(|a, b| a.kind.cmp(&b.kind));
        }
    }

    pub(super) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Returns the conditions without `Ready`, which sums them up, and those of the end.
    pub(super) fn steps_before_ready(&self) -> &[Condition] {
        let end = self
            .conditions
            .partition_point(|c| c.kind < ConditionType::Ready);
        &self.conditions[..end]
    }

    pub(super) fn holds(&self, kind: &ConditionType) -> bool {
        crate::condition::holds(&self.conditions, kind)
    }

    pub(super) fn reason(&self, kind: &ConditionType) -> &str {
        crate::condition::find(&self.conditions, kind).map_or("", |c| &c.reason)
    }

    pub(super) fn message(&self, kind: &ConditionType) -> &str {
        crate::condition::find(&self.conditions, kind).map_or("", |c| &c.message)
    }

    /// Sets a condition. An empty message becomes the reason's own sentence. The time of the last
    /// transition moves only when the status changes.
    pub(super) fn set(
        &mut self,
        kind: ConditionType,
        status: ConditionStatus,
        reason: &str,
        message: &str,
    ) {
        let message = if message.is_empty() {
            reason::sentence(reason)
        } else {
            message
        };
        let Some(current) = self.conditions.iter_mut().find(|c| c.kind == kind) else {
            self.conditions.push(Condition {
                kind,
                status,
                reason: reason.to_owned(),
                message: message.to_owned(),
                last_transition_time: Some(self.now),
                observed_generation: self.generation,
            });
            return;
        };
        if current.status != status {
            current.status = status;
            current.last_transition_time = Some(self.now);
        }
        // The usual case: an unchanged condition is not written again.
        if current.reason != reason {
            reason.clone_into(&mut current.reason);
        }
        if current.message != message {
            message.clone_into(&mut current.message);
        }
        current.observed_generation = self.generation;
    }

    /// Returns the conditions, and the changes since the recorder was opened.
    pub(super) fn close(self, source: &Source) -> (Vec<Condition>, Vec<NewTransition>) {
        let transitions = self
            .conditions
            .iter()
            .filter_map(|after| {
                let before = self.before.iter().find(|c| c.kind == after.kind);
                let kind = match before {
                    Some(b) if b.status != after.status => TransitionKind::Status,
                    Some(b) if b.reason != after.reason || b.message != after.message => {
                        TransitionKind::Detail
                    }
                    Some(_) => return None,
                    None => TransitionKind::Status,
                };
                Some(NewTransition {
                    kind,
                    condition: Some(after.kind.clone()),
                    from: before.map(|b| b.status.clone()),
                    to: Some(after.status.clone()),
                    reason: after.reason.clone(),
                    message: after.message.clone(),
                    source: source.clone(),
                    generation: after.observed_generation,
                })
            })
            .collect();
        (self.conditions, transitions)
    }
}
