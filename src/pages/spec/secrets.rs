//! The choice of the secrets that a workbench gets, and the form that adds one.

use super::texts;
use crate::api;
use crate::pages::shared::texts as shared;
use crate::store::{Task, use_task, use_tracked_task};
use crate::ui::{Button, ButtonVariant, Field, For, Notice, focus_id};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::validation::{secret_name_problem, secret_value_problem};

/// The names of a workspace's secrets.
#[derive(Clone, Copy)]
pub struct SecretNames {
    /// The workspace.
    pub workspace: StoredValue<WorkspaceId>,
    /// The names in the server's order, or `None` while they are unknown or may not be read.
    pub names: RwSignal<Option<Vec<String>>>,
    task: Task,
}

/// Fetches the names once.
pub fn use_secret_names(workspace: &WorkspaceId) -> SecretNames {
    let names = SecretNames::of(workspace, None);
    names.fetch();
    names
}

impl SecretNames {
    /// Wraps names that are known already.
    pub fn of(workspace: &WorkspaceId, names: Option<Vec<String>>) -> Self {
        Self {
            workspace: StoredValue::new(workspace.clone()),
            names: RwSignal::new(names),
            task: use_task(),
        }
    }

    /// Returns what is wrong with the name of a new secret. An existing one is not overwritten unawares.
    fn problem(self, name: &str) -> Option<String> {
        let is_taken = self
            .names
            .try_with_untracked(|names| names.iter().flatten().any(|one| one == name));
        let taken = || texts::SECRET_EXISTS.to_owned();
        secret_name_problem(name).or_else(|| (is_taken == Some(true)).then(taken))
    }

    /// Fetches the names again; the known ones stay until the answer.
    pub fn fetch(self) {
        let Some(workspace) = self.workspace.try_get_value() else {
            return;
        };
        self.task.run(api::secrets(workspace), move |list| {
            let names = list.items.into_iter().map(|one| one.name).collect();
            self.names.try_set(Some(names));
        });
    }

    /// Adds a name that was stored.
    fn added(self, name: &str) {
        self.names.try_update(|names| {
            let Some(names) = names else { return };
            let place = names.partition_point(|one| one.as_str() < name);
            if names.get(place).is_none_or(|one| one != name) {
                names.insert(place, name.to_owned());
            }
        });
    }
}

/// The chosen secrets, and a name that is being typed.
#[derive(Clone, Copy)]
pub struct SecretSelection {
    names: RwSignal<Vec<String>>,
    typed: RwSignal<String>,
    problem: RwSignal<Option<String>>,
}

impl SecretSelection {
    /// Starts with these names.
    pub fn of(names: &[String]) -> Self {
        Self {
            names: RwSignal::new(names.to_vec()),
            typed: RwSignal::new(String::new()),
            problem: RwSignal::new(None),
        }
    }

    /// Returns the chosen names.
    pub fn now(self) -> Vec<String> {
        self.names.get()
    }

    /// Adds a name that was typed but not added, so that it is not lost.
    pub fn take_typed(self) {
        let name = self.typed.get_untracked().trim().to_owned();
        if name.is_empty() {
            self.problem.set(None);
            return;
        }
        let problem = secret_name_problem(&name);
        if problem.is_none() {
            self.choose(&name, true);
            self.typed.set(String::new());
        }
        self.problem.set(problem);
    }

    /// Returns what is wrong with the typed name, or `None`.
    pub fn problem(self) -> Option<String> {
        self.problem.get()
    }

    fn choose(self, name: &str, is_chosen: bool) {
        self.names.update(|names| {
            names.retain(|one| one != name);
            if is_chosen {
                names.push(name.to_owned());
            }
        });
    }
}

