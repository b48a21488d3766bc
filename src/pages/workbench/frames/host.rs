//! The place of all frames: after `<main>`, each in a slot of its own. A frame that is moved in the
//! document reloads, so no slot ever changes its place.

use super::Frames;
use super::kept_frame::KeptFrame;
use crate::ui::For;
use leptos::prelude::*;
use vestibule_model::config::FRAME_SLOTS;

/// The slots.
#[component]
pub fn FrameHost() -> impl IntoView {
    let frames = Frames::expect();
    let slots = (0..FRAME_SLOTS).map(|slot| {
        let held = Memo::new(move |_| frames.pool.read().in_slot(slot).cloned());
        // A list of at most one: another frame is a new element, never the old one again.
        view! {
            <For each=move || held.get() key=Clone::clone let:key>
                <KeptFrame key />
            </For>
        }
    });
    view! { <div class="frames">{slots.collect_view()}</div> }
}
