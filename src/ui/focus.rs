//! Moving the focus to what is on the page.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Focuses an element; whether it was there and took it.
pub fn focus(element: Option<Element>) -> bool {
    element
        .and_then(|element| element.dyn_into::<HtmlElement>().ok())
        .is_some_and(|element| element.focus().is_ok())
}

/// Focuses the element with this id; whether it was there and took it.
pub fn focus_id(id: &str) -> bool {
    focus(document().get_element_by_id(id))
}
