//! The transcript. It follows its end until the reader scrolls up.

use super::state::AgentState;
use crate::pages::log::line_pieces;
use crate::pages::workbench::tabs::state::TabsState;
use crate::pages::workbench::tabs::texts;
use crate::ui::{Button, ButtonVariant, Skeleton, When};
use leptos::html;
use leptos::prelude::*;
use vestibule_client::log::styled;
use vestibule_client::transcript::Transcript;
use vestibule_model::tab::transcript::{EventKind, TranscriptEvent};

/// Distance from the end, in pixels, within which a reader is at the end.
const NEAR: i32 = 24;

/// The transcript.
#[component]
pub fn TranscriptView(tabs: TabsState, state: AgentState) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let events = move || {
        state
            .transcript
            .with(|all| all.events().cloned().collect::<Vec<_>>())
    };
    let has_earlier = Memo::new(move |_| state.transcript.with(Transcript::has_earlier));
    let is_empty = Memo::new(move |_| state.transcript.with(|all| all.last() == 0));
    // The first event since the user was here last. It stays while the panel is there.
    let first_new = Memo::new(move |_| {
        let seen = state
            .seen
            .get()
            .filter(|seen| *seen > 0 && state.is_known.get())?;
        state
            .transcript
            .with_untracked(|all| all.last() > seen)
            .then_some(seen + 1)
    });
    follow_end(tabs, state, node);
    let top = StoredValue::new(0);
    let on_scroll = move |_| {
        let Some(node) = node.get_untracked() else {
            return;
        };
        let left = node.scroll_height() - node.scroll_top() - node.client_height();
        let before = top.get_value();
        top.set_value(node.scroll_top());
        // The end also moves away when the composer grows, which is not the reader's wish.
        let is_away = left > NEAR && node.scroll_top() < before;
        if is_away || left <= NEAR {
            let is_following = !is_away;
            if state.is_following.get_untracked() != is_following {
                state.is_following.set(is_following);
            }
        }
    };
    let earlier = move || {
        let Some(node) = node.get_untracked() else {
            return;
        };
        let (height, top) = (node.scroll_height(), node.scroll_top());
        state.read_earlier(move || {
            // What was on the screen stays where it was.
            request_animation_frame(move || {
                node.set_scroll_top(top + node.scroll_height() - height);
            });
        });
    };
    view! {
        <div class="transcript-box">
            <div
                class="transcript"
                role="log"
                aria-live="off"
                aria-label=texts::TRANSCRIPT
                tabindex="0"
                node_ref=node
                on:scroll=on_scroll
            >
                {move || has_earlier.get().then(|| view! {
                    <Button variant=ButtonVariant::Quiet busy=state.is_reading on_press=earlier>{texts::EARLIER}</Button>
                })}
                {move || (!state.is_known.get()).then(|| view! { <Skeleton lines=3 /> })}
                {move || (state.is_known.get() && is_empty.get()).then(|| view! {
                    <p class="quiet transcript-empty">{texts::NO_MESSAGES}</p>
                })}
                <For each=events key=|event| event.seq let:event>
                    <Event event=event first_new=first_new />
                </For>
            </div>
            {move || (!state.is_following.get()).then(|| view! {
                <div class="transcript-end">
                    <Button on_press=move || state.is_following.set(true)>{texts::TO_END}</Button>
                </div>
            })}
        </div>
    }
}

/// Scrolls to the end with each event, while the reader is there and the panel is shown.
fn follow_end(tabs: TabsState, state: AgentState, node: NodeRef<html::Div>) {
    let is_shown = Memo::new(move |_| tabs.selected.read().as_ref() == Some(&state.id()));
    Effect::new(move |_| {
        state.transcript.track();
        // What is below it changes its height.
        state.messages.track();
        state.text.track();
        state.tab.track();
        let (Some(node), true, true) = (node.get(), state.is_following.get(), is_shown.get())
        else {
            return;
        };
        state.note_seen();
        request_animation_frame(move || node.set_scroll_top(node.scroll_height()));
    });
}

/// One event. Output is text in lines; what people and the agent say are blocks.
#[component]
fn Event(event: TranscriptEvent, first_new: Memo<Option<u64>>) -> impl IntoView {
    let seq = event.seq;
    let is_first_new = move || first_new.get() == Some(seq);
    let content = match event.kind {
        EventKind::Stdout | EventKind::Stderr => output(&event),
        EventKind::User => {
            let at = event.at;
            view! {
                <div class="turn" data-kind="user">
                    <p class="turn-head"><b>{texts::YOU}</b><When at=Signal::derive(move || at) /></p>
                    <p class="turn-text">{event.text}</p>
                </div>
            }
            .into_any()
        }
        EventKind::Assistant => view! {
            <div class="turn" data-kind="assistant"><p class="turn-text">{event.text}</p></div>
        }
        .into_any(),
        EventKind::Exit => {
            let is_failure = event.exit_code != Some(0);
            view! { <p class="turn-end" data-failed=is_failure.then_some("")>{event.text}</p> }
                .into_any()
        }
        EventKind::Tool => view! { <p class="turn-tool">{event.text}</p> }.into_any(),
        EventKind::Status | EventKind::Unknown(_) => {
            view! { <p class="turn-status">{event.text}</p> }.into_any()
        }
    };
    view! {
        {move || is_first_new().then(|| view! { <p class="transcript-new">{texts::SINCE}</p> })}
        {content}
    }
}

fn output(event: &TranscriptEvent) -> AnyView {
    let lines = styled(&event.text);
    let pieces = lines.iter().map(line_pieces).collect_view();
    let end = if event.continues { "" } else { "\n" };
    let is_error = event.kind == EventKind::Stderr;
    view! { <span class="turn-output" data-error=is_error.then_some("")>{pieces}{end}</span> }
        .into_any()
}
