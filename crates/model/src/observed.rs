//! Observations of an engine. Facts only; [`crate::reconcile`] decides their meaning.

use crate::reason;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// Observation of a workbench. The default has no obstacle and no existing resource.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    /// The workbench's own folder.
    pub volume: Volume,
    /// The secrets that the spec names.
    pub secrets: Secrets,
    /// Availability of the app.
    pub app: AppAvailability,
    /// Capacity for its process.
    pub capacity: Capacity,
    /// Outcome of the last attempt to create the job.
    pub creation: Creation,
    /// The current run's process.
    pub runner: Runner,
    /// Sentence about what a sandbox hid from a run that has ended; see
    /// [`crate::reason::HIDDEN_BY_SANDBOX`].
    pub hidden: Option<String>,
    /// A sentence that explains a job of which there is no trace any more; `None` if nothing does.
    pub absence: Option<String>,
    /// Result of the readiness probe.
    pub probe: Probe,
    /// Time of the last use by a user; `None` if there was none since recording began.
    pub last_used: Option<Timestamp>,
    /// The run's own token.
    pub token: RunToken,
    /// `true` if it is the first observation after a restart of the server: changes happened at an
    /// unknown time since the previous one.
    pub after_restart: bool,
    /// Steps of the machine's clock since the server started, oldest first.
    pub clock_steps: Vec<ClockStep>,
}

impl Observed {
    /// Returns when a limit is reached that began at a time. Time that the clock has skipped or
    /// repeated since does not count. A limit is never reached early: a step back counts only where
    /// it is certain to have come after the beginning.
    pub fn limit_after(&self, begin: Timestamp, limit: Millis) -> Timestamp {
        let since = |step: &&ClockStep| begin <= step.from.min(step.from + step.by);
        let steps = self.clock_steps.iter().filter(since);
        begin + limit + Millis(steps.map(|step| step.by.0).sum())
    }
}

/// Step of the machine's clock: it was set, or the machine was suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockStep {
    /// Time that the clock showed before.
    pub from: Timestamp,
    /// Length of the step, negative if the clock was set back.
    pub by: Millis,
}

/// The workbench's own folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Volume {
    /// Does not exist.
    #[default]
    Absent,
    /// Exists and is writable.
    Bound,
    /// Cannot be created or written to, with the reason.
    Failed(String),
    /// Is being created; a sentence states the state.
    Pending(String),
    /// Is created once the job exists, which therefore does not wait for it.
    WithJob,
    /// Exists, and is being enlarged; a sentence states to which size.
    Resizing(String),
    /// Existed, and is lost with everything in it, with the reason.
    Lost(String),
}

/// The secrets that the spec names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Secrets {
    /// All exist in the workspace.
    #[default]
    Found,
    /// Missing names.
    Missing(Vec<String>),
    /// Unreadable secrets, with the reason.
    Unreadable(String),
}

/// The token with which a run's process reports its progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunToken {
    /// No action needed.
    #[default]
    Good,
    /// The token expires soon.
    Due,
}

/// Availability of an app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AppAvailability {
    /// Can run.
    #[default]
    Available,
    /// The catalogue has no such app.
    Unknown,
    /// Something is not here that it needs; a sentence names it.
    Lacking(Lack, String),
    /// Has build steps that have not run.
    NotBuilt,
    /// Queued build; a sentence states the position.
    Queued(String),
    /// Running build; a sentence states the step.
    Building(String),
    /// Build that failed during this run, with the reason.
    BuildFailed(String),
}

/// What is not here that an app needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// A program.
    Program,
    /// A sandbox.
    Sandbox,
    /// An image for a cluster.
    Image,
}

impl Lack {
    /// Returns the reason of a start that fails for it.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Program => reason::PROGRAM_NOT_FOUND,
            Self::Sandbox => reason::SANDBOX_REQUIRED,
            Self::Image => reason::NO_IMAGE,
        }
    }
}

/// Capacity for a process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Capacity {
    /// Available.
    #[default]
    Available,
    /// No capacity, with the reason.
    Full(String),
}

/// Outcome of the last attempt to create a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Creation {
    /// None has failed.
    #[default]
    Unhindered,
    /// A rule of the cluster forbade it, in the rule's own words.
    Denied(String),
    /// Failed creation, with the reason.
    Failed(String),
}

