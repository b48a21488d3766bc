//! The list of all workspaces.

mod create_dialog;
mod page;
mod shared_with_you;
mod texts;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::WorkspacesPage;

lazy! { workspaces:
    /// Renders the list of all workspaces.
    pub fn workspaces_page(_args: ()) -> AnyView {
        view! { <WorkspacesPage /> }.into_any()
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
