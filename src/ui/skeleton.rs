//! Placeholder lines for content that is loading. They appear after a delay, so that quick answers
//! do not flash.

use super::texts;
use leptos::prelude::*;

/// Placeholder lines.
#[component]
pub fn Skeleton(#[prop(default = 3)] lines: u32) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">{texts::LOADING}</span>
            {(0..lines).map(|_| view! { <div class="skeleton-line"></div> }).collect_view()}
        </div>
    }
}
