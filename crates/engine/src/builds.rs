//! What there is to say about building an app, between whoever decides that it is done and the
//! engine that does it.

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use vestibule_model::build::{BuildReason, BuildStep};
use vestibule_model::ids::BuildId;

/// What is to be done to build an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blueprint {
    /// The catalogue entry.
    pub app: String,
    /// What people call it.
    pub title: String,
    /// Names what is built: the same for the same steps, another one for others.
    pub content: String,
    /// What each step does, in a few words.
    pub steps: Vec<String>,
    /// Whether that has been done.
    pub is_built: bool,
}

/// A build that is to be done now.
#[derive(Debug)]
pub struct Order {
    /// The build.
    pub id: BuildId,
    /// The catalogue entry.
    pub app: String,
    /// What is to be built: what the catalogue has for it by now may be something else.
    pub content: String,
    /// Ends the build as soon as that can be done.
    pub cancel: CancellationToken,
    /// Where it says how far it is.
    pub progress: UnboundedSender<Progress>,
}

/// How far a build is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Every step.
    pub steps: Vec<BuildStep>,
    /// How many bytes of output there have been.
    pub log_bytes: u64,
}

/// How a build ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The app is built.
    Built,
    /// It was ended because it was asked to.
    Cancelled,
    /// It failed, and what happened, as a sentence.
    Failed(BuildReason, String),
}

/// The end of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub verdict: Verdict,
    /// How far it had come.
    pub progress: Progress,
}
