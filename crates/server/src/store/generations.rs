//! Generations and numbers that follow those of a cluster, where it has the desired state.

use super::{Result, rows};
use rusqlite::Transaction;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::workbench::Workbench;

/// Returns the generation that a command leads to: that of the resource, or the next one of a
/// workbench without one.
pub(super) fn next(tx: &Transaction<'_>, workbench: &Workbench) -> Result<u64> {
    let sql = "SELECT generation FROM resources WHERE workbench_id = ?1";
    let adopted = rows::first::<i64>(tx, sql, [workbench.id.as_str()])?;
    let adopted = adopted.and_then(|generation| u64::try_from(generation).ok());
    Ok(adopted.unwrap_or(workbench.generation + 1))
}

/// Returns the highest number of a workbench's runs, those that only the cluster knows included; 0 if
/// there was none.
pub(super) fn highest_run(tx: &Transaction<'_>, id: &WorkbenchId) -> Result<u64> {
    let sql = "SELECT max(
            coalesce((SELECT max(number) FROM runs WHERE workbench_id = ?1), 0),
            coalesce((SELECT highest_run FROM resources WHERE workbench_id = ?1), 0))";
    let highest = rows::first::<i64>(tx, sql, [id.as_str()])?;
    Ok(highest
        .and_then(|highest| u64::try_from(highest).ok())
        .unwrap_or(0))
}
