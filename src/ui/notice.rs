//! Error or warning beside what it is about.

use super::{Mark, MarkKind};
use leptos::prelude::*;

/// Notice, announced at once to assistive technology.
#[component]
pub fn Notice(
    #[prop(default = MarkKind::Failed)] kind: MarkKind,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="notice" data-kind=kind.as_str() role="alert">
            <Mark kind=kind />
            <div class="notice-text">{children()}</div>
        </div>
    }
}
