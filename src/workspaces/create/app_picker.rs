//! Choosing an app: cards that are radio buttons, so that the keyboard works as everywhere.

use crate::ui::{Icon, attr, live};
use leptos::prelude::*;
use vestibule_model::app::App;

/// The apps of the catalogue.
#[component]
pub fn AppPicker(
    apps: Vec<App>,
    chosen: RwSignal<Option<String>>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let is_empty = apps.is_empty();
    view! {
        <div class="field">
            <span class="label" id="app-label">"App"</span>
            <div class="picker" role="radiogroup" aria-labelledby="app-label" aria-describedby="app-note">
                {apps.into_iter().map(|app| view! { <Choice app=app chosen=chosen /> }).collect_view()}
            </div>
            {is_empty.then(|| view! { <p class="quiet">"The catalogue is empty. An administrator adds apps to apps.toml."</p> })}
            <p class="field-note" id="app-note" data-state=attr(move || error.get().map(|_| "error"))>{live(move || error.get())}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Choice(app: App, chosen: RwSignal<Option<String>>) -> impl IntoView {
    let App {
        name,
        title,
        description,
        icon,
        available,
        unavailable_reason,
        needs_build,
        built,
        expectation,
        ..
    } = app;
    let title = if title.is_empty() {
        name.clone()
    } else {
        title
    };
    let value = name.clone();
    let is_chosen = {
        let name = name.clone();
        move || chosen.read().as_ref() == Some(&name)
    };
    let remark = if !available {
        Some(
            unavailable_reason
                .unwrap_or_else(|| "It cannot be started on this machine.".to_owned()),
        )
    } else if needs_build && !built {
        Some("Prepared at its first start, which takes a while.".to_owned())
    } else {
        None
    };
    view! {
        <label class="choice" data-available=available.to_string()>
            <input
                type="radio"
                name="app"
                class="choice-input"
                value=value
                aria-label=title.clone()
                disabled=!available
                prop:checked=is_chosen
                on:change=move |_| chosen.set(Some(name.clone()))
            />
            <span class="choice-icon"><Icon name=icon size=20 /></span>
            <span class="choice-text">
                <span class="choice-title">{title}</span>
                <span class="choice-note">{description}</span>
                {expectation.map(|usual| view! { <span class="choice-note">"Ready " {usual.sentence()}</span> })}
                {remark.map(|remark| view! { <span class="choice-remark">{remark}</span> })}
            </span>
        </label>
    }
    .into_any()
}
