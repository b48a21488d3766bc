//! Labelled choice among a few options.

use super::field::FieldValue;
use super::field_frame::{FieldFrame, FieldNote, aria_invalid, note_id};
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
    hide_label: bool,
    #[prop(into)] value: FieldValue,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    /// The line below is reserved where a hint or an error is given.
    #[prop(optional, into)]
    hint: Option<Signal<Option<String>>>,
    /// Error of the choice, or `None`.
    #[prop(optional, into)]
    error: Option<Signal<Option<String>>>,
) -> impl IntoView {
    let has_note = hint.is_some() || error.is_some();
    let error = error.unwrap_or_default();
    let hint = hint.map(Into::into).unwrap_or_default();
    let note = has_note.then_some(FieldNote { hint, error });
    let described = note.map(|_| note_id(&id));
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
        <FieldFrame id=id.clone() label=label hide_label=hide_label note=note>
            <select
                class="input"
                id=id.clone()
                name=id.clone()
                aria-describedby=described
                aria-invalid=aria_invalid(error)
                prop:value=move || {
                    choices.track();
                    value.text.get()
                }
                on:change=move |event| value.on_input.run(event_target_value(&event))
            >
                {options}
            </select>
        </FieldFrame>
    }
}
