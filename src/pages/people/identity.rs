//! Name of a user, with the username where it differs.

use super::texts;
use leptos::prelude::*;

/// Name of a user. Names of any script stand in their own direction.
#[component]
pub fn Identity(
    username: String,
    display_name: String,
    /// The page about the user, if there is one for the reader.
    #[prop(optional_no_strip)]
    href: Option<String>,
    /// Marks the signed-in user.
    #[prop(optional)]
    is_self: bool,
) -> impl IntoView {
    let shown = if display_name.is_empty() {
        username.clone()
    } else {
        display_name
    };
    let has_username = !username.is_empty() && shown != username;
    let title = shown.clone();
    let name = match href {
        Some(href) => {
            view! { <a class="row-link" href=href title=title><bdi>{shown}</bdi></a> }.into_any()
        }
        None => view! { <bdi title=title>{shown}</bdi> }.into_any(),
    };
    view! {
        <span class="identity">
            <b>{name}</b>
            {has_username.then(|| view! { <span class="quiet"><bdi>{username}</bdi></span> })}
            {is_self.then(|| view! { <span class="tag">{texts::YOU}</span> })}
        </span>
    }
}
