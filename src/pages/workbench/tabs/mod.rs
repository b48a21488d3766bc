//! Tabs of a workbench: the app's own screen, and terminals and agents beside it.

mod agent;
mod beside;
mod beside_button;
#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
mod id;
mod keyboard;
#[cfg(all(test, target_arch = "wasm32"))]
mod keyboard_tests;
mod log;
mod new_tab;
mod panel;
mod rename_dialog;
mod resting;
mod socket;
mod state;
mod strip;
mod tab_item;
mod terminal;
mod texts;
mod typed_notice;
mod wire;

pub use panel::TabPanels;
pub use rename_dialog::RenameDialog;
pub use state::TabsState;
pub use strip::TabStrip;
