//! The switcher: a dialog that leads to recent workbenches and to workspaces, and the list of the
//! keyboard shortcuts.

mod choices;
mod dialogs;
mod shortcuts;
mod state;
mod texts;

use crate::lazy::lazy;
use dialogs::Dialogs;
use leptos::prelude::*;
pub use state::SwitcherState;

lazy! { switcher:
    /// Renders both dialogs.
    pub fn switcher(state: SwitcherState) -> AnyView {
        view! { <Dialogs state /> }.into_any()
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
