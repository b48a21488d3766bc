//! What a person prefers in this browser: whose jobs are seen, and whether to be told of their ends.

use leptos::prelude::window;
use vestibule_model::activity::Scope;

const SCOPE: &str = "vestibule.activity";
const NOTICES: &str = "vestibule.notices";

/// Whose jobs are seen.
pub fn scope() -> Scope {
    match read(SCOPE).as_deref() {
        Some("everyone") => Scope::Everyone,
        _ => Scope::Mine,
    }
}

/// Keeps whose jobs are seen.
pub fn keep_scope(scope: Scope) {
    write(SCOPE, (scope == Scope::Everyone).then_some("everyone"));
}

/// Whether the person wants to be told when a long job ends.
pub fn wants_notices() -> bool {
    read(NOTICES).as_deref() == Some("on")
}

/// Keeps whether the person wants to be told.
pub fn keep_notices(wants: bool) {
    write(NOTICES, wants.then_some("on"));
}

fn read(key: &str) -> Option<String> {
    let storage = window().local_storage().ok().flatten()?;
    storage.get_item(key).ok().flatten()
}

/// A browser that keeps nothing forgets it with the page.
fn write(key: &str, value: Option<&str>) {
    let Some(storage) = window().local_storage().ok().flatten() else {
        return;
    };
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}
