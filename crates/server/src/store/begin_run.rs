//! Begin of runs.

use super::{Result, generations, journal, rows, run_rows, time_limits, workbench_rows};
use rusqlite::{Transaction, params};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Workbench;

/// Begins the run that was requested with a restart, now that the run before it is over.
pub(super) fn begin_requested_run(
    tx: &Transaction<'_>,
    id: &WorkbenchId,
    now: Timestamp,
) -> Result<bool> {
    let by = rows::first::<Option<String>>(
        tx,
        "SELECT restart_by FROM workbenches WHERE id = ?1",
        [id.as_str()],
    )?;
    let (Some(by), Some(workbench)) = (by.flatten(), workbench_rows::find(tx, id)?) else {
        return Ok(false);
    };
    begin_run(tx, &workbench, &by, now)?;
    Ok(true)
}

/// Begins the next run of a workbench whose last one is over.
pub(super) fn begin_run(
    tx: &Transaction<'_>,
    workbench: &Workbench,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    let id = &workbench.id;
    let number = generations::highest_run(tx, id)? + 1;
    let generation = generations::next(tx, workbench)?;
    tx.execute(
        "UPDATE workbenches SET desired = 'Running', restart_by = NULL, stopped_by = NULL, run_number = ?2,
             generation = ?3, updated_at = ?4
         WHERE id = ?1",
        params![
            id.as_str(),
            rows::signed(number),
            rows::signed(generation),
            now.as_millis()
        ],
    )?;
    let timeout = workbench.spec.start_timeout_seconds;
    let run = run_rows::insert(tx, id, number, generation, timeout, by, now)?;
    let mut message = vec![journal::command(
        "Start",
        format!("{by} asked to start it."),
        generation,
    )];
    let limited = time_limits::limit_run(tx, &workbench.workspace_id, &run, &workbench.spec)?;
    message.extend(limited.map(|text| journal::command("Limit", text, generation)));
    journal::append(tx, &run, &message, now)
}
