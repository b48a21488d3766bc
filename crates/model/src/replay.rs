//! Replay of a run's conditions from its journal alone.
//!
//! Users see the journal, and the server acts on the status: both are written in one transaction
//! and must never differ. Tests compare them by this module.

use crate::condition::{Condition, ConditionStatus, ConditionType, find};
use crate::phase::{K8sStatus, Phase, StopState, derive_k8s_status, derive_phase};
use crate::reason;
use crate::transition::{Transition, TransitionKind};

/// State of a run, replayed from its journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Conditions of the journal, one per type, in natural order. `observedGeneration` is that of the
    /// last entry: it alone may change without one.
    pub conditions: Vec<Condition>,
    /// The derived phase.
    pub phase: Phase,
    /// The derived `k8sStatus`.
    pub k8s_status: K8sStatus,
    /// Number of the newest entry; 0: none.
    pub last_seq: u64,
}

/// Replays a run from its journal. Entries may come in any order and more than once: their numbers
/// give the order.
pub fn replay(journal: &[Transition]) -> Replayed {
    let mut entries: Vec<&Transition> = journal.iter().collect();
    entries.sort_by_key(|entry| entry.seq);
    entries.dedup_by_key(|entry| entry.seq);
    let last_seq = entries.last().map_or(0, |entry| entry.seq);
    let mut conditions: Vec<Condition> = Vec::new();
    for entry in entries {
        apply(&mut conditions, entry);
    }
    conditions.sort_by(|a, b| a.kind.cmp(&b.kind));
    let phase = derive_phase(&conditions, stop_state(&conditions));
    Replayed {
        k8s_status: derive_k8s_status(&phase, &conditions),
        conditions,
        phase,
        last_seq,
    }
}

fn apply(conditions: &mut Vec<Condition>, entry: &Transition) {
    let (Some(kind), Some(to)) = (&entry.condition, &entry.to) else {
        // Commands and notes don't affect conditions.
        return;
    };
    let position = conditions.iter().position(|c| c.kind == *kind);
    let since = match position.map(|i| &conditions[i]) {
        Some(before) if entry.kind != TransitionKind::Status && before.status == *to => {
            before.last_transition_time
        }
        _ => Some(entry.at),
    };
    let after = Condition {
        kind: kind.clone(),
        status: to.clone(),
        reason: entry.reason.clone(),
        message: entry.message.clone(),
        last_transition_time: since,
        observed_generation: entry.generation,
    };
    match position {
        Some(i) => conditions[i] = after,
        None => conditions.push(after),
    }
}

/// Returns the state of a requested stop, from the reason of Ready.
fn stop_state(conditions: &[Condition]) -> StopState {
    match find(conditions, &ConditionType::Ready) {
        Some(ready) if ready.status == ConditionStatus::False => match ready.reason.as_str() {
            reason::STOPPING => StopState::Underway,
            reason::SESSION_STOPPED
            // Words of 0.1.0.
            | reason::USER_STOPPED
            | reason::IDLE
            | reason::TERMINATED => StopState::Done,
            _ => StopState::NotWished,
        },
        _ => StopState::NotWished,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use crate::transition::Source;

    fn entry(seq: u64, to: ConditionStatus, reason: &str, kind: TransitionKind) -> Transition {
        Transition {
            seq,
            run_id: "run-bcdfghjk".into(),
            at: Timestamp::from_millis(1000 * i64::try_from(seq).expect("small")),
            kind,
            condition: Some(ConditionType::Ready),
            from: None,
            to: Some(to),
            reason: reason.to_owned(),
            message: String::new(),
            source: Source::Observation,
            generation: 1,
        }
    }

    fn story() -> Vec<Transition> {
        use ConditionStatus::{False, True};
        vec![
            entry(1, False, "ProbePending", TransitionKind::Status),
            entry(2, False, "ProbeFailed", TransitionKind::Detail),
            entry(5, True, "SessionRunning", TransitionKind::Status),
            Transition {
                condition: None,
                to: None,
                ..entry(6, True, "", TransitionKind::Note)
            },
        ]
    }

    #[test]
    fn order_and_repetition_make_no_difference() {
        let reported = replay(&story());
        let mut shuffled = story();
        shuffled.reverse();
        shuffled.extend(story());
        assert_eq!(replay(&shuffled), reported);
        assert_eq!(reported.last_seq, 6);
        assert_eq!(
            reported.conditions[0].last_transition_time,
            Some(Timestamp::from_millis(5000))
        );
    }

    #[test]
    fn a_new_reason_does_not_move_the_time() {
        let reported = replay(&story()[..2]);
        assert_eq!(
            reported.conditions[0].last_transition_time,
            Some(Timestamp::from_millis(1000))
        );
        assert_eq!(reported.conditions[0].reason, "ProbeFailed");
    }

    #[test]
    fn empty_journal_has_no_conditions() {
        let reported = replay(&[]);
        assert_eq!(
            (reported.conditions.len(), reported.phase),
            (0, Phase::Pending)
        );
    }
}
