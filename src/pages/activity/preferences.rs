//! The panel's preferences, kept in this browser.

use crate::store::StorageArea;
use vestibule_client::activity::{JobKey, JobScope};
use vestibule_model::ids::UserId;

const SCOPE: &str = "vestibule.activity";
const NOTICES: &str = "vestibule.notices";
const SEEN: &str = "vestibule.seen";

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

/// Returns the failures that a user has seen in the panel.
pub fn seen_failures(user: Option<&UserId>) -> Vec<JobKey> {
    let text = StorageArea::Local.get(SEEN).unwrap_or_default();
    let mut words = text.split(' ');
    // Another user of this browser has seen others.
    if words.next() != Some(user.map_or("", UserId::as_str)) {
        return Vec::new();
    }
    words.map(JobKey::new).collect()
}

/// Keeps the failures that a user has seen in the panel.
pub fn keep_seen_failures(user: Option<&UserId>, seen: &[JobKey]) {
    let user = user.map_or("", UserId::as_str);
    let words = std::iter::once(user).chain(seen.iter().map(JobKey::as_str));
    StorageArea::Local.set(SEEN, &words.collect::<Vec<_>>().join(" "));
}

/// Returns `true` if the user wants notifications.
pub fn wants_notices() -> bool {
    StorageArea::Local.get(NOTICES).as_deref() == Some("on")
}

/// Keeps whether the user wants notifications.
pub fn keep_notices(wants: bool) {
    StorageArea::Local.set_or_remove(NOTICES, wants.then_some("on"));
}
