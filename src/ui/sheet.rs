//! A style sheet that few pages need: it is fetched with what it is for, and what it is for is shown
//! once it is there.

use super::Skeleton;
use super::live::live;
use leptos::prelude::*;
use std::cell::RefCell;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    /// The sheets that are there.
    static THERE: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// What a style sheet is for.
#[component]
pub fn Sheet(href: &'static str, children: ChildrenFn) -> impl IntoView {
    let is_there = RwSignal::new(THERE.with_borrow(|there| there.contains(&href)));
    if !is_there.get_untracked() && fetch(href, is_there).is_err() {
        is_there.set(true);
    }
    live(move || {
        if is_there.get() {
            children().into_any()
        } else {
            view! { <Skeleton /> }.into_any()
        }
    })
    .into_any()
}

/// What cannot be fetched is done without: plain text is better than none.
fn fetch(href: &'static str, is_there: RwSignal<bool>) -> Result<(), JsValue> {
    let link = document().create_element("link")?;
    link.set_attribute("rel", "stylesheet")?;
    link.set_attribute("href", href)?;
    for event in ["load", "error"] {
        let done = Closure::once_into_js(move || {
            if event == "load" {
                THERE.with_borrow_mut(|there| there.push(href));
            }
            is_there.try_set(true);
        });
        link.add_event_listener_with_callback(event, done.unchecked_ref())?;
    }
    let head = document().head().ok_or(JsValue::NULL)?;
    head.append_child(&link).map(drop)
}