/// State of a job whose process has not started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// No machine was chosen yet.
    Unscheduled,
    /// No machine is suitable, with the reasons.
    Unschedulable(String),
    /// Process under creation; a sentence states what hinders it, and is empty if nothing does.
    Creating(String),
    /// The folder cannot be attached, with the reason.
    FailedMount(String),
    /// Preparatory processes run; a sentence states which.
    Initializing(String),
    /// The image is being fetched; a sentence names it.
    Pulling(String),
    /// The image cannot be fetched.
    ImageFault {
        /// Kind of the fault.
        fault: ImageFault,
        /// Time of the first failure.
        since: Timestamp,
        /// The reason.
        why: String,
    },
    /// Configuration that refers to something missing, with the reason.
    Misconfigured(String),
}

/// Fault of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFault {
    /// Name that no image can have.
    InvalidName,
    /// The last attempt to fetch it failed.
    Pull,
    /// Several attempts failed; the next one is made after a pause.
    BackOff,
}

/// The process of the current run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Runner {
    /// No trace: the process was never started, or all traces are gone.
    #[default]
    Absent,
    /// The engine could not observe it, for example for lack of descriptors. The earlier state
    /// stays.
    Unobserved {
        /// Begin of the failure to observe.
        since: Timestamp,
        /// The reason.
        why: String,
    },
    /// Starting process.
    Starting {
        /// Name of the supervised process's record.
        job_name: String,
    },
    /// The job exists, and its process has not started.
    Waiting {
        /// Name of the supervised process's record.
        job_name: String,
        /// State.
        stage: Stage,
    },
    /// Running process that something outside Vestibule is ending.
    Disrupted {
        /// Name of the supervised process's record.
        job_name: String,
        /// Kind of the end that follows.
        how: Exit,
    },
    /// Running process.
    Running {
        /// Name of the supervised process's record.
        job_name: String,
        /// Name of the process.
        pod_name: String,
        /// Time of its start.
        started_at: Timestamp,
        /// The crash before this process; `None` if it is the run's first process, or unknown.
        restarted: Option<Restarted>,
        /// A sentence that people should know about this process, such as what does not hold for
        /// it.
        note: Option<String>,
    },
    /// Crashed process that will be restarted after a pause.
    BackOff {
        /// Name of the supervised process's record.
        job_name: String,
        /// Number of restarts before this crash.
        restarts: u32,
        /// The last end.
        how: Exit,
    },
    /// Ended process that will not be restarted.
    Exited {
        /// Name of the supervised process's record.
        job_name: String,
        /// Time of the end.
        at: Timestamp,
        /// Kind of the end.
        how: Exit,
        /// Number of restarts before this end.
        restarts: u32,
        /// The request that it ended by.
        asked: StopRequest,
        /// The last line of its output that reports an error, without secrets; `None` if there is
        /// none.
        last_line: Option<String>,
    },
}

/// Crash after which the process was restarted. It may have happened between two observations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restarted {
    /// Kind of the end.
    pub how: Exit,
    /// Number of the restart in a row that followed. A long steady life ends the row.
    pub times: u32,
    /// Number of restarts in a row after which the engine gives up.
    pub most: u32,
    /// Number of restarts in the whole run.
    pub in_all: u32,
}

/// Request for the end of a process. Engines store this on disk: the words must not
/// change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StopRequest {
    /// No request: the process ended by itself or by someone else.
    #[default]
    No,
    /// Requested, and the process ended.
    Gently,
    /// Requested; the process exceeded its grace period and was killed.
    Forcibly,
}

/// End of a process. Engines store this on disk: the words must not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Exit {
    /// With an exit code.
    Code(i32),
    /// By a signal, by number.
    Signal(i32),
    /// The process could not start: the program does not exist.
    NotFound(String),
    /// The process could not start for another reason.
    StartError(String),
    /// Killed because it exceeded its memory limit, or the machine ran out of memory; a sentence
    /// states which.
    OutOfMemory(String),
    /// Ended because the machine had to shed load; a sentence states why.
    Evicted(String),
    /// Ended to make room for something more urgent; a sentence states why.
    Preempted(String),
    /// Lost with its machine; a sentence states how.
    NodeLost(String),
    /// Removed by someone outside Vestibule; a sentence states how.
    Deleted(String),
    /// Ended because the run reached its time limit; a sentence states the limit. Kept by what
    /// supervises the process, so that it holds while the server is away.
    TimedOut(String),
    /// The end was not recorded.
    Lost,
}

/// Result of the readiness probe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Probe {
    /// No probe.
    #[default]
    NotTried,
    /// Succeeded.
    Succeeded,
    /// Succeeded, with a remark for users, as a sentence.
    SucceededBut(String),
    /// Failed, with the result.
    Failed(String),
    /// Missed several responses, but too few to count as an outage. The earlier readiness stays, and
    /// the status says so, with this sentence.
    Busy(String),
    /// Inconclusive, such as a single missed response of an app that may be busy. The earlier
    /// readiness stays. With the reason.
    Inconclusive(String),
}
