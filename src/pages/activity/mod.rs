//! The header's indicator of all activity, and the panel that it opens.

mod actions;
mod announcer;
#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
mod indicator;
mod item;
mod notices;
mod panel;
mod popover;
mod preferences;
mod row;
mod texts;

use crate::lazy::lazy;
use crate::store::{Store, open_stream};
use indicator::Indicator;
use leptos::prelude::*;

lazy! { background:
    /// Renders the indicator in the header, with its panel. The event stream opens with it: neither is needed
    /// for the first picture of a page.
    pub fn activity_indicator(_args: ()) -> AnyView {
        open_stream(Store::expect());
        view! { <Indicator /> }.into_any()
    }
}
