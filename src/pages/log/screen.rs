//! The visible part of a log: the scroll position, whether the end is followed, whether long lines
//! wrap, and the selected line.

use super::output::Output;
use super::resize::follow_size;
use super::source::LogSource;
use crate::effect::Effect;
use leptos::html;
use leptos::prelude::*;
use vestibule_client::log::{Folds, Log};
use vestibule_client::table::window::{RowWindow, ScrollPosition};
use wasm_bindgen::JsValue;

/// Number of characters that are measured to know the width of one.
pub const PROBE: usize = 100;
/// Lines rendered beyond the visible ones, on both sides.
const OVERSCAN: usize = 20;
/// Height of a line until one has been measured.
const LINE_HEIGHT: i32 = 20;
/// Distance from the end, in pixels, that counts as being there.
const NEAR: i32 = 24;
/// Fewest characters on a wrapped line, however narrow the screen is.
const NARROWEST: usize = 20;
/// Free space beside the text.
const MARGIN: f64 = 16.0;

/// Identity of a rendered line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Row of the log, counted with those that were dropped.
    pub row: u64,
    /// Number of the line within a wrapped row.
    pub part: usize,
    /// Changes with the log while the row may still change.
    pub version: u64,
    /// Characters on a line, or `None` without wrapping.
    pub width: Option<usize>,
}

/// Place in the log that stays or comes into view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Row of the log, counted with those that were dropped.
    row: u64,
    /// Character of the row.
    character: usize,
    /// `true` to leave a third of the view above it, `false` to have it at the top.
    is_centred: bool,
}

/// The visible part of the log.
#[derive(Clone, Copy)]
pub struct Screen {
    /// The scrolling element.
    pub node: NodeRef<html::Div>,
    /// The element that has the height of all lines.
    pub lines: NodeRef<html::Div>,
    /// The line that is measured.
    pub probe: NodeRef<html::Div>,
    /// The lines to render.
    pub window: RwSignal<RowWindow>,
    /// Identities of the rendered lines.
    pub shown: Memo<Vec<Key>>,
    /// `true` if the end is followed.
    pub follows: RwSignal<bool>,
    /// `true` if long lines wrap.
    pub wraps: RwSignal<bool>,
    /// Width of the longest line.
    pub breadth: Memo<String>,
    /// Number of the selected line.
    pub chosen: RwSignal<Option<u64>>,
    output: Output,
    folds: StoredValue<Folds>,
    scroll: StoredValue<ScrollPosition>,
    /// `true` if the height of a line is known.
    is_measured: StoredValue<bool>,
    /// `true` if an update is scheduled.
    is_asked: StoredValue<bool>,
    /// `true` if a frame is requested that scrolls.
    is_scrolling: StoredValue<bool>,
    /// Line to go to once it exists.
    goal: StoredValue<Option<u64>>,
    /// Place to scroll to in the next frame.
    place: StoredValue<Option<Place>>,
    is_main: bool,
}

impl Screen {
    /// Returns the view at the end, or at the line that the address names.
    pub fn new(output: Output, source: LogSource) -> Self {
        let goal = source.is_main.then(line_of_address).flatten();
        let scroll = ScrollPosition {
            offset: 0,
            height: 0,
            row_height: LINE_HEIGHT,
        };
        let folds = StoredValue::new(Folds::new(None));
        let window = RwSignal::new(RowWindow::of(scroll, 0, OVERSCAN));
        let shown = Memo::new(move |_| {
            let version = output.grown.get();
            let window = window.get();
            folds.with_value(|folds| {
                output.read(|log| keys(folds, log, window.first..window.end, version))
            })
        });
        let wraps = RwSignal::new(true);
        let breadth = Memo::new(move |_| {
            output.grown.track();
            match wraps.get() {
                true => "auto".to_owned(),
                false => format!("{}ch", output.read(Log::longest) + 10),
            }
        });
        let screen = Self {
            node: NodeRef::new(),
            lines: NodeRef::new(),
            probe: NodeRef::new(),
            window,
            shown,
            follows: RwSignal::new(goal.is_none()),
            wraps,
            breadth,
            chosen: RwSignal::new(goal),
            output,
            folds,
            scroll: StoredValue::new(scroll),
            is_measured: StoredValue::new(false),
            is_asked: StoredValue::new(false),
            is_scrolling: StoredValue::new(false),
            goal: StoredValue::new(goal),
            place: StoredValue::new(None),
            is_main: source.is_main,
        };
        screen.begin();
        screen
    }

