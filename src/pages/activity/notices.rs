//! Browser notifications about long jobs while the page is hidden. Permission is requested only by
//! a button in the panel.

use super::preferences;
use crate::effect::Effect;
use crate::store::{BackendJobs, Store};
use leptos::prelude::*;
use vestibule_client::activity::JobChange;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// State of the notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserNotices {
    /// The browser has none, or none for this page.
    Never,
    /// The browser blocks them.
    Blocked,
    /// Notifications that can be switched on.
    Off,
    /// Notifications that are switched on.
    On,
}

impl BrowserNotices {
    /// Returns the current state.
    pub fn now() -> Self {
        let has_any = js_sys::Reflect::has(&window(), &"Notification".into()).unwrap_or(false);
        if !has_any {
            return Self::Never;
        }
        match Notification::permission() {
            NotificationPermission::Denied => Self::Blocked,
            NotificationPermission::Granted if preferences::wants_notices() => Self::On,
            _ => Self::Off,
        }
    }

    /// Switches them on; the browser asks for permission if it has not done so before.
    pub async fn ask() -> Self {
        preferences::keep_notices(true);
        if let Ok(promise) = Notification::request_permission() {
            // The new state is read below in any case.
            let _ = JsFuture::from(promise).await;
        }
        Self::now()
    }
}

/// Notifies about the end of a long job while the page is hidden.
pub fn notify(change: &JobChange) {
    if !document().hidden()
        || !change.is_end_of_long()
        || BrowserNotices::now() != BrowserNotices::On
    {
        return;
    }
    let Some(sentence) = change.sentence() else {
        return;
    };
    let options = NotificationOptions::new();
    // Several tabs show it once.
    options.set_tag(change.key.as_str());
    options.set_icon("/favicon.svg");
    let Ok(notice) = Notification::new_with_options(&sentence, &options) else {
        return;
    };
    let shown = notice.clone();
    let come = wasm_bindgen::closure::Closure::once_into_js(move |_: JsValue| {
        let _ = window().focus();
        shown.close();
    });
    notice.set_onclick(Some(come.unchecked_ref()));
}

/// Keeps the event stream of a hidden page while a notification is due.
pub fn keep_listening(jobs: BackendJobs) {
    let store = Store::expect();
    Effect::new(move |_| {
        let is_awaited = jobs.is_awaited.get();
        store.keep_stream_while_hidden(is_awaited && BrowserNotices::now() == BrowserNotices::On);
    });
    on_cleanup(move || store.keep_stream_while_hidden(false));
}
