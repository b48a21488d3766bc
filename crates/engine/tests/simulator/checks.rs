//! Named invariants of every step. Most are the ten rules of a trustworthy status.

use super::rows::Row;
use vestibule_model::replay::replay;

pub const NO_INVENTED_GREENS: &str = "no invented greens";
pub const REGRESSIONS_SHOW: &str = "regressions show";
pub const RESTARTS_ARE_TOLD: &str = "a process that was started again is told as that";
pub const TIME_MOVES_WITH_STATUS: &str = "the time moves with the status, and only then";
pub const GENERATION_NEVER_AHEAD: &str = "the observed generation is never ahead, and catches up";
pub const OBSTACLES_END_NOTHING: &str = "obstacles that pass end nothing";
pub const ENDS_ARE_CLEAR: &str = "how it ended is never ambiguous";
pub const ENDS_STAY: &str = "an end does not change";
pub const FIRST_CAUSE_STAYS: &str = "the first cause of a stop stays";
pub const STOP_IS_HONOURED: &str = "a stop is honoured, and nothing undoes it";
pub const OUTPUT_IS_KEPT: &str = "nothing is cleared away before it is deleted";
pub const NOTHING_STUCK: &str = "nothing is stuck";
pub const RESTART_LOSES_NOTHING: &str = "a restart loses nothing";
pub const OLD_CLIENTS: &str = "old clients are told the same";
pub const JOURNAL_IS_STATUS: &str = "the journal tells the stored status";
pub const NUMBERS_GROW: &str = "the journal's numbers grow";
pub const ONE_PROCESS: &str = "one process a run, and none for a run that is over";
pub const NO_BUSY_LOOP: &str = "nobody rounds without a pause";
pub const TRUTH_IN_THE_END: &str = "once all is quiet, the status is the truth";

/// Violated invariant, with a description.
pub type Verdict = Result<(), (&'static str, String)>;

/// Returns an error unless the invariant holds.
pub fn hold(holds: bool, rule: &'static str, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err((rule, what())) }
}

/// Checks a row after it was written: its replayed journal must be its status.
pub fn judge_row(row: &Row) -> Verdict {
    let (Some(run), Some(status)) = (row.run(), &row.status) else {
        return Ok(());
    };
    if status.run_number != row.run_number {
        return Ok(());
    }
    let grow = run.journal.windows(2).all(|two| two[0].seq < two[1].seq);
    hold(grow, NUMBERS_GROW, || {
        "a number stands twice, or too late".to_owned()
    })?;
    let reported = replay(&run.journal);
    let mut conditions = reported.conditions;
    // It alone may move without an entry.
    for (reported, stored) in conditions.iter_mut().zip(&status.conditions) {
        reported.observed_generation = stored.observed_generation;
    }
    hold(
        conditions == status.conditions
            && reported.phase == status.phase
            && reported.k8s_status == row.k8s_status,
        JOURNAL_IS_STATUS,
        || {
            format!(
                "{conditions:?} {} is told, {status:?} is stored",
                reported.phase
            )
        },
    )?;
    hold(
        run.finished_at.is_some() == status.phase.is_terminal(),
        ENDS_ARE_CLEAR,
        || {
            format!(
                "the run ended at {:?} and the phase is {}",
                run.finished_at, status.phase
            )
        },
    )
}

/// Returns `true` if a row needs no observation until the next command.
pub fn is_settled(row: &Row) -> bool {
    let run_is_over = row.run().is_none_or(|run| run.finished_at.is_some());
    let is_answered = row.status.as_ref().is_some_and(|status| {
        status.observed_generation == row.generation
            && status.run_number == row.run_number
            && status.phase.is_terminal()
    });
    !row.deleting && run_is_over && is_answered
}
