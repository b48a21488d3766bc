//! The rows on the screen: the page's own scrolling, measured and remembered.

use crate::store::StorageArea;
use leptos::html::Tbody;
use leptos::prelude::*;
use vestibule_client::table::window::{RowWindow, ScrollPosition};

/// Rows that are rendered beyond the visible ones, on both sides.
const OVERSCAN: usize = 8;
/// Height that covers the top of the page: its header and the table's head.
const HEAD: i32 = 48 + 36;
/// Height of a row until one has been measured.
const ROW_HEIGHT: i32 = 40;

/// Key of the last scroll position in the tab's storage: the page's address, a line break, the position.
const LAST: &str = "vestibule.table-scroll";

/// The part of the table that is rendered.
#[derive(Clone, Copy)]
pub struct Viewport {
    /// The rows to render.
    pub window: RwSignal<RowWindow>,
    /// The space of the rows above the rendered ones; its top is the top of all rows.
    pub before: NodeRef<Tbody>,
    scroll: StoredValue<ScrollPosition>,
    count: StoredValue<usize>,
    /// The page's address with its search, filters and order.
    key: StoredValue<String>,
    /// The last measured scroll position.
    place: StoredValue<f64>,
    /// The position to scroll to once there are rows.
    goal: StoredValue<Option<f64>>,
    /// Called before each change of the rows.
    changing: StoredValue<Option<Callback<RowWindow>>>,
}

impl Viewport {
    /// Returns a viewport at the top, without rows.
    pub fn new() -> Self {
        let scroll = ScrollPosition {
            offset: 0,
            height: window_height(),
            row_height: ROW_HEIGHT,
        };
        Self {
            window: RwSignal::new(RowWindow::of(scroll, 0, OVERSCAN)),
            before: NodeRef::new(),
            scroll: StoredValue::new(scroll),
            count: StoredValue::new(0),
            key: StoredValue::new(String::new()),
            place: StoredValue::new(0.0),
            goal: StoredValue::new(None),
            changing: StoredValue::new(None),
        }
    }

    /// Sets the address of what is shown. The first time, the position of the last visit is restored.
    pub fn shows(self, key: String) {
        if self.key.with_value(String::is_empty) {
            self.goal.set_value(last_place(&key).map(f64::from));
        }
        self.key.set_value(key);
    }

    /// Measures the first rows, and restores the scroll position.
    pub fn arrived(self) {
        let goal = self.goal.try_update_value(Option::take).flatten();
        if let Some(goal) = goal.filter(|goal| *goal > 0.0) {
            window().scroll_to_with_x_and_y(0.0, goal);
        }
        self.measure();
    }

    /// Calls `on_change` before each change of the rows, for as long as the calling component lives.
    pub fn before_changes(self, on_change: impl Fn(RowWindow) + Send + Sync + 'static) {
        self.changing.set_value(Some(Callback::new(on_change)));
        on_cleanup(move || {
            self.changing.try_set_value(None);
        });
    }

    /// Announces that the rows are about to change.
    pub fn about_to_change(self, window: RowWindow) {
        if let Some(changing) = self.changing.try_get_value().flatten() {
            changing.run(window);
        }
    }

    /// Follows the page's scrolling and size for as long as the calling component lives, once a frame,
    /// and remembers the position afterwards.
    pub fn follow(self) {
        let is_asked = StoredValue::new(false);
        let measure = move |_: web_sys::Event| {
            if is_asked.try_get_value() == Some(false) {
                is_asked.set_value(true);
                request_animation_frame(move || {
                    if is_asked.try_set_value(false).is_none() {
                        self.measure();
                    }
                });
            }
        };
        for event in ["scroll", "resize"] {
            let listener = window_event_listener_untyped(event, measure);
            on_cleanup(move || listener.remove());
        }
        on_cleanup(move || {
            if let (Some(key), Some(place)) = (self.key.try_get_value(), self.place.try_get_value())
            {
                remember(&key, pixels(place));
            }
        });
    }

