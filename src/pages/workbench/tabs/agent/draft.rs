//! Draft of the composer. The server keeps it for all windows of the user: what another window has typed
//! is taken over, unless this one has typed something else.

use crate::api::{self, ApiError};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use vestibule_model::ids::TabId;
use vestibule_model::tab::queue::TabDraft;

/// Pause after the last key before a draft is stored.
const STORE_MILLIS: u32 = 500;

/// Draft of a tab.
#[derive(Clone, Copy)]
pub struct DraftState {
    /// Text of the composer.
    pub text: RwSignal<String>,
    /// Draft of another window, between which and this one the user has to choose.
    pub other: RwSignal<Option<TabDraft>>,
    id: StoredValue<TabId>,
    /// Draft that the server is known to have; `None`: unknown.
    stored: StoredValue<Option<TabDraft>>,
    /// `true` once the user has typed: a draft that arrives later does not replace it.
    is_typed: StoredValue<bool>,
    /// `true` while the draft is being stored.
    is_storing: StoredValue<bool>,
    /// `true` if it was changed meanwhile.
    is_stored_again: StoredValue<bool>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
}

impl DraftState {
    /// Returns an empty draft, which is stored for the last time when the calling component or the page
    /// goes.
    pub fn new(id: StoredValue<TabId>) -> Self {
        let draft = Self {
            text: RwSignal::default(),
            other: RwSignal::new(None),
            id,
            stored: StoredValue::new(None),
            is_typed: StoredValue::new(false),
            is_storing: StoredValue::new(false),
            is_stored_again: StoredValue::new(false),
            timer: StoredValue::new_local(None),
        };
        let leave = window_event_listener_untyped("pagehide", move |_| draft.flush());
        let come = window_event_listener_untyped("focus", move |_| draft.refresh());
        on_cleanup(move || {
            leave.remove();
            come.remove();
            draft.flush();
        });
        draft
    }

    /// Begins with the draft that the server has.
    pub fn begin(self, draft: TabDraft) {
        if self.is_typed.try_get_value() == Some(false) {
            self.text.try_set(draft.text.clone());
        }
        self.stored.try_set_value(Some(draft));
    }

    /// Replaces the text, and stores it soon.
    pub fn put(self, text: String) {
        self.is_typed.set_value(true);
        self.text.set(text);
        let timer = Timeout::new(STORE_MILLIS, move || self.store_now());
        self.timer.set_value(Some(timer));
    }

    /// Uses the draft of the other window.
    pub fn use_other(self) {
        if let Some(other) = self.other.try_update(Option::take).flatten() {
            self.text.set(other.text.clone());
            self.stored.set_value(Some(other));
        }
    }

    /// Keeps the draft of this window in place of the other one.
    pub fn keep_own(self) {
        if let Some(other) = self.other.try_update(Option::take).flatten() {
            self.stored.set_value(Some(other));
            self.store_now();
        }
    }

    /// Stores the text: one request after the other, so that the last text is the last to be stored.
    pub fn store_now(self) {
        self.timer.try_set_value(None);
        if self.is_storing.try_get_value() != Some(false) {
            self.is_stored_again.try_set_value(true);
            return;
        }
        if self.other.try_with_untracked(Option::is_some) != Some(false) {
            return;
        }
        self.is_storing.set_value(true);
        spawn_local(async move {
            loop {
                self.store_once().await;
                let is_again = self.is_stored_again.try_update_value(std::mem::take);
                if is_again != Some(true) {
                    break;
                }
            }
            self.is_storing.try_set_value(false);
        });
    }

    async fn store_once(self) {
        let (Some(text), Some(id)) = (self.text.try_get_untracked(), self.id.try_get_value())
        else {
            return;
        };
        match api::store_tab_draft(id.clone(), text, self.version()).await {
            Ok(draft) => drop(self.stored.try_set_value(Some(draft))),
            Err(ApiError::Problem(problem)) if problem.kind.ends_with("/draft-changed") => {
                self.compare(id).await;
            }
            // The next key tries again.
            Err(_) => {}
        }
    }

    /// Stores a draft that waits for a pause.
    pub fn store_if_waiting(self) {
        if self.is_waiting() {
            self.store_now();
        }
    }

    /// Reads the draft that another window has stored, when the user comes back to this one.
    fn refresh(self) {
        let is_busy = self.timer.try_with_value(Option::is_some) != Some(false)
            || self.is_storing.try_get_value() != Some(false)
            || self.other.try_with_untracked(Option::is_some) != Some(false);
        if let (false, Some(id)) = (is_busy, self.id.try_get_value()) {
            spawn_local(self.compare(id));
        }
    }

    /// Compares the draft with the server's. It is replaced unless something else was typed here.
    async fn compare(self, id: TabId) {
        let Ok(found) = api::tab_draft(id).await else {
            return;
        };
        let (Some(own), Some(stored)) =
            (self.text.try_get_untracked(), self.stored.try_get_value())
        else {
            return;
        };
        if stored
            .as_ref()
            .is_some_and(|stored| stored.version == found.version)
        {
            return;
        }
        let is_unchanged = stored.is_some_and(|stored| stored.text == own);
        if found.text == own {
            self.stored.try_set_value(Some(found));
        } else if is_unchanged || own.is_empty() {
            self.text.try_set(found.text.clone());
            self.stored.try_set_value(Some(found));
        } else {
            self.other.try_set(Some(found));
        }
    }

    /// Stores a draft that waits, for the last time: the panel or the page goes.
    fn flush(self) {
        let is_waiting = self.is_waiting() || self.is_stored_again.try_get_value() == Some(true);
        let text = self.text.try_get_untracked().filter(|_| is_waiting);
        if let (Some(text), Some(id)) = (text, self.id.try_get_value()) {
            let version = self.version();
            spawn_local(async move { drop(api::store_tab_draft(id, text, version).await) });
        }
    }

    fn version(self) -> Option<u64> {
        let stored = self.stored.try_get_value().flatten();
        stored.map(|stored| stored.version)
    }

    fn is_waiting(self) -> bool {
        let timer = self.timer.try_update_value(Option::take);
        timer.flatten().is_some()
    }
}
