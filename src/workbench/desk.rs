//! What is unfolded on the session page, and which of its dialogs is open.

use crate::ui::focus;
use leptos::prelude::*;

/// Where the output stands on the page.
pub const LOG_ID: &str = "output";

/// The state of the page that is the person's own: no news of the workbench changes it (FIELD 8).
#[derive(Clone, Copy)]
pub struct Desk {
    /// Whether the timeline is unfolded.
    pub timeline: RwSignal<bool>,
    /// Whether the output is unfolded.
    pub log: RwSignal<bool>,
    /// Whether the details are open beside the running app.
    pub drawer: RwSignal<bool>,
    /// Whether the form for a secret is open.
    pub secret: RwSignal<bool>,
    /// The name that stands in it.
    pub secret_name: RwSignal<String>,
    /// Whether the settings are open.
    pub editing: RwSignal<bool>,
}

impl Desk {
    /// Everything is put away.
    pub fn new() -> Self {
        let no = || RwSignal::new(false);
        Self {
            timeline: no(),
            log: no(),
            drawer: no(),
            secret: no(),
            secret_name: RwSignal::new(String::new()),
            editing: no(),
        }
    }

    /// Unfolds the output and leads to it.
    pub fn show_log(self) {
        self.log.set(true);
        request_animation_frame(|| {
            let log = document().get_element_by_id(LOG_ID);
            if let Some(log) = &log {
                log.scroll_into_view();
            }
            focus(log);
        });
    }

    /// Opens the form for a secret.
    pub fn open_secret(self, name: Option<String>) {
        self.secret_name.set(name.unwrap_or_default());
        self.secret.set(true);
    }
}
