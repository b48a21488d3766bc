//! The list of the keyboard shortcuts.

use super::texts;
use leptos::prelude::*;

/// The list, by the place where they work.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let groups = texts::ALL_SHORTCUTS.map(|(place, keys)| {
        let rows = keys.iter().map(|(keys, effect)| {
            let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd> });
            view! { <div><dt>{*effect}</dt><dd>{keys.collect_view()}</dd></div> }
        });
        view! {
            <section class="shortcuts">
                <h3>{place}</h3>
                <dl>{rows.collect_view()}</dl>
            </section>
        }
    });
    view! {
        {groups.into_iter().collect_view()}
        <p class="quiet">{texts::APPS_KEYS}</p>
    }
}
