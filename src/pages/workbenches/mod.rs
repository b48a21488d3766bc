//! A workspace: its workbenches as a live table.

pub mod page;
mod table;
mod texts;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::WorkspacePage;
use vestibule_model::ids::WorkspaceId;

lazy! { workbenches:
    /// Workbenches of a workspace.
    pub fn workbenches_page(id: WorkspaceId) -> AnyView {
        view! { <WorkspacePage id /> }.into_any()
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
