//! Elements that the keyboard has to reach because their content is wider than they are.

use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use web_sys::Element;

#[wasm_bindgen]
extern "C" {
    /// Observer of the size of elements.
    type ResizeObserver;

    #[wasm_bindgen(constructor)]
    fn new(callback: &Closure<dyn FnMut()>) -> ResizeObserver;

    #[wasm_bindgen(method)]
    fn observe(this: &ResizeObserver, element: &Element);

    #[wasm_bindgen(method)]
    fn disconnect(this: &ResizeObserver);
}

/// Observation of an element, which ends when this is dropped.
struct Observation {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Returns a signal that is `true` while the content of an element is wider than the element.
pub fn use_scrollable<E>(node: NodeRef<E>) -> RwSignal<bool>
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let is_wide = RwSignal::new(false);
    let observation = StoredValue::<Option<Observation>, LocalStorage>::new_local(None);
    Effect::new(move |_| {
        let Some(element) = node.get() else {
            return;
        };
        let element = AsRef::<Element>::as_ref(&element).clone();
        observation.set_value(Some(observe(element, is_wide)));
    });
    is_wide
}

fn observe(element: Element, is_wide: RwSignal<bool>) -> Observation {
    let measured = element.clone();
    let callback = Closure::<dyn FnMut()>::new(move || {
        let is_wider = measured.scroll_width() > measured.client_width();
        if is_wide
            .try_get_untracked()
            .is_some_and(|before| before != is_wider)
        {
            is_wide.set(is_wider);
        }
    });
    let observer = ResizeObserver::new(&callback);
    observer.observe(&element);
    Observation {
        observer,
        _callback: callback,
    }
}
