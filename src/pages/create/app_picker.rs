//! The choice of the app of a new workbench.

use super::texts;
use crate::pages::shared::AppChoice;
use leptos::prelude::*;
use vestibule_model::app::App;
use vestibule_model::isolation::{IsolationLevel, NetworkLevel};

/// The apps of the catalogue: those that can run here as tiles, the others in one line.
#[component]
pub fn AppPicker(
    apps: Vec<App>,
    chosen: RwSignal<Option<String>>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let is_empty = apps.is_empty();
    let (available, unavailable): (Vec<App>, Vec<App>) =
        apps.into_iter().partition(|app| app.available);
    let all = StoredValue::new(available.clone());
    let remark = move || {
        let chosen = chosen.get()?;
        let app = all.with_value(|all| all.iter().find(|app| app.name == chosen).cloned());
        remark(&app?)
    };
    let tiles = available
        .into_iter()
        .map(|app| view! { <AppChoice app=app chosen=chosen /> });
    view! {
        <div class="field">
            <span class="label" id="app-label">{texts::APP}</span>
            <div class="picker" role="radiogroup" aria-labelledby="app-label" aria-describedby="app-note">
                {tiles.collect_view()}
            </div>
            {is_empty.then(|| view! { <p class="quiet">{texts::NO_APPS}</p> })}
            <p class="field-note" id="app-note" data-state=move || error.get().map(|_| "error")>
                {move || error.get().or_else(remark)}
            </p>
            {(!unavailable.is_empty()).then(|| view! { <Unavailable apps=unavailable /> })}
        </div>
    }
}

/// Returns what to expect of an app, or `None` where nothing is known.
fn remark(app: &App) -> Option<String> {
    let shares_network = app.isolation.level == IsolationLevel::Sandbox
        && app.isolation.network == NetworkLevel::Shared;
    let parts = [
        start(app),
        shares_network.then(|| texts::SHARES_NETWORK.to_owned()),
        app.reads_clipboard
            .then(|| texts::READS_CLIPBOARD.to_owned()),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn start(app: &App) -> Option<String> {
    if app.needs_build && !app.built {
        return Some(texts::FIRST_START.to_owned());
    }
    let usual_time = app.expectation.as_ref()?;
    Some(texts::ready(&usual_time.sentence()))
}

/// The apps that cannot run here, each with its reason.
#[component]
fn Unavailable(apps: Vec<App>) -> impl IntoView {
    let names = apps.into_iter().map(|app| {
        let title = app.display_title().to_owned();
        let reason = app.unavailable_reason;
        let reason = reason.unwrap_or_else(|| texts::UNAVAILABLE_REASON.to_owned());
        // The catalogue quotes commands in backticks.
        let reason = reason.replace('`', "");
        view! { <li><abbr title=reason.clone()>{title}</abbr><span class="visually-hidden">{format!(": {reason}")}</span></li> }
    });
    view! {
        <div class="unavailable">
            <span>{texts::UNAVAILABLE}</span>
            <ul>{names.collect_view()}</ul>
        </div>
    }
}
