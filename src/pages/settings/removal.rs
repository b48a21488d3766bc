//! The section that deletes the workspace. While it has workbenches, it leads to them instead.

use super::texts;
use super::watch::Watch;
use crate::api;
use crate::effect::Effect;
use crate::pages::shared::texts as shared;
use crate::pages::shared::use_refusal_in;
use crate::routes::Page;
use crate::store::use_tracked_task;
use crate::ui::{Button, ButtonVariant, Dialog, Icon, Notice, Toasts};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use vestibule_client::activity::Request;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::workspace::Workspace;

/// The section.
#[component]
pub fn RemovalSection(id: WorkspaceId, watch: Watch<Workspace>) -> impl IntoView {
    let refused = use_refusal_in(Permission::WorkspaceDelete, &id);
    let obstacle = Memo::new(move |_| {
        let known = watch.known.read();
        known
            .as_ref()
            .and_then(|known| known.workbenches.deletion_obstacle())
    });
    let namespace = Memo::new(move |_| {
        let known = watch.known.read();
        known.as_ref().and_then(|known| known.namespace.clone())
    });
    let open = RwSignal::new(false);
    let name = watch.name();
    let title = Signal::derive(move || texts::delete_question(&name.read()));
    let list = Page::Workspace(id.clone()).path();
    let id = StoredValue::new(id);
    let content = move || {
        match obstacle.get().filter(|_| refused.read().is_none()) {
        Some(sentence) => view! {
            <p class="setting-text">{sentence}</p>
            <div class="actions"><a class="button" href=list.clone()>{texts::GO_TO_WORKBENCHES}</a></div>
        }
        .into_any(),
        None => view! {
            <p class="setting-text">{texts::REMOVAL_TEXT}</p>
            <div class="actions">
                <Button refused on_press=move || open.set(true)><Icon name="trash" />{texts::DELETE_WORKSPACE}</Button>
            </div>
        }
        .into_any(),
    }
    };
    view! {
        <section class="setting" aria-labelledby="setting-removal">
            <h2 id="setting-removal">{texts::REMOVAL_TITLE}</h2>
            {content}
            <Dialog open=open title=title>
                <Question id=id name=name namespace=namespace watch=watch open=open />
            </Dialog>
        </section>
    }
}

#[component]
fn Question(
    id: StoredValue<WorkspaceId>,
    name: Memo<String>,
    namespace: Memo<Option<String>>,
    watch: Watch<Workspace>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let toasts = Toasts::expect();
    let task = use_tracked_task(Request::DeleteWorkspace);
    let navigate = use_navigate();
    let delete = Callback::new(move |()| {
        let navigate = navigate.clone();
        let name = name.get_untracked();
        // The stream may announce the deletion before the answer arrives; until then this page
        // stays, because it waits for that answer.
        watch.leaving.set(true);
        task.run(api::delete_workspace(id.get_value()), move |()| {
            toasts.show(texts::deleted(&name));
            let options = NavigateOptions {
                replace: true,
                ..NavigateOptions::default()
            };
            navigate(&Page::Workspaces.path(), options);
        });
    });
    // The page behind the dialog must show the obstacle, such as a workbench created meanwhile.
    Effect::new(move |_| {
        if task.error.read().is_some() {
            watch.leaving.set(false);
            watch.refresh();
        }
    });
    view! {
        <p>{texts::REMOVAL_QUESTION}</p>
        {move || namespace.get().map(|namespace| view! { <p>{texts::namespace_stays(&namespace)}</p> })}
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <div class="dialog-actions">
            <Button autofocus=true on_press=move || open.set(false)>{shared::CANCEL}</Button>
            <Button variant=ButtonVariant::Danger busy=task.busy on_press=delete>{texts::DELETE_WORKSPACE}</Button>
        </div>
    }
}
