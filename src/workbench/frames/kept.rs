//! One frame that is kept: it follows its own workbench, also while nobody looks.

use super::{Frames, WayIn};
use crate::hooks::{WorkbenchWatch, use_workbench_status};
use crate::ui::{attr, effect};
use crate::workbench::door::Door;
use crate::workbench::focus;
use crate::workbench::frame::{AppFrame, Entry};
use leptos::html;
use leptos::prelude::*;
use vestibule_model::frames::FrameKey;

/// The frame of one run, seen or not.
#[component]
pub fn KeptFrame(key: FrameKey) -> impl IntoView {
    let frames = Frames::get();
    let (id, run) = (key.workbench.clone(), key.run);
    let watch = use_workbench_status(&id);
    let WayIn {
        entry,
        attempt,
        doubt,
    } = frames.way(&id);
    let door = follow(watch, &key);
    end_when_shut(frames, door, key.clone());
    try_again_when_healed(door, entry, attempt);
    let is_shown = Memo::new(move |_| frames.pool.read().shown() == Some(&key));
    let is_usable = Memo::new(move |_| {
        is_shown.get() && matches!(door.get(), Door::Open { .. }) && entry.get() == Entry::Inside
    });
    let node = NodeRef::<html::Div>::new();
    effect(move || match (node.get(), is_usable.get()) {
        (Some(node), true) => focus::into_frame(node),
        (Some(node), false) => leave_fullscreen(&node),
        _ => {}
    });
    on_cleanup(move || {
        entry.try_set(Entry::Opening);
    });
    let title = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        workbench
            .as_ref()
            .map_or_else(String::new, |w| w.name.clone())
    });
    view! {
        <div
            class="kept"
            data-state=attr(move || if is_shown.get() { "shown" } else { "hidden" })
            inert=attr(move || !is_usable.get())
            node_ref=node
        >
            <AppFrame id=id run=run title=title entry=entry attempt=attempt doubt=doubt />
            <button type="button" class="button frame-exit" on:click=move |_| focus::out_of_frame()>
                "Leave the app"
            </button>
        </div>
    }
    .into_any()
}

/// What the door of this run is: it was open when the frame was made.
fn follow(watch: WorkbenchWatch, key: &FrameKey) -> Memo<Door> {
    let key = key.clone();
    let is_lost = Memo::new(move |_| watch.freshness.get().is_lost());
    Memo::new(move |before: Option<&Door>| {
        let workbench = watch.workbench.read();
        let news = workbench.as_ref().filter(|_| !is_lost.get());
        let born = Door::Open { run: key.run };
        before.unwrap_or(&born).after(news, &key.workbench)
    })
}

fn end_when_shut(frames: Frames, door: Memo<Door>, key: FrameKey) {
    effect(move || {
        if door.read().run() != Some(key.run) {
            frames.change(|pool| pool.end(&key));
        }
    });
}

/// What could not be shown while the app did not answer may be shown now that it does (FIELD 5).
fn try_again_when_healed(door: Memo<Door>, entry: RwSignal<Entry>, attempt: RwSignal<u32>) {
    Effect::new(move |was_open: Option<bool>| {
        let is_open = matches!(door.get(), Door::Open { .. });
        let is_troubled = matches!(
            entry.get_untracked(),
            Entry::Trouble { .. } | Entry::Refused(_)
        );
        if was_open == Some(false) && is_open && is_troubled {
            attempt.update(|n| *n += 1);
        }
        is_open
    });
}

/// Whatever covers the frame must be seen.
fn leave_fullscreen(node: &web_sys::HtmlDivElement) {
    let full = document().fullscreen_element();
    if full.is_some_and(|full| full.contains(Some(node))) {
        document().exit_fullscreen();
    }
}
