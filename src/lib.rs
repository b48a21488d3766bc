//! The console: what a person sees of Vestibule, rendered in the browser.
//!
//! Rooms follow the domain. `api` is the only place that knows HTTP, `hooks` own timers and
//! fetches, `ui` holds plain widgets that know nothing of the domain.

mod activity;
mod api;
mod app;
mod hooks;
mod log;
mod parts;
mod routes;
mod sign_in;
#[cfg(all(test, target_arch = "wasm32"))]
mod testing;
mod ui;
mod workbench;
mod workspaces;

/// Puts the console on the page, in the place of the first-paint shell.
pub fn start() {
    if let Some(shell) = leptos::prelude::document().get_element_by_id("shell") {
        shell.remove();
    }
    leptos::mount::mount_to_body(app::App);
}

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
