//! The form for a new workbench.

mod app_picker;
mod draft;
mod making;
mod page;
mod preflight;
mod texts;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::NewWorkbenchPage;
use vestibule_model::ids::WorkspaceId;

lazy! { create:
    /// Renders the form for a new workbench.
    pub fn new_workbench_page(workspace: WorkspaceId) -> AnyView {
        view! { <NewWorkbenchPage workspace /> }.into_any()
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
