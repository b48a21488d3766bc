//! Environment variables, one row each.

use crate::ui::{Button, Icon, Look, attr, focus, live};
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_model::names::env_problem;

/// The rows as they are typed.
#[derive(Clone, Copy)]
pub struct Variables {
    rows: RwSignal<Vec<Variable>>,
    next: StoredValue<u32>,
    tried: RwSignal<bool>,
}

#[derive(Clone, Copy)]
struct Variable {
    key: u32,
    name: RwSignal<String>,
    value: RwSignal<String>,
}

impl Variables {
    /// A row for each variable.
    pub fn of(env: &BTreeMap<String, String>) -> Self {
        let variables = Self {
            rows: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            tried: RwSignal::new(false),
        };
        for (name, value) in env {
            variables.add(name.clone(), value.clone());
        }
        variables
    }

    /// The variables as they stand. Rows without a name do not count.
    pub fn now(self) -> BTreeMap<String, String> {
        let rows = self.rows.read();
        let pairs = rows.iter().map(|row| (row.name.get(), row.value.get()));
        pairs.filter(|(name, _)| !name.is_empty()).collect()
    }

    /// Whether every row is right; if not, each says from now on what is wrong with it.
    pub fn check(self) -> bool {
        self.tried.set(true);
        let rows = self.rows.read();
        rows.iter().all(|row| self.problem(*row).is_none())
    }

    fn problem(self, row: Variable) -> Option<String> {
        let (name, value) = (row.name.get(), row.value.get());
        if name.is_empty() && value.is_empty() {
            return None;
        }
        let stands_twice = self
            .rows
            .read()
            .iter()
            .any(|other| other.key != row.key && *other.name.read() == name);
        if stands_twice {
            return Some("This name stands twice.".to_owned());
        }
        env_problem(&name, &value)
    }

    fn add(self, name: String, value: String) {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        let row = Variable {
            key,
            name: RwSignal::new(name),
            value: RwSignal::new(value),
        };
        self.rows.update(|rows| rows.push(row));
    }
}

/// Focuses what is about to be drawn, or stays when what had the focus goes.
fn focus_soon(css: &'static str) {
    request_animation_frame(move || {
        focus(document().query_selector(css).ok().flatten());
    });
}

/// The editor.
#[component]
pub fn Environment(variables: Variables, error: Signal<Option<String>>) -> impl IntoView {
    let add = Callback::new(move |()| {
        variables.add(String::new(), String::new());
        focus_soon(".variable:last-child input");
    });
    view! {
        <fieldset class="field">
            <legend class="label">"Environment"</legend>
            <div class="variables">
                <For
                    each=move || variables.rows.get()
                    key=|row| row.key
                    children=move |row| view! { <Line row=row variables=variables /> }
                />
            </div>
            <div>
                <Button on_press=add><Icon name="plus" />"Add variable"</Button>
            </div>
            <p class="field-note" data-state=attr(move || error.get().map(|_| "error"))>
                {live(move || error.get().unwrap_or_else(|| "Handed to the app's process. Not for secrets: members can read them.".to_owned()))}
            </p>
        </fieldset>
    }
    .into_any()
}

#[component]
fn Line(row: Variable, variables: Variables) -> impl IntoView {
    let problem = Memo::new(move |_| {
        variables
            .tried
            .get()
            .then(|| variables.problem(row))
            .flatten()
    });
    let remove = Callback::new(move |()| {
        variables
            .rows
            .update(|rows| rows.retain(|other| other.key != row.key));
        focus_soon(".variables + div button");
    });
    view! {
        <div class="variable">
            <input
                class="input"
                data-font="mono"
                aria-label="Variable name"
                placeholder="NAME"
                spellcheck="false"
                autocapitalize="none"
                autocomplete="off"
                aria-invalid=attr(move || problem.get().map(|_| "true"))
                prop:value=attr(move || row.name.get())
                on:input=move |event| row.name.set(event_target_value(&event))
            />
            <input
                class="input"
                data-font="mono"
                aria-label="Value"
                placeholder="value"
                spellcheck="false"
                autocomplete="off"
                prop:value=attr(move || row.value.get())
                on:input=move |event| row.value.set(event_target_value(&event))
            />
            <Button look=Look::Quiet label="Remove variable" on_press=remove><Icon name="close" /></Button>
            {live(move || problem.get().map(|text| view! { <p class="field-note" data-state="error" role="alert">{text}</p> }))}
        </div>
    }
    .into_any()
}
