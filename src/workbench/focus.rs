//! Where the focus goes when one comes to a frame, and when one leaves it.

use crate::ui::focus;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What somebody is busy with: nothing takes the focus away from there.
const BUSY: &str = "dialog[open], [popover]:popover-open";
const BUSY_PLACES: &str = "input, textarea, select, .strip";
/// The frame that one sees and may use.
const FRAME: &str = ".kept[data-state=shown]:not([inert])";

/// Moves the focus inside, once the frame may take it, unless somebody is busy elsewhere
/// (FIELD 40).
pub fn into_frame(kept: web_sys::HtmlDivElement) {
    request_animation_frame(move || {
        let is_at_work = document()
            .active_element()
            .is_some_and(|active| active.closest(BUSY_PLACES).ok().flatten().is_some());
        let is_usable = kept.matches(FRAME).unwrap_or(false);
        if is_usable && !is_at_work && find(BUSY).is_none() {
            focus(kept.query_selector("iframe").ok().flatten());
        }
    });
}

/// Moves the focus into the frame that is shown; answers whether there is one.
pub fn into_shown_frame() -> bool {
    focus(find(&[FRAME, " iframe"].concat()))
}

/// Whoever was inside, or nowhere, hears what covers the frame.
pub fn onto_veil(veil: &HtmlElement) {
    let is_elsewhere = document()
        .active_element()
        .is_some_and(|active| !matches!(active.tag_name().as_str(), "BODY" | "IFRAME"));
    if !is_elsewhere {
        let _ = veil.focus();
    }
}

/// Back to the strip: its first control.
pub fn out_of_frame() {
    if document().fullscreen_element().is_some() {
        document().exit_fullscreen();
    }
    focus(find(".strip a, .strip button"));
}

/// Once what changes now is drawn, the room's heading takes the focus if nothing has it: nobody is
/// thrown back to the top of the page. Nothing is scrolled.
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
        // Refused only where the browser does not allow it at all, and then nothing changes.
        let _ = kept.request_fullscreen();
        focus(kept.query_selector("iframe").ok().flatten());
    }
}

fn find(css: &str) -> Option<Element> {
    document().query_selector(css).ok().flatten()
}
