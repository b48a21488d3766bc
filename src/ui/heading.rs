//! The `<h1>` of a page. It takes the focus on navigation and names the browser tab.

use super::tab;
use crate::effect::Effect;
use leptos::html;
use leptos::prelude::*;
use std::cell::Cell;

thread_local! {
    // The document's focus is global, so is the fact that a page was shown before.
    static SHOWN_BEFORE: Cell<bool> = const { Cell::new(false) };
}

/// Heading of a page.
#[component]
pub fn PageHeading(
    #[prop(into)] text: Signal<String>,
    /// Leaves the focus where it is, for a heading that reappears on the same page.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let node = NodeRef::<html::H1>::new();
    let mut is_done = false;
    Effect::new(move |_| {
        if is_done {
            return;
        }
        let Some(heading) = node.get() else {
            return;
        };
        is_done = true;
        // On the first page the focus stays at the top of the document.
        if SHOWN_BEFORE.replace(true) && !quiet {
            let _ = heading.focus();
        }
    });
    Effect::new(move |_| tab::set_name(text.get()));
    view! { <h1 class="page-heading" tabindex="-1" node_ref=node>{text}</h1> }
}
