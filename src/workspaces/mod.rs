//! Workspaces: the list of them, one with its workbenches, and the form for a new workbench.

mod create;
mod detail;
mod freshness;
mod list;
mod row;

pub use create::NewWorkbenchPage;
pub use detail::{WorkspacePage, use_workspace};
pub use freshness::FreshnessBar;
pub use list::WorkspacesPage;

#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
