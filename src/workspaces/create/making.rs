//! What is on the screen from the click until the server has answered. On a slow network, too, one
//! looks at the waiting room; the form stays as it was behind it, for when the server refuses.

use crate::api::clock;
use crate::hooks::{Catalogue, use_now};
use crate::ui::{Icon, Mark, MarkKind, adopt_room, effect, live};
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use vestibule_model::duration::humanize;

/// An answer that comes sooner leads to the workbench's own page without anything in between.
const SOON_MILLIS: u32 = 70;

/// Whether it takes longer than a moment.
pub fn is_slow(busy: Signal<bool>) -> RwSignal<bool> {
    let slow = RwSignal::new(false);
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    effect(move || {
        let wait = busy.get().then(|| {
            Timeout::new(SOON_MILLIS, move || {
                slow.try_set(true);
            })
        });
        if wait.is_none() {
            slow.set(false);
        }
        timer.set_value(wait);
    });
    slow
}

/// The waiting room of a workbench that is being made.
#[component]
pub fn Making(name: String, app: String) -> impl IntoView {
    adopt_room();
    let catalogue = Catalogue::get();
    let (begun, now) = (clock::now(), use_now(|| true));
    let elapsed = move || humanize(now.get().since(begun));
    let of = app.clone();
    let icon = move || view! { <Icon name=catalogue.icon(&of) size=24 /> };
    let title = move || catalogue.title(&app);
    let node = NodeRef::<html::H1>::new();
    effect(move || {
        if let Some(heading) = node.get() {
            let _ = heading.focus();
        }
    });
    view! {
        <div class="room">
            <section aria-label="Starting" data-kind="working">
                <header class="room-head">
                    <span class="room-icon">{live(icon)}</span>
                    <div>
                        <h1 class="page-heading" tabindex="-1" node_ref=node>{name}</h1>
                        <p class="quiet">{live(title)}</p>
                    </div>
                    <div class="room-times"><p class="elapsed">{live(elapsed)}</p></div>
                </header>
                <div class="told" data-kind="working" role="status">
                    <span class="state" data-kind="working">
                        <Mark kind=MarkKind::Working />
                        <span class="state-word">"Starting"</span>
                    </span>
                    <p class="told-what">"The workbench is being made."</p>
                </div>
            </section>
        </div>
    }
    .into_any()
}
