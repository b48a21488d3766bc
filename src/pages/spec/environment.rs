//! The editor of environment variables, one row each.

use super::texts;
use crate::ui::{Button, ButtonVariant, For, Icon, focus};
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_model::validation::env_problem;

/// The variables as they are typed.
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
    /// Returns a row for each variable.
    pub fn of<'a>(given: impl Iterator<Item = (&'a String, &'a String)>) -> Self {
        let variables = Self {
            rows: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            tried: RwSignal::new(false),
        };
        for (name, value) in given {
            variables.add(name.clone(), value.clone());
        }
        variables
    }

    /// Returns the variables as they stand, without rows that have no name.
    pub fn now(self) -> BTreeMap<String, String> {
        let rows = self.rows.read();
        let pairs = rows.iter().map(|row| (row.name.get(), row.value.get()));
        pairs.filter(|(name, _)| !name.is_empty()).collect()
    }

    /// Returns `true` if every row is valid. From here on each row shows its own problem.
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
            return Some(texts::VARIABLE_TWICE.to_owned());
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

/// Focuses an element once the next frame has rendered it.
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
            <legend class="label">{texts::ENVIRONMENT}</legend>
            <div class="variables">
                <For
                    each=move || variables.rows.get()
                    key=|row| row.key
                    children=move |row| view! { <Line row=row variables=variables /> }
                />
            </div>
            <div class="variables-add">
                <Button on_press=add><Icon name="plus" />{texts::ADD_VARIABLE}</Button>
            </div>
            <p class="field-note" data-state=move || error.get().map(|_| "error")>
                {move || error.get().unwrap_or_else(|| texts::ENVIRONMENT_NOTE.to_owned())}
            </p>
        </fieldset>
    }
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
    let remove = move || {
        variables
            .rows
            .update(|rows| rows.retain(|other| other.key != row.key));
        focus_soon(".variables + div button");
    };
    view! {
        <div class="variable">
            <input
                class="input"
                data-font="mono"
                aria-label=texts::VARIABLE_NAME
                placeholder=texts::NAME_PLACEHOLDER
                spellcheck="false"
                autocapitalize="none"
                autocomplete="off"
                aria-invalid=move || problem.get().map(|_| "true")
                bind:value=row.name
            />
            <input
                class="input"
                data-font="mono"
                aria-label=texts::VARIABLE_VALUE
                placeholder=texts::VALUE_PLACEHOLDER
                spellcheck="false"
                autocomplete="off"
                bind:value=row.value
            />
            <Button variant=ButtonVariant::Quiet label=texts::REMOVE_VARIABLE on_press=remove><Icon name="close" /></Button>
            {move || problem.get().map(|text| view! { <p class="field-note" data-state="error" role="alert">{text}</p> })}
        </div>
    }
}
