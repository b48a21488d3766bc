//! Renaming the workspace. What is typed stays, whoever else renames it meanwhile.

use super::watch::Watch;
use crate::api;
use crate::hooks::{use_async_action, use_may};
use crate::ui::{Announcer, Button, Field, Look, Notice, effect, focus_id, live};
use leptos::prelude::*;
use vestibule_model::access::Permission;
use vestibule_model::activity::Request;
use vestibule_model::draft::Draft;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::names::{MAX_NAME_CHARS, check_name};
use vestibule_model::workspace::Workspace;

/// The section.
#[component]
pub fn NameSection(id: WorkspaceId, watch: Watch<Workspace>) -> impl IntoView {
    let may = use_may(Permission::WorkspaceUpdate, &id);
    let name = Memo::new(move |_| {
        let known = watch.known.read();
        known
            .as_ref()
            .map(|known| known.name.clone())
            .unwrap_or_default()
    });
    let id = StoredValue::new(id);
    view! {
        <section class="setting" aria-labelledby="setting-name">
            <h2 id="setting-name">"Name"</h2>
            {live(move || match may.get() {
                true => view! { <Form id=id name=name watch=watch /> }.into_any(),
                false => view! { <p class="setting-value">{live(move || name.get())}</p> }.into_any(),
            })}
        </section>
    }
    .into_any()
}

#[component]
fn Form(
    id: StoredValue<WorkspaceId>,
    name: Memo<String>,
    watch: Watch<Workspace>,
) -> impl IntoView {
    let draft = RwSignal::new(Draft::of(&name.get_untracked()));
    let typed = RwSignal::new(name.get_untracked());
    let problem = RwSignal::new(None::<String>);
    let task = use_async_action(Request::Save);
    let announcer = Announcer::get();
    effect(move || {
        let text = typed.get();
        draft.update(|draft| draft.type_over(&text));
    });
    effect(move || {
        let stored = name.get();
        draft.update(|draft| draft.hear(&stored));
        show(draft, typed);
    });
    let error = Signal::derive(move || {
        let error = task.error.read();
        let of_server = || error.as_ref().and_then(|error| error.of_field("name"));
        problem.get().or_else(of_server)
    });
    let other_error = move || {
        let error = task.error.get();
        let error = error.filter(|error| error.of_field("name").is_none());
        error.map(|error| view! { <Notice>{error.sentence()}</Notice> })
    };
    let elsewhere = Memo::new(move |_| draft.read().elsewhere().map(str::to_owned));
    let remark = move || {
        elsewhere.get().map(|name| {
            let text = format!("Meanwhile it was renamed to \u{201c}{name}\u{201d}.");
            view! { <p class="quiet" role="status">{text}</p> }
        })
    };
    let is_same = Memo::new(move |_| !draft.read().is_changed());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if task.busy.get_untracked() {
            return;
        }
        let sent = typed.get_untracked();
        let checked = check_name("name", &sent);
        problem.set(checked.as_ref().err().map(|error| error.message.clone()));
        task.error.set(None);
        let Ok(name) = checked else {
            focus_id("workspace-name");
            return;
        };
        if !draft.read_untracked().is_changed() {
            return;
        }
        task.run(api::rename_workspace(id.get_value(), name), move |stored| {
            draft.try_update(|draft| draft.stored(&sent, &stored.name));
            show(draft, typed);
            announcer.say(format!("The workspace is called {} now", stored.name));
            watch.poke();
        });
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <div class="setting-row">
                <Field id="workspace-name" label="Name of the workspace" value=typed error=error maxlength=MAX_NAME_CHARS * 2 />
                <Button look=Look::Primary submit=true busy=task.busy disabled=is_same>"Rename"</Button>
            </div>
            {live(remark)}
            {live(other_error)}
        </form>
    }
    .into_any()
}

/// The field shows what the draft holds.
fn show(draft: RwSignal<Draft>, typed: RwSignal<String>) {
    let Some(text) = draft.try_with_untracked(|draft| draft.typed().to_owned()) else {
        return;
    };
    if typed.try_with_untracked(|typed| *typed != text) == Some(true) {
        typed.try_set(text);
    }
}
