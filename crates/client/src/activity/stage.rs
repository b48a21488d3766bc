//! Stages of a job.

use super::label::{Label, Request};
use vestibule_model::build::{Build, BuildStatus};
use vestibule_model::hold::Hold;
use vestibule_model::reason;
use vestibule_model::run::{Run, RunStatus};

/// Stage of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobStage {
    /// Failed.
    Failed,
    /// The run reached its time limit.
    TimedOut,
    /// The workbench is stopping.
    Stopping,
    /// The workbench is stopping in order to start again.
    Restarting,
    /// The build is being cancelled.
    Cancelling,
    /// The build is running.
    Building,
    /// The workbench is starting.
    Starting,
    /// The workbench is starting, and its app's image is being pulled.
    Pulling,
    /// The start is blocked.
    Held(Hold),
    /// The build is queued.
    Queued,
    /// The start waits for a build.
    Waiting,
    /// Another request is unanswered.
    Asking,
    /// The workbench is running.
    Running,
    /// The status is a word of another version.
    Unknown,
    /// The build succeeded.
    Succeeded,
    /// The app ended by itself and successfully.
    Completed,
    /// The workbench was stopped.
    Stopped,
    /// The build was cancelled.
    Cancelled,
}

impl JobStage {
    /// Returns the stage of a run. It counts as running while the app responds: otherwise it cannot
    /// be used.
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
        match run.cause.as_deref() {
            Some(reason::PULLING) => Self::Pulling,
            cause => cause
                .and_then(Hold::of_reason)
                .map_or(Self::Starting, Self::Held),
        }
    }

    /// Returns the stage of a build.
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

    /// Returns the stage of an unanswered request.
    pub(super) fn of_request(request: Request) -> Self {
        Self::of_label(request.label())
    }

    /// Returns the stage implied by a registered label.
    pub(super) fn of_label(label: Label) -> Self {
        match label {
            Label::Held(hold) => Self::Held(hold),
            Label::Stopping => Self::Stopping,
            Label::Cancelling => Self::Cancelling,
            Label::Building => Self::Building,
            Label::Starting => Self::Starting,
            Label::Pulling => Self::Pulling,
            Label::Restarting => Self::Restarting,
            Label::Queued => Self::Queued,
            Label::Asking(_) => Self::Asking,
            Label::Running => Self::Running,
        }
    }

    /// Returns `true` if the job has ended.
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

    /// Returns `true` if the job has failed.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut)
    }

    /// Returns `true` if a workbench is starting.
    pub fn is_start(self) -> bool {
        matches!(self, Self::Starting | Self::Pulling | Self::Held(_))
    }

    /// Returns `true` if the job is in motion.
    pub fn is_busy(self) -> bool {
        !self.is_over() && !matches!(self, Self::Running | Self::Unknown)
    }

    /// Returns the text beside the job's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "Failed",
            Self::TimedOut => "Timed out",
            Self::Held(hold) => hold.as_str(),
            Self::Stopping => "Stopping",
            Self::Cancelling => "Cancelling…",
            Self::Building => "Building",
            Self::Starting => "Starting",
            Self::Pulling => "Pulling the image",
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