    fn begin(self) {
        Effect::new(move |_| {
            if self.node.get().is_some() {
                request_animation_frame(move || self.fit());
            }
        });
        Effect::new(move |_| {
            self.wraps.track();
            self.fit();
        });
        Effect::new(move |_| {
            self.output.replaced.track();
            self.fit();
        });
        Effect::new(move |_| {
            self.output.grown.track();
            self.grew();
        });
        let resized = window_event_listener_untyped("resize", move |_| self.fit());
        on_cleanup(move || resized.remove());
        follow_size(self.node, move |is_other_width| {
            if is_other_width || self.is_measured.try_get_value() == Some(false) {
                self.fit();
            } else {
                self.update();
            }
        });
        // A browser scrolls no further than to the end of what it has laid out.
        follow_size(self.lines, move |_| self.request_scroll());
        if self.is_main {
            let moved = window_event_listener_untyped("hashchange", move |_| {
                if let Some(line) = line_of_address() {
                    self.go_to(line);
                }
            });
            on_cleanup(move || moved.remove());
        }
    }

    /// Handles scrolling, once per animation frame.
    pub fn scrolled(self) {
        if self.is_asked.try_get_value() == Some(false) {
            self.is_asked.set_value(true);
            request_animation_frame(move || {
                if self.is_asked.try_set_value(false).is_none() {
                    self.update();
                }
            });
        }
    }

    /// Follows the end from now on.
    pub fn follow(self) {
        self.goal.set_value(None);
        self.place.set_value(None);
        self.follows.set(true);
        self.request_scroll();
    }

    /// Moves to a line and selects it, once it exists.
    pub fn go_to(self, number: u64) {
        self.chosen.set(Some(number));
        self.goal.set_value(Some(number));
        self.follows.set(false);
        self.request_scroll();
    }

    /// Selects a line and writes it to the address.
    pub fn choose(self, number: u64) {
        self.chosen.set(Some(number));
        if self.is_main
            && let Ok(history) = window().history()
        {
            let hash = format!("#L{number}");
            // Refused only for an address of another page.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&hash));
        }
    }

    /// Scrolls to a character of a row, unless it is visible.
    pub fn reveal(self, row: usize, character: usize) {
        self.follows.set(false);
        self.goal.set_value(None);
        let line = self.folds.with_value(|folds| folds.line_of(row, character));
        let scroll = self.scroll.get_value();
        if scroll.reveal(line, scroll.row_height).is_some() {
            self.go_to_place(row, character, true);
        }
    }

    /// Returns the first visible row.
    pub fn first_seen(self) -> usize {
        let scroll = self.scroll.get_value();
        let line = usize::try_from(scroll.offset / scroll.row_height.max(1)).unwrap_or(0);
        let row = self.folds.with_value(|folds| folds.row_at(line));
        row.map_or(0, |(row, _)| row)
    }

    /// Measures what fits, wraps what does not, and keeps the position.
    fn fit(self) {
        let Some(width) = self.measure() else {
            return;
        };
        let first = self.first_seen();
        let changed = self.folds.try_update_value(|folds| {
            let changed = folds.width() != width;
            if changed {
                *folds = Folds::new(width);
            }
            self.output.read(|log| folds.update(log));
            changed
        });
        if changed == Some(true)
            && self.place.get_value().is_none()
            && !self.follows.get_untracked()
        {
            self.go_to_place(first, 0, false);
        }
        self.update();
        self.request_scroll();
    }

    /// Applies new lines.
    fn grew(self) {
        let gone = self
            .folds
            .try_update_value(|folds| self.output.read(|log| folds.update(log)));
        if let Some(gone) = gone
            && gone > 0
            && !self.follows.get_untracked()
            && let Some(node) = self.node.get_untracked()
        {
            // The visible lines do not move because something above them was dropped.
            let gone = i32::try_from(gone).unwrap_or(i32::MAX);
            let height = self.scroll.get_value().row_height.saturating_mul(gone);
            node.set_scroll_top(node.scroll_top().saturating_sub(height).max(0));
        }
        self.update();
        self.request_scroll();
    }

    fn go_to_place(self, row: usize, character: usize, is_centred: bool) {
        let row = self.output.read(Log::gone) + row as u64;
        self.place.set_value(Some(Place {
            row,
            character,
            is_centred,
        }));
        self.request_scroll();
    }

    /// Scrolls in the next frame, once new lines are rendered and before they are painted. The position is
    /// that of the frame, so that no earlier request undoes a later one.
    fn request_scroll(self) {
        if self.is_scrolling.try_get_value() == Some(false) {
            self.is_scrolling.set_value(true);
            request_animation_frame(move || {
                if self.is_scrolling.try_set_value(false).is_none() {
                    self.scroll();
                }
            });
        }
    }

    /// Scrolls to the goal, to the place that is kept, or to the end; and again when the lines have their
    /// heights.
    fn scroll(self) {
        let Some(node) = self.node.try_get_untracked().flatten() else {
            return;
        };
        match self.wanted_line() {
            Some(line) => {
                node.set_scroll_top(self.top_of(line));
                self.update();
                let count = self.folds.with_value(Folds::count);
                if node.scroll_height() >= self.top_of(count) {
                    self.place.set_value(None);
                    if self.goal_line().is_some() {
                        self.goal.set_value(None);
                    }
                }
            }
            None if self.follows.get_untracked() => {
                // The user may have scrolled up since this frame was requested.
                self.update();
                if self.follows.get_untracked() {
                    node.set_scroll_top(node.scroll_height());
                    self.update();
                }
            }
            None => {}
        }
    }

