//! A clock for views that count: it ticks only while somebody needs it to.

use crate::api::clock;
use crate::ui::effect;
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use vestibule_model::time::Timestamp;

/// The server's time, once a second while `active` holds; it stands still otherwise.
pub fn use_now(active: impl Fn() -> bool + Send + Sync + 'static) -> Signal<Timestamp> {
    let now = RwSignal::new(clock::now());
    let timer = StoredValue::<Option<Interval>, LocalStorage>::new_local(None);
    let active = Memo::new(move |_| active());
    effect(move || {
        let interval = active.get().then(|| {
            now.set(clock::now());
            Interval::new(1_000, move || {
                now.try_set(clock::now());
            })
        });
        timer.set_value(interval);
    });
    now.into()
}
