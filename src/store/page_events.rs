//! Visibility and network of the page, and timers.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_model::time::Millis;

/// A change of the page's visibility or network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEvent {
    /// The tab was hidden.
    Hidden,
    /// The tab is visible again.
    Shown,
    /// The browser has a network again.
    Online,
    /// The browser has no network.
    Offline,
}

/// Calls `handle` with each event until the calling component is gone.
pub fn on_page_event(handle: impl Fn(PageEvent) + Clone + 'static) {
    for name in ["visibilitychange", "online", "offline"] {
        let handle = handle.clone();
        let listener = window_event_listener_untyped(name, move |_| {
            handle(match name {
                "online" => PageEvent::Online,
                "offline" => PageEvent::Offline,
                _ if document().hidden() => PageEvent::Hidden,
                _ => PageEvent::Shown,
            });
        });
        on_cleanup(move || listener.remove());
    }
}

/// Starts a timer. Longer than a day is cut short, far below the 2^31 ms at which timers fire at once
/// (FIELD 32): the state machines may be woken too early.
pub fn timer(after: Millis, wake: impl FnOnce() + 'static) -> Timeout {
    let millis = u32::try_from(after.0.clamp(0, 86_400_000)).unwrap_or(0);
    Timeout::new(millis, wake)
}
