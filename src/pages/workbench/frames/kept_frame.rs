//! A kept frame: it follows its own workbench, also while its page is not shown.

use super::{FrameEntry, Frames};
use crate::effect::Effect;
use crate::pages::workbench::focus;
use crate::pages::workbench::frame::{AppFrame, Entry};
use crate::pages::workbench::frame_state::{FrameState, use_frame_state};
use crate::pages::workbench::texts;
use crate::store::use_workbench_status;
use leptos::html;
use leptos::prelude::*;
use vestibule_client::frames::FrameKey;

/// The frame of one run, shown or not.
#[component]
pub fn KeptFrame(key: FrameKey) -> impl IntoView {
    let frames = Frames::expect();
    let (id, run) = (key.workbench.clone(), key.run);
    let watch = use_workbench_status(&id);
    let FrameEntry {
        entry,
        attempt,
        doubt,
    } = frames.entry(&id);
    let state = use_frame_state(watch, id.clone(), Some(run));
    end_with_run(frames, state, key.clone());
    retry_when_healed(state, entry, attempt);
    let is_shown = Memo::new(move |_| frames.pool.read().shown() == Some(&key));
    let is_usable = Memo::new(move |_| {
        is_shown.get() && state.read().is_open() && entry.get() == Entry::Inside
    });
    let node = NodeRef::<html::Div>::new();
    Effect::new(move |_| match (node.get(), is_usable.get()) {
        (Some(node), true) => focus::into_frame(node),
        (Some(node), false) => leave_fullscreen(&node),
        _ => {}
    });
    let own = id.clone();
    on_cleanup(move || frames.reset_entry(&own));
    let title = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        workbench
            .as_ref()
            .map(|w| w.name.clone())
            .unwrap_or_default()
    });
    view! {
        <div
            class="kept"
            data-state=move || if is_shown.get() { "shown" } else { "hidden" }
            inert=move || !is_usable.get()
            node_ref=node
        >
            <AppFrame id=id run=run title=title entry=entry attempt=attempt doubt=doubt />
            <button type="button" class="button frame-exit" on:click=move |_| focus::out_of_frame()>
                {texts::LEAVE_APP}
            </button>
        </div>
    }
}

/// Removes the frame once its run has ended.
fn end_with_run(frames: Frames, state: Memo<FrameState>, key: FrameKey) {
    Effect::new(move |_| {
        if state.read().run() != Some(key.run) {
            frames.change(|pool| pool.end(&key));
        }
    });
}

/// Tries again once an app responds that could not be shown while it did not (FIELD 5).
fn retry_when_healed(state: Memo<FrameState>, entry: RwSignal<Entry>, attempt: RwSignal<u32>) {
    Effect::new(move |was_open: Option<bool>| {
        let is_open = state.read().is_open();
        let has_trouble = matches!(
            entry.get_untracked(),
            Entry::GatewayError { .. } | Entry::Refused(_)
        );
        if was_open == Some(false) && is_open && has_trouble {
            attempt.update(|n| *n += 1);
        }
        is_open
    });
}

/// Leaves full screen, because an overlay over the frame must be visible.
fn leave_fullscreen(node: &web_sys::HtmlDivElement) {
    let full = document().fullscreen_element();
    if full.is_some_and(|full| full.contains(Some(node))) {
        document().exit_fullscreen();
    }
}
