//! Labelled choice among a few options.

use super::field::FieldValue;
use leptos::prelude::*;

/// Option of a [`Select`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The value.
    pub value: String,
    /// The text.
    pub text: String,
    /// `true` if it is shown and can't be chosen.
    pub disabled: bool,
}

impl Choice {
    /// Returns an option that can be chosen.
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            text: text.into(),
            disabled: false,
        }
    }
}

/// Labelled choice.
#[component]
pub fn Select(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    /// Hides the label from sight, where the place says it.
    #[prop(optional)]
    is_bare: bool,
    #[prop(into)] value: FieldValue,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    /// Hint or error below; its line is reserved if there may be one.
    #[prop(optional, into)]
    note: Option<Signal<Option<String>>>,
    #[prop(optional, into)] error: Signal<bool>,
) -> impl IntoView {
    let note_id = format!("{id}-note");
    let described = note.map(|_| note_id.clone());
    let options = move || {
        let chosen = value.text.get_untracked();
        choices
            .get()
            .into_iter()
            .map(|choice| {
                let is_chosen = choice.value == chosen;
                view! {
                    <option value=choice.value selected=is_chosen disabled=choice.disabled>
                        {choice.text}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <div class="field">
            <label class:visually-hidden=is_bare for=id.clone()>{label}</label>
            <select
                class="input"
                id=id.clone()
                name=id
                aria-describedby=described
                aria-invalid=move || error.get().then_some("true")
                prop:value=move || {
                    choices.track();
                    value.text.get()
                }
                on:change=move |event| value.on_input.run(event_target_value(&event))
            >
                {options}
            </select>
            {note.map(|note| view! {
                <p class="field-note" id=note_id data-state=move || error.get().then_some("error")>{note}</p>
            })}
        </div>
    }
}
