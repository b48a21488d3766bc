//! What people, and starts, ask of builds.

use super::{Result, Store, build_news, builds, rows};
use rusqlite::{Transaction, params};
use vestibule_engine::builds::Blueprint;
use vestibule_model::build::{Build, BuildReason, BuildStatus, BuildStep, StepStatus};
use vestibule_model::ids::{BuildId, RunId, UserId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// A build that somebody asks for.
#[derive(Debug, Clone)]
pub struct WishedBuild {
    /// Chosen by the client or made by the server.
    pub id: BuildId,
    /// For which workspace.
    pub workspace_id: WorkspaceId,
    /// What is to be done.
    pub blueprint: Blueprint,
    /// Who asks.
    pub by: Option<UserId>,
    /// The build that this one tries again.
    pub retry_of: Option<BuildId>,
}

/// What became of asking for a build.
#[derive(Debug, Clone, PartialEq)]
pub enum Requested {
    /// It waits for its turn.
    New(Box<Build>),
    /// The same was asked for before, and has not ended or has this very identifier.
    Before(Box<Build>),
    /// The identifier belongs to another one.
    Taken,
    /// There is no such workspace.
    NoWorkspace,
}

impl Store {
    /// Asks for a build. While the workspace has the same content waiting or under way, that is it.
    pub fn request_build(&self, wish: &WishedBuild, now: Timestamp) -> Result<Requested> {
        let requested = self.write(|tx| {
            if let Some(old) = builds::find(tx, &wish.id)? {
                let is_same =
                    old.workspace_id == wish.workspace_id && old.app == wish.blueprint.app;
                return Ok::<_, super::Error>(match is_same {
                    true => Requested::Before(Box::new(old)),
                    false => Requested::Taken,
                });
            }
            let workspace = wish.workspace_id.as_str();
            let sql = "SELECT 1 FROM workspaces WHERE id = ?1";
            if rows::first::<i64>(tx, sql, [workspace])?.is_none() {
                return Ok(Requested::NoWorkspace);
            }
            if let Some(id) = open(tx, &wish.workspace_id, &wish.blueprint.content)? {
                tx.execute("UPDATE builds SET by_hand = 1 WHERE id = ?1", [id.as_str()])?;
                return Ok(match builds::find(tx, &id)? {
                    Some(build) => Requested::Before(Box::new(build)),
                    None => Requested::NoWorkspace,
                });
            }
            insert(tx, wish, true, now)?;
            Ok(match builds::find(tx, &wish.id)? {
                Some(build) => Requested::New(Box::new(build)),
                None => Requested::NoWorkspace,
            })
        })?;
        self.builds_changed.notify_one();
        Ok(requested)
    }

    /// Has a run wait for its workspace's build of this content; asks for one, on behalf of who
    /// started the run, where there is none. A run that is over waits for nothing.
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
                    let wish = WishedBuild {
                        id: BuildId::new(crate::tokens::id("bld-")),
                        workspace_id: workspace.clone(),
                        blueprint: blueprint.clone(),
                        by: (!by.is_empty()).then(|| UserId::new(by)),
                        retry_of: None,
                    };
                    insert(tx, &wish, false, now)?;
                    wish.id
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

    /// Asks for the end of a build: one that waits ends at once, one under way as soon as it can,
    /// and one that has ended stays as it is. None if there is no such build.
    pub fn cancel_build(&self, id: &BuildId, by: &str, now: Timestamp) -> Result<Option<Build>> {
        let build = self.write(|tx| {
            let Some(build) = builds::find(tx, id)? else {
                return Ok::<_, super::Error>(None);
            };
            match build.status {
                BuildStatus::Pending => {
                    let said = format!("The build was cancelled by {by}.");
                    let (status, reason) = (BuildStatus::Cancelled, BuildReason::Cancelled);
                    end(tx, id, &status, Some(&reason), Some(&said), now)?;
                }
                BuildStatus::Running => {
                    // The first one who asks for it has asked for it.
                    let wished = tx.execute(
                        "UPDATE builds SET cancelled_by = ?2, cancel_requested_at = ?3
                         WHERE id = ?1 AND cancelled_by IS NULL",
                        params![id.as_str(), by, now.as_millis()],
                    )?;
                    if wished > 0 {
                        build_news::note_change(tx, id)?;
                    }
                }
                _ => {}
            }
            builds::find(tx, id)
        })?;
        self.builds_changed.notify_one();
        Ok(build)
    }
}

/// The build of a content that a workspace has waiting or under way.
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

fn insert(tx: &Transaction<'_>, wish: &WishedBuild, by_hand: bool, now: Timestamp) -> Result<()> {
    let blueprint = &wish.blueprint;
    tx.execute(
        "INSERT INTO builds (id, workspace_id, app, app_title, content, status, created_at,
             steps_json, requested_by, by_hand, retry_of, seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0)",
        params![
            wish.id.as_str(),
            wish.workspace_id.as_str(),
            blueprint.app,
            blueprint.title,
            blueprint.content,
            BuildStatus::Pending.as_str(),
            now.as_millis(),
            steps_json(blueprint)?,
            wish.by.as_ref().map(UserId::as_str),
            by_hand,
            wish.retry_of.as_ref().map(BuildId::as_str),
        ],
    )?;
    Ok(build_news::note_change(tx, &wish.id)?)
}

/// The steps of a blueprint, before anything is done.
pub(super) fn steps_json(blueprint: &Blueprint) -> Result<String> {
    let pending = |title: &String| BuildStep {
        title: title.clone(),
        status: StepStatus::Pending,
        ..BuildStep::default()
    };
    let steps: Vec<BuildStep> = blueprint.steps.iter().map(pending).collect();
    Ok(serde_json::to_string(&steps)?)
}

/// Notes the end of a build that has not ended yet; whether it was so.
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
    build_news::note_change(tx, id)?;
    build_news::note_queue(tx)?;
    build_news::remove_old(tx, id)?;
    Ok(true)
}

/// No step goes on once its build has ended.
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
