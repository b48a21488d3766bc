//! What the builder needs of the store.

use crate::builds::{Blueprint, Ended, Progress};
use crate::controller::StoreError;
use std::sync::Arc;
use tokio::sync::Notify;
use vestibule_model::ids::{BuildId, WorkbenchId};
use vestibule_model::time::Timestamp;

/// A build that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBuild {
    /// The build.
    pub id: BuildId,
    /// The catalogue entry.
    pub app: String,
    /// What is to be built.
    pub content: String,
    /// Whether it is under way.
    pub is_running: bool,
    /// Whether somebody has asked for its end.
    pub is_cancelled: bool,
    /// Whether somebody waits for it, or has asked for it by itself.
    pub is_wanted: bool,
}

/// How a build ends that the engine was not asked for, or does not do any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dismissal {
    /// The same has been built before.
    Cached,
    /// Nobody waits for it any more.
    Unwanted,
    /// The server ended while it ran.
    Interrupted,
    /// The catalogue has no such app any more, or nothing is to be built for it.
    AppGone,
}

/// Where builds are asked for and what becomes of them is written. Calls may block briefly: they
/// are made on a blocking thread. What has ended does not change any more.
pub trait BuildStore: Send + Sync + 'static {
    /// Every build that has not ended, in the order in which they were asked for.
    fn open_builds(&self) -> Result<Vec<OpenBuild>, StoreError>;

    /// Rings whenever there may be something else to be done.
    fn builds_changed(&self) -> Arc<Notify>;

    /// A build that waits is to do what the catalogue says by now.
    fn redraw_build(&self, id: &BuildId, blueprint: &Blueprint) -> Result<(), StoreError>;

    /// A build begins. `false`: it does not wait any more.
    fn begin_build(&self, id: &BuildId, at: Timestamp) -> Result<bool, StoreError>;

    /// A build got on.
    fn note_build(&self, id: &BuildId, progress: &Progress) -> Result<(), StoreError>;

    /// A build has ended.
    fn end_build(&self, id: &BuildId, ended: &Ended, at: Timestamp) -> Result<(), StoreError>;

    /// A build has ended without the engine.
    fn dismiss_build(&self, id: &BuildId, why: Dismissal, at: Timestamp) -> Result<(), StoreError>;

    /// The workbenches whose current run waits for a build.
    fn waiting_for_build(&self, id: &BuildId) -> Result<Vec<WorkbenchId>, StoreError>;

    /// Every build that is kept.
    fn kept_builds(&self) -> Result<Vec<BuildId>, StoreError>;
}
