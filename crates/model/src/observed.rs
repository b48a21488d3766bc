//! What an engine saw when it looked at a workbench. Facts only; what they mean is decided by
//! [`crate::reconcile`].

use crate::time::Timestamp;

/// One look at one workbench.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The workbench's own folder.
    pub volume: Volume,
    /// Names of the secrets the spec asks for and the workspace does not have.
    pub missing_secrets: Vec<String>,
    /// Whether the app can be run at all.
    pub app: AppState,
    /// Whether there is room for it.
    pub capacity: Capacity,
    /// The current run's process.
    pub runner: Runner,
    /// What the app answered to the readiness probe during this look.
    pub probe: Probe,
}

/// The workbench's own folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Volume {
    /// Not there.
    Absent,
    /// There and writable.
    Bound,
    /// Cannot be made or written to, and why.
    Failed(String),
}

/// Whether the app can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppState {
    /// Nothing stands in the way.
    Available,
    /// The catalogue has no such app.
    Unknown,
    /// A program it needs is not installed; which one, as a sentence.
    ProgramMissing(String),
    /// It has build steps that have not been run.
    NotBuilt,
    /// It is being built; what is being done now.
    Building(String),
    /// Building it failed during this run, and why.
    BuildFailed(String),
}

/// Whether there is room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capacity {
    /// There is.
    Available,
    /// There is not, and why.
    Full(String),
}

/// The process of the current run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runner {
    /// No trace of it: it was never started, or all trace is gone.
    Absent,
    /// It is being brought up.
    Starting {
        /// The name of the supervised process's record.
        job_name: String,
    },
    /// It is up.
    Running {
        /// The name of the supervised process's record.
        job_name: String,
        /// The name of the process.
        pod_name: String,
        /// Since when.
        started_at: Timestamp,
    },
    /// It has ended.
    Exited {
        /// The name of the supervised process's record.
        job_name: String,
        /// When.
        at: Timestamp,
        /// How.
        how: Exit,
    },
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// With an exit code.
    Code(i32),
    /// By a signal, by number.
    Signal(i32),
    /// It could not be started at all: the program is not there.
    NotFound(String),
    /// It could not be started at all, for another reason.
    StartError(String),
    /// Nobody recorded it.
    Lost,
}

/// What the app answered to the readiness probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// It was not asked.
    NotTried,
    /// It answered as it should.
    Succeeded,
    /// It did not, and what happened instead.
    Failed(String),
}
