//! Split view: the selected tab beside the app. The app's frame is neither moved nor loaded again, it only
//! becomes narrower.

use crate::effect::Effect;
use crate::pages::workbench::resize_handle::{reserve, widest};
use crate::store::StorageArea;
use leptos::prelude::*;
use vestibule_model::ids::WorkbenchId;

/// Begin of the keys under which the browser keeps the widths, by workbench.
const KEY: &str = "vestibule.beside.";
/// Width of the tab at first, in pixels.
const WIDTH: i32 = 480;
/// The narrowest tab.
pub const NARROWEST: i32 = 280;
/// Narrowest window that has room for two.
const WIDE_WINDOW: &str = "(min-width: 62rem)";

/// Split view of a workbench's page.
#[derive(Clone, Copy)]
pub struct SplitView {
    /// `true` if the user wants tabs beside the app.
    is_wanted: RwSignal<bool>,
    /// Width of the tab in pixels.
    pub width: RwSignal<i32>,
    /// `true` if there is room for it.
    is_wide: RwSignal<bool>,
    workbench: StoredValue<WorkbenchId>,
}

impl SplitView {
    /// Returns the split view as the user left it, for as long as the calling component lives.
    pub fn of(workbench: &WorkbenchId) -> Self {
        let kept = StorageArea::Local.get(&key(workbench));
        let kept: Option<i32> = kept.and_then(|width| width.parse().ok());
        let query = window().match_media(WIDE_WINDOW).ok().flatten();
        let is_wide = RwSignal::new(query.as_ref().is_some_and(web_sys::MediaQueryList::matches));
        let resized = window_event_listener_untyped("resize", move |_| {
            let query = query.clone();
            // Browsers evaluate media queries after this event (HTML, "update the rendering").
            request_animation_frame(move || {
                let now = query.as_ref().is_some_and(web_sys::MediaQueryList::matches);
                if is_wide.try_get_untracked() == Some(!now) {
                    is_wide.set(now);
                }
            });
        });
        on_cleanup(move || resized.remove());
        Self {
            is_wanted: RwSignal::new(kept.is_some()),
            width: RwSignal::new(kept.unwrap_or(WIDTH).max(NARROWEST)),
            is_wide,
            workbench: StoredValue::new(workbench.clone()),
        }
    }

    /// Returns `true` if a selected tab is to be shown beside the app.
    pub fn is_on(self) -> bool {
        self.is_wanted.get() && self.is_wide.get()
    }

    /// Returns `true` if the window has room for two.
    pub fn has_room(self) -> bool {
        self.is_wide.get()
    }

    /// Keeps the width for the next visit.
    pub fn keep(self) {
        let Some(workbench) = self.workbench.try_get_value() else {
            return;
        };
        let is_wanted = self.is_wanted.get_untracked();
        let width = is_wanted.then(|| self.width.get_untracked().to_string());
        StorageArea::Local.set_or_remove(&key(&workbench), width.as_deref());
    }

    /// Shows tabs beside the app, or alone again.
    pub fn toggle(self) {
        self.is_wanted.update(|is_wanted| *is_wanted = !*is_wanted);
        let width = self.width.get_untracked().min(widest(NARROWEST));
        self.width.set(width);
        self.keep();
    }

    /// Makes room for the tab while the page has two areas.
    pub fn reserve_room(self, is_split: Memo<bool>) {
        Effect::new(move |_| {
            let width = if is_split.get() { self.width.get() } else { 0 };
            reserve("--beside", width);
        });
        on_cleanup(|| reserve("--beside", 0));
    }
}

fn key(workbench: &WorkbenchId) -> String {
    format!("{KEY}{workbench}")
}
