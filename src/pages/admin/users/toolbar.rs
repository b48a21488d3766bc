//! Search and filter above the list.

use super::list::UserList;
use super::texts;
use crate::ui::{Mark, MarkKind, SearchField};
use leptos::prelude::*;

/// Pause after typing before the server is asked.
const PAUSE_MILLIS: u32 = 180;

/// The toolbar.
#[component]
pub fn Toolbar(list: UserList) -> impl IntoView {
    let text = Memo::new(move |_| list.shown.read().text.clone());
    let search = Callback::new(move |text| list.show(|shown| shown.text = text));
    view! {
        <div class="toolbar">
            <SearchField
                id="user-search"
                label=texts::SEARCH
                placeholder=texts::SEARCH_PLACEHOLDER
                clear_label=texts::CLEAR_SEARCH
                pause_millis=PAUSE_MILLIS
                text=text
                on_text=search
            />
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
