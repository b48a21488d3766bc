//! Which of the workspace's secrets a workbench gets, and adding one that is missing.

use crate::api;
use crate::hooks::{Task, use_async_action, use_task};
use crate::ui::{Button, Field, Look, Notice, attr, live};
use leptos::prelude::*;
use vestibule_model::activity::Request;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::names::{secret_name_problem, secret_value_problem};

/// The names of a workspace's secrets.
#[derive(Clone, Copy)]
pub struct SecretNames {
    /// The workspace.
    pub workspace: StoredValue<WorkspaceId>,
    /// The names, in their order as the server has it; none while they are not known, or may not be.
    pub names: RwSignal<Option<Vec<String>>>,
    task: Task,
}

/// Asks for the names once.
pub fn use_secret_names(workspace: &WorkspaceId) -> SecretNames {
    let names = SecretNames::of(workspace, None);
    names.ask();
    names
}

impl SecretNames {
    /// These, as somebody else has asked for them.
    pub fn of(workspace: &WorkspaceId, names: Option<Vec<String>>) -> Self {
        Self {
            workspace: StoredValue::new(workspace.clone()),
            names: RwSignal::new(names),
            task: use_task(),
        }
    }

    /// What is wrong with a name for another secret. None is overwritten unawares.
    fn problem(self, name: &str) -> Option<String> {
        let is_taken = self
            .names
            .try_with_untracked(|names| names.iter().flatten().any(|one| one == name));
        let taken = || "There is a secret of this name. Replace it in the workspace's settings.";
        secret_name_problem(name).or_else(|| (is_taken == Some(true)).then(|| taken().to_owned()))
    }

    /// Asks again. What is known stays until there is an answer.
    pub fn ask(self) {
        let Some(workspace) = self.workspace.try_get_value() else {
            return;
        };
        self.task.run(api::secrets(workspace), move |list| {
            let names = list.items.into_iter().map(|one| one.name).collect();
            self.names.try_set(Some(names));
        });
    }

    /// One was added.
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

/// The secrets that are chosen, and a name that is being typed.
#[derive(Clone, Copy)]
pub struct Chosen {
    names: RwSignal<Vec<String>>,
    typed: RwSignal<String>,
    problem: RwSignal<Option<String>>,
}

impl Chosen {
    /// These.
    pub fn of(names: &[String]) -> Self {
        Self {
            names: RwSignal::new(names.to_vec()),
            typed: RwSignal::new(String::new()),
            problem: RwSignal::new(None),
        }
    }

    /// Those that are chosen now.
    pub fn now(self) -> Vec<String> {
        self.names.get()
    }

    /// A name that was typed and not added counts all the same; it is not to be lost.
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

    /// Whether there is a name that cannot be one.
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

/// Checkboxes for the names there are, and a field for one that is not there yet.
#[component]
pub fn SecretPicker(
    chosen: Chosen,
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
        chosen.problem().or_else(|| error.get()).unwrap_or_else(|| {
            "Handed to the app as variables. Their values are never shown.".to_owned()
        })
    };
    let is_wrong = Memo::new(move |_| chosen.problem().is_some() || error.read().is_some());
    view! {
        <fieldset class="field">
            <legend class="label">"Secrets"</legend>
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
                    aria-label="Another secret's name"
                    aria-describedby="secrets-note"
                    placeholder="NAME"
                    spellcheck="false"
                    autocapitalize="none"
                    autocomplete="off"
                    aria-invalid=attr(move || is_wrong.get().then_some("true"))
                    prop:value=attr(move || chosen.typed.get())
                    on:input=move |event| chosen.typed.set(event_target_value(&event))
                    on:keydown=move |event| {
                        // Enter adds the name; the form is sent from everywhere else.
                        if event.key() == "Enter" && !chosen.typed.read_untracked().is_empty() {
                            event.prevent_default();
                            add.run(());
                        }
                    }
                />
                <Button on_press=add>"Add name"</Button>
            </div>
            <p class="field-note" id="secrets-note" data-state=attr(move || is_wrong.get().then_some("error"))>
                {live(note)}
            </p>
        </fieldset>
    }
    .into_any()
}

#[component]
fn Check(name: String, chosen: Chosen, names: SecretNames) -> impl IntoView {
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
                prop:checked=attr(move || is_chosen.get())
                on:change=move |event| chosen.choose(&name, event_target_checked(&event))
            />
            <code>{shown}</code>
            {live(move || is_missing.get().then(|| view! { <span class="check-remark">"not in this workspace yet"</span> }))}
        </label>
    }
    .into_any()
}

/// Adds one secret to the workspace, or sets it anew. Its value is forgotten as soon as it is sent.
#[component]
pub fn SecretForm(
    names: SecretNames,
    /// The name; empty where it is not known.
    name: String,
    /// What it is for, for those who do not see what it stands under.
    #[prop(default = "Add a secret")]
    label: &'static str,
    /// What follows, with the secret's name.
    #[prop(into)]
    done: Callback<String>,
    /// What follows where it is not to be.
    #[prop(optional, into)]
    cancel: Option<Callback<()>>,
) -> impl IntoView {
    let is_known = !name.is_empty();
    let value_label = if is_known {
        ["Value of ", &name].concat()
    } else {
        "Value".to_owned()
    };
    let name = RwSignal::new(name);
    let value = RwSignal::new(String::new());
    let problems = RwSignal::new((None::<String>, None::<String>));
    let task = use_async_action(Request::SaveSecret);
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
    // It may stand within another form, and forms do not nest: Enter is caught here.
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            save.run(());
        }
    };
    view! {
        <div class="secret-form" role="group" aria-label=label on:keydown=on_key>
            {(!is_known).then(|| view! {
                <Field id="secret-name" label="Name" value=name autofocus=true error=Signal::derive(move || problems.read().0.clone()) />
            })}
            <Field
                id="secret-value"
                label=value_label
                value=value
                kind="password"
                autocomplete="new-password"
                autofocus=is_known
                hint="Stored encrypted for the whole workspace, and never shown again."
                error=Signal::derive(move || problems.read().1.clone())
            />
            {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            <div class=cancel.map(|_| "dialog-actions")>
                {cancel.map(|cancel| view! { <Button on_press=cancel>"Cancel"</Button> })}
                <Button look=Look::Primary busy=task.busy on_press=save>"Save secret"</Button>
            </div>
        </div>
    }
    .into_any()
}
