//! A workbench's state: glyph and word, and the wire's word for those who look under the hood.

use super::reading::Reading;
use crate::ui::{Mark, attr, live};
use leptos::prelude::*;

/// The state of a workbench.
#[component]
pub fn StateMark(
    #[prop(into)] reading: Signal<Reading>,
    #[prop(into)] k8s_status: Signal<String>,
) -> impl IntoView {
    let mark = Memo::new(move |_| reading.read().mark);
    let word = Memo::new(move |_| reading.read().word);
    view! {
        <span class="state" data-kind=attr(move || mark.get().word()) data-k8s-status=attr(move || k8s_status.get())>
            <Mark kind=mark />
            <span class="state-word">{live(move || word.get())}</span>
        </span>
    }
    .into_any()
}
