//! Question before the page is left with unsaved changes.

use super::editor::Editor;
use super::texts;
use crate::ui::{Button, ButtonVariant, Dialog};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_client::roles::RolesDraft;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, Event, MouseEvent};

/// Confirmation before a link is followed. Closing or reloading the tab asks by the browser's own dialog.
#[component]
pub fn LeaveGuard(editor: Editor) -> impl IntoView {
    let open = RwSignal::new(false);
    let target = RwSignal::new(String::new());
    let is_changed = move || editor.draft.try_with_untracked(RolesDraft::is_changed) == Some(true);
    let unload = window_event_listener_untyped("beforeunload", move |event| {
        if is_changed() {
            event.prevent_default();
        }
    });
    on_cleanup(move || unload.remove());
    follow_links(move |event, address| {
        if is_changed() {
            event.prevent_default();
            target.set(address);
            open.set(true);
        }
    });
    let navigate = use_navigate();
    let leave = Callback::new(move |()| {
        editor.draft.update(RolesDraft::discard);
        open.set(false);
        navigate(&target.get_untracked(), Default::default());
    });
    view! {
        <Dialog open=open title=texts::LEAVE>
            <p>{texts::LEAVE_TEXT}</p>
            <div class="dialog-actions">
                <Button autofocus=true on_press=move || open.set(false)>{texts::STAY}</Button>
                <Button variant=ButtonVariant::Danger on_press=leave>{texts::LEAVE_YES}</Button>
            </div>
        </Dialog>
    }
}

/// Calls `follow` for each plain click on a link of the console, before the router sees it: the
/// router listens on the window.
fn follow_links(follow: impl Fn(&MouseEvent, String) + 'static) {
    let on_click = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let Ok(event) = event.dyn_into::<MouseEvent>() else {
            return;
        };
        let has_key = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        let link =
            target.and_then(|target| target.closest("a[href^='/']:not([target])").ok().flatten());
        let address = link.and_then(|link| link.get_attribute("href"));
        if let Some(address) = address.filter(|_| !has_key && event.button() == 0) {
            follow(&event, address);
        }
    });
    let document = document();
    let function = on_click.as_ref().unchecked_ref();
    // Fails only for a listener that is no function.
    let _ = document.add_event_listener_with_callback("click", function);
    let on_click = StoredValue::new_local(on_click);
    on_cleanup(move || {
        on_click.try_with_value(|on_click| {
            let function = on_click.as_ref().unchecked_ref();
            let _ =
                leptos::prelude::document().remove_event_listener_with_callback("click", function);
        });
    });
}
