//! Reasons of switched-off controls, shown beside them: under the pointer, with the keyboard's focus, and
//! after a press, which is how a touch screen asks.

use super::Announcer;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

/// Controls that have a reason. Assistive technology reads it from the same attribute.
const REFUSED: &str = "[aria-disabled='true'][aria-description]";

/// Distance from the control and from the edges of the window, in pixels.
const GAP: f64 = 6.0;

/// Shows the reason of the control that the user reaches; one for the whole page.
#[component]
pub fn ReasonTip() -> impl IntoView {
    let tip = NodeRef::<html::Div>::new();
    let announcer = Announcer::expect();
    let follow = move |event: Event| {
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        let (Some(target), Some(tip)) = (target, tip.try_get_untracked().flatten()) else {
            return;
        };
        // The pointer may move onto the text, for example to select it.
        if tip.contains(Some(&target)) {
            return;
        }
        let control = target.closest(REFUSED).ok().flatten();
        let text = control
            .as_ref()
            .and_then(|control| control.get_attribute("aria-description"));
        if event.type_() == "click"
            && let Some(text) = &text
        {
            announcer.say(text.clone());
        }
        match control {
            Some(control) => {
                // At once: its size decides on its place.
                tip.set_text_content(text.as_deref());
                show(&tip, &control);
            }
            // Without a popover there is nothing to hide.
            None => drop(tip.hide_popover()),
        }
    };
    let hide = move |event: Event| {
        let is_other_key = event
            .dyn_ref::<web_sys::KeyboardEvent>()
            .is_some_and(|event| event.key() != "Escape");
        if !is_other_key && let Some(tip) = tip.try_get_untracked().flatten() {
            let _ = tip.hide_popover();
        }
    };
    let listeners = [
        ["pointerover", "focusin", "click"].map(|name| window_event_listener_untyped(name, follow)),
        ["wheel", "touchmove", "keydown"].map(|name| window_event_listener_untyped(name, hide)),
    ];
    on_cleanup(move || listeners.into_iter().flatten().for_each(|one| one.remove()));
    view! { <div class="reason-tip" popover="manual" role="tooltip" node_ref=tip></div> }
}

/// Hides the reason of a control that is switched on again.
pub fn hide_reason() {
    let tip = document().query_selector(".reason-tip").ok().flatten();
    if let Some(tip) = tip.and_then(|tip| tip.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = tip.hide_popover();
    }
}

/// Places the tip below the control, or above it where the window ends.
fn show(tip: &web_sys::HtmlDivElement, control: &Element) {
    // Shown again, it is above a dialog that was opened meanwhile.
    let _ = tip.hide_popover();
    let _ = tip.show_popover();
    let style = web_sys::HtmlElement::style(tip);
    let place = |left: f64, top: f64| {
        for (name, value) in [("left", left), ("top", top)] {
            // Whole pixels: the console has no code that writes fractions.
            #[expect(clippy::cast_possible_truncation, reason = "a place on the screen")]
            let pixels = value.round() as i32;
            // A valid property and value are never refused.
            let _ = style.set_property(name, &format!("{pixels}px"));
        }
    };
    // It is as wide as its text asks only where there is room beside its place.
    place(0.0, 0.0);
    let (of, own) = (
        control.get_bounding_client_rect(),
        tip.get_bounding_client_rect(),
    );
    let size = |size: Result<wasm_bindgen::JsValue, _>| size.ok().and_then(|size| size.as_f64());
    let width = size(window().inner_width()).unwrap_or_default();
    let height = size(window().inner_height()).unwrap_or_default();
    let left = of.left().min(width - own.width() - GAP).max(GAP);
    let below = of.bottom() + GAP;
    let top = match below + own.height() > height {
        true => of.top() - own.height() - GAP,
        false => below,
    };
    place(left, top);
}
