//! A job as the panel shows it: plain data, so that equal jobs cause no change.

use super::texts;
use crate::routes::Page;
use crate::ui::MarkKind;
use vestibule_client::activity::{JobGroup, JobKey, JobStage, JobSubject, JobView, Label};
use vestibule_model::ids::{BuildId, WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Key.
    pub key: JobKey,
    /// Name.
    pub name: String,
    /// The catalogue name of its app.
    pub app: Option<String>,
    /// Workspace.
    pub workspace: Option<WorkspaceId>,
    /// Kind.
    pub what: JobKind,
    /// Stage.
    pub stage: JobStage,
    /// The section of the panel in which it stands.
    pub group: JobGroup,
    /// The step, the place in the queue, or the error.
    pub detail: Option<String>,
    /// The current step, and the number of steps.
    pub progress: Option<(usize, usize)>,
    /// Begin of its stage.
    pub since: Option<Timestamp>,
    /// Time of its end.
    pub ended: Option<Timestamp>,
    /// User who started it, unless that is the reader.
    pub by: Option<String>,
    /// The later build that succeeded.
    pub newer: Option<BuildId>,
}

/// Kind of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum JobKind {
    /// A run of a workbench, by its number.
    Run(WorkbenchId, u64),
    /// A build.
    Build(BuildId),
    /// A request of this page.
    Request,
}

impl Item {
    /// Reads a job.
    pub fn of(seen: &JobView<'_>) -> Self {
        let (what, app, detail, by) = match seen.subject {
            JobSubject::Run(run) => (
                JobKind::Run(run.workbench_id.clone(), run.number),
                run.app.clone(),
                (seen.stage == JobStage::Unknown)
                    .then(|| run.status.to_string())
                    .or_else(|| seen.why()),
                run.started_by_name.clone(),
            ),
            JobSubject::Build(build) => (
                JobKind::Build(build.id.clone()),
                None,
                match seen.stage {
                    JobStage::Queued => seen.queue_position().map(texts::queued),
                    JobStage::Unknown => Some(build.status.to_string()),
                    JobStage::Building => build.step.clone(),
                    _ if seen.redone.is_some() => Some(texts::BUILT_SINCE.to_owned()),
                    _ => seen.why(),
                },
                build.requested_by_name.clone(),
            ),
            JobSubject::Request(_) | JobSubject::Registered(_) => {
                (JobKind::Request, None, None, None)
            }
        };
        Self {
            key: seen.key(),
            name: seen.name(),
            app,
            workspace: seen.workspace().cloned(),
            what,
            stage: seen.stage,
            group: seen.group(),
            detail: detail.filter(|detail| !detail.is_empty()),
            progress: seen.progress(),
            since: seen.since(),
            ended: seen.ended(),
            by: by.filter(|_| !seen.is_mine),
            newer: seen.redone.map(|build| build.id.clone()),
        }
    }

    /// Returns the glyph of its stage.
    pub fn mark(&self) -> MarkKind {
        match self.stage {
            JobStage::Failed | JobStage::TimedOut => MarkKind::Failed,
            JobStage::Held(_) => MarkKind::Waiting,
            JobStage::Stopping
            | JobStage::Cancelling
            | JobStage::Building
            | JobStage::Starting
            | JobStage::Pulling
            | JobStage::Restarting
            | JobStage::Asking => MarkKind::Working,
            JobStage::Queued | JobStage::Waiting => MarkKind::Pending,
            JobStage::Running => MarkKind::Ready,
            JobStage::Unknown => MarkKind::Unknown,
            JobStage::Succeeded | JobStage::Completed => MarkKind::Completed,
            JobStage::Stopped | JobStage::Cancelled => MarkKind::Stopped,
        }
    }

    /// Returns its stage in a word.
    pub fn as_str(&self) -> &'static str {
        match (&self.what, self.stage) {
            (JobKind::Build(_), JobStage::Failed) => texts::BUILD_FAILED,
            (JobKind::Build(_), JobStage::Queued) => texts::BUILD_QUEUED,
            (JobKind::Build(_), JobStage::Cancelled) => texts::BUILD_CANCELLED,
            (_, stage) => stage.as_str(),
        }
    }

    /// Returns the page that it opens.
    pub fn page(&self) -> Option<Page> {
        let workspace = self.workspace.clone()?;
        match &self.what {
            JobKind::Run(workbench, _) => Some(Page::Workbench(workspace, workbench.clone())),
            JobKind::Build(id) => Some(Page::Build(workspace, id.clone())),
            JobKind::Request => None,
        }
    }

    /// Returns the page of the later build that succeeded.
    pub fn newer_page(&self) -> Option<Page> {
        Some(Page::Build(self.workspace.clone()?, self.newer.clone()?))
    }

    /// Returns the page of its log, where that is another one.
    pub fn log(&self) -> Option<Page> {
        let workspace = self.workspace.clone()?;
        match &self.what {
            JobKind::Run(workbench, number) if self.stage != JobStage::Waiting => {
                Some(Page::Run(workspace, workbench.clone(), *number))
            }
            _ => None,
        }
    }
}

/// Returns the glyph of the header's label.
pub fn mark_of(label: Label) -> MarkKind {
    match label {
        Label::Held(_) => MarkKind::Waiting,
        Label::Stopping
        | Label::Cancelling
        | Label::Building
        | Label::Starting
        | Label::Pulling
        | Label::Restarting
        | Label::Asking(_) => MarkKind::Working,
        Label::Queued => MarkKind::Pending,
        Label::Running => MarkKind::Ready,
    }
}
