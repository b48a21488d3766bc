//! Requests for builds, by users and by starts.

use super::{Result, Store, build_changes, build_rows, rows};
use rusqlite::{Transaction, params};
use vestibule_engine::builds::Blueprint;
use vestibule_model::build::{Build, BuildReason, BuildStatus, BuildStep, StepStatus};
use vestibule_model::ids::{BuildId, RunId, UserId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// Requested build.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// Chosen by the client or generated.
    pub id: BuildId,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The build steps.
    pub blueprint: Blueprint,
    /// The user who asks, or `None` for a start.
    pub by: Option<UserId>,
    /// The build that this one tries again.
    pub retry_of: Option<BuildId>,
}

/// Outcome of a build request.
#[derive(Debug, Clone, PartialEq)]
pub enum BuildRequestOutcome {
    /// The build is queued.
    New(Box<Build>),
    /// The same build exists: it has not ended, or has this id.
    Before(Box<Build>),
    /// The id belongs to another one.
    Taken,
    /// The workspace does not exist.
    NoWorkspace,
}

impl Store {
    /// Requests a build. A queued or running build of the same content is returned instead.
    pub fn request_build(
        &self,
        request: &BuildRequest,
        now: Timestamp,
    ) -> Result<BuildRequestOutcome> {
        let requested = self.write(|tx| {
            if let Some(old) = build_rows::find(tx, &request.id)? {
                let is_same =
                    old.workspace_id == request.workspace_id && old.app == request.blueprint.app;
                return Ok::<_, super::Error>(match is_same {
                    true => BuildRequestOutcome::Before(Box::new(old)),
                    false => BuildRequestOutcome::Taken,
                });
            }
            let workspace = request.workspace_id.as_str();
            let sql = "SELECT 1 FROM workspaces WHERE id = ?1";
            if rows::first::<i64>(tx, sql, [workspace])?.is_none() {
                return Ok(BuildRequestOutcome::NoWorkspace);
            }
            if let Some(id) = open(tx, &request.workspace_id, &request.blueprint.content)? {
                tx.execute("UPDATE builds SET by_hand = 1 WHERE id = ?1", [id.as_str()])?;
                return Ok(match build_rows::find(tx, &id)? {
                    Some(build) => BuildRequestOutcome::Before(Box::new(build)),
                    None => BuildRequestOutcome::NoWorkspace,
                });
            }
            insert(tx, request, true, now)?;
            Ok(match build_rows::find(tx, &request.id)? {
                Some(build) => BuildRequestOutcome::New(Box::new(build)),
                None => BuildRequestOutcome::NoWorkspace,
            })
        })?;
        self.builds_changed.notify_one();
        Ok(requested)
    }

    /// Makes a run wait for its workspace's build of this content, and requests one for the user who
    /// started the run if there is none. A run that is over waits for nothing.
    pub fn wait_for_build(
        &self,
        run: &RunId,
        workspace: &WorkspaceId,
        blueprint: &Blueprint,
        now: Timestamp,
    ) -> Result<()> {
        self.write(|tx| {
            let sql =
                "SELECT coalesce(started_by, '') FROM runs WHERE id = ?1 AND finished_at IS NULL";
            let Some(by) = rows::first::<String>(tx, sql, [run.as_str()])? else {
                return Ok::<_, super::Error>(());
            };
            let id = match open(tx, workspace, &blueprint.content)? {
                Some(id) => id,
                None => {
                    let request = BuildRequest {
                        id: BuildId::new(crate::tokens::id("bld-")),
                        workspace_id: workspace.clone(),
                        blueprint: blueprint.clone(),
                        by: (!by.is_empty()).then(|| UserId::new(by)),
                        retry_of: None,
                    };
                    insert(tx, &request, false, now)?;
                    request.id
                }
            };
            tx.execute(
                "UPDATE runs SET build_id = ?2 WHERE id = ?1",
                params![run.as_str(), id.as_str()],
            )?;
            Ok(())
        })?;
        self.builds_changed.notify_one();
        Ok(())
    }

