//! The builds of a workspace: the list of them, and the page of one with its log.

mod cancel;
pub mod list;
mod page;
mod request_dialog;
mod row;
mod steps;
mod texts;
mod words;

use crate::lazy::lazy;
use leptos::prelude::*;
use list::BuildsPage;
use page::BuildPage;
use vestibule_model::ids::{BuildId, WorkspaceId};

lazy! { builds:
    /// Builds of a workspace.
    pub fn builds_page(workspace: WorkspaceId) -> AnyView {
        view! { <BuildsPage workspace /> }.into_any()
    }

    /// Renders a build with its log.
    pub fn build_page(ids: (WorkspaceId, BuildId)) -> AnyView {
        let (workspace, id) = ids;
        view! { <BuildPage workspace id /> }.into_any()
    }
}
