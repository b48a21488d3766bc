//! Page after a panic, in place of one that no longer reacts. It uses neither Leptos nor any state
//! of the console: `index.html` has it as a template, with the script for its buttons.

use std::panic;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlTemplateElement};

/// Shows the page at the first panic. It is a modal dialog, so that the frames of open apps stay
/// loaded: Esc leads back to them, to save work before the reload.
pub fn install_hook() {
    panic::set_hook(Box::new(|panic| {
        let message = panic.to_string();
        web_sys::console::error_1(&message.as_str().into());
        // Without the template nothing more can be shown.
        let _ = show(&message);
    }));
}

fn show(message: &str) -> Option<()> {
    let window = web_sys::window()?;
    let document = window.document()?;
    let template: HtmlTemplateElement = document.get_element_by_id("crash")?.dyn_into().ok()?;
    document.body()?.append_child(&template.content()).ok()?;
    // A second panic finds no template.
    template.remove();
    let path = window.location().pathname().unwrap_or_default();
    let browser = window.navigator().user_agent().unwrap_or_default();
    let time = String::from(js_sys::Date::new_0().to_iso_string());
    let report = document.query_selector(".crash pre").ok()??;
    report.set_text_content(Some(&diagnostics(message, &path, &browser, &time)));
    let dialog: HtmlDialogElement = document.query_selector(".crash").ok()??.dyn_into().ok()?;
    dialog.show_modal().ok()
}

/// Returns the text to copy. Queries are left out: that of the set-up page has a secret.
fn diagnostics(message: &str, path: &str, browser: &str, time: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "Vestibule console {version}\nTime: {time}\nPage: {path}\nBrowser: {browser}\n\n{message}"
    )
}
