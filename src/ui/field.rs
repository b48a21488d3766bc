//! Labelled text inputs, of one line and of several.

use super::field_frame::{FieldFrame, FieldNote, aria_invalid, note_id};
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

/// Text input of one line.
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
    let list = (!proposals.is_empty()).then(|| format!("{id}-list"));
    let proposals = list.clone().map(|list| {
        let options = proposals
            .into_iter()
            .map(|proposal| view! { <option value=proposal></option> })
            .collect_view();
        view! { <datalist id=list>{options}</datalist> }
    });
    view! {
        <FieldFrame id=id.clone() label=label note=Some(FieldNote { hint, error })>
            <input
                class="input"
                id=id.clone()
                name=id.clone()
                type=kind
                autocomplete=autocomplete
                autofocus=autofocus
                inputmode=inputmode
                maxlength=maxlength
                list=list
                spellcheck="false"
                autocapitalize="none"
                aria-invalid=aria_invalid(error)
                aria-describedby=note_id(&id)
                prop:value=value.text
                on:input=move |event| value.on_input.run(event_target_value(&event))
            />
            {proposals}
        </FieldFrame>
    }
}

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
    view! {
        <FieldFrame id=id.clone() label=label note=Some(FieldNote { hint, error })>
            <textarea
                class="input"
                id=id.clone()
                name=id.clone()
                rows=rows
                aria-invalid=aria_invalid(error)
                aria-describedby=note_id(&id)
                prop:value=value.text
                on:input=move |event| value.on_input.run(event_target_value(&event))
            ></textarea>
        </FieldFrame>
    }
}
