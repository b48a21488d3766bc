//! Jobs: what is in progress, or has ended a short while ago.

use super::label::{Label, Request};
use std::fmt;
use vestibule_model::build::{Build, BuildStatus, BuildStep, StepStatus};
use vestibule_model::hold::Hold;
use vestibule_model::ids::{BuildId, RunId, WorkbenchId, WorkspaceId};
use vestibule_model::reason;
use vestibule_model::run::{Run, RunStatus};
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

    /// Returns the key of what this page has asked for; the server does not know it.
    pub(super) fn request(id: u64) -> Self {
        Self(format!("request:{id}"))
    }

    /// Returns a key as the server writes it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns `true` if it is this run's.
    pub(super) fn is_of_run(&self, id: &RunId) -> bool {
        self.0.strip_prefix("run:") == Some(id.as_str())
    }

    /// Returns `true` if it is this build's.
    pub(super) fn is_of_build(&self, id: &BuildId) -> bool {
        self.0.strip_prefix("build:") == Some(id.as_str())
    }

    /// As the server writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `true` if it is a build's.
    pub fn is_build(&self) -> bool {
        self.0.starts_with("build:")
    }
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request that is not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Counted per page.
    pub id: u64,
    /// What was asked for.
    pub request: Request,
    /// The workbench that it is about, where it is about one.
    pub workbench: Option<WorkbenchId>,
    /// Since when.
    pub since: Timestamp,
}

impl Open {
    /// Returns `true` if it is about the workbench of this run, and what that does.
    pub(super) fn is_about(&self, run: &Run) -> bool {
        self.request.is_wish() && self.workbench.as_ref() == Some(&run.workbench_id)
    }

    /// Returns where it puts a run of that workbench, or `None` where this is the run that it asked
    /// for.
    pub(super) fn puts(&self, run: &Run) -> Option<Stage> {
        match self.request {
            Request::Restart(last) if run.number > last => None,
            Request::Restart(_) => Some(Stage::Restarting),
            request => Some(Stage::of_request(request)),
        }
    }
}

/// A job that this page knows of before the server has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The job.
    pub key: JobKey,
    /// What is going on.
    pub label: Label,
    /// Since when it is known.
    pub since: Timestamp,
    /// The journal's number that it is known by; 0 where it is not known by any.
    pub seq: u64,
    /// Whose run it is, and that run's number, where it is one.
    pub run: Option<(WorkbenchId, u64)>,
}

/// Stage of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It failed.
    Failed,
    /// The server reached the time limit of its run.
    TimedOut,
    /// The server is to stop, and is still there.
    Stopping,
    /// The server stops in order to start again.
    Restarting,
    /// The build is to end, and has not yet.
    Cancelling,
    /// The app is built.
    Building,
    /// The server starts.
    Starting,
    /// The server is to start, and something keeps it from that.
    Held(Hold),
    /// The build waits for its turn.
    Queued,
    /// The start waits for a build.
    Waiting,
    /// Something else was asked for.
    Asking,
    /// The server runs.
    Running,
    /// The status is a word of another version.
    Unknown,
    /// The build succeeded.
    Succeeded,
    /// The app ended by itself, and well.
    Completed,
    /// The server was stopped.
    Stopped,
    /// The build was given up.
    Cancelled,
}

impl Stage {
    /// Returns where a run is. It runs when the app has answered and still does: without that it
    /// can not be used.
    pub fn of_run(run: &Run) -> Self {
        match run.status {
            RunStatus::Pending => Self::of_start(run),
            RunStatus::Running if run.ready_at.is_none() || run.cause.is_some() => {
                Self::of_start(run)
            }
            RunStatus::Running => Self::Running,
            RunStatus::Stopping => Self::Stopping,
            RunStatus::Stopped => Self::Stopped,
            RunStatus::Succeeded => Self::Completed,
            RunStatus::Failed if run.cause.as_deref() == Some(reason::TIMEOUT) => Self::TimedOut,
            RunStatus::Failed => Self::Failed,
            RunStatus::Unknown(_) => Self::Unknown,
        }
    }

    fn of_start(run: &Run) -> Self {
        let hold = run.cause.as_deref().and_then(Hold::of_reason);
        hold.map_or(Self::Starting, Self::Held)
    }

