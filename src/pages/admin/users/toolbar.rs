//! Search and filter above the list.

use super::list::UserList;
use super::texts;
use crate::ui::{Button, ButtonVariant, Icon, Mark, MarkKind, follow_slash};
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;

/// Pause after typing before the server is asked.
const PAUSE_MILLIS: u32 = 180;

/// The toolbar.
#[component]
pub fn Toolbar(list: UserList) -> impl IntoView {
    view! {
        <div class="toolbar">
            <Search list=list />
            <div class="chips" role="group" aria-label=texts::FILTER>
                <Chip list=list disabled=false mark=MarkKind::Ready label=texts::ACTIVE />
                <Chip list=list disabled=true mark=MarkKind::Stopped label=texts::DISABLED />
            </div>
        </div>
    }
}

#[component]
fn Chip(list: UserList, disabled: bool, mark: MarkKind, label: &'static str) -> impl IntoView {
    let is_pressed = Memo::new(move |_| list.shown.read().disabled == Some(disabled));
    let toggle = move |_| {
        let to = (!is_pressed.get_untracked()).then_some(disabled);
        list.show(|shown| shown.disabled = to);
    };
    view! {
        <button type="button" class="chip" aria-pressed=move || is_pressed.get().to_string() on:click=toggle>
            <Mark kind=mark />
            {label}
        </button>
    }
}

#[component]
fn Search(list: UserList) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    follow_slash(input);
    let text = Memo::new(move |_| list.shown.read().text.clone());
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let typed = move |event: web_sys::Event| {
        let typed = event_target_value(&event);
        let later = Timeout::new(PAUSE_MILLIS, move || {
            if list.shown.try_get_untracked().is_some() {
                list.show(|shown| shown.text = typed);
            }
        });
        timer.set_value(Some(later));
    };
    let clear = move || {
        timer.set_value(None);
        list.show(|shown| shown.text.clear());
        if let Some(input) = input.get_untracked() {
            input.set_value("");
            let _ = input.focus();
        }
    };
    view! {
        <div class="search" role="search">
            <Icon name="search" size=14 />
            <input
                class="input"
                id="user-search"
                type="text"
                node_ref=input
                aria-label=texts::SEARCH
                aria-keyshortcuts="/"
                placeholder=texts::SEARCH_PLACEHOLDER
                autocomplete="off"
                spellcheck="false"
                prop:value=text
                on:input=typed
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        event.prevent_default();
                        clear();
                    }
                }
            />
            <Show
                when=move || !text.read().is_empty()
                fallback=|| view! { <kbd class="search-key" aria-hidden="true">"/"</kbd> }
            >
                <Button variant=ButtonVariant::Quiet label=texts::CLEAR_SEARCH on_press=clear><Icon name="close" size=14 /></Button>
            </Show>
        </div>
    }
}
