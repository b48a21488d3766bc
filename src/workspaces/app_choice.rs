//! One app of the catalogue to choose from: a card that is a radio button, so that the keyboard
//! works as everywhere.

use crate::ui::{Icon, attr};
use leptos::prelude::*;
use vestibule_model::app::App;

/// The card. What is to be said of the app beside what it is comes inside.
#[component]
pub fn AppChoice(
    app: App,
    chosen: RwSignal<Option<String>>,
    /// Whether it can be chosen.
    #[prop(default = true)]
    available: bool,
    children: Children,
) -> impl IntoView {
    let App {
        name,
        title,
        description,
        icon,
        ..
    } = app;
    let title = if title.is_empty() {
        name.clone()
    } else {
        title
    };
    let (value, own) = (name.clone(), name.clone());
    let is_chosen = move || chosen.read().as_ref() == Some(&own);
    view! {
        <label class="choice" data-available=available.to_string()>
            <input
                type="radio"
                name="app"
                class="choice-input"
                value=value
                aria-label=title.clone()
                disabled=!available
                prop:checked=attr(is_chosen)
                on:change=move |_| chosen.set(Some(name.clone()))
            />
            <span class="choice-icon"><Icon name=icon size=20 /></span>
            <span class="choice-text">
                <span class="choice-title">{title}</span>
                <span class="choice-note">{description}</span>
                {children()}
            </span>
        </label>
    }
    .into_any()
}
