//! Jobs: in progress, or ended recently.

use super::label::{Label, Request, WorkbenchCommand};
use super::stage::JobStage;
use std::fmt;
use vestibule_model::build::{Build, BuildStep, StepStatus};
use vestibule_model::ids::{BuildId, RunId, WorkbenchId, WorkspaceId};
use vestibule_model::reason;
use vestibule_model::run::Run;
use vestibule_model::time::Timestamp;

/// Key of a job: `build:<id>`, `run:<id>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey(String);

impl JobKey {
    /// Returns the key of a run.
    pub fn run(id: &RunId) -> Self {
        Self(format!("run:{id}"))
    }

    /// Returns the key of a build.
    pub fn build(id: &BuildId) -> Self {
        Self(format!("build:{id}"))
    }

    /// Returns the key of a request of this page; the server does not know it.
    pub(super) fn request(id: u64) -> Self {
        Self(format!("request:{id}"))
    }

    /// Wraps a key of the server.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns `true` if this is the key of a run.
    pub(super) fn is_of_run(&self, id: &RunId) -> bool {
        self.0.strip_prefix("run:") == Some(id.as_str())
    }

    /// Returns `true` if this is the key of a build.
    pub(super) fn is_of_build(&self, id: &BuildId) -> bool {
        self.0.strip_prefix("build:") == Some(id.as_str())
    }

    /// Returns the key on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `true` if this is the key of any build.
    pub fn is_build(&self) -> bool {
        self.0.starts_with("build:")
    }
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Unanswered request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Number, unique within the page.
    pub id: u64,
    /// The request.
    pub request: Request,
    /// Workbench, or `None` if it concerns none.
    pub workbench: Option<WorkbenchId>,
    /// Time of the request.
    pub since: Timestamp,
}

impl Open {
    /// Returns `true` if this is a command to the workbench of this run.
    pub(super) fn is_about(&self, run: &Run) -> bool {
        self.request.is_workbench_command() && self.workbench.as_ref() == Some(&run.workbench_id)
    }

    /// Returns the stage that the request gives a run of that workbench, or `None` for the
    /// requested run itself.
    pub(super) fn puts(&self, run: &Run) -> Option<JobStage> {
        match self.request {
            Request::Command(WorkbenchCommand::Restart(last)) if run.number > last => None,
            Request::Command(WorkbenchCommand::Restart(_)) => Some(JobStage::Restarting),
            request => Some(JobStage::of_request(request)),
        }
    }
}

/// Job that this page knows before the server reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The job's key.
    pub key: JobKey,
    /// The command that caused it.
    pub label: Label,
    /// Time since which it is known.
    pub since: Timestamp,
    /// The journal's number in the response; 0: unknown.
    pub seq: u64,
    /// Workbench and number of the run, or `None` if it is no run.
    pub run: Option<(WorkbenchId, u64)>,
}