/// Checkboxes for the known names, and a field for another one.
#[component]
pub fn SecretPicker(
    chosen: SecretSelection,
    names: SecretNames,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let add = Callback::new(move |()| chosen.take_typed());
    let all = Memo::new(move |_| {
        let mut all = names.names.get().unwrap_or_default();
        let more = chosen.names.read();
        let missing = more.iter().filter(|name| !all.contains(name));
        let missing: Vec<String> = missing.cloned().collect();
        all.extend(missing);
        all
    });
    let note = move || {
        chosen
            .problem()
            .or_else(|| error.get())
            .unwrap_or_else(|| texts::SECRETS_NOTE.to_owned())
    };
    let is_wrong = Memo::new(move |_| chosen.problem().is_some() || error.read().is_some());
    view! {
        <fieldset class="field">
            <legend class="label">{texts::SECRETS}</legend>
            <div class="checks">
                <For
                    each=move || all.get()
                    key=|name| name.clone()
                    children=move |name| view! { <Check name=name chosen=chosen names=names /> }
                />
            </div>
            <div class="input-row">
                <input
                    class="input"
                    data-font="mono"
                    aria-label=texts::OTHER_SECRET
                    aria-describedby="secrets-note"
                    placeholder=texts::NAME_PLACEHOLDER
                    spellcheck="false"
                    autocapitalize="none"
                    autocomplete="off"
                    aria-invalid=move || is_wrong.get().then_some("true")
                    bind:value=chosen.typed
                    on:keydown=move |event| {
                        // Enter adds the name here, and submits the form from every other field.
                        if event.key() == "Enter" && !chosen.typed.read_untracked().is_empty() {
                            event.prevent_default();
                            add.run(());
                        }
                    }
                />
                <Button on_press=add>{texts::ADD_NAME}</Button>
            </div>
            <p class="field-note" id="secrets-note" data-state=move || is_wrong.get().then_some("error")>
                {note}
            </p>
        </fieldset>
    }
}

#[component]
fn Check(name: String, chosen: SecretSelection, names: SecretNames) -> impl IntoView {
    let own = name.clone();
    let is_chosen = Memo::new(move |_| chosen.names.read().contains(&own));
    let own = name.clone();
    let is_missing = Memo::new(move |_| {
        let known = names.names.read();
        known.as_ref().is_some_and(|known| !known.contains(&own))
    });
    let shown = name.clone();
    view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=move || is_chosen.get()
                on:change=move |event| chosen.choose(&name, event_target_checked(&event))
            />
            <code>{shown}</code>
            {move || is_missing.get().then(|| view! { <span class="check-remark">{texts::NOT_IN_WORKSPACE}</span> })}
        </label>
    }
}

/// Adds a secret to the workspace or replaces it. The value is dropped as soon as it is sent.
#[component]
pub fn SecretForm(
    names: SecretNames,
    /// The name; empty if it is to be typed.
    name: String,
    /// The form's accessible name.
    #[prop(default = texts::ADD_SECRET)]
    label: &'static str,
    /// Called with the secret's name once it is stored.
    #[prop(into)]
    done: Callback<String>,
    /// Called when the user cancels.
    #[prop(optional, into)]
    cancel: Option<Callback<()>>,
) -> impl IntoView {
    let is_known = !name.is_empty();
    let value_label = if is_known {
        texts::value_of(&name)
    } else {
        texts::SECRET_VALUE.to_owned()
    };
    let name = RwSignal::new(name);
    let value = RwSignal::new(String::new());
    let problems = RwSignal::new((None::<String>, None::<String>));
    let task = use_tracked_task(Request::SaveSecret);
    let save = Callback::new(move |()| {
        let (own, given) = (
            name.get_untracked().trim().to_owned(),
            value.get_untracked(),
        );
        let of_name = if is_known {
            secret_name_problem(&own)
        } else {
            names.problem(&own)
        };
        let found = (of_name, secret_value_problem(&given));
        let is_right = found == (None, None);
        if !is_right {
            focus_id(if found.0.is_some() {
                "secret-name"
            } else {
                "secret-value"
            });
        }
        problems.set(found);
        let Some(workspace) = names.workspace.try_get_value().filter(|_| is_right) else {
            return;
        };
        task.run(api::put_secret(workspace, own.clone(), given), move |_| {
            value.try_set(String::new());
            names.added(&own);
            done.run(own);
        });
    });
    // The form may stand inside another one, and forms do not nest: Enter is handled here.
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            save.run(());
        }
    };
    view! {
        <div class="secret-form" role="group" aria-label=label on:keydown=on_key>
            {(!is_known).then(|| view! {
                <Field id="secret-name" label=texts::SECRET_NAME value=name autofocus=true error=Signal::derive(move || problems.read().0.clone()) />
            })}
            <Field
                id="secret-value"
                label=value_label
                value=value
                kind="password"
                autocomplete="new-password"
                autofocus=is_known
                hint=texts::SECRET_HINT
                error=Signal::derive(move || problems.read().1.clone())
            />
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <div class=cancel.map(|_| "dialog-actions")>
                {cancel.map(|cancel| view! { <Button on_press=cancel>{shared::CANCEL}</Button> })}
                <Button variant=ButtonVariant::Primary busy=task.busy on_press=save>{texts::SAVE_SECRET}</Button>
            </div>
        </div>
    }
}
