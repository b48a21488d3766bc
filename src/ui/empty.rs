//! Empty state: an explanation, and the action that adds the first item.

use super::{Icon, PageHeading};
use leptos::prelude::*;

/// Empty state.
#[component]
pub fn EmptyState(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// Makes the title the heading of the page.
    #[prop(optional)]
    is_page: bool,
    /// Button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon size=28 />
            {if is_page {
                view! { <PageHeading text=title /> }.into_any()
            } else {
                view! { <h2>{title}</h2> }.into_any()
            }}
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}
