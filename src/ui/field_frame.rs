//! The frame that all labelled controls share: their label, and their hint or error.

use leptos::prelude::*;

/// Hint of a control, replaced by its error while there is one.
#[derive(Clone, Copy)]
pub(super) struct FieldNote {
    pub hint: MaybeProp<String>,
    pub error: Signal<Option<String>>,
}

/// Returns the id of the note below a control, for its `aria-describedby`.
pub(super) fn note_id(id: &str) -> String {
    format!("{id}-note")
}

/// Returns a control's `aria-invalid`.
pub(super) fn aria_invalid(error: Signal<Option<String>>) -> impl Fn() -> Option<&'static str> {
    move || error.read().is_some().then_some("true")
}

/// A control with its label above and its note below.
#[component]
pub(super) fn FieldFrame(
    /// Id of the control.
    id: String,
    label: String,
    /// Hides the label from sight.
    #[prop(optional)]
    hide_label: bool,
    /// `None` for a control that never has a note; otherwise a line is reserved for it.
    note: Option<FieldNote>,
    children: Children,
) -> impl IntoView {
    let note = note.map(|FieldNote { hint, error }| {
        view! {
            <p class="field-note" id=note_id(&id) data-state=move || error.read().is_some().then_some("error")>
                {move || error.get().or_else(|| hint.get())}
            </p>
        }
    });
    view! {
        <div class="field">
            <label class:visually-hidden=hide_label for=id>{label}</label>
            {children()}
            {note}
        </div>
    }
}
