//! Default and longest times of runs and of idleness: a section of a workspace's settings, and a page of
//! the administration.

mod form;
mod page;
mod section;
mod texts;

use crate::lazy::lazy;
use leptos::prelude::*;
use page::LimitsPage;
use section::LimitsSection;
use vestibule_model::ids::WorkspaceId;

lazy! { limits:
    /// Renders the time limits in the settings of a workspace.
    pub fn limits_section(workspace: WorkspaceId) -> AnyView {
        view! { <LimitsSection workspace /> }.into_any()
    }

    /// Renders the time limits of the installation.
    pub fn limits_page(_args: ()) -> AnyView {
        view! { <LimitsPage /> }.into_any()
    }
}
