//! Modal dialogs on the browser's `<dialog>`, which traps the focus, closes on Esc and restores the
//! focus.

use super::focus::focus;
use crate::effect::Effect;
use leptos::html;
use leptos::prelude::*;

/// Modal dialog with a title. Its content is rendered each time it opens.
#[component]
pub fn Dialog(
    /// `true` if it is open. The dialog sets it to false when it is closed.
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <Modal open=open label=title class="dialog">
            <div class="dialog-body">
                <h2 class="dialog-title">{move || title.get()}</h2>
                {children()}
            </div>
        </Modal>
    }
}

/// Modal dialog without a style.
#[component]
pub fn Modal(
    /// `true` if it is open. The dialog sets it to false when it is closed.
    open: RwSignal<bool>,
    /// Accessible name.
    #[prop(into)]
    label: Signal<String>,
    class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let (Some(dialog), is_open) = (node.get(), open.get()) else {
            return;
        };
        if is_open && !dialog.open() {
            // Fails only for a dialog outside the document.
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
            aria-label=move || label.get()
            on:close=move |_| {
                open.try_set(false);
            }
            on:click=move |event| {
                // A click on the backdrop has the dialog itself as its target.
                if event.target() == event.current_target() {
                    open.try_set(false);
                }
            }
        >
            {move || open.get().then(|| children())}
        </dialog>
    }
}

/// Focuses the first field of the open dialog, for content whose code is fetched when the dialog opens:
/// the browser looked for a field before.
pub fn focus_first_field() {
    Effect::new(|_| {
        let field = document().query_selector("dialog[open] :is(input, textarea)");
        focus(field.ok().flatten());
    });
}

/// Focuses the field with this id in the open dialog.
pub fn focus_field(id: &'static str) {
    Effect::new(move |_| focus(document().get_element_by_id(id)));
}

/// Focuses `[autofocus]` in the open dialog, for content whose code is fetched when the dialog opens.
pub fn focus_autofocus() {
    Effect::new(|_| {
        let marked = document().query_selector("dialog[open] [autofocus]");
        focus(marked.ok().flatten());
    });
}

/// Focuses `[autofocus]`: the content is rendered after the browser looked for it.
fn focus_first(dialog: &web_sys::HtmlDialogElement) {
    focus(dialog.query_selector("[autofocus]").ok().flatten());
}
