//! The header's indicator of everything that goes on, and the panel that it opens. The indicator
//! is a part of its own, fetched when the page has been drawn; so is the inside of the panel.

mod actions;
#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
mod elsewhere;
mod indicator;
mod item;
mod notices;
mod panel;
mod preferences;
mod row;

pub use indicator::Indicator;
pub use panel::PanelContent;
