//! Deletion of a custom role: who uses it, and what they get instead.

use super::editor::Editor;
use super::{texts, words};
use crate::api;
use crate::store::use_task;
use crate::ui::{Button, ButtonVariant, Notice, Skeleton, focus_autofocus, focus_id};
use leptos::prelude::*;
use vestibule_model::access::Affected;
use vestibule_model::people::{DeletedRole, RolePreview};

/// Content of the dialog.
#[component]
pub fn Removal(editor: Editor, name: String) -> impl IntoView {
    let users = RwSignal::new(None::<Affected>);
    let task = use_task();
    let draft = editor.draft.read_untracked();
    let is_saved = draft.base().get(&name).is_some();
    let heirs: Vec<String> = draft
        .now()
        .heirs(&name)
        .map(|role| role.title.clone())
        .collect();
    let others = draft.now().roles.iter().filter(|role| role.name != name);
    let others: Vec<(String, String)> = others
        .map(|role| (role.name.clone(), role.title.clone()))
        .collect();
    drop(draft);
    let requested = name.clone();
    let ask = move || {
        let deleted = DeletedRole {
            name: requested.clone(),
            replacement: None,
        };
        let change = RolePreview {
            roles: Vec::new(),
            deleted: vec![deleted],
        };
        task.run(api::preview_roles(change), move |impact| {
            let first = impact.uses.into_iter().next();
            users.set(Some(first.map(|one| one.users).unwrap_or_default()));
        });
    };
    match is_saved {
        true => ask(),
        false => users.set(Some(Affected::default())),
    }
    let chosen = RwSignal::new(String::new());
    let is_missing = RwSignal::new(false);
    let others = StoredValue::new(others);
    let heirs = StoredValue::new(heirs);
    let name = StoredValue::new(name);
    let delete = move || {
        let count = users
            .read_untracked()
            .as_ref()
            .map_or(0, |users| users.users);
        let to = chosen.get_untracked();
        if count > 0 && to.is_empty() {
            is_missing.set(true);
            focus_id("role-replacement");
            return;
        }
        editor.draft.update(|draft| {
            draft.delete(&name.get_value(), (!to.is_empty()).then_some(to.as_str()));
        });
        editor.asked.set(None);
    };
    let content = move |users: Affected| {
        focus_autofocus();
        let heirs = heirs.get_value();
        let is_used = users.users > 0 || !heirs.is_empty();
        let people = format!("{} ({})", texts::people(users.users), words::names(&users));
        view! {
            {match users.users {
                0 => view! { <p>{texts::UNUSED}</p> }.into_any(),
                _ => view! { <p>{texts::used_by(&people)}</p> }.into_any(),
            }}
            {(!heirs.is_empty()).then(|| view! { <p>{texts::inherited_by(&heirs.join(", "))}</p> })}
            {is_used.then(|| view! {
                <div class="field">
                    <label for="role-replacement">{texts::REPLACEMENT}</label>
                    <select
                        class="input"
                        id="role-replacement"
                        aria-invalid=move || is_missing.get().then_some("true")
                        aria-describedby="role-replacement-note"
                        on:change=move |event| {
                            is_missing.set(false);
                            chosen.set(event_target_value(&event));
                        }
                    >
                        <option value="">{texts::CHOOSE}</option>
                        {others.get_value().into_iter().map(|(name, title)| view! {
                            <option value=name>{title}</option>
                        }).collect_view()}
                    </select>
                    <p class="field-note" id="role-replacement-note" data-state=move || is_missing.get().then_some("error")>
                        {move || is_missing.get().then_some(texts::CHOOSE_ONE)}
                    </p>
                </div>
            })}
            <p class="quiet">{texts::DELETE_LATER}</p>
            <div class="dialog-actions">
                <Button autofocus=true on_press=move || editor.asked.set(None)>{texts::CANCEL}</Button>
                <Button variant=ButtonVariant::Danger on_press=delete>{texts::DELETE_ROLE}</Button>
            </div>
        }
        .into_any()
    };
    move || match (users.get(), task.error.get()) {
        (Some(users), _) => content(users),
        (None, Some(error)) => view! { <Notice>{error.sentence()}</Notice> }.into_any(),
        (None, None) => view! { <Skeleton lines=3 /> }.into_any(),
    }
}
