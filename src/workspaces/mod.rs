//! Workspaces: the list of them, one with its workbenches, its settings, and the form for a new
//! workbench.

mod app_choice;
mod builds;
mod create;
mod detail;
mod farewell;
mod freshness;
mod list;
mod lost;
mod settings;
mod spec;
mod table;

pub use builds::{BuildPage, BuildsPage};
pub use create::NewWorkbenchPage;
pub use detail::WorkspacePage;
pub use freshness::FreshnessBar;
pub use list::WorkspacesPage;
pub use lost::{nowhere, use_workspace_name};
pub use settings::SettingsPage;
pub use spec::{
    SecretForm, SecretNames, SpecDraft, SpecFields, focus_first_error, use_secret_names,
};

pub use table::{Bulk, BulkDialog};

#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
