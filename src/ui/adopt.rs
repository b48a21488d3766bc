//! Style sheets that come with a part of the console, so that no page's first load carries them.

use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::{document, window};
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    static THERE: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Adds a style sheet, given by its text, to the page, once. A sheet that is made by script is no
/// inline style, which the page's policy forbids.
pub fn adopt(sheet: &'static str) {
    let is_there = THERE.with_borrow(|there| there.contains(&sheet));
    if !is_there {
        THERE.with_borrow_mut(|there| there.push(sheet));
        // Without it everything works, in plain clothes.
        let _ = add(sheet);
    }
}

/// What the pages of a workbench, an attempt and a build look like, and what veils an app.
pub fn adopt_room() {
    adopt(concat!(
        include_str!("../../style/session.css"),
        include_str!("../../style/run.css"),
    ));
}

fn add(text: &str) -> Result<(), JsValue> {
    let constructor: Function = Reflect::get(&window(), &"CSSStyleSheet".into())?.dyn_into()?;
    let sheet = Reflect::construct(&constructor, &Array::new())?;
    let replace: Function = Reflect::get(&sheet, &"replaceSync".into())?.dyn_into()?;
    replace.call1(&sheet, &text.into())?;
    let document = document();
    let adopted: Object = Reflect::get(&document, &"adoptedStyleSheets".into())?.dyn_into()?;
    let all = Array::from(&adopted);
    all.push(&sheet);
    Reflect::set(&document, &"adoptedStyleSheets".into(), &all).map(drop)
}
