//! The colour scheme that is shown, for documents that inherit none.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{MediaQueryList, MutationObserver, MutationObserverInit};

/// Follows the scheme, `light` or `dark`, for as long as the calling component lives.
pub fn use_scheme() -> RwSignal<&'static str> {
    let query = window()
        .match_media("(prefers-color-scheme: dark)")
        .ok()
        .flatten();
    let current = {
        let query = query.clone();
        move || scheme(query.as_ref())
    };
    let shown = RwSignal::new(current());
    let changed = Closure::<dyn FnMut()>::new(move || {
        let now = current();
        if shown
            .try_get_untracked()
            .is_some_and(|before| before != now)
        {
            shown.set(now);
        }
    });
    let callback: &js_sys::Function = changed.as_ref().unchecked_ref();
    let observer = MutationObserver::new(callback).ok();
    if let (Some(observer), Some(root)) = (&observer, document().document_element()) {
        let options = MutationObserverInit::new();
        options.set_attributes(true);
        // Fails only without anything to observe.
        let _ = observer.observe_with_options(&root, &options);
    }
    if let Some(query) = &query {
        let _ = query.add_event_listener_with_callback("change", callback);
    }
    let kept = StoredValue::new_local((observer, query, changed));
    on_cleanup(move || {
        kept.try_with_value(|(observer, query, changed)| {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            if let Some(query) = query {
                let callback = changed.as_ref().unchecked_ref();
                let _ = query.remove_event_listener_with_callback("change", callback);
            }
        });
    });
    shown
}

fn scheme(query: Option<&MediaQueryList>) -> &'static str {
    let root = document().document_element();
    let chosen = root.and_then(|root| root.get_attribute("data-theme"));
    let is_dark = match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => query.is_some_and(MediaQueryList::matches),
    };
    if is_dark { "dark" } else { "light" }
}