    /// Returns where a build is.
    pub fn of_build(build: &Build) -> Self {
        match build.status {
            _ if build.is_cancelling() => Self::Cancelling,
            BuildStatus::Pending => Self::Queued,
            BuildStatus::Running => Self::Building,
            BuildStatus::Succeeded => Self::Succeeded,
            BuildStatus::Failed => Self::Failed,
            BuildStatus::Cancelled => Self::Cancelled,
            BuildStatus::Unknown(_) => Self::Unknown,
        }
    }

    /// Returns what is going on while a request is not answered.
    pub(super) fn of_request(request: Request) -> Self {
        Self::of_label(request.label())
    }

    /// Returns what a label that was registered says of it.
    pub(super) fn of_label(label: Label) -> Self {
        match label {
            Label::Held(hold) => Self::Held(hold),
            Label::Stopping => Self::Stopping,
            Label::Cancelling => Self::Cancelling,
            Label::Building => Self::Building,
            Label::Starting => Self::Starting,
            Label::Restarting => Self::Restarting,
            Label::Queued => Self::Queued,
            Label::Asking(_) => Self::Asking,
            Label::Running => Self::Running,
        }
    }

    /// Returns `true` if nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Failed
                | Self::TimedOut
                | Self::Succeeded
                | Self::Completed
                | Self::Stopped
                | Self::Cancelled
        )
    }

    /// Returns `true` if it ended badly.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut)
    }

    /// Returns `true` if a server is to come up, and is not there yet.
    pub fn is_start(self) -> bool {
        matches!(self, Self::Starting | Self::Held(_))
    }

    /// Returns `true` if something happens by itself.
    pub fn is_busy(self) -> bool {
        !self.is_over() && !matches!(self, Self::Running | Self::Unknown)
    }

    /// Returns what it is called beside a job's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "Failed",
            Self::TimedOut => "Timed out",
            Self::Held(hold) => hold.word(),
            Self::Stopping => "Stopping",
            Self::Cancelling => "Cancelling…",
            Self::Building => "Building",
            Self::Starting => "Starting",
            Self::Restarting => "Restarting",
            Self::Queued => "Queued",
            Self::Waiting => "Waits for its build",
            Self::Asking => "Asking",
            Self::Running => "Running",
            Self::Unknown => "Unknown",
            Self::Succeeded => "Built",
            Self::Completed => "Completed",
            Self::Stopped => "Stopped",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// Subject of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Subject<'a> {
    /// A run.
    Run(&'a Run),
    /// A build.
    Build(&'a Build),
    /// What this page has asked for.
    Request(&'a Open),
    /// What this page knows before the server has told.
    Registered(&'a Registered),
}

/// Job as the reader sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen<'a> {
    /// What it is about.
    pub subject: Subject<'a>,
    /// Where it is: what this page has just asked for is taken into account.
    pub stage: Stage,
    /// Whether the person began it.
    pub is_mine: bool,
    /// Whether it failed and the person has not looked at it.
    pub needs_attention: bool,
    /// The build that has done since what this one failed at.
    pub redone: Option<&'a Build>,
}

impl<'a> Seen<'a> {
    pub(super) fn request(open: &'a Open) -> Self {
        Self {
            subject: Subject::Request(open),
            stage: Stage::of_request(open.request),
            is_mine: true,
            needs_attention: false,
            redone: None,
        }
    }

    pub(super) fn registered(registered: &'a Registered) -> Self {
        Self {
            subject: Subject::Registered(registered),
            stage: Stage::of_label(registered.label),
            is_mine: true,
            needs_attention: false,
            redone: None,
        }
    }

    /// Returns what it is known by.
    pub fn key(&self) -> JobKey {
        match self.subject {
            Subject::Run(run) => JobKey::run(&run.id),
            Subject::Build(build) => JobKey::build(&build.id),
            Subject::Request(open) => JobKey::request(open.id),
            Subject::Registered(registered) => registered.key.clone(),
        }
    }

    /// Returns `true` if both are wishes of one workbench, or what was answered to one.
    pub(super) fn is_wish_like(&self, other: &Self) -> bool {
        let of = self.wished_of();
        of.is_some() && of == other.wished_of()
    }

    pub(super) fn wished_of(&self) -> Option<&WorkbenchId> {
        match self.subject {
            Subject::Request(open) => open.workbench.as_ref().filter(|_| open.request.is_wish()),
            Subject::Registered(registered) => registered.run.as_ref().map(|(of, _)| of),
            Subject::Run(_) | Subject::Build(_) => None,
        }
    }

    /// Returns why it failed, or is kept from starting, in a sentence.
    pub fn why(&self) -> Option<String> {
        let why = match (self.subject, self.stage) {
            (Subject::Run(run), Stage::Failed | Stage::TimedOut | Stage::Held(_)) => {
                match (run.cause.as_deref()?, run.exit_code) {
                    (reason::EXIT_CODE, Some(code)) => {
                        ["The app stopped with exit code ", &code.to_string(), "."].concat()
                    }
                    (cause, _) => reason::sentence(cause).to_owned(),
                }
            }
            (Subject::Build(build), Stage::Failed) => build.error.clone()?,
            _ => return None,
        };
        Some(why)
    }

    /// Returns which step it is at, counted from 1, and of how many, while it is built.
    pub fn progress(&self) -> Option<(usize, usize)> {
        match self.subject {
            Subject::Build(build) if self.stage == Stage::Building => {
                let is_over = |step: &BuildStep| {
                    step.finished_at.is_some() || step.status == StepStatus::Succeeded
                };
                let step = build.steps.iter().position(|step| !is_over(step))?;
                Some((step + 1, build.steps.len()))
            }
            _ => None,
        }
    }

    /// Returns since when it is where it is, by the server's time, where that is known.
    pub fn since(&self) -> Option<Timestamp> {
        match self.subject {
            Subject::Run(run) => match self.stage {
                Stage::Running => run.ready_at,
                Stage::Stopping | Stage::Restarting => None,
                // When it was lost, a run does not tell.
                stage if run.ready_at.is_some() && !stage.is_over() => None,
                _ => Some(run.started_at),
            },
            Subject::Build(build) => build.started_at.or(build.created_at),
            Subject::Request(open) => Some(open.since),
            Subject::Registered(registered) => Some(registered.since),
        }
    }

    /// Returns when it ended.
    pub fn ended(&self) -> Option<Timestamp> {
        match self.subject {
            Subject::Run(run) => run.finished_at,
            Subject::Build(build) => build.finished_at,
            Subject::Request(_) | Subject::Registered(_) => None,
        }
        .filter(|_| self.stage.is_over())
    }

    /// Returns the workspace, where it has one.
    pub fn workspace(&self) -> Option<&'a WorkspaceId> {
        match self.subject {
            Subject::Run(run) => Some(&run.workspace_id),
            Subject::Build(build) => Some(&build.workspace_id),
            Subject::Request(_) | Subject::Registered(_) => None,
        }
    }

    /// Returns what people call it.
    pub fn name(&self) -> String {
        match self.subject {
            Subject::Run(run) => match run.name.as_deref() {
                None | Some("") => run.workbench_id.to_string(),
                Some(name) => name.to_owned(),
            },
            Subject::Build(build) => build_name(build).to_owned(),
            Subject::Request(open) => open.request.text().to_owned(),
            Subject::Registered(registered) => registered.label.text(""),
        }
    }

    /// Returns its place in the queue of builds, 1 being the next.
    pub fn queue_position(&self) -> Option<u32> {
        match self.subject {
            Subject::Build(build) if self.stage == Stage::Queued => build.queue_position,
            _ => None,
        }
    }

    /// Returns where it stands among others: what has to be looked at, what happens, what is, what
    /// was.
    pub fn group(&self) -> Group {
        if self.needs_attention {
            Group::Attention
        } else if self.stage.is_busy() {
            Group::UnderWay
        } else if self.stage.is_over() {
            Group::Over
        } else {
            Group::Running
        }
    }
}

/// Group of jobs in the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// It failed, and the person has not looked at it.
    Attention,
    /// Something happens.
    UnderWay,
    /// It is there, and nothing happens.
    Running,
    /// It was.
    Over,
}

/// Returns `true` if a workbench was started again after a run: then that it failed is history.
pub(super) fn is_next_run(run: &Run, other: &Run) -> bool {
    other.number > run.number && run.workbench_id == other.workbench_id
}

/// Returns what people call a build: by its app.
pub(super) fn build_name(build: &Build) -> &str {
    match (build.app_title.as_str(), build.app.as_str()) {
        ("", "") => build.id.as_str(),
        ("", app) => app,
        (title, _) => title,
    }
}
