//! The header's indicator of all activity, and the panel that it opens.

mod actions;
#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
mod elsewhere;
mod indicator;
mod item;
mod notices;
mod panel;
mod popover;
mod preferences;
mod row;
mod texts;

use crate::lazy::lazy;
use indicator::Indicator;
use leptos::prelude::*;

lazy! { background:
    /// Indicator in the header, with its panel.
    pub fn activity_indicator(_args: ()) -> AnyView {
        view! { <Indicator /> }.into_any()
    }
}
