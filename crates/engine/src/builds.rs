//! Types that the builder and an engine exchange about builds.

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use vestibule_model::build::{BuildReason, BuildStep};
use vestibule_model::ids::BuildId;
use vestibule_model::parameter::Values;

/// Build steps of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blueprint {
    /// The catalogue entry.
    pub app: String,
    /// Name on the screen.
    pub title: String,
    /// Values of the parameters that its steps use.
    pub parameters: Values,
    /// Identifier of the result: the same for the same steps and values.
    pub content: String,
    /// Title of each step.
    pub steps: Vec<String>,
    /// `true` if it has been built already.
    pub is_built: bool,
}

/// Request for a build.
#[derive(Debug)]
pub struct BuildOrder {
    /// The build.
    pub id: BuildId,
    /// The catalogue entry.
    pub app: String,
    /// Values of the parameters that its steps use.
    pub parameters: Values,
    /// Identifier of the wanted result; the catalogue may have changed since the request.
    pub content: String,
    /// Cancels the build.
    pub cancel: CancellationToken,
    /// Receives the progress.
    pub progress: UnboundedSender<Progress>,
}

/// Progress of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// All steps.
    pub steps: Vec<BuildStep>,
    /// Bytes of output so far.
    pub log_bytes: u64,
}

/// Result of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildVerdict {
    /// The app is built.
    Built,
    /// The build was cancelled.
    Cancelled,
    /// The build failed, with a sentence that says how.
    Failed(BuildReason, String),
}

/// The end of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildOutcome {
    /// Result of the build.
    pub verdict: BuildVerdict,
    /// Progress at the end.
    pub progress: Progress,
}
