//! A tile for one app of the catalogue. It is a radio button, so that the keyboard works as everywhere.

use crate::ui::Icon;
use leptos::prelude::*;
use vestibule_model::app::App;

/// The tile; `children` are further lines of text.
#[component]
pub fn AppChoice(
    app: App,
    chosen: RwSignal<Option<String>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let title = app.display_title().to_owned();
    let App {
        name,
        description,
        icon,
        ..
    } = app;
    let (value, own) = (name.clone(), name.clone());
    let whole = description.clone();
    let is_chosen = move || chosen.read().as_ref() == Some(&own);
    view! {
        <label class="choice" title=whole>
            <input
                type="radio"
                name="app"
                class="choice-input"
                value=value
                aria-label=title.clone()
                prop:checked=is_chosen
                on:change=move |_| chosen.set(Some(name.clone()))
            />
            <span class="choice-icon"><Icon name=icon size=20 /></span>
            <span class="choice-text">
                <span class="choice-title">{title}</span>
                <span class="choice-note">{description}</span>
                {children.map(|children| children())}
            </span>
        </label>
    }
}
