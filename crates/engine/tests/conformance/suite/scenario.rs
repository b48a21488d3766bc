//! A scenario: what is there, what happens, and what has to be seen of it.

use super::ground::App;
use super::lanes::Lanes;
use vestibule_model::condition::ConditionType;
use vestibule_model::phase::{K8sStatus, Phase};

/// One line of the table.
#[derive(Debug)]
pub struct Scenario {
    /// What happens, as a name.
    pub name: &'static str,
    /// How the app behaves.
    pub app: App,
    /// What is there and what is wanted before the start.
    pub given: Given,
    /// What happens after the start, in this order.
    pub then: &'static [Do],
    /// Every status and reason that each condition goes through.
    pub seen: Lanes,
    /// Conditions that must never be True.
    pub never: &'static [ConditionType],
    /// How it ends.
    pub end: End,
}

/// What a start finds, and how long it may go on.
#[derive(Debug, Clone, Copy)]
pub struct Given {
    /// For how many processes there is room; none: enough.
    pub room: Option<usize>,
    /// Whether another workbench runs already.
    pub another: bool,
    /// The secrets that the spec names.
    pub secrets: &'static [&'static str],
    /// How long the start may take until it is late, in milliseconds.
    pub start_ms: i64,
    /// How long the run may last, in milliseconds.
    pub active_ms: Option<i64>,
    /// How long it may be unused, in milliseconds.
    pub idle_ms: Option<i64>,
}

/// Nothing special.
pub const USUAL: Given = Given {
    room: None,
    another: false,
    secrets: &[],
    start_ms: 300_000,
    active_ms: None,
    idle_ms: None,
};

/// Something that happens.
#[derive(Debug)]
pub enum Do {
    /// Nothing, until a condition has this reason.
    Until(ConditionType, &'static str),
    /// Nothing, until the journal has told this of a condition, in words.
    UntilTold(ConditionType, &'static str),
    /// Nothing, until it is in this phase.
    UntilPhase(Phase),
    /// A person stops it.
    Stop,
    /// A person starts it again.
    StartAgain,
    /// A person allows the start more time.
    Extend,
    /// A person changes the spec.
    Edit,
    /// A person deletes it.
    Delete,
    /// The other workbench is stopped.
    StopTheOther,
    /// The workspace gets a secret.
    GiveSecret(&'static str),
    /// The app's process is killed.
    Kill,
    /// The app's process is killed, and is there again before anything else happens.
    KillAndWait,
    /// The app's process is held up.
    Hold,
    /// The app's process goes on.
    LetGo,
    /// The machine runs short.
    RunShort,
    /// The workbench's folder is removed.
    RemoveFolder,
    /// The server is gone.
    EndServer,
    /// The server is back.
    BeginServer,
}

/// How it ends, or stays.
#[derive(Debug)]
pub enum End {
    /// The workbench is there.
    As(Last),
    /// The workbench was forgotten, and nothing of it is left.
    Gone,
}

/// The last that is seen of a workbench.
#[derive(Debug)]
pub struct Last {
    pub phase: Phase,
    pub k8s_status: K8sStatus,
    /// Why it ended, or why it was stopped.
    pub cause: Option<&'static str>,
    pub exit_code: Option<i32>,
    /// Whether the status answers the newest generation.
    pub answers: bool,
}

impl Last {
    /// It ended for this cause.
    pub const fn ended(phase: Phase, k8s_status: K8sStatus, cause: &'static str) -> Self {
        Self {
            phase,
            k8s_status,
            cause: Some(cause),
            exit_code: None,
            answers: true,
        }
    }

    /// It is up.
    pub const fn up(k8s_status: K8sStatus) -> Self {
        Self {
            phase: Phase::Running,
            k8s_status,
            cause: None,
            exit_code: None,
            answers: true,
        }
    }
}
