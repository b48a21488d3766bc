//! The panel's popover, by its id: the indicator's button opens it, links in it close it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The id of the panel's element.
pub const PANEL: &str = "activity-panel";

/// Closes the panel, such as when a link in it opens another page.
pub fn close_panel() {
    let panel = document().get_element_by_id(PANEL);
    if let Some(panel) = panel.and_then(|panel| panel.dyn_into::<HtmlElement>().ok()) {
        let _ = panel.hide_popover();
    }
}
