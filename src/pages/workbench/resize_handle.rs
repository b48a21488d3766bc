//! The edge between two areas, moved by pointer and by arrow keys (ARIA window splitter pattern).

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Minimum width that the app keeps, in pixels.
const APP_KEEPS: i32 = 240;
/// Distance by which one key press moves the edge, in pixels.
const STEP: i32 = 32;

/// Left edge of an area at the right. Its parent element is the area.
#[component]
pub fn ResizeHandle(
    /// Width of the area in pixels.
    width: RwSignal<i32>,
    /// Accessible name.
    label: &'static str,
    /// The narrowest area.
    narrowest: i32,
    /// Called after each change of the width.
    #[prop(optional, into)]
    on_change: Option<Callback<i32>>,
) -> impl IntoView {
    let is_dragged = RwSignal::new(false);
    let resize = move |pixels: i32| {
        let pixels = pixels.min(widest(narrowest)).max(narrowest);
        width.set(pixels);
        if let Some(on_change) = on_change {
            on_change.run(pixels);
        }
    };
    let grab = move |event: web_sys::PointerEvent| {
        if let Some(handle) = handle_of(&event) {
            event.prevent_default();
            // With the capture no frame swallows the moves.
            is_dragged.set(handle.set_pointer_capture(event.pointer_id()).is_ok());
        }
    };
    let drag = move |event: web_sys::PointerEvent| {
        let area = handle_of(&event).and_then(|handle| handle.parent_element());
        if let Some(area) = area.filter(|_| is_dragged.get_untracked()) {
            let right = whole(area.get_bounding_client_rect().right());
            resize(right - event.client_x());
        }
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let pixels = match event.key().as_str() {
            "ArrowLeft" => width.get_untracked() + STEP,
            "ArrowRight" => width.get_untracked() - STEP,
            "Home" => narrowest,
            "End" => widest(narrowest),
            _ => return,
        };
        event.prevent_default();
        resize(pixels);
    };
    view! {
        <div
            class="resize-handle"
            role="separator"
            aria-orientation="vertical"
            aria-label=label
            aria-valuenow=move || width.get().to_string()
            aria-valuemin=narrowest.to_string()
            aria-valuemax=move || {
                width.track();
                widest(narrowest).to_string()
            }
            tabindex="0"
            on:pointerdown=grab
            on:pointermove=drag
            on:lostpointercapture=move |_| { is_dragged.try_set(false); }
            on:keydown=keys
        ></div>
    }
}

fn handle_of(event: &web_sys::PointerEvent) -> Option<web_sys::Element> {
    event.current_target()?.dyn_into().ok()
}

/// Returns the widest area that leaves room for the app.
pub fn widest(narrowest: i32) -> i32 {
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    (whole(width.unwrap_or(0.0)) - APP_KEEPS).max(narrowest)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a window is far below 2^31 pixels wide"
)]
fn whole(pixels: f64) -> i32 {
    pixels as i32
}

/// Publishes a width to the frames, which live above the pages.
pub fn reserve(property: &str, width: i32) {
    let root = document().document_element();
    if let Some(root) = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) {
        // A valid property and value are never refused.
        let _ = web_sys::HtmlElement::style(&root).set_property(property, &format!("{width}px"));
    }
}
