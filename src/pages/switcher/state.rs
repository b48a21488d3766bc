//! State of the dialogs, which the header opens.

use leptos::prelude::*;

/// The dialogs, of which at most one is open.
#[derive(Clone, Copy)]
pub struct SwitcherState {
    /// `true` if the switcher is open.
    pub is_open: RwSignal<bool>,
    /// `true` if the list of shortcuts is open.
    pub shows_shortcuts: RwSignal<bool>,
}
