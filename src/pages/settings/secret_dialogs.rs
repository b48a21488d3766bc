//! The dialogs that add, replace and delete a secret.

use super::texts;
use super::watch::Watch;
use crate::api;
use crate::pages::shared::texts as shared;
use crate::pages::spec::{SecretForm, SecretNames};
use crate::store::use_tracked_task;
use crate::ui::{Announcer, Button, ButtonVariant, Dialog, Notice};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::secret::Secret;

/// The secret that a dialog is about, and which dialog is open.
#[derive(Clone, Copy)]
pub struct SecretDialogState {
    secret: RwSignal<Option<Secret>>,
    setting: RwSignal<bool>,
    deleting: RwSignal<bool>,
}

impl SecretDialogState {
    /// Creates the state without an open dialog.
    pub fn new() -> Self {
        Self {
            secret: RwSignal::new(None),
            setting: RwSignal::new(false),
            deleting: RwSignal::new(false),
        }
    }

    /// Opens the dialog for a new secret.
    pub fn add(self) {
        self.secret.set(None);
        self.setting.set(true);
    }

    /// Opens the dialog for another value.
    pub fn replace(self, secret: Option<Secret>) {
        if secret.is_some() {
            self.secret.set(secret);
            self.setting.set(true);
        }
    }

    /// Opens the confirmation of a deletion.
    pub fn delete(self, secret: Option<Secret>) {
        if secret.is_some() {
            self.secret.set(secret);
            self.deleting.set(true);
        }
    }

    /// Returns the secret's name; empty for a new one.
    fn name(self) -> String {
        let secret = self.secret.read();
        secret
            .as_ref()
            .map(|secret| secret.name.clone())
            .unwrap_or_default()
    }
}

/// The dialogs.
#[component]
pub fn SecretDialogs(
    requested: SecretDialogState,
    workspace: WorkspaceId,
    watch: Watch<Vec<Secret>>,
) -> impl IntoView {
    let set_title = Signal::derive(move || texts::set_secret(&requested.name()));
    let delete_title = Signal::derive(move || texts::delete_secret_question(&requested.name()));
    let workspace = StoredValue::new(workspace);
    view! {
        <Dialog open=requested.setting title=set_title>
            <Set requested=requested workspace=workspace watch=watch />
        </Dialog>
        <Dialog open=requested.deleting title=delete_title>
            <Question requested=requested workspace=workspace watch=watch />
        </Dialog>
    }
}

/// The form that adds or replaces a secret.
#[component]
fn Set(
    requested: SecretDialogState,
    workspace: StoredValue<WorkspaceId>,
    watch: Watch<Vec<Secret>>,
) -> impl IntoView {
    let announcer = Announcer::expect();
    let name = untrack(|| requested.name());
    let is_new = name.is_empty();
    let known = watch.known.with_untracked(|known| {
        let known = known.as_ref()?;
        Some(known.iter().map(|secret| secret.name.clone()).collect())
    });
    let names = SecretNames::of(&workspace.get_value(), known);
    let done = Callback::new(move |name: String| {
        announcer.say(texts::secret_set(&name, is_new));
        requested.setting.try_set(false);
        watch.refresh();
    });
    let cancel = Callback::new(move |()| requested.setting.set(false));
    let label = if is_new {
        texts::ADD_SECRET
    } else {
        texts::REPLACE
    };
    view! {
        {(!is_new).then(|| view! {
            <p>{texts::REPLACED_LATER}</p>
        })}
        <SecretForm names=names name=name label=label done=done cancel=cancel />
    }
}

#[component]
fn Question(
    requested: SecretDialogState,
    workspace: StoredValue<WorkspaceId>,
    watch: Watch<Vec<Secret>>,
) -> impl IntoView {
    let announcer = Announcer::expect();
    let task = use_tracked_task(Request::DeleteSecret);
    let secret = requested.secret.get_untracked();
    let loss = secret.as_ref().map(Secret::loss);
    let keep = Callback::new(move |()| requested.deleting.set(false));
    let delete = Callback::new(move |()| {
        let name = untrack(|| requested.name());
        let gone = api::delete_secret(workspace.get_value(), name.clone());
        task.run(gone, move |()| {
            announcer.say(texts::secret_deleted(&name));
            requested.deleting.try_set(false);
            watch.refresh();
        });
    });
    view! {
        <p>{texts::SECRET_LOSS}</p>
        <p>{loss}</p>
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <div class="dialog-actions">
            <Button autofocus=true on_press=keep>{shared::CANCEL}</Button>
            <Button variant=ButtonVariant::Danger busy=task.busy on_press=delete>{texts::DELETE_SECRET}</Button>
        </div>
    }
}
