//! The draft of a form, kept in the tab: a session that ends, or a page that is loaded again, loses
//! nothing that was typed.

use super::storage::StorageArea;

const KEY: &str = "vestibule.draft";

/// Keeps a draft in place of the one before. A full storage loses the draft, and nothing else.
pub fn keep(text: &str) {
    StorageArea::Session.set(KEY, text);
}

/// Returns the kept draft.
pub fn kept() -> Option<String> {
    StorageArea::Session.get(KEY)
}

/// Removes the kept draft.
pub fn forget() {
    StorageArea::Session.remove(KEY);
}
