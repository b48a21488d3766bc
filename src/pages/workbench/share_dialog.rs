//! The dialog that shares the workbench.

use super::context::WorkbenchContext;
use super::texts;
use crate::pages::shares::shares_panel;
use crate::ui::Dialog;
use leptos::prelude::*;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// The dialog.
#[component]
pub fn ShareDialog(
    context: WorkbenchContext,
    workspace: WorkspaceId,
    id: WorkbenchId,
) -> impl IntoView {
    let title = Signal::derive(move || texts::share_title(&context.workbench.name.read()));
    view! {
        <Dialog open=context.ui.is_sharing title=title>
            {shares_panel().view((workspace.clone(), id.clone(), context.ui.is_sharing))}
        </Dialog>
    }
}
