//! The console: Vestibule's pages, rendered in the browser.
//!
//! `app` holds the frame and the routes, `pages` one folder per area, `store` the shared state.
//! `api` is the only module that knows HTTP and the event stream. `ui` holds widgets that know
//! nothing of the domain. Imports go one way: `api` ← `store` ← `pages` ← `app`; pages and
//! app use `ui`.

mod api;
mod app;
mod crash;
mod effect;
mod lazy;
mod pages;
mod routes;
mod store;
#[cfg(all(test, target_arch = "wasm32"))]
mod testing;
mod ui;

/// Mounts the console in place of the shell that `index.html` paints first.
pub fn start() {
    crash::install_hook();
    if let Some(shell) = leptos::prelude::document().get_element_by_id("shell") {
        shell.remove();
    }
    leptos::mount::mount_to_body(app::App);
}

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
