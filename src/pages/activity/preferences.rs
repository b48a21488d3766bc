//! The panel's preferences, kept in this browser.

use crate::store::StorageArea;
use vestibule_client::activity::JobScope;

const SCOPE: &str = "vestibule.activity";
const NOTICES: &str = "vestibule.notices";

/// Returns whose jobs are shown.
pub fn scope() -> JobScope {
    match StorageArea::Local.get(SCOPE).as_deref() {
        Some("everyone") => JobScope::Everyone,
        _ => JobScope::Mine,
    }
}

/// Keeps whose jobs are shown.
pub fn keep_scope(scope: JobScope) {
    StorageArea::Local.set_or_remove(SCOPE, (scope == JobScope::Everyone).then_some("everyone"));
}

/// Returns `true` if the user wants notifications.
pub fn wants_notices() -> bool {
    StorageArea::Local.get(NOTICES).as_deref() == Some("on")
}

/// Keeps whether the user wants notifications.
pub fn keep_notices(wants: bool) {
    StorageArea::Local.set_or_remove(NOTICES, wants.then_some("on"));
}
