//! A run of a workbench, at a permanent address.

mod page;
mod texts;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::RunPage;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

lazy! { run:
    /// Renders the page of one run.
    pub fn run_page(ids: (WorkspaceId, WorkbenchId, u64)) -> AnyView {
        let (workspace, id, number) = ids;
        view! { <RunPage workspace id number /> }.into_any()
    }
}
