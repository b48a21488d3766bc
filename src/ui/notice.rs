//! A sentence about trouble, beside what it is about.

use super::{Mark, MarkKind};
use leptos::prelude::*;

/// A notice; assistive technology hears it at once.
#[component]
pub fn Notice(
    #[prop(default = MarkKind::Failed)] kind: MarkKind,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="notice" data-kind=kind.word() role="alert">
            <Mark kind=kind />
            <div class="notice-text">{children()}</div>
        </div>
    }
    .into_any()
}
