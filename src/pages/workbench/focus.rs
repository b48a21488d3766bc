//! Focus on the way into a frame and out of it.

use crate::ui::focus;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Open surfaces and places of work that nothing takes the focus away from. The reason of a switched-off
/// control is none: it has nothing to focus.
const OPEN_SURFACES: &str = "dialog[open], [popover]:popover-open:not([role=tooltip])";
const PLACES_OF_WORK: &str =
    "input, textarea, select, .app-toolbar, .details-panel, .tab-strip, .tab-panel";
/// The frame that is shown and may be used.
const FRAME: &str = ".kept[data-state=shown]:not([inert])";

/// Moves the focus inside once the frame may take it, unless the reader is at work elsewhere
/// (FIELD 40).
pub fn into_frame(kept: web_sys::HtmlDivElement) {
    request_animation_frame(move || {
        let is_at_work = document()
            .active_element()
            .is_some_and(|active| active.closest(PLACES_OF_WORK).ok().flatten().is_some());
        let is_usable = kept.matches(FRAME).unwrap_or(false);
        if is_usable && !is_at_work && find(OPEN_SURFACES).is_none() {
            focus(kept.query_selector("iframe").ok().flatten());
        }
    });
}

/// Moves the focus into the frame that is shown. Returns `true` if there is one.
pub fn into_shown_frame() -> bool {
    focus(find(&format!("{FRAME} iframe")))
}

/// Moves the focus onto the overlay if it was inside the app, or nowhere.
pub fn onto_overlay(overlay: &HtmlElement) {
    let is_elsewhere = document()
        .active_element()
        .is_some_and(|active| !matches!(active.tag_name().as_str(), "BODY" | "IFRAME"));
    if !is_elsewhere {
        let _ = overlay.focus();
    }
}

/// Moves the focus out of the app to the first control of the toolbar.
pub fn out_of_frame() {
    if document().fullscreen_element().is_some() {
        document().exit_fullscreen();
    }
    focus(find(".app-toolbar a, .app-toolbar button"));
}

/// Moves the focus back to what had it, if that is still there and visible.
pub fn back_to(element: Option<Element>) {
    focus(element.filter(|element| element.is_connected()));
}

/// Moves the focus to the room's heading if nothing has it once the current change is rendered.
/// The page does not scroll.
pub fn keep() {
    request_animation_frame(|| {
        let focused = document().active_element();
        if focused.is_none_or(|focused| focused.tag_name() == "BODY") {
            let heading = find(".room .page-heading").map(Element::dyn_into::<HtmlElement>);
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            if let Some(Ok(heading)) = heading {
                let _ = heading.focus_with_options(&options);
            }
        }
    });
}

/// Shows the frame alone on the screen; the browser says how to leave.
pub fn fill_screen() {
    if let Some(kept) = find(FRAME) {
        // Refused only where the browser does not allow it at all; then nothing changes.
        let _ = kept.request_fullscreen();
        focus(kept.query_selector("iframe").ok().flatten());
    }
}

fn find(css: &str) -> Option<Element> {
    document().query_selector(css).ok().flatten()
}
