//! Empty state: an explanation, and the action that adds the first item.

use super::Icon;
use leptos::prelude::*;

/// Empty state.
#[component]
pub fn EmptyState(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// Its button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon size=28 />
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}
