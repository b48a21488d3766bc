//! What is to be said on the page of all workspaces, where one comes when a workspace is gone.

use std::cell::Cell;

thread_local! {
    static SAID: Cell<Option<String>> = const { Cell::new(None) };
}

/// Leaves a sentence for that page.
pub fn leave(sentence: String) {
    SAID.set(Some(sentence));
}

/// The sentence, once.
pub fn take() -> Option<String> {
    SAID.take()
}
