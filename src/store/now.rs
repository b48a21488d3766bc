//! A clock for views that count: it ticks only while a view needs it.

use crate::api::clock;
use crate::effect::Effect;
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use vestibule_model::time::Timestamp;

/// Returns the server's time, updated once a second while `is_active` holds.
pub fn use_now(is_active: impl Fn() -> bool + Send + Sync + 'static) -> Signal<Timestamp> {
    let now = RwSignal::new(clock::now());
    let timer = StoredValue::<Option<Interval>, LocalStorage>::new_local(None);
    let is_active = Memo::new(move |_| is_active());
    Effect::new(move |_| {
        let interval = is_active.get().then(|| {
            now.set(clock::now());
            Interval::new(1_000, move || {
                now.try_set(clock::now());
            })
        });
        timer.set_value(interval);
    });
    now.into()
}
