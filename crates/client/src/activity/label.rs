//! Labels of jobs and requests, and their order.

use vestibule_model::hold::Hold;
use vestibule_model::run::RunStatus;
use vestibule_model::workbench::{Desired, Workbench};

/// Command to a workbench, as the console sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkbenchCommand {
    /// Starts a run.
    Start,
    /// Stops the run.
    Stop,
    /// Ends the run with this number and begins the next one: one request, from the command to stop
    /// until the start was accepted.
    Restart(u64),
    /// Extends the start, or the time without use.
    Extend,
    /// Deletes the workbench with its folder, which stops it.
    Delete,
}

/// Request that the page sends for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// A command to a workbench.
    Command(WorkbenchCommand),
    /// Create a workbench, which starts.
    Create,
    /// Save settings or a name.
    Save,
    /// Save a secret.
    SaveSecret,
    /// Delete a secret.
    DeleteSecret,
    /// Delete a workspace.
    DeleteWorkspace,
    /// Check whether something will work.
    Check,
    /// Build an app.
    Build,
    /// Cancel a build.
    CancelBuild,
}

impl Request {
    /// Returns the label of the unanswered request.
    pub fn label(self) -> Label {
        match self {
            Self::Command(WorkbenchCommand::Start) | Self::Create => Label::Starting,
            Self::Command(WorkbenchCommand::Restart(_)) => Label::Restarting,
            Self::Command(WorkbenchCommand::Stop | WorkbenchCommand::Delete) => Label::Stopping,
            Self::Build => Label::Queued,
            Self::Command(WorkbenchCommand::Extend)
            | Self::Save
            | Self::SaveSecret
            | Self::DeleteSecret
            | Self::DeleteWorkspace
            | Self::Check
            | Self::CancelBuild => Label::Asking(self),
        }
    }

    /// Returns `true` if the request is a command to a workbench: then it and the run are one job.
    pub(super) fn is_workbench_command(self) -> bool {
        matches!(self, Self::Command(_) | Self::Create)
    }

    /// Returns the text of a request whose workbench has no known name.
    pub fn text(self) -> &'static str {
        match self {
            Self::Command(WorkbenchCommand::Start) => "Starting workbench…",
            Self::Command(WorkbenchCommand::Stop) => "Stopping workbench…",
            Self::Command(WorkbenchCommand::Restart(_)) => "Restarting workbench…",
            Self::Command(WorkbenchCommand::Extend) => "Extending the time…",
            Self::Create => "Creating workbench…",
            Self::Command(WorkbenchCommand::Delete) => "Deleting workbench…",
            Self::Save => "Saving…",
            Self::SaveSecret => "Saving secret…",
            Self::DeleteSecret => "Deleting secret…",
            Self::DeleteWorkspace => "Deleting workspace…",
            Self::Check => "Checking…",
            Self::Build => "Requesting a build…",
            Self::CancelBuild => "Cancelling build…",
        }
    }
}

/// The state of one job as the header shows it. Failures have none: the header counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// A workbench is stopping.
    Stopping,
    /// A build is being cancelled.
    Cancelling,
    /// An app is being built.
    Building,
    /// A workbench is starting.
    Starting,
    /// The image of a workbench's app is being pulled.
    Pulling,
    /// A workbench is stopping in order to start again.
    Restarting,
    /// A start or a running app is held up.
    Held(Hold),
    /// A build is in the queue.
    Queued,
    /// Another request is unanswered.
    Asking(Request),
    /// A workbench is running.
    Running,
}

impl Label {
    /// Returns the stage of the workbench's run that the response to a command implies, or `None`.
    pub fn of_answer(workbench: &Workbench) -> Option<Self> {
        match (&workbench.run.as_ref()?.status, &workbench.desired) {
            (RunStatus::Pending | RunStatus::Running | RunStatus::Stopping, Desired::Stopped) => {
                Some(Self::Stopping)
            }
            (RunStatus::Pending, _) => Some(Self::Starting),
            _ => None,
        }
    }

    /// Returns the label with the name of its job; the name may be empty.
    pub fn text(self, name: &str) -> String {
        let job = if name.is_empty() { "workbench" } else { name };
        match self {
            Self::Stopping => ["Stopping ", job, "…"].concat(),
            Self::Starting => ["Starting ", job, "…"].concat(),
            Self::Pulling => ["Pulling the image of ", job, "…"].concat(),
            Self::Restarting => ["Restarting ", job, "…"].concat(),
            Self::Building if name.is_empty() => "Building…".to_owned(),
            Self::Building => ["Building ", name, "…"].concat(),
            Self::Held(hold) if name.is_empty() => hold.as_str().to_owned(),
            Self::Held(hold) => [hold.as_str(), ": ", name].concat(),
            Self::Running if name.is_empty() => "Running".to_owned(),
            Self::Running => ["Running: ", name].concat(),
            Self::Cancelling => Request::CancelBuild.text().to_owned(),
            Self::Queued => "Build queued…".to_owned(),
            Self::Asking(request) => request.text().to_owned(),
        }
    }

    /// Returns the rank of the label: the header shows the job with the lowest one.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Stopping | Self::Cancelling => 0,
            Self::Building | Self::Starting | Self::Pulling | Self::Restarting => 1,
            Self::Queued => 2,
            Self::Asking(_) => 3,
            // What waits may wait for hours, and must not hide what moves.
            Self::Held(_) => 4,
            Self::Running => 5,
        }
    }
}
