//! Short messages about a finished action, for actions without a place of their own on the page.

use super::{Button, ButtonVariant, Icon, texts};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;

/// Duration of a message; it repeats what the user has just requested, so nothing is lost with it.
const SHOWN_MILLIS: u32 = 8_000;

/// The page's toasts: at most one at a time, the newest.
#[derive(Clone, Copy)]
pub struct Toasts {
    text: RwSignal<Option<String>>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Toasts {
    /// Provides the toasts to everything below.
    pub fn provide() {
        provide_context(Self {
            text: RwSignal::new(None),
            timer: StoredValue::new_local(None),
        });
    }

    /// Returns the page's toasts.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Shows a message and reads it out.
    pub fn show(self, text: impl Into<String>) {
        self.text.try_set(Some(text.into()));
        let later = Timeout::new(SHOWN_MILLIS, move || {
            self.text.try_set(None);
        });
        // The timer that is replaced never fires.
        self.timer.try_set_value(Some(later));
    }

    fn dismiss(self) {
        self.timer.try_set_value(None);
        self.text.try_set(None);
    }
}

/// The place where toasts appear. The region stays, so that assistive technology reads new toasts.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = Toasts::expect();
    let dismiss = move || toasts.dismiss();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {move || toasts.text.get().map(|text| view! {
                <div class="toast">
                    <p>{text}</p>
                    <Button variant=ButtonVariant::Quiet label=texts::DISMISS on_press=dismiss><Icon name="close" size=14 /></Button>
                </div>
            })}
        </div>
    }
}
