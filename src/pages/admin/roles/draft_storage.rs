//! Unsaved changes outlive the page: going back, signing in again or a reload loses nothing.

use super::editor::Editor;
use crate::store::{Session, StorageArea};
use leptos::prelude::*;
use vestibule_client::roles::RolesDraft;
use vestibule_model::people::ListedRole;

/// Returns the key of the signed-in user's draft in the tab's storage.
fn key() -> Option<String> {
    let user = Session::expect().user.read_untracked();
    Some(format!("vestibule.roles.{}", user.me()?.user.id))
}

/// Keeps the draft when the page ends.
pub fn keep(editor: Editor) {
    let Some(key) = key() else {
        return;
    };
    let draft = editor.draft;
    let store = StoredValue::new(key);
    let keep = move || {
        let (Some(key), Some(kept)) = (
            store.try_get_value(),
            draft.try_with_untracked(RolesDraft::keep),
        ) else {
            return;
        };
        // A full storage loses the draft, and nothing else.
        StorageArea::Session.set_or_remove(&key, kept.as_deref());
    };
    let listener = window_event_listener_untyped("pagehide", move |_| keep());
    on_cleanup(move || {
        listener.remove();
        keep();
    });
}

/// Merges a kept draft into the editor. Returns `true` if there was one.
pub fn restore(editor: Editor, roles: Vec<ListedRole>) -> bool {
    let Some(key) = key() else {
        return false;
    };
    let kept = StorageArea::Session.get(&key);
    let Some(mut draft) = kept.and_then(|text| RolesDraft::restore(&text)) else {
        return false;
    };
    StorageArea::Session.remove(&key);
    let merge = draft.merge(roles);
    let is_changed = draft.is_changed();
    let has_updates = !merge.theirs.is_empty() || !merge.conflicts.is_empty();
    editor
        .merged
        .set((is_changed && has_updates).then_some(merge));
    editor.draft.set(draft);
    is_changed
}
