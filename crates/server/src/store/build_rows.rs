//! Rows of builds, within a transaction.

use super::expectations::expectation;
use super::{Result, rows};
use rusqlite::{OptionalExtension as _, Row, Transaction};
use std::collections::HashMap;
use vestibule_model::build::{
    Build, BuildReason, BuildStatus, BuildStep, StepStatus, step_sentence,
};
use vestibule_model::expectation::Expectation;
use vestibule_model::ids::{BuildId, WorkspaceId};
use vestibule_model::parameter::Values;

/// Query of builds, with the queue position of those that wait.
pub(super) const SELECT: &str = "
    SELECT b.*, b.rowid AS place, coalesce(nullif(u.display_name, ''), u.username) AS requested_by_name,
        CASE b.status WHEN 'pending' THEN
            (SELECT count(*) FROM builds o WHERE o.finished_at IS NULL AND o.status = 'pending'
             AND o.rowid <= b.rowid)
        END AS queue_position
    FROM builds b LEFT JOIN users u ON u.id = b.requested_by";

/// Query of the lengths of an app's builds, newest first, from the index alone.
const LENGTHS: &str = "SELECT finished_at - started_at FROM builds
    WHERE app = ?1 AND status = 'succeeded' AND reason IS NULL ORDER BY started_at DESC";

/// Adds the usual length of the app's builds to each build.
pub(super) fn expect(tx: &Transaction<'_>, builds: &mut [Build]) -> Result<()> {
    let mut known: HashMap<String, Option<Expectation>> = HashMap::new();
    for build in builds {
        build.expectation = match known.get(&build.app) {
            Some(expectation) => *expectation,
            None => {
                let expectation = expectation(tx, LENGTHS, &build.app)?;
                known.insert(build.app.clone(), expectation);
                expectation
            }
        };
    }
    Ok(())
}

pub(super) fn find(tx: &Transaction<'_>, id: &BuildId) -> Result<Option<Build>> {
    let found = tx
        .prepare_cached(&format!("{SELECT} WHERE b.id = ?1"))?
        .query_row([id.as_str()], read)
        .optional()?;
    let mut found: Vec<Build> = found.into_iter().collect();
    expect(tx, &mut found)?;
    Ok(found.pop())
}

/// Reads the values of the parameters that a build's steps use.
pub(super) fn parameters(row: &Row<'_>) -> rusqlite::Result<Values> {
    let (id, text): (String, String) = (row.get("id")?, row.get("parameters_json")?);
    Ok(rows::json(&text, "parameters", &id).unwrap_or_default())
}

/// Reads a row, without acknowledgement and expectation.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Build> {
    let id: BuildId = rows::id(row, "id")?;
    let workspace: WorkspaceId = rows::id(row, "workspace_id")?;
    let steps: String = row.get("steps_json")?;
    let steps: Vec<BuildStep> = rows::json(&steps, "steps", id.as_str()).unwrap_or_default();
    let status: BuildStatus = rows::open_enum(row, "status")?;
    let under_way = steps.iter().position(|s| s.status == StepStatus::Running);
    let reason: Option<BuildReason> = rows::optional_open_enum(row, "reason")?;
    let error: Option<String> = row.get("error")?;
    let advice = reason.as_ref().map_or("", BuildReason::advice);
    Ok(Build {
        project_id: Some(workspace.clone()),
        workspace_id: workspace,
        app: row.get("app")?,
        app_title: row.get("app_title")?,
        parameters: parameters(row)?,
        created_at: Some(rows::time(row, "created_at")?),
        started_at: rows::optional_time(row, "started_at")?,
        cancel_requested_at: rows::optional_time(row, "cancel_requested_at")?,
        finished_at: rows::optional_time(row, "finished_at")?,
        step: under_way
            .filter(|_| status == BuildStatus::Running)
            .map(|index| step_sentence(index, &steps)),
        error: error.map(|what| [&what, " ", advice].concat().trim().to_owned()),
        requested_by: rows::optional_open_enum(row, "requested_by")?,
        requested_by_name: row.get("requested_by_name")?,
        retry_of: rows::optional_open_enum(row, "retry_of")?,
        acknowledged: false,
        queue_position: row.get("queue_position")?,
        log_bytes: rows::count(row, "log_bytes")?,
        expectation: None,
        id,
        status,
        reason,
        steps,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn the_lengths_of_builds_are_read_from_the_index_alone() {
        let plan = Store::plan_for_app(LENGTHS);
        assert!(plan.contains("builds_done_by_app"), "{plan}");
    }
}
