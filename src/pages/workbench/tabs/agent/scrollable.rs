//! Elements that the keyboard has to reach because their content is wider than they are.

use crate::effect::Effect;
use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

/// Observation of an element, which ends when this is dropped.
struct Observation {
    /// `None` in a browser without observers, which lets the keyboard not reach it.
    observer: Option<ResizeObserver>,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Observation {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
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
    let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok();
    if let Some(observer) = &observer {
        observer.observe(&element);
    }
    Observation {
        observer,
        _callback: callback,
    }
}
