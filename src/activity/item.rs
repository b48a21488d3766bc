//! A job as the panel shows it: plain data, so that equal jobs cause no change.

use crate::routes::Page;
use crate::ui::MarkKind;
use vestibule_model::activity::{Group, JobKey, Label, Seen, Stage, Subject};
use vestibule_model::ids::{BuildId, WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it is known by.
    pub key: JobKey,
    /// What people call it.
    pub name: String,
    /// The catalogue name of its app.
    pub app: Option<String>,
    /// Where it belongs.
    pub workspace: Option<WorkspaceId>,
    /// What it is.
    pub what: What,
    /// Where it is.
    pub stage: Stage,
    /// Where it stands among others.
    pub group: Group,
    /// What is to be said of it beyond that: the step, the place in the queue, the error.
    pub detail: Option<String>,
    /// Which step it is at, and of how many.
    pub progress: Option<(usize, usize)>,
    /// Since when it is where it is.
    pub since: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Who began it, where that is somebody else.
    pub by: Option<String>,
    /// The build that has done since what this one failed at.
    pub newer: Option<BuildId>,
}

/// What a job is.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A run of a workbench, by its number.
    Run(WorkbenchId, u64),
    /// A build.
    Build(BuildId),
    /// Something that this page has asked for; there is nothing to be done about it.
    Request,
}

impl Item {
    /// A job as it is seen.
    pub fn of(seen: &Seen<'_>) -> Self {
        let (what, app, detail, by) = match seen.subject {
            Subject::Run(run) => (
                What::Run(run.workbench_id.clone(), run.number),
                run.app.clone(),
                (seen.stage == Stage::Unknown)
                    .then(|| run.status.to_string())
                    .or_else(|| seen.why()),
                run.started_by_name.clone(),
            ),
            Subject::Build(build) => (
                What::Build(build.id.clone()),
                None,
                match seen.stage {
                    Stage::Queued => seen.queue_position().map(place),
                    Stage::Unknown => Some(build.status.to_string()),
                    Stage::Building => build.step.clone(),
                    _ if seen.redone.is_some() => Some("It was built since.".to_owned()),
                    _ => seen.why(),
                },
                build.requested_by_name.clone(),
            ),
            Subject::Request(_) | Subject::Registered(_) => (What::Request, None, None, None),
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

    /// The glyph of where it is.
    pub fn mark(&self) -> MarkKind {
        match self.stage {
            Stage::Failed | Stage::TimedOut => MarkKind::Failed,
            Stage::Held(_) => MarkKind::Waiting,
            Stage::Stopping
            | Stage::Cancelling
            | Stage::Building
            | Stage::Starting
            | Stage::Asking => MarkKind::Working,
            Stage::Queued | Stage::Waiting => MarkKind::Pending,
            Stage::Running => MarkKind::Ready,
            Stage::Unknown => MarkKind::Unknown,
            Stage::Succeeded | Stage::Completed => MarkKind::Completed,
            Stage::Stopped | Stage::Cancelled => MarkKind::Stopped,
        }
    }

    /// What is said of it in a word: what a build is called says that it is one.
    pub fn word(&self) -> &'static str {
        match (&self.what, self.stage) {
            (What::Build(_), Stage::Failed) => "Build failed",
            (What::Build(_), Stage::Queued) => "Build queued",
            (What::Build(_), Stage::Cancelled) => "Build cancelled",
            (_, stage) => stage.word(),
        }
    }

    /// Where it is opened.
    pub fn page(&self) -> Option<Page> {
        let workspace = self.workspace.clone()?;
        match &self.what {
            What::Run(workbench, _) => Some(Page::Session(workspace, workbench.clone())),
            What::Build(id) => Some(Page::Build(workspace, id.clone())),
            What::Request => None,
        }
    }

    /// Where that is which was done in its place.
    pub fn newer_page(&self) -> Option<Page> {
        Some(Page::Build(self.workspace.clone()?, self.newer.clone()?))
    }

    /// Where its output is, where that is another page.
    pub fn log(&self) -> Option<Page> {
        let workspace = self.workspace.clone()?;
        match &self.what {
            What::Run(workbench, number) if self.stage != Stage::Waiting => {
                Some(Page::Run(workspace, workbench.clone(), *number))
            }
            _ => None,
        }
    }
}

/// The glyph of what the header says.
pub fn mark_of(label: Label) -> MarkKind {
    match label {
        Label::BuildFailed | Label::ServerFailed | Label::TimedOut => MarkKind::Failed,
        Label::Held(_) => MarkKind::Waiting,
        Label::Stopping
        | Label::Cancelling
        | Label::Building
        | Label::Starting
        | Label::Asking(_) => MarkKind::Working,
        Label::Queued => MarkKind::Pending,
        Label::Running(_) => MarkKind::Ready,
    }
}

fn place(position: u32) -> String {
    match position {
        0 | 1 => "Next in the queue".to_owned(),
        2 => "1 before it".to_owned(),
        many => format!("{} before it", many - 1),
    }
}
