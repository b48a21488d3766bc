//! The part's own style sheet: it comes with the part, so that no page's first load carries it.

use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::document;
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};

const SHEET: &str = include_str!("../../style/activity.css");

thread_local! {
    static IS_THERE: Cell<bool> = const { Cell::new(false) };
}

/// Adds the style sheet to the page, once. A sheet that is made by script is no inline style, which
/// the page's policy forbids.
pub fn add() {
    if !IS_THERE.replace(true) {
        // Without it everything works, in plain clothes.
        let _ = adopt();
    }
}

fn adopt() -> Result<(), JsValue> {
    let global = leptos::prelude::window();
    let constructor: Function = Reflect::get(&global, &"CSSStyleSheet".into())?.dyn_into()?;
    let sheet = Reflect::construct(&constructor, &Array::new())?;
    let replace: Function = Reflect::get(&sheet, &"replaceSync".into())?.dyn_into()?;
    replace.call1(&sheet, &SHEET.into())?;
    let document = document();
    let adopted: Object = Reflect::get(&document, &"adoptedStyleSheets".into())?.dyn_into()?;
    let all = Array::from(&adopted);
    all.push(&sheet);
    Reflect::set(&document, &"adoptedStyleSheets".into(), &all).map(drop)
}
