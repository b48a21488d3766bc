//! One polite live region for the whole page: it says what has changed, never what merely ticks.

use super::live::live;
use leptos::prelude::*;

/// Says things to people who listen to the page.
#[derive(Clone, Copy)]
pub struct Announcer(RwSignal<String>);

impl Announcer {
    /// Makes the page's announcer and hands it to everything below.
    pub fn provide() -> Self {
        let announcer = Self(RwSignal::new(String::new()));
        provide_context(announcer);
        announcer
    }

    /// The page's announcer. Without one, as in a test of one widget, what is said is lost.
    pub fn get() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(String::new())))
    }

    /// Says something once. The same sentence twice in a row is one announcement.
    pub fn say(self, text: impl Into<String>) {
        let text = text.into();
        if self.0.try_with_untracked(|said| *said != text) == Some(true) {
            self.0.try_set(text);
        }
    }
}

/// Where assistive technology listens.
#[component]
pub fn LiveRegion(announcer: Announcer) -> impl IntoView {
    view! { <p class="visually-hidden" role="status" aria-live="polite">{live(move || announcer.0.get())}</p> }
}
