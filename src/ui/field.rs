//! Labelled text input with its hint and its error.

use leptos::prelude::*;

/// Text of a field, and the callback that receives typed text.
#[derive(Clone, Copy)]
pub struct FieldValue {
    pub(super) text: Signal<String>,
    pub(super) on_input: Callback<String>,
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
    #[prop(into)]
    id: String,
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
    /// Values that the browser offers while the user types.
    #[prop(optional)]
    proposals: Vec<String>,
) -> impl IntoView {
    let note = format!("{id}-note");
    let described = note.clone();
    let list = (!proposals.is_empty()).then(|| format!("{id}-list"));
    let proposals = list.clone().map(|list| {
        let options = proposals
            .into_iter()
            .map(|proposal| view! { <option value=proposal></option> })
            .collect_view();
        view! { <datalist id=list>{options}</datalist> }
    });
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                class="input"
                id=id.clone()
                name=id
                type=kind
                autocomplete=autocomplete
                autofocus=autofocus
                inputmode=inputmode
                maxlength=maxlength
                list=list
                spellcheck="false"
                autocapitalize="none"
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=described
                prop:value=value.text
                on:input=move |event| value.on_input.run(event_target_value(&event))
            />
            {proposals}
            <p class="field-note" id=note data-state=move || error.get().map(|_| "error")>
                {move || error.get().or_else(|| hint.get())}
            </p>
        </div>
    }
}
