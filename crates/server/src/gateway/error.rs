//! Reasons why the gateway answers instead of the app.

use crate::proxy::Failure;
use crate::state::GatewayState;
use axum::http::StatusCode;
use vestibule_model::phase::Phase;

/// Reason why a request does not reach the app, or its answer does not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GatewayError {
    /// The browser has no session for this workbench.
    NoTicket,
    /// Another origin's page made the browser send this.
    CrossOrigin,
    /// No such workbench.
    Unknown,
    /// The workbench does not run.
    NotRunning(Phase),
    /// The app refuses the connection, or the app hung up before it answered.
    Unreachable,
    /// The app took the request and does not answer.
    Timeout,
    /// The app answers and forbids frames.
    FramingRefused,
    /// A proxy took the upgrade out of a WebSocket's request.
    UpgradeDropped,
    /// The user has too many connections open.
    TooMany,
    /// The script of a service worker that would control the entrance.
    ServiceWorkerRefused,
    /// The server itself failed.
    Failed,
}

impl GatewayError {
    /// Returns the HTTP status of the gateway's answer.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::NoTicket => StatusCode::UNAUTHORIZED,
            Self::CrossOrigin | Self::FramingRefused | Self::ServiceWorkerRefused => {
                StatusCode::FORBIDDEN
            }
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::NotRunning(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unreachable => StatusCode::BAD_GATEWAY,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::UpgradeDropped => StatusCode::UPGRADE_REQUIRED,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the code by which the console recognises the gateway's page.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NoTicket => "no-ticket",
            Self::CrossOrigin => "cross-origin",
            Self::Unknown => "unknown",
            Self::NotRunning(_) => "not-running",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::FramingRefused => "framing-refused",
            Self::UpgradeDropped => "upgrade-dropped",
            Self::TooMany => "too-many",
            Self::ServiceWorkerRefused => "service-worker-refused",
            Self::Failed => "failed",
        }
    }

    /// Returns `true` if only visitors with a session for the workbench can get it.
    pub(super) const fn needs_session(&self) -> bool {
        match self {
            Self::NotRunning(_)
            | Self::Unreachable
            | Self::Timeout
            | Self::FramingRefused
            | Self::UpgradeDropped
            | Self::TooMany
            | Self::ServiceWorkerRefused => true,
            Self::NoTicket | Self::CrossOrigin | Self::Unknown | Self::Failed => false,
        }
    }

    /// Returns the title.
    pub(super) const fn title(&self) -> &'static str {
        match self {
            Self::NoTicket => "Open this workbench from the console",
            Self::CrossOrigin => "Request from another origin",
            Self::Unknown => "No such workbench",
            Self::NotRunning(_) => "The workbench isn't running",
            Self::Unreachable => "The app isn't answering",
            Self::Timeout => "The app is taking too long",
            Self::FramingRefused => "The app can't be shown in a frame",
            Self::UpgradeDropped => "The proxy drops WebSockets",
            Self::TooMany => "Too many connections",
            Self::ServiceWorkerRefused => "Service worker refused",
            Self::Failed => "The gateway failed",
        }
    }

    /// Returns the cause and the remedy, in one or two sentences.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::NoTicket => {
                "This browser has no session for this workbench, or the session has ended. Open the workbench from the console.".to_owned()
            }
            Self::CrossOrigin => {
                "A page of another origin sent this request. Only the app's own pages can use it.".to_owned()
            }
            Self::Unknown => "There is no workbench at this address. It may have been deleted.".to_owned(),
            Self::NotRunning(phase) => format!(
                "{} Open the workbench to see why, or to start it.",
                state(phase)
            ),
            Self::Unreachable => {
                "The workbench runs, but the app doesn't take connections. The app may be restarting, or it may have crashed. Open the workbench to see its log.".to_owned()
            }
            Self::Timeout => {
                "The app got the request and hasn't answered. Try again, or open the workbench to see its log.".to_owned()
            }
            Self::FramingRefused => {
                "This app can't be embedded. Open it in a new tab.".to_owned()
            }
            Self::UpgradeDropped => {
                "A proxy in front of the server took the header Upgrade out of this request. Ask an administrator to have it pass Upgrade and Connection on.".to_owned()
            }
            Self::TooMany => {
                "You have too many connections to apps open. Close some windows and try again.".to_owned()
            }
            Self::ServiceWorkerRefused => {
                "A service worker at this path would control the whole origin, and with it how people enter. The app's catalogue entry can allow it with root_service_worker.".to_owned()
            }
            Self::Failed => "The server couldn't look the workbench up. Try again; the server's log has the reason.".to_owned(),
        }
    }
}

const fn state(phase: &Phase) -> &'static str {
    match phase {
        Phase::Pending | Phase::Creating | Phase::Running => "It's starting.",
        Phase::Stopping => "It's being stopped.",
        Phase::Stopped => "It was stopped.",
        Phase::Completed => "It ended by itself.",
        Phase::Failed => "It failed.",
        Phase::Unknown(_) => "Its state isn't known.",
    }
}

impl From<Failure> for GatewayError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotRunning => Self::NotRunning(Phase::Running),
            Failure::Unreachable => Self::Unreachable,
            Failure::Timeout => Self::Timeout,
        }
    }
}

impl From<GatewayState> for GatewayError {
    fn from(state: GatewayState) -> Self {
        match state {
            GatewayState::Unknown => Self::Unknown,
            GatewayState::NotRunning(phase) => Self::NotRunning(phase),
            GatewayState::Failed => Self::Failed,
        }
    }
}
