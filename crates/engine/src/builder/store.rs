//! Store interface of the builder.

use crate::builds::{Blueprint, BuildOutcome, Progress};
use crate::controller::StoreError;
use std::sync::Arc;
use tokio::sync::Notify;
use vestibule_model::ids::{BuildId, WorkbenchId};
use vestibule_model::parameter::Values;
use vestibule_model::time::Timestamp;

/// A build that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBuild {
    /// The build.
    pub id: BuildId,
    /// The catalogue entry.
    pub app: String,
    /// Values of the parameters that its steps use.
    pub parameters: Values,
    /// Identifier of the wanted result.
    pub content: String,
    /// `true` if it is running.
    pub is_running: bool,
    /// `true` if its cancellation is requested.
    pub is_cancelled: bool,
    /// `true` if a run waits for it, or a user requested it.
    pub is_wanted: bool,
}

/// End of a build that the engine does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dismissal {
    /// The same has been built already.
    Cached,
    /// No run waits for it any more.
    Unwanted,
    /// The server ended while it ran.
    Interrupted,
    /// The app is no longer in the catalogue, or has no build steps any more.
    AppGone,
}

/// Store of build requests and their results. Calls may block briefly: they are made on a blocking
/// thread. A build that has ended never changes.
pub trait BuildStore: Send + Sync + 'static {
    /// Returns every build that has not ended, in the order of the requests.
    fn open_builds(&self) -> Result<Vec<OpenBuild>, StoreError>;

    /// Returns the notification of changed requests.
    fn builds_changed(&self) -> Arc<Notify>;

    /// Replaces the steps of a waiting build by those of the current catalogue.
    fn redraw_build(&self, id: &BuildId, blueprint: &Blueprint) -> Result<(), StoreError>;

    /// Marks a build as running. Returns `false` if it no longer waits.
    fn begin_build(&self, id: &BuildId, at: Timestamp) -> Result<bool, StoreError>;

    /// Stores the progress of a build.
    fn note_build(&self, id: &BuildId, progress: &Progress) -> Result<(), StoreError>;

    /// Stores the result of a build.
    fn end_build(
        &self,
        id: &BuildId,
        ended: &BuildOutcome,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends a build without the engine.
    fn dismiss_build(&self, id: &BuildId, why: Dismissal, at: Timestamp) -> Result<(), StoreError>;

    /// Returns the workbenches whose current run waits for a build.
    fn waiting_for_build(&self, id: &BuildId) -> Result<Vec<WorkbenchId>, StoreError>;

    /// Returns every build that is kept.
    fn kept_builds(&self) -> Result<Vec<BuildId>, StoreError>;
}
