//! A scenario: preconditions, events, and expected observations.

use super::ground::App;
use super::lanes::{Lanes, ready};
use vestibule_model::condition::ConditionType;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

/// Row of the table.
#[derive(Debug)]
pub struct Scenario {
    /// Name of the test.
    pub name: &'static str,
    /// Behaviour of the app.
    pub app: App,
    /// Preconditions of the start.
    pub given: Given,
    /// Events after the start, in order.
    pub then: Vec<Do>,
    /// Expected steps of each condition.
    pub seen: Lanes,
    /// Expected steps where a job is created before there is room for its process; `None`: the same.
    pub seen_with_job: Option<Lanes>,
    /// Expected end.
    pub end: End,
}

impl Scenario {
    /// Returns a usual start of an app that gets ready; a scenario replaces the parts that differ.
    pub fn of(name: &'static str, app: App) -> Self {
        Self {
            name,
            app,
            given: USUAL,
            then: Vec::new(),
            seen: ready(),
            seen_with_job: None,
            end: End::As(Last::up(K8sStatus::Running)),
        }
    }
}

/// Preconditions and limits of a start.
#[derive(Debug, Clone, Copy)]
pub struct Given {
    /// Number of slots; `None`: enough.
    pub capacity: Option<usize>,
    /// `true` if another workbench is running.
    pub another: bool,
    /// The secrets that the spec names.
    pub secrets: &'static [&'static str],
    /// Time limit of the start, in milliseconds.
    pub start_ms: i64,
    /// Time limit of the run, in milliseconds.
    pub active_ms: Option<i64>,
    /// Time limit without use, in milliseconds.
    pub idle_ms: Option<i64>,
}

/// Usual preconditions, without limits.
pub const USUAL: Given = Given {
    capacity: None,
    another: false,
    secrets: &[],
    start_ms: 300_000,
    active_ms: None,
    idle_ms: None,
};

/// Event of a scenario.
#[derive(Debug)]
pub enum Do {
    /// Waits until a condition has this reason.
    Until(ConditionType, &'static str),
    /// Waits until the journal has a message of a condition with these words.
    UntilMessage(ConditionType, &'static str),
    /// Wait until the app is down after a crash. A cluster may restart it before that is seen.
    UntilDown,
    /// Waits until the workbench is in this phase.
    UntilPhase(Phase),
    /// A user stops it.
    Stop,
    /// A user starts it again.
    StartAgain,
    /// A user allows the start more time.
    Extend,
    /// A user changes the spec.
    Edit,
    /// A user deletes it.
    Delete,
    /// The other workbench is stopped.
    StopTheOther,
    /// The workspace gets a secret.
    GiveSecret(&'static str),
    /// The app's process is killed.
    Kill,
    /// The app's process is killed, and restarted before the next event.
    KillAndWait,
    /// The app's process is suspended.
    Hold,
    /// The app's process continues.
    LetGo,
    /// The machine runs short of memory.
    RunShort,
    /// The workbench's folder is removed.
    RemoveFolder,
    /// The server ends.
    EndServer,
    /// The server starts again.
    BeginServer,
}

/// End of a scenario.
#[derive(Debug)]
pub enum End {
    /// The workbench exists.
    As(Last),
    /// The workbench was forgotten, and nothing of it is left.
    Gone,
}

/// Final state of a workbench.
#[derive(Debug)]
pub struct Last {
    pub phase: Phase,
    pub k8s_status: K8sStatus,
    /// Reason of the end or of the stop.
    pub cause: Option<&'static str>,
    pub exit_code: Option<i32>,
    /// `true` if the status answers the newest generation.
    pub answers: bool,
}

/// Waits until the app has answered.
pub fn until_ready() -> Do {
    Do::Until(ConditionType::Ready, reason::SESSION_RUNNING)
}

/// Waits until the start is late.
pub fn until_late() -> Do {
    Do::Until(ConditionType::Ready, reason::START_DEADLINE_EXCEEDED)
}

/// Waits until the folder exists.
pub fn until_bound() -> Do {
    Do::Until(ConditionType::PvcReady, reason::BOUND)
}

/// Waits until a secret is missing.
pub fn until_secret_missing() -> Do {
    Do::Until(ConditionType::SecretsReady, reason::SECRET_NOT_FOUND)
}

/// Waits until there is no slot.
pub fn until_unschedulable() -> Do {
    Do::Until(ConditionType::PodScheduled, reason::UNSCHEDULABLE)
}

impl End {
    /// Expects that the run ended for this reason.
    pub fn ended(phase: Phase, k8s_status: K8sStatus, cause: &'static str) -> Self {
        Self::As(Last::ended(phase, k8s_status, cause))
    }

    /// Expects that the app completed.
    pub fn completed() -> Self {
        Self::As(Last {
            exit_code: Some(0),
            ..Last::ended(Phase::Completed, K8sStatus::Complete, reason::SUCCESS)
        })
    }

    /// Expects that the run failed with this exit code.
    pub fn failed(cause: &'static str, exit_code: i32) -> Self {
        Self::As(Last {
            exit_code: Some(exit_code),
            ..Last::ended(Phase::Failed, K8sStatus::Failed, cause)
        })
    }

    /// Expects that a user stopped the run.
    pub fn stopped() -> Self {
        Self::ended(Phase::Stopped, K8sStatus::Stopped, reason::USER_STOPPED)
    }

    /// Expects that the process is up.
    pub fn up(k8s_status: K8sStatus) -> Self {
        Self::As(Last::up(k8s_status))
    }
}

impl Last {
    /// Expects that the run ended for this reason.
    pub fn ended(phase: Phase, k8s_status: K8sStatus, cause: &'static str) -> Self {
        Self {
            phase,
            k8s_status,
            cause: Some(cause),
            exit_code: None,
            answers: true,
        }
    }

    /// Expects that the process is up.
    pub fn up(k8s_status: K8sStatus) -> Self {
        Self {
            phase: Phase::Running,
            k8s_status,
            cause: None,
            exit_code: None,
            answers: true,
        }
    }
}
