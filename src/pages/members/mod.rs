//! Members of a workspace, as a section of its settings.

mod dialogs;
mod row;
mod section;
mod state;
mod texts;

use crate::lazy::lazy;
use leptos::prelude::*;
use section::MembersSection;
use vestibule_model::ids::WorkspaceId;

lazy! { members:
    /// Renders the section with the members of a workspace.
    pub fn members_section(workspace: WorkspaceId) -> AnyView {
        view! { <MembersSection workspace /> }.into_any()
    }
}
