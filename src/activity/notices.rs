//! The browser's own notices, for those who asked for them and look elsewhere. The browser is never
//! asked by itself: only a button in the panel does.

use super::preferences;
use crate::hooks::{BackendJobs, keep_feed_while_hidden};
use crate::ui::effect;
use leptos::prelude::*;
use vestibule_model::activity::Change;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// How it stands with notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notices {
    /// The browser has none, or shows them to nobody here.
    Never,
    /// The person has forbidden them in the browser.
    Blocked,
    /// They can be asked for.
    Off,
    /// The person is told.
    On,
}

impl Notices {
    /// As it is now.
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

    /// The person wants to be told; the browser asks, where it has not done so before.
    pub async fn ask() -> Self {
        preferences::keep_notices(true);
        if let Ok(asked) = Notification::request_permission() {
            // However it is answered: what counts is how it stands then.
            let _ = JsFuture::from(asked).await;
        }
        Self::now()
    }
}

/// The end of a long job is told to whoever looks elsewhere.
pub fn tell(change: &Change) {
    if !document().hidden() || !change.is_end_of_long() || Notices::now() != Notices::On {
        return;
    }
    let Some(sentence) = change.sentence() else {
        return;
    };
    let options = NotificationOptions::new();
    // Several tabs tell it once.
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

/// A hidden page gives its stream up, unless the person waits for an end.
pub fn keep_listening(jobs: BackendJobs) {
    effect(move || {
        let is_awaited = jobs.is_awaited.get();
        keep_feed_while_hidden(is_awaited && Notices::now() == Notices::On);
    });
    on_cleanup(|| keep_feed_while_hidden(false));
}
