//! A workbench: the waiting room while it starts, and the app once it runs.

mod commands;
mod context;
mod details_panel;
mod edit_dialog;
mod enter;
mod focus;
mod frame;
mod frame_host;
mod frame_state;
mod frames;
mod gateway_message;
mod idle_notice;
mod message;
mod overlay;
mod overlay_card;
mod page;
mod refusals;
mod resize_handle;
mod room;
mod secret_dialog;
mod share_dialog;
mod tabs;
mod texts;
mod toolbar;

use crate::lazy::lazy;
use enter::EnterPage;
pub use focus::into_shown_frame;
pub use frame_host::frame_host;
pub use frames::Frames;
use leptos::prelude::*;
use page::WorkbenchPage;
pub use room::room_content;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

lazy! { workbench:
    /// Renders the page of a workbench.
    pub fn workbench_page(ids: (WorkspaceId, WorkbenchId)) -> AnyView {
        let (workspace, id) = ids;
        view! { <WorkbenchPage workspace id /> }.into_any()
    }

    /// Renders the page that leads from an app's own address to its workbench's page.
    pub fn enter_page(id: WorkbenchId) -> AnyView {
        view! { <EnterPage id /> }.into_any()
    }
}
