//! Why the gateway answers itself instead of the app.

use crate::state::GatewayState;
use axum::http::StatusCode;
use vestibule_model::phase::Phase;

/// Why a request does not reach the app, or its answer does not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The browser brings no session for this workbench, or one that has ended.
    NoTicket,
    /// Another origin's page made the browser send this.
    CrossOrigin,
    /// There is no such workbench.
    Unknown,
    /// The workbench has no process that could be asked.
    NotRunning(Phase),
    /// Nothing answers at the app's port, or it hung up before it answered.
    Unreachable,
    /// The app took the request and says nothing.
    Timeout,
    /// The app answers, and forbids to be shown in a frame.
    FramingRefused,
    /// The server itself failed.
    Failed,
}

impl Trouble {
    /// The HTTP status of the gateway's own answer.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::NoTicket => StatusCode::UNAUTHORIZED,
            Self::CrossOrigin | Self::FramingRefused => StatusCode::FORBIDDEN,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::NotRunning(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unreachable => StatusCode::BAD_GATEWAY,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The word by which the console tells it from the app's own pages.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NoTicket => "no-ticket",
            Self::CrossOrigin => "cross-origin",
            Self::Unknown => "unknown",
            Self::NotRunning(_) => "not-running",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::FramingRefused => "framing-refused",
            Self::Failed => "failed",
        }
    }

    /// Whether only someone with a session for the workbench meets it.
    pub(super) const fn is_behind_the_door(&self) -> bool {
        match self {
            Self::NotRunning(_) | Self::Unreachable | Self::Timeout | Self::FramingRefused => true,
            Self::NoTicket | Self::CrossOrigin | Self::Unknown | Self::Failed => false,
        }
    }

    /// What happened, in a few words.
    pub(super) const fn title(&self) -> &'static str {
        match self {
            Self::NoTicket => "Open this workbench from the console",
            Self::CrossOrigin => "Refused from another origin",
            Self::Unknown => "No such workbench",
            Self::NotRunning(_) => "The workbench is not running",
            Self::Unreachable => "The app does not answer",
            Self::Timeout => "The app takes too long",
            Self::FramingRefused => "The app does not let itself be framed",
            Self::Failed => "The gateway failed",
        }
    }

    /// What happened and what to do, in a sentence or two.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::NoTicket => {
                "This address belongs to a workbench, and this browser has no session for it, or the session has ended. Open the workbench from its page in the console.".to_owned()
            }
            Self::CrossOrigin => {
                "A page of another origin sent this request. An app may only be used from its own pages.".to_owned()
            }
            Self::Unknown => "There is no workbench at this address. It may have been deleted.".to_owned(),
            Self::NotRunning(phase) => format!(
                "{} Its page in the console says more, and starts it.",
                state(phase)
            ),
            Self::Unreachable => {
                "The workbench runs, but nothing answers at the app's port. The app may be busy starting again, or it may have crashed: its page in the console says more.".to_owned()
            }
            Self::Timeout => {
                "The app took the request and has not begun to answer. Try again; if it stays silent, look at its output in the console.".to_owned()
            }
            Self::FramingRefused => {
                "The app works, and forbids other pages to show it inside a frame. Open it in a new tab.".to_owned()
            }
            Self::Failed => "The server could not look the workbench up. Its log says why; try again.".to_owned(),
        }
    }
}

const fn state(phase: &Phase) -> &'static str {
    match phase {
        Phase::Pending | Phase::Creating | Phase::Running => "It is starting.",
        Phase::Stopping => "It is being stopped.",
        Phase::Stopped => "It was stopped.",
        Phase::Completed => "It has ended by itself.",
        Phase::Failed => "It has failed.",
        Phase::Unknown(_) => "Its state is not known.",
    }
}

impl From<GatewayState> for Trouble {
    fn from(state: GatewayState) -> Self {
        match state {
            GatewayState::Unknown => Self::Unknown,
            GatewayState::NotRunning(phase) => Self::NotRunning(phase),
            GatewayState::Failed => Self::Failed,
        }
    }
}
