//! A modal dialog on the browser's own `<dialog>`: it keeps the focus, closes on Esc, and gives the
//! focus back.

use super::focus::focus;
use super::live::effect;
use super::live::{attr, live};
use leptos::html;
use leptos::prelude::*;

/// A modal dialog with a title; its content is made anew each time it opens.
#[component]
pub fn Dialog(
    /// Whether it is open. The dialog itself sets it to false when it is closed.
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <Modal open=open label=title class="dialog">
            <div class="dialog-body">
                <h2 class="dialog-title">{live(move || title.get())}</h2>
                {children()}
            </div>
        </Modal>
    }
    .into_any()
}

/// What every modal dialog is, whatever it looks like.
#[component]
pub fn Modal(
    /// Whether it is open. The dialog itself sets it to false when it is closed.
    open: RwSignal<bool>,
    /// Its name for those who do not see it.
    #[prop(into)]
    label: Signal<String>,
    class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    effect(move || {
        let (Some(dialog), is_open) = (node.get(), open.get()) else {
            return;
        };
        if is_open && !dialog.open() {
            // Refused only for a dialog outside the document, and then there is nothing to show.
            let _ = dialog.show_modal();
            focus_first(&dialog);
        } else if !is_open && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog
            class=class
            node_ref=node
            aria-label=attr(move || label.get())
            on:close=move |_| {
                open.try_set(false);
            }
            on:click=move |event| {
                // The backdrop is the dialog itself; its content is inside.
                if event.target() == event.current_target() {
                    open.try_set(false);
                }
            }
        >
            {live(move || open.get().then(|| children()))}
        </dialog>
    }
    .into_any()
}

/// The content arrives after the dialog opened, too late for the browser's own look for autofocus.
fn focus_first(dialog: &web_sys::HtmlDialogElement) {
    focus(dialog.query_selector("[autofocus]").ok().flatten());
}
