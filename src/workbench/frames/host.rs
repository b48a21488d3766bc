//! Where frames live: after `<main>`, each in a slot of its own. A frame that is moved in the
//! document is loaded anew, so no slot ever changes its place.

use super::Frames;
use super::kept::KeptFrame;
use crate::ui::{adopt, adopt_room};
use leptos::prelude::*;
use vestibule_model::frames::SLOTS;

/// The place of all frames.
#[component]
pub fn FrameHost() -> impl IntoView {
    adopt_room();
    adopt(include_str!("../../../style/frames.css"));
    let frames = Frames::get();
    let slots = (0..SLOTS).map(|slot| {
        let held = Memo::new(move |_| frames.pool.read().in_slot(slot).cloned());
        // A list of at most one: what comes after another is a new element, never the old one again.
        view! {
            <For each=move || held.get() key=Clone::clone let:key>
                <KeptFrame key />
            </For>
        }
    });
    view! { <div class="frames">{slots.collect_view()}</div> }.into_any()
}
