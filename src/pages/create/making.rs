//! The screen between the click on Create and the server's answer. On a slow network it looks like the
//! waiting room; the form stays behind it in case the server refuses.

use super::texts;
use crate::api::clock;
use crate::effect::Effect;
use crate::store::{AppCatalogue, use_now};
use crate::ui::{Icon, Mark, MarkKind};
use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use vestibule_model::duration::humanize;

/// A quicker answer leads straight to the workbench's page.
const SOON_MILLIS: u32 = 70;

/// Returns `true` if a request takes longer than a moment.
pub fn is_slow(busy: Signal<bool>) -> RwSignal<bool> {
    let slow = RwSignal::new(false);
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    Effect::new(move |_| {
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

/// The waiting room of a workbench that is being created.
#[component]
pub fn Making(name: String, app: String) -> impl IntoView {
    let catalogue = AppCatalogue::expect();
    let (begun, now) = (clock::now(), use_now(|| true));
    let elapsed = move || humanize(now.get().since(begun));
    let of = app.clone();
    let icon = move || view! { <Icon name=catalogue.icon(&of) size=24 /> };
    let title = move || catalogue.title(&app);
    let node = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        if let Some(heading) = node.get() {
            let _ = heading.focus();
        }
    });
    view! {
        <div class="room">
            <section aria-label=texts::STARTING data-kind="working">
                <header class="room-head">
                    <span class="room-icon">{icon}</span>
                    <div>
                        <h1 class="page-heading" tabindex="-1" node_ref=node>{name}</h1>
                        <p class="quiet">{title}</p>
                    </div>
                    <div class="room-times"><p class="elapsed">{elapsed}</p></div>
                </header>
                <div class="status-card" data-kind="working" role="status">
                    <span class="state" data-kind="working">
                        <Mark kind=MarkKind::Working />
                        <span class="state-word">{texts::STARTING}</span>
                    </span>
                    <p class="card-what">{texts::CREATING}</p>
                </div>
            </section>
        </div>
    }
}
