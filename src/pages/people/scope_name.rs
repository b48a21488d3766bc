//! Name of a scope: of its workspace or workbench, with the way there.

use super::texts;
use crate::api;
use crate::routes::Page;
use crate::store::{use_task, use_workspace};
use leptos::prelude::*;
use vestibule_model::access::Scope;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::workbench::Workbench;

/// Name of a scope. What the user may not see is shown by its identifier.
#[component]
pub fn ScopeName(scope: Scope) -> impl IntoView {
    match scope {
        Scope::Platform(true) => texts::EVERYWHERE.into_any(),
        Scope::Platform(false) => texts::UNKNOWN_SCOPE.into_any(),
        Scope::Workspace(id) if id == "*" => texts::ALL_WORKSPACES.into_any(),
        Scope::Workspace(id) => view! { <WorkspaceName id=WorkspaceId::new(id) /> }.into_any(),
        Scope::Workbench(id) => view! { <WorkbenchName id=WorkbenchId::new(id) /> }.into_any(),
    }
}

#[component]
fn WorkspaceName(id: WorkspaceId) -> impl IntoView {
    let name = use_workspace(&id).name;
    let page = Page::Workspace(id.clone()).path();
    move || match name.get() {
        name if name.is_empty() => view! { <code>{id.to_string()}</code> }.into_any(),
        name => view! { <a class="row-link" href=page.clone()>{name}</a> }.into_any(),
    }
}

#[component]
fn WorkbenchName(id: WorkbenchId) -> impl IntoView {
    let task = use_task();
    let known = RwSignal::new(None::<Workbench>);
    task.run(api::workbench(id.clone()), move |workbench| {
        known.set(Some(workbench));
    });
    move || match known.get() {
        Some(workbench) => {
            let page = Page::Workbench(workbench.workspace_id, workbench.id);
            view! { <a class="row-link" href=page.path()>{workbench.name}</a> }.into_any()
        }
        None => view! { <code>{id.to_string()}</code> }.into_any(),
    }
}
