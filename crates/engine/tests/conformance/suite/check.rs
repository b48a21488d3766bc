//! Invariants of every stored workbench.

use vestibule_engine::test_support::Row;
use vestibule_model::condition::{Condition, ConditionStatus, ConditionType, STEPS};
use vestibule_model::replay::replay;
use vestibule_model::transition::{Source, Transition};

/// Returns the violated invariants.
pub fn faults(row: &Row) -> Vec<String> {
    let mut faults = Vec::new();
    let replayed = replay(&row.journal);
    let status = &row.record.status;
    if without_generation(&replayed.conditions) != without_generation(&status.conditions) {
        faults.push(format!(
            "the journal tells {replayed:#?}, but stored is {status:#?}"
        ));
    }
    if (&replayed.phase, &replayed.k8s_status) != (&status.phase, &row.k8s_status) {
        let (phase, word) = (&status.phase, &row.k8s_status);
        faults.push(format!(
            "the journal tells {replayed:#?}, stored: {phase}, {word}"
        ));
    }
    let sources = [Source::Observation, Source::Recovery];
    if let Some(entry) = row.journal.iter().find(|e| !sources.contains(&e.source)) {
        faults.push(format!("not observed: {entry:?}"));
    }
    faults.extend(first_true_out_of_order(row));
    faults
}

/// Removes the generation, which may change without an entry.
fn without_generation(conditions: &[Condition]) -> Vec<Condition> {
    let without = |condition: &Condition| Condition {
        observed_generation: 0,
        ..condition.clone()
    };
    conditions.iter().map(without).collect()
}

/// Returns the first step out of order (FIELD 11: "Steps drawn green with no evidence.")
fn first_true_out_of_order(row: &Row) -> Option<String> {
    let first_true = |kind: &ConditionType| {
        let entry = row.journal.iter().find(|entry| is_true(entry, kind));
        entry.map(|entry| entry.seq)
    };
    // No step is True before the earlier ones; the folder and the secrets are independent.
    (2..STEPS.len()).find_map(|i| {
        let seq = first_true(&STEPS[i])?;
        let is_too_early = |kind| first_true(kind).is_none_or(|before| before > seq);
        let missing = STEPS[..i].iter().find(|kind| is_too_early(kind))?;
        let (kind, journal) = (&STEPS[i], &row.journal);
        Some(format!("{kind} came before {missing}: {journal:#?}"))
    })
}

fn is_true(entry: &Transition, kind: &ConditionType) -> bool {
    entry.condition.as_ref() == Some(kind) && entry.to == Some(ConditionStatus::True)
}
