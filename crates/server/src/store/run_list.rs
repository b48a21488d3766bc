//! Pages of the runs that a user may see, newest first.

use super::{Result, Store, rows, run_rows};
use rusqlite::params;
use vestibule_model::access::Reach;
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::run::{Run, RunStatus};
use vestibule_model::time::Timestamp;

/// Filter of runs.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Status of the listed rows.
    pub status: Option<RunStatus>,
    /// Workspace of the listed rows.
    pub workspace: Option<WorkspaceId>,
    /// Begin and identifier of the last run of the previous page.
    pub before: Option<(Timestamp, RunId)>,
    /// Most rows.
    pub limit: u32,
}

impl Store {
    /// Returns a workbench's runs before a number, newest first, and whether more follow.
    pub fn runs(
        &self,
        workbench: &WorkbenchId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<(Vec<Run>, bool)> {
        self.read(|tx| {
            let sql = format!(
                "{} WHERE r.workbench_id = ?1 AND r.number < ?2 ORDER BY r.number DESC LIMIT ?3",
                run_rows::SELECT
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let before = before.map_or(i64::MAX, rows::signed);
            let found = statement.query_map(
                params![workbench.as_str(), before, limit + 1],
                run_rows::read,
            )?;
            Ok(page(found.collect::<rusqlite::Result<_>>()?, limit))
        })
    }

    /// Returns the runs of all workbenches that the user may see, newest first, and whether more
    /// follow.
    pub fn all_runs(&self, filter: &RunFilter, reach: &Reach) -> Result<(Vec<Run>, bool)> {
        let (at, id) = match &filter.before {
            Some((at, id)) => (at.as_millis(), id.as_str()),
            None => (i64::MAX, ""),
        };
        self.read(|tx| {
            let sql = format!(
                "{} WHERE (r.started_at, r.id) < (?1, ?2)
                 AND (?3 IS NULL OR r.status = ?3) AND (?4 IS NULL OR b.workspace_id = ?4)
                 AND (?5 OR b.workspace_id IN (SELECT value FROM json_each(?6))
                      OR b.id IN (SELECT value FROM json_each(?7)))
                 ORDER BY r.started_at DESC, r.id DESC LIMIT ?8",
                run_rows::SELECT
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map(
                params![
                    at,
                    id,
                    filter.status.as_ref().map(RunStatus::as_str),
                    filter.workspace.as_ref().map(WorkspaceId::as_str),
                    reach.everything,
                    serde_json::to_string(&reach.workspaces)?,
                    serde_json::to_string(&reach.workbenches)?,
                    filter.limit + 1,
                ],
                run_rows::read,
            )?;
            Ok(page(found.collect::<rusqlite::Result<_>>()?, filter.limit))
        })
    }
}

/// Cuts off the row beyond the limit, which the query reads to find out whether there is a next
/// page.
fn page(mut found: Vec<Run>, limit: u32) -> (Vec<Run>, bool) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    (found, more)
}
