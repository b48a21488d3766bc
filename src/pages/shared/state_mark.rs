//! A workbench's state: glyph and word, with the wire's word as a data attribute.

use super::StatusSummary;
use crate::ui::Mark;
use leptos::prelude::*;

/// State of a workbench.
#[component]
pub fn StateMark(
    #[prop(into)] summary: Signal<StatusSummary>,
    #[prop(into)] k8s_status: Signal<String>,
) -> impl IntoView {
    let mark = Memo::new(move |_| summary.read().mark);
    view! {
        <span class="state" data-kind=move || mark.get().as_str() data-k8s-status=k8s_status>
            <Mark kind=mark />
            <span class="state-word">{move || summary.read().word}</span>
        </span>
    }
}
