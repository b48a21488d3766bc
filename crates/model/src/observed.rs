//! Observations of an engine. Facts only; their meaning is decided by [`crate::reconcile`].

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Observation of a workbench. The default is a look at which nothing stood in the way and nothing
/// was there yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    /// The workbench's own folder.
    pub volume: Volume,
    /// The secrets that the spec names.
    pub secrets: Secrets,
    /// Whether the app can be run at all.
    pub app: AppState,
    /// Whether there is room for it.
    pub capacity: Capacity,
    /// The current run's process.
    pub runner: Runner,
    /// What the app answered to the readiness probe during this look.
    pub probe: Probe,
    /// When a person last used the app, as far as is known; `None`: not since somebody watches.
    pub last_used: Option<Timestamp>,
    /// The run's own token.
    pub token: RunToken,
    /// Whether it is the first look after a restart of the server: what changed happened at some
    /// time since the look before.
    pub after_restart: bool,
}

/// The workbench's own folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Volume {
    /// Not there.
    #[default]
    Absent,
    /// There and writable.
    Bound,
    /// Cannot be made or written to, and why.
    Failed(String),
}

/// The secrets that the spec names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Secrets {
    /// Each of them is in the workspace.
    #[default]
    Found,
    /// These are not; their names.
    Missing(Vec<String>),
    /// They are there and cannot be read, and why.
    Unreadable(String),
}

/// The token with which a run's process reports its progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunToken {
    /// Nothing is to be done about it.
    #[default]
    Good,
    /// The process has had it for so long that it needs another soon.
    Due,
}

/// Availability of an app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AppState {
    /// Nothing stands in the way.
    #[default]
    Available,
    /// The catalogue has no such app.
    Unknown,
    /// A program it needs is not installed; which one, as a sentence.
    ProgramMissing(String),
    /// It has build steps that have not been run.
    NotBuilt,
    /// Its build waits for its turn; how many come first, as a sentence.
    Queued(String),
    /// It is being built; what is being done now.
    Building(String),
    /// Building it failed during this run, and why.
    BuildFailed(String),
}

/// Capacity for a process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Capacity {
    /// There is.
    #[default]
    Available,
    /// There is not, and why.
    Full(String),
}

/// The process of the current run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Runner {
    /// No trace of it: it was never started, or all trace is gone.
    #[default]
    Absent,
    /// The engine could not look, for lack of descriptors for example. This is no observation: what
    /// was known before stays.
    Unobserved {
        /// Since when it cannot look.
        since: Timestamp,
        /// Why it cannot.
        why: String,
    },
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
        /// The crash that it was started again after; `None`: it is the run's first process, or
        /// nobody knows.
        restarted: Option<Restarted>,
    },
    /// It crashed, and is started again after a pause.
    BackOff {
        /// The name of the supervised process's record.
        job_name: String,
        /// How often it was started again before this crash.
        restarts: u32,
        /// How it ended the last time.
        how: Exit,
    },
    /// It has ended, and is not started again.
    Exited {
        /// The name of the supervised process's record.
        job_name: String,
        /// When.
        at: Timestamp,
        /// How.
        how: Exit,
        /// How often it was started again before this end.
        restarts: u32,
        /// Whether it ended because the engine was told to stop it.
        asked: Asked,
    },
}

/// A crash after which a process was started again. It may have gone by between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restarted {
    /// How it ended.
    pub how: Exit,
    /// Which of the restarts in a row it was followed by. A long steady life ends the row.
    pub times: u32,
    /// After how many restarts in a row it is given up.
    pub most: u32,
    /// How often it was started again in the whole run.
    pub in_all: u32,
}

/// Requested or unrequested end of a process. An engine may keep it on a disk: the words stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Asked {
    /// It ended by itself, or by somebody else.
    #[default]
    No,
    /// It was asked to, and did.
    Gently,
    /// It was asked to, did not within its grace period, and was killed.
    Forcibly,
}

/// End of a process. An engine may keep it on a disk: the words stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Exit {
    /// With an exit code.
    Code(i32),
    /// By a signal, by number.
    Signal(i32),
    /// It could not be started at all: the program is not there.
    NotFound(String),
    /// It could not be started at all, for another reason.
    StartError(String),
    /// Killed because it used more memory than it may, or than the machine has; which, as a
    /// sentence.
    OutOfMemory(String),
    /// Ended because the machine had to shed load; why, as a sentence.
    Evicted(String),
    /// Nobody recorded it.
    Lost,
}

/// Result of the readiness probe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Probe {
    /// It was not asked.
    #[default]
    NotTried,
    /// It answered as it should.
    Succeeded,
    /// It did not, and what happened instead.
    Failed(String),
    /// It proves neither: a single missed answer of an app that may be busy, for example. A
    /// readiness known from before stays. With the reason.
    Inconclusive(String),
}
