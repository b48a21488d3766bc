//! Choosing the app of a new workbench.

use crate::ui::{attr, live};
use crate::workspaces::app_choice::AppChoice;
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
                {apps.into_iter().map(|app| choice(app, chosen)).collect_view()}
            </div>
            {is_empty.then(|| view! { <p class="quiet">"The catalogue is empty. An administrator adds apps to apps.toml."</p> })}
            <p class="field-note" id="app-note" data-state=attr(move || error.get().map(|_| "error"))>{live(move || error.get())}</p>
        </div>
    }
    .into_any()
}

/// An app, with how it usually starts or why it does not.
fn choice(app: App, chosen: RwSignal<Option<String>>) -> AnyView {
    let available = app.available;
    let expectation = app.expectation;
    let remark = if !available {
        let reason = app.unavailable_reason.clone();
        Some(reason.unwrap_or_else(|| "It cannot be started on this machine.".to_owned()))
    } else if app.needs_build && !app.built {
        Some("Prepared at its first start, which takes a while.".to_owned())
    } else {
        None
    };
    view! {
        <AppChoice app=app chosen=chosen available=available>
            {expectation.map(|usual| view! { <span class="choice-note">"Ready " {usual.sentence()}</span> })}
            {remark.map(|remark| view! { <span class="choice-remark">{remark}</span> })}
        </AppChoice>
    }
    .into_any()
}
