//! Labelled text of several lines with its hint and its error.

use super::field::FieldValue;
use leptos::prelude::*;

/// Text input of several lines.
#[component]
pub fn TextArea(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    #[prop(into)] value: FieldValue,
    #[prop(optional, into)] hint: MaybeProp<String>,
    /// Error of the text, or `None`.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Number of lines that are visible.
    rows: u32,
) -> impl IntoView {
    let note = format!("{id}-note");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea
                class="input"
                id=id.clone()
                name=id
                rows=rows
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=note.clone()
                prop:value=value.text
                on:input=move |event| value.on_input.run(event_target_value(&event))
            ></textarea>
            <p class="field-note" id=note data-state=move || error.get().map(|_| "error")>
                {move || error.get().or_else(|| hint.get())}
            </p>
        </div>
    }
}
