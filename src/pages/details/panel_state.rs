//! Unfolded parts of a run's details.

use crate::ui::focus;
use leptos::prelude::*;

/// Id of the log's place on the page.
pub const LOG_ID: &str = "output";

/// Unfolded parts of the details. They belong to the reader: no update changes them (FIELD 8).
#[derive(Clone, Copy)]
pub struct PanelState {
    /// `true` if the timeline is unfolded.
    pub timeline: RwSignal<bool>,
    /// `true` if the log is unfolded.
    pub log: RwSignal<bool>,
}

impl PanelState {
    /// Returns a state in which everything is folded.
    pub fn folded() -> Self {
        Self {
            timeline: RwSignal::new(false),
            log: RwSignal::new(false),
        }
    }

    /// Unfolds the log, scrolls to it and focuses it.
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
}