    /// Sets the number of rows.
    pub fn count(self, count: usize) {
        self.count.try_set_value(count);
        self.measure();
    }

    /// Measures, and renders other rows where needed.
    pub fn measure(self) {
        let Some(mut scroll) = self.scroll.try_get_value() else {
            return;
        };
        if let Some(before) = self.before.try_get_untracked().flatten() {
            scroll.offset = -pixels(before.get_bounding_client_rect().top());
            let row = before.next_element_sibling();
            let row = row.and_then(|rows| rows.first_element_child());
            let measured = row.map_or(0, |row| pixels(row.get_bounding_client_rect().height()));
            if measured > 0 {
                scroll.row_height = measured;
            }
        }
        scroll.height = window_height();
        self.scroll.set_value(scroll);
        let window = RowWindow::of(scroll, self.count.get_value(), OVERSCAN);
        if self.before.get_untracked().is_some() {
            self.place.set_value(window_top());
        }
        if self.window.get_untracked() != window {
            self.about_to_change(window);
            self.window.set(window);
        }
    }

    /// Returns the first visible row, or `None` if nothing is scrolled.
    pub fn top(self) -> Option<usize> {
        let scroll = self.scroll.try_get_value()?;
        let covered = scroll.offset + HEAD;
        let is_scrolled = covered > scroll.row_height && self.count.get_value() > 0;
        is_scrolled.then(|| usize::try_from(covered / scroll.row_height).unwrap_or(0))
    }

    /// Scrolls along when the first visible row has moved to another place.
    pub fn shift(self, before: usize, after: usize) {
        if before == after {
            return;
        }
        let rows = i32::try_from(after).unwrap_or(0) - i32::try_from(before).unwrap_or(0);
        let by = rows * self.scroll.get_value().row_height;
        // After the space for the rows has changed, and before that is painted.
        request_animation_frame(move || {
            window().scroll_by_with_x_and_y(0.0, f64::from(by));
            self.measure();
        });
    }

    /// Scrolls back to the first row if it is out of sight.
    pub fn to_start(self) {
        let offset = self.scroll.get_value().offset;
        if offset + HEAD > 0 {
            window().scroll_by_with_x_and_y(0.0, f64::from(-offset - HEAD));
            self.measure();
        }
    }

    /// Scrolls just far enough to show a row.
    pub fn reveal(self, place: usize) {
        let scroll = self.scroll.get_value();
        if let Some(offset) = scroll.reveal(place, HEAD) {
            window().scroll_by_with_x_and_y(0.0, f64::from(offset - scroll.offset));
            // The first row is shown with what stands above the table.
            if place == 0 {
                window().scroll_by_with_x_and_y(0.0, f64::from(-HEAD));
            }
        }
        self.measure();
    }

    /// Returns the number of rows that Page Up and Page Down move by.
    pub fn page(self) -> usize {
        let scroll = self.scroll.get_value();
        let rows = (scroll.height - HEAD) / scroll.row_height.max(1) - 1;
        usize::try_from(rows.max(1)).unwrap_or(1)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a page is far below 2^31 pixels high"
)]
fn pixels(length: f64) -> i32 {
    length.round() as i32
}

/// Returns the position of the last visit to an address in this tab.
fn last_place(key: &str) -> Option<i32> {
    let last = StorageArea::Session.get(LAST)?;
    let (known, place) = last.split_once('\n')?;
    (known == key).then(|| place.parse().ok()).flatten()
}

/// Remembers a position; a browser without storage forgets it.
fn remember(key: &str, place: i32) {
    StorageArea::Session.set(LAST, &format!("{key}\n{place}"));
}

fn window_top() -> f64 {
    window().scroll_y().unwrap_or_default()
}

fn window_height() -> i32 {
    let height = window().inner_height().ok().and_then(|h| h.as_f64());
    height.map_or(800, pixels)
}
