//! Which rows are on the screen: the page's own scrolling, measured and kept.

use leptos::html::Tbody;
use leptos::prelude::*;
use std::cell::RefCell;
use vestibule_model::table::window::{Scroll, Window};

/// Rows that are drawn beyond what is seen, on both sides.
const OVERSCAN: usize = 8;
/// What covers the top of the page: its header and the table's head.
const HEAD: i32 = 48 + 36;
/// How high a row is until one has been measured.
const ROW_HEIGHT: i32 = 40;

thread_local! {
    /// Where one was the last time, by what was shown: one comes back to the same place.
    static LAST: RefCell<(String, f64)> = const { RefCell::new((String::new(), 0.0)) };
}

/// The part of the table that is drawn.
#[derive(Clone, Copy)]
pub struct Viewport {
    /// The rows to draw.
    pub window: RwSignal<Window>,
    /// Stands for the rows before the drawn ones; its top is the top of them all.
    pub before: NodeRef<Tbody>,
    scroll: StoredValue<Scroll>,
    count: StoredValue<usize>,
    /// What is shown, as an address.
    key: StoredValue<String>,
    /// Where to go once there are rows.
    goal: StoredValue<Option<f64>>,
    /// Hears of each change of the rows before it happens.
    changing: StoredValue<Option<Callback<Window>>>,
}

impl Viewport {
    /// At the top, with no rows.
    pub fn new() -> Self {
        let scroll = Scroll {
            offset: 0,
            height: window_height(),
            row_height: ROW_HEIGHT,
        };
        Self {
            window: RwSignal::new(Window::of(scroll, 0, OVERSCAN)),
            before: NodeRef::new(),
            scroll: StoredValue::new(scroll),
            count: StoredValue::new(0),
            key: StoredValue::new(String::new()),
            goal: StoredValue::new(None),
            changing: StoredValue::new(None),
        }
    }

    /// What is shown from now on, as an address. The first time one may have been here before.
    pub fn shows(self, key: String) {
        if self.key.with_value(String::is_empty) {
            let goal = LAST.with_borrow(|(last, place)| (*last == key).then_some(*place));
            self.goal.set_value(goal);
        }
        self.key.set_value(key);
    }

    /// The first rows are there: measures them, and goes to where one was.
    pub fn arrived(self) {
        let goal = self.goal.try_update_value(Option::take).flatten();
        if let Some(goal) = goal.filter(|goal| *goal > 0.0) {
            window().scroll_to_with_x_and_y(0.0, goal);
        }
        self.look();
    }

    /// What is told of each change before it happens, when the rows are still there, for as long as
    /// the calling component lives. There may be news when it does not: of the first row after none.
    pub fn before_changes(self, hear: impl Fn(Window) + Send + Sync + 'static) {
        self.changing.set_value(Some(Callback::new(hear)));
        on_cleanup(move || {
            self.changing.try_set_value(None);
        });
    }

    /// The rows are about to change.
    pub fn about_to_change(self, window: Window) {
        if let Some(changing) = self.changing.try_get_value().flatten() {
            changing.run(window);
        }
    }

    /// Follows the page's scrolling and size for as long as the calling component lives. Once a
    /// frame is enough.
    pub fn follow(self) {
        let is_asked = StoredValue::new(false);
        let look = move |_: web_sys::Event| {
            if is_asked.try_get_value() == Some(false) {
                is_asked.set_value(true);
                request_animation_frame(move || {
                    if is_asked.try_set_value(false).is_none() {
                        self.look();
                    }
                });
            }
        };
        for event in ["scroll", "resize"] {
            let listener = window_event_listener_untyped(event, look);
            on_cleanup(move || listener.remove());
        }
    }

    /// There are so many rows now.
    pub fn count(self, count: usize) {
        self.count.try_set_value(count);
        self.look();
    }

    /// Measures, and draws other rows if they are to be.
    pub fn look(self) {
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
        let window = Window::of(scroll, self.count.get_value(), OVERSCAN);
        if self.before.get_untracked().is_some() {
            let place = window_top();
            LAST.with_borrow_mut(|last| {
                *last = (self.key.get_value(), place);
            });
        }
        if self.window.get_untracked() != window {
            self.about_to_change(window);
            self.window.set(window);
        }
    }

    /// The row at the top of what is seen; none where nothing is scrolled.
    pub fn top(self) -> Option<usize> {
        let scroll = self.scroll.try_get_value()?;
        let covered = scroll.offset + HEAD;
        let is_scrolled = covered > scroll.row_height && self.count.get_value() > 0;
        is_scrolled.then(|| usize::try_from(covered / scroll.row_height).unwrap_or(0))
    }

    /// A row that is looked at stands in another place now: goes there with it.
    pub fn shift(self, before: usize, after: usize) {
        if before == after {
            return;
        }
        let rows = i32::try_from(after).unwrap_or(0) - i32::try_from(before).unwrap_or(0);
        let by = rows * self.scroll.get_value().row_height;
        // Not before the room for the rows has changed, and before it is painted.
        request_animation_frame(move || {
            window().scroll_by_with_x_and_y(0.0, f64::from(by));
            self.look();
        });
    }

    /// Back to the first row, if one has gone past it.
    pub fn to_start(self) {
        let offset = self.scroll.get_value().offset;
        if offset + HEAD > 0 {
            window().scroll_by_with_x_and_y(0.0, f64::from(-offset - HEAD));
            self.look();
        }
    }

    /// Scrolls as little as it takes to see a row.
    pub fn reveal(self, place: usize) {
        let scroll = self.scroll.get_value();
        if let Some(offset) = scroll.reveal(place, HEAD) {
            window().scroll_by_with_x_and_y(0.0, f64::from(offset - scroll.offset));
            // The first row brings what stands above the table with it.
            if place == 0 {
                window().scroll_by_with_x_and_y(0.0, f64::from(-HEAD));
            }
        }
        self.look();
    }

    /// How many rows a page has, for the keys that turn it.
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

fn window_top() -> f64 {
    window().scroll_y().unwrap_or_default()
}

fn window_height() -> i32 {
    let height = window().inner_height().ok().and_then(|h| h.as_f64());
    height.map_or(800, pixels)
}
