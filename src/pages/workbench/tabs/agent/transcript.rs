//! The transcript.

use super::find::TranscriptFind;
use super::find_bar::FindBar;
use super::rows::Rows;
use super::scroll::TranscriptScroll;
use super::state::AgentState;
use super::window::TranscriptWindow;
use crate::effect::Effect;
use crate::pages::workbench::tabs::state::TabsState;
use crate::pages::workbench::tabs::texts;
use crate::ui::{Button, ButtonVariant, For, Skeleton};
use leptos::prelude::*;
use vestibule_client::transcript::Transcript;

/// The transcript of an agent's panel.
#[component]
pub fn TranscriptView(tabs: TabsState, state: AgentState) -> impl IntoView {
    let scroll = TranscriptScroll::new(state.window);
    let find = TranscriptFind::new(state.window, scroll);
    let rows = Rows::new(state.window, use_first_new(state));
    follow_end(tabs, state, scroll);
    view! { <Reader window=state.window scroll=scroll find=find rows=rows /> }
}

/// The held part of a transcript, and its search.
#[component]
pub fn Reader(
    window: TranscriptWindow,
    scroll: TranscriptScroll,
    find: TranscriptFind,
    rows: Rows,
) -> impl IntoView {
    let has_earlier = Memo::new(move |_| window.transcript.with(Transcript::has_earlier));
    let is_empty = Memo::new(move |_| window.transcript.with(|all| all.newest() == 0));
    let pressed = move |event: web_sys::KeyboardEvent| {
        let is_command = (event.ctrl_key() || event.meta_key()) && !event.shift_key();
        if is_command && !event.alt_key() && event.key().eq_ignore_ascii_case("f") {
            event.prevent_default();
            find.open();
        }
    };
    view! {
        <FindBar find=find />
        <div class="transcript-box">
            <div
                class="transcript"
                role="log"
                aria-live="off"
                aria-label=texts::TRANSCRIPT
                tabindex="0"
                data-following=move || window.is_following.get().then_some("")
                node_ref=scroll.node
                on:keydown=pressed
                on:scroll=move |_| scroll.scrolled()
            >
                {move || has_earlier.get().then(|| view! {
                    <Button variant=ButtonVariant::Quiet busy=window.is_reading on_press=move || scroll.read_earlier()>
                        {texts::EARLIER}
                    </Button>
                })}
                {move || (!window.is_known.get()).then(|| view! { <Skeleton lines=3 /> })}
                {move || (window.is_known.get() && is_empty.get()).then(|| view! {
                    <p class="quiet transcript-empty">{texts::NO_MESSAGES}</p>
                })}
                <For each=move || rows.ids.get() key=|id| *id children=move |id| rows.view(id) />
            </div>
            {move || (!window.is_following.get()).then(|| view! {
                <div class="transcript-end">
                    <Button on_press=move || window.is_following.set(true)>{texts::TO_NEWEST}</Button>
                </div>
            })}
        </div>
    }
}

/// Returns the number of the first event since the user was here last. It stays while the panel is there.
fn use_first_new(state: AgentState) -> Memo<Option<u64>> {
    Memo::new(move |_| {
        let window = state.window;
        let seen = state
            .seen
            .get()
            .filter(|seen| *seen > 0 && window.is_known.get())?;
        window
            .transcript
            .with_untracked(|all| all.newest() > seen)
            .then_some(seen + 1)
    })
}

/// Scrolls to the end with each event, while the reader is there and the panel is shown.
fn follow_end(tabs: TabsState, state: AgentState, scroll: TranscriptScroll) {
    let window = state.window;
    let is_shown = Memo::new(move |_| tabs.selected.read().as_ref() == Some(&state.id()));
    Effect::new(move |_| {
        window.transcript.track();
        // The parts below the transcript change its height.
        state.messages.track();
        state.text.track();
        state.tab.track();
        let is_there = scroll.node.get().is_some();
        if is_there && window.is_following.get() && is_shown.get() {
            state.note_seen();
            scroll.to_end();
        }
    });
}
