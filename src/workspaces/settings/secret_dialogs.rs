//! What is asked about a secret: a new one, another value, or its end.

use super::watch::Watch;
use crate::api;
use crate::hooks::use_async_action;
use crate::ui::{Announcer, Button, Dialog, Look, Notice, live};
use crate::workspaces::{SecretForm, SecretNames};
use leptos::prelude::*;
use vestibule_model::activity::Request;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::secret::Secret;

/// Which secret is asked about, and what.
#[derive(Clone, Copy)]
pub struct Asked {
    secret: RwSignal<Option<Secret>>,
    setting: RwSignal<bool>,
    deleting: RwSignal<bool>,
}

impl Asked {
    /// Nothing is asked.
    pub fn new() -> Self {
        Self {
            secret: RwSignal::new(None),
            setting: RwSignal::new(false),
            deleting: RwSignal::new(false),
        }
    }

    /// Asks for a new one.
    pub fn add(self) {
        self.secret.set(None);
        self.setting.set(true);
    }

    /// Asks for another value.
    pub fn replace(self, secret: Option<Secret>) {
        if secret.is_some() {
            self.secret.set(secret);
            self.setting.set(true);
        }
    }

    /// Asks whether it is to go.
    pub fn delete(self, secret: Option<Secret>) {
        if secret.is_some() {
            self.secret.set(secret);
            self.deleting.set(true);
        }
    }

    /// Its name; empty for a new one.
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
    asked: Asked,
    workspace: WorkspaceId,
    watch: Watch<Vec<Secret>>,
) -> impl IntoView {
    let set_title = Signal::derive(move || match asked.name() {
        name if name.is_empty() => "Add a secret".to_owned(),
        name => format!("Replace the secret {name}"),
    });
    let delete_title = Signal::derive(move || format!("Delete the secret {}?", asked.name()));
    let workspace = StoredValue::new(workspace);
    view! {
        <Dialog open=asked.setting title=set_title>
            <Set asked=asked workspace=workspace watch=watch />
        </Dialog>
        <Dialog open=asked.deleting title=delete_title>
            <Question asked=asked workspace=workspace watch=watch />
        </Dialog>
    }
    .into_any()
}

/// The form that other pages have, too.
#[component]
fn Set(
    asked: Asked,
    workspace: StoredValue<WorkspaceId>,
    watch: Watch<Vec<Secret>>,
) -> impl IntoView {
    let announcer = Announcer::get();
    let name = untrack(|| asked.name());
    let is_new = name.is_empty();
    let known = watch.known.with_untracked(|known| {
        let known = known.as_ref()?;
        Some(known.iter().map(|secret| secret.name.clone()).collect())
    });
    let names = SecretNames::of(&workspace.get_value(), known);
    let done = Callback::new(move |name: String| {
        let verb = if is_new { "added" } else { "replaced" };
        announcer.say(format!("The secret {name} was {verb}"));
        asked.setting.try_set(false);
        watch.poke();
    });
    let cancel = Callback::new(move |()| asked.setting.set(false));
    let label = if is_new {
        "Add a secret"
    } else {
        "Replace the secret"
    };
    view! {
        {(!is_new).then(|| view! {
            <p>"Apps get the new value from their next start on. What runs keeps the one it was given."</p>
        })}
        <SecretForm names=names name=name label=label done=done cancel=cancel />
    }
    .into_any()
}

#[component]
fn Question(
    asked: Asked,
    workspace: StoredValue<WorkspaceId>,
    watch: Watch<Vec<Secret>>,
) -> impl IntoView {
    let announcer = Announcer::get();
    let task = use_async_action(Request::DeleteSecret);
    let secret = asked.secret.get_untracked();
    let loss = secret.as_ref().map(Secret::loss);
    let keep = Callback::new(move |()| asked.deleting.set(false));
    let delete = Callback::new(move |()| {
        let name = untrack(|| asked.name());
        let gone = api::delete_secret(workspace.get_value(), name.clone());
        task.run(gone, move |()| {
            announcer.say(format!("The secret {name} was deleted"));
            asked.deleting.try_set(false);
            watch.poke();
        });
    });
    view! {
        <p>"Its value is lost; nobody can look it up here. Processes that run keep what they were given."</p>
        <p>{loss}</p>
        {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
        <div class="dialog-actions">
            <Button autofocus=true on_press=keep>"Cancel"</Button>
            <Button look=Look::Danger busy=task.busy on_press=delete>"Delete secret"</Button>
        </div>
    }
    .into_any()
}
