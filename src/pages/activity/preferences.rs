//! The panel's preferences, kept in this browser.

use leptos::prelude::window;
use vestibule_client::activity::Scope;

const SCOPE: &str = "vestibule.activity";
const NOTICES: &str = "vestibule.notices";

/// Returns whose jobs are shown.
pub fn scope() -> Scope {
    match read(SCOPE).as_deref() {
        Some("everyone") => Scope::Everyone,
        _ => Scope::Mine,
    }
}

/// Keeps whose jobs are shown.
pub fn keep_scope(scope: Scope) {
    write(SCOPE, (scope == Scope::Everyone).then_some("everyone"));
}

/// Returns `true` if the user wants notifications.
pub fn wants_notices() -> bool {
    read(NOTICES).as_deref() == Some("on")
}

/// Keeps whether the user wants notifications.
pub fn keep_notices(wants: bool) {
    write(NOTICES, wants.then_some("on"));
}

fn read(key: &str) -> Option<String> {
    let storage = window().local_storage().ok().flatten()?;
    storage.get_item(key).ok().flatten()
}

/// Writes or removes a value; a browser without storage forgets it with the page.
fn write(key: &str, value: Option<&str>) {
    let Some(storage) = window().local_storage().ok().flatten() else {
        return;
    };
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}
