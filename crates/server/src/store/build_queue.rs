//! Storage of the build queue.

use super::build_rows::parameters;
use super::{Store, build_changes, build_requests, rows};
use rusqlite::{Transaction, params};
use std::sync::Arc;
use tokio::sync::Notify;
use vestibule_engine::builder::{BuildStore, Dismissal, OpenBuild};
use vestibule_engine::builds::{Blueprint, BuildOutcome, BuildVerdict, Progress};
use vestibule_engine::controller::StoreError;
use vestibule_model::build::{Build, BuildReason, BuildStatus};
use vestibule_model::ids::{BuildId, WorkbenchId};
use vestibule_model::time::{Millis, Timestamp};

type StoreResult<T> = Result<T, StoreError>;

impl BuildStore for Store {
    fn open_builds(&self) -> StoreResult<Vec<OpenBuild>> {
        Ok(self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT id, app, parameters_json, content, status, cancelled_by IS NOT NULL AS is_cancelled,
                     by_hand OR EXISTS (
                         SELECT 1 FROM runs r JOIN workbenches w ON w.id = r.workbench_id
                         WHERE r.build_id = b.id AND r.finished_at IS NULL
                           AND w.desired = 'Running' AND NOT w.deleting) AS is_wanted
                 FROM builds b WHERE finished_at IS NULL ORDER BY rowid",
            )?;
            let found = statement.query_map([], |row| {
                let status: BuildStatus = rows::open_enum(row, "status")?;
                Ok(OpenBuild {
                    id: rows::id(row, "id")?,
                    app: row.get("app")?,
                    parameters: parameters(row)?,
                    content: row.get("content")?,
                    is_running: status == BuildStatus::Running,
                    is_cancelled: row.get("is_cancelled")?,
                    is_wanted: row.get("is_wanted")?,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })?)
    }

    fn builds_changed(&self) -> Arc<Notify> {
        Arc::clone(&self.builds_changed)
    }

    fn redraw_build(&self, id: &BuildId, blueprint: &Blueprint) -> StoreResult<()> {
        Ok(self.write(|tx| {
            // The workspace may have requested another build with these steps already.
            tx.execute(
                "UPDATE OR IGNORE builds SET content = ?2, steps_json = ?3, app_title = ?4
                 WHERE id = ?1 AND status = 'pending'",
                params![
                    id.as_str(),
                    blueprint.content,
                    build_requests::steps_json(blueprint)?,
                    blueprint.title
                ],
            )?;
            Ok::<_, super::Error>(build_changes::note_change(tx, id)?)
        })?)
    }

    fn begin_build(&self, id: &BuildId, at: Timestamp) -> StoreResult<bool> {
        Ok(self.write(|tx| {
            let begun = tx.execute(
                "UPDATE builds SET status = 'running', started_at = ?2
                 WHERE id = ?1 AND status = 'pending' AND finished_at IS NULL",
                params![id.as_str(), at.as_millis()],
            )?;
            if begun > 0 {
                build_changes::note_change(tx, id)?;
                build_changes::note_queue(tx)?;
            }
            Ok::<_, super::Error>(begun > 0)
        })?)
    }

    fn note_build(&self, id: &BuildId, progress: &Progress) -> StoreResult<()> {
        Ok(self.write(|tx| write_progress(tx, id, progress))?)
    }

    fn end_build(&self, id: &BuildId, ended: &BuildOutcome, at: Timestamp) -> StoreResult<()> {
        let build = self.write_essential(|tx| {
            write_progress(tx, id, &ended.progress)?;
            let (status, reason, error) = match &ended.verdict {
                BuildVerdict::Built => (BuildStatus::Succeeded, None, None),
                BuildVerdict::Cancelled => {
                    let message = cancelled_by(tx, id)?;
                    (
                        BuildStatus::Cancelled,
                        Some(BuildReason::Cancelled),
                        Some(message),
                    )
                }
                BuildVerdict::Failed(reason, why) => {
                    (BuildStatus::Failed, Some(reason.clone()), Some(why.clone()))
                }
            };
            build_requests::end(tx, id, &status, reason.as_ref(), error.as_deref(), at)?;
            super::build_rows::find(tx, id)
        })?;
        self.measure(build.as_ref());
        Ok(())
    }

    fn dismiss_build(&self, id: &BuildId, why: Dismissal, at: Timestamp) -> StoreResult<()> {
        let build = self.write_essential(|tx| {
            let is_cancelled = rows::first::<bool>(
                tx,
                "SELECT cancelled_by IS NOT NULL FROM builds WHERE id = ?1",
                [id.as_str()],
            )?;
            let (status, reason, message) = match why {
                Dismissal::Interrupted if is_cancelled == Some(true) => {
                    let message = cancelled_by(tx, id)?;
                    (
                        BuildStatus::Cancelled,
                        BuildReason::Cancelled,
                        Some(message),
                    )
                }
                Dismissal::Interrupted => {
                    let message = "The server ended while the app was being built.".to_owned();
                    (BuildStatus::Failed, BuildReason::Interrupted, Some(message))
                }
                Dismissal::AppGone => {
                    let message = "The catalogue no longer has this app.".to_owned();
                    (BuildStatus::Failed, BuildReason::AppGone, Some(message))
                }
                Dismissal::Unwanted => {
                    let message =
                        "The build was cancelled because no start waits for it.".to_owned();
                    (
                        BuildStatus::Cancelled,
                        BuildReason::Cancelled,
                        Some(message),
                    )
                }
                Dismissal::Cached => (BuildStatus::Succeeded, BuildReason::Cached, None),
            };
            build_requests::end(tx, id, &status, Some(&reason), message.as_deref(), at)?;
            super::build_rows::find(tx, id)
        })?;
        self.measure(build.as_ref());
        Ok(())
    }

    fn waiting_for_build(&self, id: &BuildId) -> StoreResult<Vec<WorkbenchId>> {
        Ok(self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT workbench_id FROM runs WHERE build_id = ?1 AND finished_at IS NULL",
            )?;
            let found = statement.query_map([id.as_str()], |row| rows::id(row, "workbench_id"))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })?)
    }

    fn kept_builds(&self) -> StoreResult<Vec<BuildId>> {
        Ok(self.read(|tx| {
            let mut statement = tx.prepare_cached("SELECT id FROM builds")?;
            let found = statement.query_map([], |row| rows::id(row, "id"))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })?)
    }
}