    /// Cancels a build: a queued one ends at once, a running one as soon as it can, and one that
    /// has ended stays as it is. Returns `None` if there is no such build.
    pub fn cancel_build(&self, id: &BuildId, by: &str, now: Timestamp) -> Result<Option<Build>> {
        let build = self.write_essential(|tx| {
            let Some(build) = build_rows::find(tx, id)? else {
                return Ok::<_, super::Error>(None);
            };
            match build.status {
                BuildStatus::Pending => {
                    let message = format!("The build was cancelled by {by}.");
                    let (status, reason) = (BuildStatus::Cancelled, BuildReason::Cancelled);
                    end(tx, id, &status, Some(&reason), Some(&message), now)?;
                }
                BuildStatus::Running => {
                    // The first cancellation counts.
                    let marked = tx.execute(
                        "UPDATE builds SET cancelled_by = ?2, cancel_requested_at = ?3
                         WHERE id = ?1 AND cancelled_by IS NULL",
                        params![id.as_str(), by, now.as_millis()],
                    )?;
                    if marked > 0 {
                        build_changes::note_change(tx, id)?;
                    }
                }
                _ => {}
            }
            build_rows::find(tx, id)
        })?;
        self.builds_changed.notify_one();
        Ok(build)
    }
}

/// Returns the queued or running build of a content in a workspace.
fn open(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
    content: &str,
) -> rusqlite::Result<Option<BuildId>> {
    let id = rows::first::<String>(
        tx,
        "SELECT id FROM builds WHERE workspace_id = ?1 AND content = ?2 AND finished_at IS NULL",
        params![workspace.as_str(), content],
    )?;
    Ok(id.map(BuildId::new))
}

fn insert(
    tx: &Transaction<'_>,
    request: &BuildRequest,
    by_hand: bool,
    now: Timestamp,
) -> Result<()> {
    let blueprint = &request.blueprint;
    tx.execute(
        "INSERT INTO builds (id, workspace_id, app, app_title, content, status, created_at,
             steps_json, requested_by, by_hand, retry_of, parameters_json, seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0)",
        params![
            request.id.as_str(),
            request.workspace_id.as_str(),
            blueprint.app,
            blueprint.title,
            blueprint.content,
            BuildStatus::Pending.as_str(),
            now.as_millis(),
            steps_json(blueprint)?,
            request.by.as_ref().map(UserId::as_str),
            by_hand,
            request.retry_of.as_ref().map(BuildId::as_str),
            serde_json::to_string(&blueprint.parameters)?,
        ],
    )?;
    Ok(build_changes::note_change(tx, &request.id)?)
}

/// Returns the pending steps of a blueprint as JSON.
pub(super) fn steps_json(blueprint: &Blueprint) -> Result<String> {
    let pending = |title: &String| BuildStep {
        title: title.clone(),
        status: StepStatus::Pending,
        ..BuildStep::default()
    };
    let steps: Vec<BuildStep> = blueprint.steps.iter().map(pending).collect();
    Ok(serde_json::to_string(&steps)?)
}

/// Stores the end of a build. Returns false if it had ended before.
pub(super) fn end(
    tx: &Transaction<'_>,
    id: &BuildId,
    status: &BuildStatus,
    reason: Option<&BuildReason>,
    error: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    settle_steps(tx, id, reason, now)?;
    let ended = tx.execute(
        "UPDATE builds SET status = ?2, reason = ?3, error = ?4, finished_at = ?5
         WHERE id = ?1 AND finished_at IS NULL",
        params![
            id.as_str(),
            status.as_str(),
            reason.map(BuildReason::as_str),
            error,
            now.as_millis(),
        ],
    )?;
    if ended == 0 {
        return Ok(false);
    }
    build_changes::note_change(tx, id)?;
    build_changes::note_queue(tx)?;
    build_changes::remove_old(tx, id)?;
    Ok(true)
}

/// Ends the steps of a build that has ended.
fn settle_steps(
    tx: &Transaction<'_>,
    id: &BuildId,
    reason: Option<&BuildReason>,
    at: Timestamp,
) -> Result<()> {
    let sql = "SELECT steps_json FROM builds WHERE id = ?1";
    let text = rows::first::<String>(tx, sql, [id.as_str()])?.unwrap_or_default();
    let Some(mut steps) = rows::json::<Vec<BuildStep>>(&text, "steps", id.as_str()) else {
        return Ok(());
    };
    for step in &mut steps {
        match step.status {
            StepStatus::Running => {
                step.finished_at = Some(at);
                step.status = match reason {
                    Some(BuildReason::Cancelled | BuildReason::Interrupted) => {
                        StepStatus::Cancelled
                    }
                    _ => StepStatus::Failed,
                };
            }
            StepStatus::Pending => step.status = StepStatus::Skipped,
            _ => {}
        }
    }
    tx.execute(
        "UPDATE builds SET steps_json = ?2 WHERE id = ?1 AND finished_at IS NULL",
        params![id.as_str(), serde_json::to_string(&steps)?],
    )?;
    Ok(())
}
