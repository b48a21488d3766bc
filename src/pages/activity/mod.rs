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

pub use indicator::ActivityIndicator;
