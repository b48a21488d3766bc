//! Journal: numbered entries, written in the transaction of the change.

use super::{Result, rows};
use rusqlite::{Row, Transaction, params};
use vestibule_model::condition::ConditionType;
use vestibule_model::ended_conditions;
use vestibule_model::ids::RunId;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::{NewTransition, Source, Transition, TransitionKind};

/// Writes entries and stores the newest number with the run.
pub(super) fn append(
    tx: &Transaction<'_>,
    run: &RunId,
    entries: &[NewTransition],
    at: Timestamp,
) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO transitions
         (run_id, at, kind, condition, from_status, to_status, reason, message, source, generation)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for entry in entries {
        statement.execute(params![
            run.as_str(),
            at.as_millis(),
            entry.kind.as_str(),
            entry.condition.as_ref().map(|word| word.as_str()),
            entry.from.as_ref().map(|word| word.as_str()),
            entry.to.as_ref().map(|word| word.as_str()),
            entry.reason,
            entry.message,
            entry.source.as_str(),
            rows::signed(entry.generation),
        ])?;
    }
    if !entries.is_empty() {
        tx.execute(
            "UPDATE runs SET last_seq = ?2 WHERE id = ?1",
            params![run.as_str(), tx.last_insert_rowid()],
        )?;
    }
    Ok(())
}

/// Returns the entry for a user's command.
pub(super) fn command(reason: &str, message: String, generation: u64) -> NewTransition {
    NewTransition {
        kind: TransitionKind::Command,
        condition: None,
        from: None,
        to: None,
        reason: reason.to_owned(),
        message,
        source: Source::Command,
        generation,
    }
}

/// Reads an entry. Reasons of 0.1.0 become those of today.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Transition> {
    let condition: Option<ConditionType> = rows::optional_open_enum(row, "condition")?;
    let reason: String = row.get("reason")?;
    let reason = match &condition {
        Some(kind) => ended_conditions::current_reason(kind, &reason).to_owned(),
        None => reason,
    };
    Ok(Transition {
        seq: rows::count(row, "seq")?,
        run_id: rows::id(row, "run_id")?,
        at: rows::time(row, "at")?,
        kind: rows::open_enum(row, "kind")?,
        condition,
        from: rows::optional_open_enum(row, "from_status")?,
        to: rows::optional_open_enum(row, "to_status")?,
        reason,
        message: row.get("message")?,
        source: rows::open_enum(row, "source")?,
        generation: rows::count(row, "generation")?,
    })
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
