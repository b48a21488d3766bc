//! Grey lines in the place of text that is on its way. They appear only after a moment, so that
//! what comes at once does not flash.

use leptos::prelude::*;

/// A few lines on their way.
#[component]
pub fn Skeleton(#[prop(default = 3)] lines: u32) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">"Loading"</span>
            {(0..lines).map(|_| view! { <div class="skeleton-line"></div> }).collect_view()}
        </div>
    }
    .into_any()
}