    /// Returns `true` if no goal or place waits to be scrolled to.
    fn is_idle(self) -> bool {
        self.goal.get_value().is_none() && self.place.get_value().is_none()
    }

    /// Returns the line to have at the top, if a goal or a place waits for it.
    fn wanted_line(self) -> Option<usize> {
        // The first measurement changes where lines are.
        if !self.is_measured.get_value() {
            return None;
        }
        let place = || {
            let place = self.place.get_value()?;
            let row = place.row.saturating_sub(self.output.read(Log::gone));
            let row = usize::try_from(row).ok()?;
            let line = self
                .folds
                .with_value(|folds| folds.line_of(row, place.character));
            Some(match place.is_centred {
                true => self.above(line),
                false => line,
            })
        };
        self.goal_line().or_else(place)
    }

    /// Returns the line above the goal, if the log has it.
    fn goal_line(self) -> Option<usize> {
        let goal = self.goal.get_value()?;
        let row = self.output.read(|log| log.place_of(goal))?;
        let line = self.folds.with_value(|folds| folds.line_of(row, 0));
        Some(self.above(line))
    }

    /// Returns the first visible line if this one is in the upper third.
    fn above(self, line: usize) -> usize {
        let scroll = self.scroll.get_value();
        let above = scroll.height / scroll.row_height.max(1) / 3;
        line.saturating_sub(usize::try_from(above).unwrap_or(0))
    }

    /// Returns the position of a line, in pixels.
    fn top_of(self, line: usize) -> i32 {
        let line = i32::try_from(line).unwrap_or(i32::MAX);
        line.saturating_mul(self.scroll.get_value().row_height)
    }

    /// Updates the rendered lines, and whether the end is followed.
    fn update(self) {
        let Some(node) = self.node.try_get_untracked().flatten() else {
            return;
        };
        let before = self.scroll.get_value();
        let mut scroll = before;
        scroll.offset = node.scroll_top();
        scroll.height = node.client_height();
        self.scroll.set_value(scroll);
        let count = self.folds.with_value(Folds::count);
        let follows = self.follows.get_untracked();
        let is_near = node.scroll_height() - scroll.offset - scroll.height < NEAR;
        if follows && scroll.offset < before.offset && !is_near {
            // Only scrolling up leaves the end: growth alone moves it away for a moment.
            self.follows.set(false);
        } else if !follows && is_near && scroll.offset > before.offset && self.is_idle() {
            self.follows.set(true);
        }
        if self.follows.get_untracked() && self.is_idle() {
            // The position after the pending scroll.
            let all = i32::try_from(count).unwrap_or(i32::MAX);
            let end = all.saturating_mul(scroll.row_height);
            scroll.offset = scroll.offset.max(end - scroll.height);
        }
        let window = RowWindow::of(scroll, count, OVERSCAN);
        if self.window.get_untracked() != window {
            self.window.set(window);
        }
    }

    /// Measures the height of a line and returns how many characters fit on one (`None` without
    /// wrapping), or `None` while nothing can be measured.
    fn measure(self) -> Option<Option<usize>> {
        let node = self.node.try_get_untracked().flatten()?;
        let probe = self.probe.try_get_untracked().flatten()?;
        let height = probe.get_bounding_client_rect().height();
        let code = probe.last_element_child()?;
        let text = code.first_element_child()?.get_bounding_client_rect();
        if height < 1.0 || text.width() < 1.0 {
            return None;
        }
        self.scroll
            .update_value(|scroll| scroll.row_height = whole(height));
        self.is_measured.set_value(true);
        let left = text.left() - node.get_bounding_client_rect().left();
        let room = f64::from(node.client_width()) - left - MARGIN;
        let one = text.width() / f64::from(u32::try_from(PROBE).unwrap_or(1));
        let fit = usize::try_from(whole(room / one)).unwrap_or(0);
        Some(self.wraps.get_untracked().then_some(fit.max(NARROWEST)))
    }
}

/// Returns the identities of lines.
fn keys(folds: &Folds, log: &Log, lines: std::ops::Range<usize>, version: u64) -> Vec<Key> {
    let key = |line| {
        let (row, part) = folds.row_at(line)?;
        let is_open = log.is_open(row);
        Some(Key {
            row: log.gone() + row as u64,
            part,
            version: if is_open { version } else { 0 },
            width: folds.width(),
        })
    };
    lines.filter_map(key).collect()
}

/// Returns the line that the page's address names: `#L120`.
fn line_of_address() -> Option<u64> {
    let hash = window().location().hash().ok()?;
    hash.strip_prefix("#L")?.parse().ok()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a screen is far below 2^31 pixels high"
)]
fn whole(length: f64) -> i32 {
    length.floor() as i32
}