/// Subject of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum JobSubject<'a> {
    /// A run.
    Run(&'a Run),
    /// A build.
    Build(&'a Build),
    /// An unanswered request of this page.
    Request(&'a Open),
    /// A job that this page knows before the server reports it.
    Registered(&'a Registered),
}

/// Job as the user sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView<'a> {
    /// Subject.
    pub subject: JobSubject<'a>,
    /// Stage, with the page's pending commands taken into account.
    pub stage: JobStage,
    /// `true` if the user began it.
    pub is_mine: bool,
    /// `true` if it failed and is not acknowledged.
    pub needs_attention: bool,
    /// The later build that succeeded where this one failed.
    pub redone: Option<&'a Build>,
}

impl<'a> JobView<'a> {
    pub(super) fn request(open: &'a Open) -> Self {
        Self {
            subject: JobSubject::Request(open),
            stage: JobStage::of_request(open.request),
            is_mine: true,
            needs_attention: false,
            redone: None,
        }
    }

    pub(super) fn registered(registered: &'a Registered) -> Self {
        Self {
            subject: JobSubject::Registered(registered),
            stage: JobStage::of_label(registered.label),
            is_mine: true,
            needs_attention: false,
            redone: None,
        }
    }

    /// Returns the key.
    pub fn key(&self) -> JobKey {
        match self.subject {
            JobSubject::Run(run) => JobKey::run(&run.id),
            JobSubject::Build(build) => JobKey::build(&build.id),
            JobSubject::Request(open) => JobKey::request(open.id),
            JobSubject::Registered(registered) => registered.key.clone(),
        }
    }

    /// Returns `true` if both are commands to one workbench, or their results.
    pub(super) fn is_same_command(&self, other: &Self) -> bool {
        let of = self.command_target();
        of.is_some() && of == other.command_target()
    }

    pub(super) fn command_target(&self) -> Option<&WorkbenchId> {
        match self.subject {
            JobSubject::Request(open) => open
                .workbench
                .as_ref()
                .filter(|_| open.request.is_workbench_command()),
            JobSubject::Registered(registered) => registered.run.as_ref().map(|(of, _)| of),
            JobSubject::Run(_) | JobSubject::Build(_) => None,
        }
    }

    /// Returns the reason of a failure or of a blocked start, in a sentence.
    pub fn why(&self) -> Option<String> {
        let why = match (self.subject, self.stage) {
            (JobSubject::Run(run), JobStage::Failed | JobStage::TimedOut | JobStage::Held(_)) => {
                match (run.cause.as_deref()?, run.exit_code) {
                    (reason::EXIT_CODE, Some(code)) => {
                        ["The app stopped with exit code ", &code.to_string(), "."].concat()
                    }
                    (cause, _) => reason::sentence(cause).to_owned(),
                }
            }
            (JobSubject::Build(build), JobStage::Failed) => build.error.clone()?,
            _ => return None,
        };
        Some(why)
    }

    /// Returns the current step of a running build, counted from 1, and the number of steps.
    pub fn progress(&self) -> Option<(usize, usize)> {
        match self.subject {
            JobSubject::Build(build) if self.stage == JobStage::Building => {
                let is_over = |step: &BuildStep| {
                    step.finished_at.is_some() || step.status == StepStatus::Succeeded
                };
                let step = build.steps.iter().position(|step| !is_over(step))?;
                Some((step + 1, build.steps.len()))
            }
            _ => None,
        }
    }

    /// Returns the time of the current stage, by the server's clock, or `None` if it is not known.
    pub fn since(&self) -> Option<Timestamp> {
        match self.subject {
            JobSubject::Run(run) => match self.stage {
                JobStage::Running => run.ready_at,
                JobStage::Stopping | JobStage::Restarting => None,
                // A run does not report when it was lost.
                stage if run.ready_at.is_some() && !stage.is_over() => None,
                _ => Some(run.started_at),
            },
            JobSubject::Build(build) => build.started_at.or(build.created_at),
            JobSubject::Request(open) => Some(open.since),
            JobSubject::Registered(registered) => Some(registered.since),
        }
    }

    /// Returns the time of the end.
    pub fn ended(&self) -> Option<Timestamp> {
        match self.subject {
            JobSubject::Run(run) => run.finished_at,
            JobSubject::Build(build) => build.finished_at,
            JobSubject::Request(_) | JobSubject::Registered(_) => None,
        }
        .filter(|_| self.stage.is_over())
    }

    /// Returns the workspace, or `None`.
    pub fn workspace(&self) -> Option<&'a WorkspaceId> {
        match self.subject {
            JobSubject::Run(run) => Some(&run.workspace_id),
            JobSubject::Build(build) => Some(&build.workspace_id),
            JobSubject::Request(_) | JobSubject::Registered(_) => None,
        }
    }

    /// Returns the display name.
    pub fn name(&self) -> String {
        match self.subject {
            JobSubject::Run(run) => match run.name.as_deref() {
                None | Some("") => run.workbench_id.to_string(),
                Some(name) => name.to_owned(),
            },
            JobSubject::Build(build) => build_name(build).to_owned(),
            JobSubject::Request(open) => open.request.text().to_owned(),
            JobSubject::Registered(registered) => registered.label.text(""),
        }
    }

    /// Returns the position in the queue of builds, from 1.
    pub fn queue_position(&self) -> Option<u32> {
        match self.subject {
            JobSubject::Build(build) if self.stage == JobStage::Queued => build.queue_position,
            _ => None,
        }
    }

    /// Returns the group: failures first, then jobs in motion, running ones, and ended ones.
    pub fn group(&self) -> JobGroup {
        if self.needs_attention {
            JobGroup::Attention
        } else if self.stage.is_busy() {
            JobGroup::UnderWay
        } else if self.stage.is_over() {
            JobGroup::Over
        } else {
            JobGroup::Running
        }
    }
}

/// Group of jobs in the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobGroup {
    /// Failed and not acknowledged.
    Attention,
    /// In motion.
    UnderWay,
    /// Running without a change.
    Running,
    /// Ended.
    Over,
}

/// Returns `true` if a workbench was started again after a run, whose failure is history then.
pub(super) fn is_next_run(run: &Run, other: &Run) -> bool {
    other.number > run.number && run.workbench_id == other.workbench_id
}

/// Returns the display name of a build: its app.
pub(super) fn build_name(build: &Build) -> &str {
    match (build.app_title.as_str(), build.app.as_str()) {
        ("", "") => build.id.as_str(),
        ("", app) => app,
        (title, _) => title,
    }
}
