//! A labelled text input with its hint and its error, tied together for everybody.

use super::live::{attr, live};
use leptos::prelude::*;

/// A text input.
#[component]
pub fn Field(
    /// Unique on the page.
    id: &'static str,
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Option<String>,
    /// What is wrong with it; none: nothing.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] inputmode: Option<&'static str>,
    #[prop(optional)] maxlength: Option<usize>,
) -> impl IntoView {
    let note = format!("{id}-note");
    let described = note.clone();
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                class="input"
                id=id
                name=id
                type=kind
                autocomplete=autocomplete
                autofocus=autofocus
                inputmode=inputmode
                maxlength=maxlength
                spellcheck="false"
                autocapitalize="none"
                aria-invalid=attr(move || error.get().is_some().then_some("true"))
                aria-describedby=described
                prop:value=attr(move || value.get())
                on:input=move |event| value.set(event_target_value(&event))
            />
            <p class="field-note" id=note data-state=attr(move || error.get().map(|_| "error"))>
                {live(move || error.get().or_else(|| hint.clone()))}
            </p>
        </div>
    }
    .into_any()
}
