//! The page's polite live region. It announces transitions, not ticks.

use leptos::prelude::*;

/// Handle of the live region.
#[derive(Clone, Copy)]
pub struct Announcer(RwSignal<String>);

impl Announcer {
    /// Provides the page's announcer to everything below.
    pub fn provide() {
        provide_context(Self(RwSignal::new(String::new())));
    }

    /// Returns the page's announcer.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Announces a text. The same text twice in a row is announced once.
    pub fn say(self, text: impl Into<String>) {
        let text = text.into();
        if self.0.try_with_untracked(|announced| *announced != text) == Some(true) {
            self.0.try_set(text);
        }
    }
}

/// Live region for assistive technology.
#[component]
pub fn LiveRegion(announcer: Announcer) -> impl IntoView {
    view! { <p class="visually-hidden" role="status" aria-live="polite">{move || announcer.0.get()}</p> }
}
