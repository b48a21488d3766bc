//! The section that renames the workspace. Typed text stays, even if someone else renames it
//! meanwhile.

use super::texts;
use super::watch::Watch;
use crate::api;
use crate::pages::shared::{texts as shared, use_refusal_in};
use crate::store::{Store, use_tracked_task};
use crate::ui::{Announcer, Button, ButtonVariant, Field, FieldValue, Notice, focus_id};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::validation::{MAX_NAME_CHARS, check_name};
use vestibule_model::workspace::Workspace;

/// The section.
#[component]
pub fn NameSection(id: WorkspaceId, watch: Watch<Workspace>) -> impl IntoView {
    let refused = use_refusal_in(Permission::WorkspaceUpdate, &id);
    let may = Memo::new(move |_| refused.read().is_none());
    let name = watch.name();
    let id = StoredValue::new(id);
    view! {
        <section class="setting" aria-labelledby="setting-name">
            <h2 id="setting-name">{texts::NAME_TITLE}</h2>
            <Show
                when=move || may.get()
                fallback=move || view! { <p class="setting-value">{name}</p> <p class="quiet">{refused}</p> }
            >
                <Form id=id name=name />
            </Show>
        </section>
    }
}

/// Text that was typed in place of the stored name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    text: String,
    /// The stored name when the typing began.
    began_with: String,
}

impl Edit {
    /// Returns the edit after the field's text has become `text`, or `None` where that is the
    /// stored name again.
    fn typed(before: Option<Self>, text: String, stored: &str) -> Option<Self> {
        let began_with = before.map_or_else(|| stored.to_owned(), |edit| edit.began_with);
        (text != stored).then_some(Self { text, began_with })
    }

    /// Returns the edit after `sent` was stored as `stored`: what was typed since stays.
    fn saved(self, sent: &str, stored: &str) -> Option<Self> {
        (self.text != sent).then(|| Self {
            began_with: stored.to_owned(),
            ..self
        })
    }

    /// Returns `true` if there is anything to store.
    fn is_changed(&self, stored: &str) -> bool {
        self.text.trim() != stored
    }

    /// Returns `true` if someone else has renamed the workspace since typing began.
    fn is_overtaken(&self, stored: &str) -> bool {
        self.is_changed(stored) && self.began_with != stored
    }
}

#[component]
fn Form(id: StoredValue<WorkspaceId>, name: Memo<String>) -> impl IntoView {
    let edit = RwSignal::new(None::<Edit>);
    let problem = RwSignal::new(None::<String>);
    let store = Store::expect();
    let task = use_tracked_task(Request::Save);
    let announcer = Announcer::expect();
    let text = Signal::derive(move || match &*edit.read() {
        Some(edit) => edit.text.clone(),
        None => name.get(),
    });
    let on_input = Callback::new(move |typed| {
        let before = edit.get_untracked();
        edit.set(Edit::typed(before, typed, &name.read_untracked()));
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
    let is_changed = Memo::new(move |_| {
        let edit = edit.read();
        edit.as_ref()
            .is_some_and(|edit| edit.is_changed(&name.read()))
    });
    let remark = move || {
        let edit = edit.read();
        let is_overtaken = edit
            .as_ref()
            .is_some_and(|edit| edit.is_overtaken(&name.read()));
        is_overtaken.then(|| {
            view! { <p class="quiet" role="status">{texts::renamed_by_another(&name.read())}</p> }
        })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if task.busy.get_untracked() {
            return;
        }
        let sent = text.get_untracked();
        let checked = check_name("name", &sent);
        problem.set(checked.as_ref().err().map(|error| error.message.clone()));
        task.error.set(None);
        let Ok(new_name) = checked else {
            focus_id("workspace-name");
            return;
        };
        if !is_changed.get_untracked() {
            return;
        }
        task.run(
            api::rename_workspace(id.get_value(), new_name),
            move |stored| {
                edit.try_update(|edit| {
                    *edit = edit.take().and_then(|edit| edit.saved(&sent, &stored.name));
                });
                announcer.say(texts::renamed(&stored.name));
                store.put_workspace(stored);
            },
        );
    };
    let unchanged =
        Signal::derive(move || (!is_changed.get()).then(|| shared::NOTHING_CHANGED.to_owned()));
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <div class="setting-row">
                <Field
                    id="workspace-name"
                    label=texts::NAME_LABEL
                    value=FieldValue::new(text, on_input)
                    error=error
                    maxlength=MAX_NAME_CHARS * 2
                />
                <Button
                    variant=ButtonVariant::Primary
                    submit=true
                    busy=task.busy
                    refused=unchanged
                >
                    {texts::RENAME}
                </Button>
            </div>
            {remark}
            {other_error}
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str, stored: &str) -> Edit {
        Edit::typed(None, text.to_owned(), stored).expect("it differs")
    }

    #[test]
    fn a_field_that_holds_the_stored_name_follows_it() {
        let edit = typed("Quest", "Research");
        assert_eq!(
            Edit::typed(Some(edit), "Research".to_owned(), "Research"),
            None
        );
        assert_eq!(Edit::typed(None, "Research".to_owned(), "Research"), None);
    }

    #[test]
    fn rename_by_someone_else_is_shown_and_keeps_typed_text() {
        let edit = typed("Quest", "Research");
        assert!(!edit.is_overtaken("Research"));
        assert!(edit.is_overtaken("Look"));
        assert!(!edit.is_overtaken("Quest"), "both have typed the same");
        let more = Edit::typed(Some(edit), "Quests".to_owned(), "Look").expect("it differs");
        assert!(more.is_overtaken("Look"));
    }

    #[test]
    fn saving_keeps_text_typed_since() {
        let edit = typed(" Quest ", "Research");
        assert_eq!(edit.saved(" Quest ", "Quest"), None);
        let since = typed("Quests", "Research").saved("Quest", "Quest");
        let since = since.expect("it stays");
        assert!(since.is_changed("Quest") && !since.is_overtaken("Quest"));
    }

    #[test]
    fn spaces_around_a_name_are_no_change() {
        assert!(!typed(" Research", "Research").is_changed("Research"));
    }
}
