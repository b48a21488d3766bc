//! The draft of a form, kept in the tab: a session that ends, or a page that is loaded again, loses
//! nothing that was typed.

use leptos::prelude::window;
use web_sys::Storage;

const KEY: &str = "vestibule.draft";

/// Keeps a draft in place of the one before.
pub fn keep(text: &str) {
    if let Some(storage) = storage() {
        // A full storage loses the draft, and nothing else.
        let _ = storage.set_item(KEY, text);
    }
}

/// Returns the kept draft.
pub fn kept() -> Option<String> {
    storage()?.get_item(KEY).ok().flatten()
}

/// Forgets the kept draft.
pub fn forget() {
    if let Some(storage) = storage() {
        // Fails only where there is no storage.
        let _ = storage.remove_item(KEY);
    }
}

/// Returns the tab's storage, which a browser may deny.
fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}
