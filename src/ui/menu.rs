//! Menu button on the browser's popover, with the keys of the ARIA menu pattern.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Button that opens a menu.
#[component]
pub fn Menu(
    /// Unique on the page.
    id: &'static str,
    #[prop(into)] label: Signal<String>,
    /// Content of the button.
    trigger: Children,
    children: Children,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let on_toggle = move |event: web_sys::Event| {
        let Some(menu) = event
            .current_target()
            .and_then(|t| t.dyn_into::<HtmlElement>().ok())
        else {
            return;
        };
        let is_open = menu.matches(":popover-open").unwrap_or(false);
        open.try_set(is_open);
        if is_open {
            focus_item(&menu, Step::First);
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let Some(menu) = event
            .current_target()
            .and_then(|t| t.dyn_into::<HtmlElement>().ok())
        else {
            return;
        };
        let step = match event.key().as_str() {
            "ArrowDown" => Step::By(1),
            "ArrowUp" => Step::By(-1),
            "Home" => Step::First,
            "End" => Step::Last,
            "Tab" => {
                let _ = menu.hide_popover();
                return;
            }
            _ => return,
        };
        event.prevent_default();
        focus_item(&menu, step);
    };
    view! {
        <button
            type="button"
            class="button"
            data-variant="quiet"
            popovertarget=id
            aria-haspopup="menu"
            aria-expanded={move || if open.get() { "true" } else { "false" }}
            aria-label=move || label.get()
        >
            {trigger()}
        </button>
        <div class="menu" id=id popover="auto" role="menu" aria-label=move || label.get() on:toggle=on_toggle on:keydown=on_key>
            {children()}
        </div>
    }
}

/// Item of a menu. With `checked` it is one of a group of radio items.
#[component]
pub fn MenuItem(
    children: Children,
    #[prop(into)] on_choose: Callback<()>,
    #[prop(optional, into)] checked: Option<Signal<bool>>,
    /// Reason why it is switched off, as that of a [`super::Button`].
    #[prop(optional, into)]
    refused: Signal<Option<String>>,
) -> impl IntoView {
    let choose = move |event: web_sys::MouseEvent| {
        if refused.read_untracked().is_some() {
            return;
        }
        let menu = event
            .current_target()
            .and_then(|t| t.dyn_into::<HtmlElement>().ok())
            .and_then(|item| item.closest("[popover]").ok().flatten())
            .and_then(|menu| menu.dyn_into::<HtmlElement>().ok());
        if let Some(menu) = menu {
            let _ = menu.hide_popover();
        }
        on_choose.run(());
    };
    view! {
        <button
            type="button"
            class="menu-item"
            role=if checked.is_some() { "menuitemradio" } else { "menuitem" }
            aria-checked=move || checked.map(|checked| checked.get().to_string())
            aria-description=refused
            aria-disabled=move || refused.read().is_some().then_some("true")
            tabindex="-1"
            on:click=choose
        >
            {children()}
        </button>
    }
}

#[derive(Clone, Copy)]
enum Step {
    First,
    Last,
    By(i32),
}

fn focus_item(menu: &HtmlElement, step: Step) {
    let Ok(items) = menu.query_selector_all("[role^=menuitem]") else {
        return;
    };
    let count = i32::try_from(items.length()).unwrap_or(0);
    if count == 0 {
        return;
    }
    let focused = document().active_element();
    let current = (0..count).find(|i: &i32| {
        let item = items.get(i.unsigned_abs());
        item.is_some() && item.as_ref() == focused.as_ref().map(AsRef::as_ref)
    });
    let target = match step {
        Step::First => 0,
        Step::Last => count - 1,
        Step::By(by) => current.map_or(0, |i| (i + by).rem_euclid(count)),
    };
    let item = items
        .get(target.unsigned_abs())
        .and_then(|n| n.dyn_into::<HtmlElement>().ok());
    if let Some(item) = item {
        let _ = item.focus();
    }
}
