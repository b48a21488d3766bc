//! Announcements of changes for screen readers, and notifications while the page is hidden.

use super::job::{JobKey, build_name};
use super::stage::JobStage;
use vestibule_model::build::Build;
use vestibule_model::hold::Hold;
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::run::Run;
use vestibule_model::time::{Millis, Timestamp};

/// Time within which changes are announced together.
pub const MERGED: Millis = Millis::from_secs(1);

/// Number of changes above which they are summarized.
const MOST: usize = 3;

/// Duration above which the end of a job causes a notification.
pub const LONG_JOB: Millis = Millis::from_secs(30);

/// Change of a job's stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobChange {
    /// The job.
    pub key: JobKey,
    /// Display name.
    pub name: String,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The workbench; `None` for builds.
    pub workbench: Option<WorkbenchId>,
    /// The user who began it, or `None` if that is not known.
    pub by: Option<UserId>,
    /// The earlier stage, or `None` for a new job.
    pub before: Option<JobStage>,
    /// The new stage.
    pub stage: JobStage,
    /// Times of the beginning and of the new stage.
    pub span: Option<(Timestamp, Timestamp)>,
}

impl JobChange {
    pub(super) fn of_run(run: &Run, before: Option<JobStage>) -> Option<Self> {
        let stage = JobStage::of_run(run);
        // A start is announced once, however often it pulls an image.
        let goes_on = matches!(
            (before, stage),
            (Some(JobStage::Pulling), JobStage::Starting)
                | (Some(JobStage::Starting), JobStage::Pulling)
        );
        let end = run.finished_at.or(run.ready_at);
        let fresh = Self {
            key: JobKey::run(&run.id),
            name: run
                .name
                .clone()
                .unwrap_or_else(|| run.workbench_id.to_string()),
            workspace: run.workspace_id.clone(),
            workbench: Some(run.workbench_id.clone()),
            by: run.started_by.clone(),
            before,
            stage,
            span: end.map(|end| (run.started_at, end)),
        };
        (before != Some(stage) && !goes_on).then_some(fresh)
    }

    pub(super) fn of_build(build: &Build, before: Option<JobStage>) -> Option<Self> {
        let stage = JobStage::of_build(build);
        let fresh = Self {
            key: JobKey::build(&build.id),
            name: build_name(build).to_owned(),
            workspace: build.workspace_id.clone(),
            workbench: None,
            by: build.requested_by.clone(),
            before,
            stage,
            span: build.created_at.zip(build.finished_at),
        };
        (before != Some(stage)).then_some(fresh)
    }

    /// Returns the announcement, or `None` for changes that are not announced.
    pub fn sentence(&self) -> Option<String> {
        let is_build = self.key.is_build();
        let words = match (self.stage, is_build) {
            (JobStage::Starting | JobStage::Pulling, _) => "starting",
            (JobStage::Held(Hold::Late), _) => "taking longer than allowed",
            (JobStage::Held(Hold::Silent), _) => "not responding",
            (JobStage::Held(Hold::ForYou), _) => "waiting for you",
            (JobStage::Held(Hold::ForOthers), _) => "waiting",
            (JobStage::TimedOut, _) => "timed out",
            (JobStage::Running, _) => "running",
            (JobStage::Stopping, _) => "stopping",
            (JobStage::Stopped, _) => "stopped",
            (JobStage::Completed, _) => "completed",
            (JobStage::Failed, false) => "failed",
            (JobStage::Failed, true) => "build failed",
            (JobStage::Queued, _) => "build queued",
            (JobStage::Building, _) => "building",
            (JobStage::Succeeded, _) => "built",
            (JobStage::Cancelling, _) => "cancelling build",
            (JobStage::Cancelled, _) => "build cancelled",
            (
                JobStage::Restarting | JobStage::Waiting | JobStage::Asking | JobStage::Unknown,
                _,
            ) => {
                return None;
            }
        };
        Some([&self.name, ": ", words].concat())
    }

    /// Returns `true` if this is the end of a long job: a build or a start, or a failure of either.
    pub fn is_end_of_long(&self) -> bool {
        let is_end = match (self.before, self.stage) {
            (Some(before), JobStage::Running) => before.is_start(),
            (Some(_), JobStage::Succeeded | JobStage::Completed) => true,
            (Some(_), stage) => stage.is_failure(),
            (None, _) => false,
        };
        let took = self.span.map(|(begin, end)| end.since(begin));
        is_end && took.is_some_and(|took| took >= LONG_JOB)
    }
}

/// Announces changes, those of one second together. A job that changed again meanwhile is announced
/// in its newest stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnnouncementQueue {
    waiting: Vec<JobChange>,
    due: Option<Timestamp>,
}

impl AnnouncementQueue {
    /// Adds a change.
    pub fn push(&mut self, change: JobChange, now: Timestamp) {
        self.waiting.retain(|one| one.key != change.key);
        self.waiting.push(change);
        self.due.get_or_insert(now + MERGED);
    }

    /// Returns the time until the next announcement.
    pub fn wake_after(&self, now: Timestamp) -> Option<Millis> {
        // A clock that was set back must not delay an announcement for long.
        self.due
            .map(|due| Millis(due.since(now).0.clamp(0, MERGED.0)))
    }

    /// Returns the due announcement.
    pub fn take_due(&mut self, now: Timestamp) -> Option<String> {
        let due = self.due?;
        if now < due && due.since(now) <= MERGED {
            return None;
        }
        self.due = None;
        let waiting = std::mem::take(&mut self.waiting);
        let said: Vec<String> = waiting.iter().filter_map(JobChange::sentence).collect();
        match said.len() {
            0 => None,
            1..=MOST => Some(said.join(". ")),
            count => {
                let failed = waiting.iter().filter(|one| one.stage.is_failure());
                Some(match failed.count() {
                    0 => format!("{count} jobs have changed"),
                    failed => format!("{count} jobs have changed, {failed} of them failed"),
                })
            }
        }
    }
}
