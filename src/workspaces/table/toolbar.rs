//! What is above the rows: the search, the states with their numbers, and whose.

use super::board::Board;
use crate::ui::{Button, Icon, Look, Mark, attr, each, follow_slash, live};
use crate::workbench::reading;
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use vestibule_model::state::State;
use vestibule_model::table::Table;

/// Typing goes on for this long before the rows follow; short, because they follow quickly.
const PAUSE_MILLIS: u32 = 60;

/// The toolbar.
#[component]
pub fn Toolbar(board: Board) -> impl IntoView {
    let states = Memo::new(move |_| {
        board.counted.track();
        let mut states = board.read(Table::states).unwrap_or_default();
        for state in &board.shown.read().states {
            // What is asked for stays on the screen, to be taken back.
            if !states.iter().any(|(known, _)| known == state) {
                states.push((*state, 0));
            }
        }
        states
    });
    let shown = move || {
        board.arranged.track();
        let shown = board.read(Table::count)?;
        let total = board.total.get()?;
        Some(match (shown, total) {
            (shown, total) if shown != total => format!("{shown} of {total}"),
            (_, 1) => "1 workbench".to_owned(),
            (_, total) => format!("{total} workbenches"),
        })
    };
    let is_mine = Memo::new(move |_| board.shown.read().is_mine);
    view! {
        <div class="toolbar">
            <Search board=board />
            <div class="chips" role="group" aria-label="Filter">
                <button
                    type="button"
                    class="chip"
                    aria-pressed=attr(move || is_mine.get().to_string())
                    on:click=move |_| board.show(|shown| shown.is_mine = !shown.is_mine)
                >
                    <Icon name="person" size=14 />
                    "Mine"
                </button>
                {each(
                    move || states.get().into_iter().map(|(state, _)| (state.word().to_owned(), state)).collect(),
                    move |state| view! { <Chip state=state states=states board=board /> }.into_any(),
                )}
            </div>
            <p class="toolbar-count quiet" role="status">{live(shown)}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Chip(state: State, states: Memo<Vec<(State, usize)>>, board: Board) -> impl IntoView {
    let count = Memo::new(move |_| {
        let states = states.read();
        let found = states.iter().find(|(known, _)| *known == state);
        found.map_or(0, |(_, count)| *count)
    });
    let is_pressed = Memo::new(move |_| board.shown.read().states.contains(&state));
    view! {
        <button
            type="button"
            class="chip"
            aria-pressed=attr(move || is_pressed.get().to_string())
            on:click=move |_| board.toggle_state(state)
        >
            <Mark kind=reading::mark(state) />
            {state.word()}
            " "
            <span class="chip-count">{live(move || count.get().to_string())}</span>
        </button>
    }
    .into_any()
}

#[component]
fn Search(board: Board) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    follow_slash(input);
    let text = Memo::new(move |_| board.shown.read().text.clone());
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let typed = move |event: web_sys::Event| {
        let typed = event_target_value(&event);
        let later = Timeout::new(PAUSE_MILLIS, move || {
            if board.shown.try_get_untracked().is_some() {
                board.show(|shown| shown.text = typed);
            }
        });
        timer.set_value(Some(later));
    };
    let clear = move || {
        timer.set_value(None);
        board.show(|shown| shown.text.clear());
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
                aria-label="Search workbenches"
                aria-keyshortcuts="/"
                placeholder="Search"
                autocomplete="off"
                spellcheck="false"
                prop:value=attr(move || text.get())
                on:input=typed
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        event.prevent_default();
                        clear();
                    }
                }
            />
            {live(move || {
                if text.read().is_empty() {
                    view! { <kbd class="search-key" aria-hidden="true">"/"</kbd> }.into_any()
                } else {
                    let press = Callback::new(move |()| clear());
                    view! { <Button look=Look::Quiet label="Clear search" on_press=press><Icon name="close" size=14 /></Button> }
                        .into_any()
                }
            })}
        </div>
    }
    .into_any()
}