impl Store {
    /// Records the length of a build that has run.
    fn measure(&self, build: Option<&Build>) {
        if let Some(build) = build
            && let (Some(from), Some(to)) = (build.started_at, build.finished_at)
        {
            self.meters
                .build_ended(&build.app, &build.status, to.since(from).max(Millis(0)));
        }
    }
}

fn write_progress(tx: &Transaction<'_>, id: &BuildId, progress: &Progress) -> super::Result<()> {
    if progress.steps.is_empty() {
        return Ok(());
    }
    let changed = tx.execute(
        "UPDATE builds SET steps_json = ?2, log_bytes = ?3
         WHERE id = ?1 AND finished_at IS NULL AND (steps_json, log_bytes) <> (?2, ?3)",
        params![
            id.as_str(),
            serde_json::to_string(&progress.steps)?,
            rows::signed(progress.log_bytes)
        ],
    )?;
    if changed > 0 {
        build_changes::note_change(tx, id)?;
    }
    Ok(())
}

fn cancelled_by(tx: &Transaction<'_>, id: &BuildId) -> rusqlite::Result<String> {
    let by = rows::first::<Option<String>>(
        tx,
        "SELECT cancelled_by FROM builds WHERE id = ?1",
        [id.as_str()],
    )?;
    Ok(match by.flatten() {
        Some(by) => format!("The build was cancelled by {by}."),
        None => "The build was cancelled.".to_owned(),
    })
}
