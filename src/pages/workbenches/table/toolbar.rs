//! Search and filters above the table.

use super::groups::Group;
use super::state::TableState;
use crate::pages::workbenches::texts;
use crate::ui::{Button, ButtonVariant, Icon, Mark, follow_slash};
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use vestibule_client::table::Table;

/// Pause after typing before the rows follow; short, because they follow quickly.
const PAUSE_MILLIS: u32 = 60;

/// The toolbar.
#[component]
pub fn Toolbar(state: TableState) -> impl IntoView {
    let groups = Memo::new(move |_| {
        state.counted.track();
        state.groups()
    });
    let visible = Memo::new(move |_| {
        let shown = state.shown.read();
        let groups = groups.get().into_iter();
        // A group that is filtered for stays, so that the filter can be removed.
        let visible = groups.filter(|(group, count)| *count > 0 || shown.groups.contains(group));
        visible.map(|(group, _)| group).collect::<Vec<_>>()
    });
    let shown = move || {
        state.arranged.track();
        let shown = state.read(Table::count)?;
        Some(texts::shown(shown, state.total.get()?))
    };
    let is_mine = Memo::new(move |_| state.shown.read().is_mine);
    view! {
        <div class="toolbar">
            <Search state=state />
            <div class="chips" role="group" aria-label=texts::FILTER>
                <button
                    type="button"
                    class="chip"
                    aria-pressed=move || is_mine.get().to_string()
                    on:click=move |_| state.show(|shown| shown.is_mine = !shown.is_mine)
                >
                    <Icon name="person" size=14 />
                    {texts::MINE}
                </button>
                <For
                    each=move || visible.get()
                    key=|group| *group
                    children=move |group| view! { <Chip group=group groups=groups state=state /> }
                />
            </div>
            <p class="toolbar-count quiet" role="status">{shown}</p>
        </div>
    }
}

#[component]
fn Chip(group: Group, groups: Memo<Vec<(Group, usize)>>, state: TableState) -> impl IntoView {
    let count = Memo::new(move |_| {
        let groups = groups.read();
        let found = groups.iter().find(|(known, _)| *known == group);
        found.map_or(0, |(_, count)| *count)
    });
    let is_pressed = Memo::new(move |_| state.shown.read().groups.contains(&group));
    view! {
        <button
            type="button"
            class="chip"
            aria-pressed=move || is_pressed.get().to_string()
            on:click=move |_| state.toggle_group(group)
        >
            <Mark kind=group.mark() />
            {group.label()}
            " "
            <span class="chip-count">{count}</span>
        </button>
    }
}

#[component]
fn Search(state: TableState) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    follow_slash(input);
    let text = Memo::new(move |_| state.shown.read().text.clone());
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let typed = move |event: web_sys::Event| {
        let typed = event_target_value(&event);
        let later = Timeout::new(PAUSE_MILLIS, move || {
            if state.shown.try_get_untracked().is_some() {
                state.show(|shown| shown.text = typed);
            }
        });
        timer.set_value(Some(later));
    };
    let clear = move || {
        timer.set_value(None);
        state.show(|shown| shown.text.clear());
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
                id="table-search"
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
