//! Sharing one workbench.

mod panel;
mod texts;

use crate::lazy::lazy;
use leptos::prelude::*;
use panel::SharesPanel;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

lazy! { shares:
    /// Shares of a workbench, and the form for another one. The signal closes the dialog around them.
    pub fn shares_panel(args: (WorkspaceId, WorkbenchId, RwSignal<bool>)) -> AnyView {
        let (workspace, workbench, open) = args;
        view! { <SharesPanel workspace workbench open /> }.into_any()
    }
}
