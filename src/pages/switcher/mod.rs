//! The switcher: a dialog that leads to recent workbenches and to workspaces, and the list of the
//! keyboard shortcuts.

mod choices;
mod dialogs;
mod shortcuts;
mod texts;

use crate::lazy::lazy;
use dialogs::Dialogs;
use leptos::prelude::*;

/// The dialogs, of which at most one is open.
#[derive(Clone, Copy)]
pub struct SwitcherState {
    /// Whether the switcher is open.
    pub is_open: RwSignal<bool>,
    /// Whether the list of shortcuts is open.
    pub shows_shortcuts: RwSignal<bool>,
}

lazy! { switcher:
    /// Both dialogs.
    pub fn switcher(state: SwitcherState) -> AnyView {
        view! { <Dialogs state /> }.into_any()
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
