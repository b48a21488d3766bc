//! State of the dialogs, which the header and the console's own frames open.

use leptos::prelude::*;

/// The dialogs, of which at most one is open.
#[derive(Clone, Copy)]
pub struct SwitcherState {
    /// `true` if the switcher is open.
    pub is_open: RwSignal<bool>,
    /// `true` if the list of shortcuts is open.
    pub shows_shortcuts: RwSignal<bool>,
}

impl SwitcherState {
    /// Creates the state and provides it to everything below.
    pub fn provide() {
        provide_context(Self {
            is_open: RwSignal::new(false),
            shows_shortcuts: RwSignal::new(false),
        });
    }

    /// Returns the page's state.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Opens the switcher.
    pub fn open(self) {
        open(self.is_open);
    }

    /// Opens the list of shortcuts.
    pub fn open_shortcuts(self) {
        open(self.shows_shortcuts);
    }
}

/// Opens a dialog, but not over another one, in which something may be typed.
fn open(dialog: RwSignal<bool>) {
    let other = document().query_selector("dialog[open]");
    if other.ok().flatten().is_none() {
        dialog.try_set(true);
    }
}
