//! The conditions of one workbench while they are being reconciled.

use crate::condition::{Condition, ConditionStatus, ConditionType};
use crate::reason;
use crate::time::Timestamp;
use crate::transition::{NewTransition, Source, TransitionKind};

/// Keeps one condition per type and notes every change.
pub(super) struct Book {
    conditions: Vec<Condition>,
    before: Vec<Condition>,
    generation: u64,
    now: Timestamp,
}

impl Book {
    pub(super) fn new(conditions: Vec<Condition>, generation: u64, now: Timestamp) -> Self {
        Self {
            before: conditions.clone(),
            conditions,
            generation,
            now,
        }
    }

    /// A new run begins: nothing that was observed before counts for it.
    pub(super) fn forget_all(&mut self) {
        self.conditions.clear();
        self.before.clear();
    }

    /// Writes every type that is not there as Unknown, and puts them into their natural order.
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
        self.conditions.sort_by(|a, b| a.kind.cmp(&b.kind));
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
        let position = self.conditions.iter().position(|c| c.kind == kind);
        let last_transition_time = match position.map(|i| &self.conditions[i]) {
            Some(current) if current.status == status => current.last_transition_time,
            _ => Some(self.now),
        };
        let condition = Condition {
            kind,
            status,
            reason: reason.to_owned(),
            message: message.to_owned(),
            last_transition_time,
            observed_generation: self.generation,
        };
        match position {
            Some(i) => self.conditions[i] = condition,
            None => self.conditions.push(condition),
        }
    }

    /// The conditions as they are now, and what has changed since the book was opened.
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
