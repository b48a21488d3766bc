//! The one `<h1>` of a page: it takes the focus when one comes to the page, and names the tab.

use super::live::effect;
use super::live::live;
use super::tab;
use leptos::html;
use leptos::prelude::*;
use std::cell::Cell;

thread_local! {
    static SHOWN_BEFORE: Cell<bool> = const { Cell::new(false) };
}

/// The page's heading.
#[component]
pub fn PageHeading(
    #[prop(into)] text: Signal<String>,
    /// Leaves the focus where it is: for a heading that returns on a page one is already on.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let node = NodeRef::<html::H1>::new();
    let mut is_done = false;
    effect(move || {
        if is_done {
            return;
        }
        let Some(heading) = node.get() else {
            return;
        };
        is_done = true;
        // On the first page the browser's own beginning is the right place.
        if SHOWN_BEFORE.replace(true) && !quiet {
            let _ = heading.focus();
        }
    });
    effect(move || tab::set_name(text.get()));
    view! { <h1 class="page-heading" tabindex="-1" node_ref=node>{live(move || text.get())}</h1> }
        .into_any()
}
