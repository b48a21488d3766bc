//! The end of the workspace. While it has workbenches it stays, and the way to them is shown.

use super::watch::Watch;
use crate::api;
use crate::hooks::{use_async_action, use_may};
use crate::routes::Page;
use crate::ui::{Announcer, Button, Dialog, Icon, Look, Notice, effect, live};
use crate::workspaces::farewell;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use vestibule_model::access::Permission;
use vestibule_model::activity::Request;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::workspace::Workspace;

/// The section; nothing for who may not delete it.
#[component]
pub fn RemovalSection(id: WorkspaceId, watch: Watch<Workspace>) -> impl IntoView {
    let may = use_may(Permission::WorkspaceDelete, &id);
    let obstacle = Memo::new(move |_| {
        let known = watch.known.read();
        known
            .as_ref()
            .and_then(|known| known.workbenches.in_the_way())
    });
    let open = RwSignal::new(false);
    let ask = Callback::new(move |()| open.set(true));
    let list = Page::Workspace(id.clone()).path();
    let id = StoredValue::new(id);
    let what = move || match obstacle.get() {
        Some(sentence) => {
            let href = list.clone();
            view! {
                <p class="setting-text">{sentence}</p>
                <div class="actions"><a class="button" href=href>"Go to the workbenches"</a></div>
            }
            .into_any()
        }
        None => {
            let text = "Its secrets and its builds go with it. This cannot be undone.";
            view! {
                <p class="setting-text">{text}</p>
                <div class="actions">
                    <Button on_press=ask><Icon name="trash" />"Delete workspace"</Button>
                </div>
            }
            .into_any()
        }
    };
    let name = Memo::new(move |_| {
        let known = watch.known.read();
        known
            .as_ref()
            .map(|known| known.name.clone())
            .unwrap_or_default()
    });
    let title = Signal::derive(move || format!("Delete \u{201c}{}\u{201d}?", name.get()));
    live(move || {
        let what = what.clone();
        may.get().then(|| {
            view! {
                <section class="setting" aria-labelledby="setting-removal">
                    <h2 id="setting-removal">"Delete the workspace"</h2>
                    {live(what)}
                    <Dialog open=open title=title>
                        <Question id=id name=name watch=watch open=open />
                    </Dialog>
                </section>
            }
        })
    })
    .into_any()
}

#[component]
fn Question(
    id: StoredValue<WorkspaceId>,
    name: Memo<String>,
    watch: Watch<Workspace>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let announcer = Announcer::get();
    let task = use_async_action(Request::DeleteWorkspace);
    let navigate = use_navigate();
    let keep = Callback::new(move |()| open.set(false));
    let delete = Callback::new(move |()| {
        let navigate = navigate.clone();
        let name = name.get_untracked();
        // The news of it may come before the answer, and must not take away who waits for that.
        watch.leaving.set(true);
        task.run(api::delete_workspace(id.get_value()), move |()| {
            let said = format!("The workspace \u{201c}{name}\u{201d} was deleted.");
            announcer.say(said.clone());
            farewell::leave(said);
            let options = NavigateOptions {
                replace: true,
                ..NavigateOptions::default()
            };
            navigate(&Page::Workspaces.path(), options);
        });
    });
    // A workbench may have been made meanwhile: the page behind is to say so, too.
    effect(move || {
        if task.error.read().is_some() {
            watch.leaving.set(false);
            watch.poke();
        }
    });
    view! {
        <p>"The workspace goes with its secrets and its builds and their logs. This cannot be undone."</p>
        {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
        <div class="dialog-actions">
            <Button autofocus=true on_press=keep>"Cancel"</Button>
            <Button look=Look::Danger busy=task.busy on_press=delete>"Delete workspace"</Button>
        </div>
    }
    .into_any()
}
