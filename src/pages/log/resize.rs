//! Size of the scrolling element, which may change without a resize of the window: beside an app.

use crate::effect::Effect;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;

/// Calls `changed` after each change of an element's size, for as long as the calling component lives:
/// with `true` if its width has changed.
pub fn follow_size(node: NodeRef<html::Div>, changed: impl Fn(bool) + Copy + 'static) {
    let before = StoredValue::new(None);
    let resized = Closure::<dyn FnMut()>::new(move || {
        let Some(node) = node.try_get_untracked().flatten() else {
            return;
        };
        // With the scroll bar, whose appearance is no other size.
        let width = node.offset_width();
        let known = before.try_update_value(|before| before.replace(width));
        // The first report is no change.
        let is_changed = known.flatten().is_some_and(|known| known != width);
        request_animation_frame(move || changed(is_changed));
    });
    let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok();
    let kept = StoredValue::new_local((observer, resized));
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            kept.with_value(|(observer, _)| {
                if let Some(observer) = observer {
                    observer.observe(&node);
                }
            });
        }
    });
    on_cleanup(move || {
        kept.try_with_value(|(observer, _)| {
            if let Some(observer) = observer {
                observer.disconnect();
            }
        });
    });
}
