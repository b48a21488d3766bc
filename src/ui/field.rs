//! Labelled text input with its hint and its error.

use leptos::prelude::*;

/// Text of a field, and the callback that receives typed text.
#[derive(Clone, Copy)]
pub struct FieldValue {
    text: Signal<String>,
    on_input: Callback<String>,
}

impl FieldValue {
    /// Returns a value whose text is derived, such as a stored value until the user types another.
    pub fn new(text: Signal<String>, on_input: Callback<String>) -> Self {
        Self { text, on_input }
    }
}

impl From<RwSignal<String>> for FieldValue {
    fn from(text: RwSignal<String>) -> Self {
        Self {
            text: text.into(),
            on_input: Callback::new(move |typed| text.set(typed)),
        }
    }
}

/// Text input.
#[component]
pub fn Field(
    /// Unique on the page.
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] value: FieldValue,
    #[prop(optional, into)] hint: MaybeProp<String>,
    /// Error of the text, or `None`.
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
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=described
                prop:value=value.text
                on:input=move |event| value.on_input.run(event_target_value(&event))
            />
            <p class="field-note" id=note data-state=move || error.get().map(|_| "error")>
                {move || error.get().or_else(|| hint.get())}
            </p>
        </div>
    }
}
