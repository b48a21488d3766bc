//! Keyboard focus.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Focuses an element. Returns `true` if it exists and is focusable.
pub fn focus(element: Option<Element>) -> bool {
    element
        .and_then(|element| element.dyn_into::<HtmlElement>().ok())
        .is_some_and(|element| element.focus().is_ok())
}

/// Focuses the element with this id. Returns `true` if it exists and is focusable.
pub fn focus_id(id: &str) -> bool {
    focus(document().get_element_by_id(id))
}

/// Focuses the element with this id once a dialog that is being closed is gone: until then the dialog
/// keeps the focus.
pub fn focus_after_dialog(id: &'static str) {
    request_animation_frame(move || {
        request_animation_frame(move || {
            focus_id(id);
        });
    });
}

/// Returns `true` if plain keys belong to what has the focus, such as a text field.
pub fn is_typing() -> bool {
    document().active_element().is_some_and(|focused| {
        let types = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog *";
        focused.matches(types).unwrap_or(false)
    })
}

/// Focuses `search` on `/`, except while the user types elsewhere.
pub fn follow_slash(search: NodeRef<leptos::html::Input>) {
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        let is_plain = !(event.ctrl_key() || event.alt_key() || event.meta_key());
        if event.key() == "/"
            && is_plain
            && !is_typing()
            && let Some(search) = search.get_untracked()
        {
            event.prevent_default();
            let _ = search.focus();
            search.select();
        }
    });
    on_cleanup(move || listener.remove());
}
