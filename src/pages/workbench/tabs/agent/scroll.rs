//! Scroll position of the transcript. It follows the newest events until the reader scrolls up, and stays
//! with what is read while pages come and go.

use super::window::TranscriptWindow;
use crate::api::TranscriptRange;
use crate::effect::Effect;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use vestibule_client::transcript::Transcript;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDivElement, NodeList};

/// Distance from the end, in pixels, within which a reader is at the end.
const NEAR: i32 = 24;
/// Distance from either end of the held part, in pixels, within which more of it is read.
const AHEAD: i32 = 1_200;
/// Animation frames in which the end is scrolled to.
const FRAMES: u32 = 3;
/// Animation frames in which rows that are all new get their real heights.
const ARRIVAL_FRAMES: u32 = 10;
/// Attribute with the number of a row's first event.
const SEQ: &str = "data-seq";
/// Attribute that keeps the browser from moving the position by itself.
const HELD: &str = "data-held";

/// Scroll position.
#[derive(Clone, Copy)]
pub struct TranscriptScroll {
    /// The scrolling element.
    pub node: NodeRef<html::Div>,
    window: TranscriptWindow,
    top: StoredValue<i32>,
    /// Number of times that an event was revealed: what was begun before does not move the position.
    reveals: StoredValue<u64>,
    /// `true` from the request to be at the end until its rows have their real heights. The browser moves the
    /// position meanwhile, and not the reader.
    is_arriving: StoredValue<bool>,
}

/// A row, and its distance from the top of the screen.
struct Anchor {
    seq: u64,
    top: f64,
}

impl TranscriptScroll {
    /// Returns the position at the end.
    pub fn new(window: TranscriptWindow) -> Self {
        let scroll = Self {
            node: NodeRef::new(),
            window,
            top: StoredValue::new(0),
            reveals: StoredValue::new(0),
            is_arriving: StoredValue::new(true),
        };
        // The first rows.
        Effect::new(move |had_rows: Option<bool>| {
            let has_rows = window.transcript.with(|all| all.last() > 0);
            if has_rows && had_rows != Some(true) {
                scroll.arrive_in(ARRIVAL_FRAMES);
            }
            has_rows || had_rows == Some(true)
        });
        // The reader may have been far from the end: all rows become others.
        Effect::new(move |_| {
            let is_behind = window.transcript.with_untracked(Transcript::has_later);
            if window.is_following.get() && is_behind {
                scroll.is_arriving.set_value(true);
                spawn_local(async move {
                    window.show_newest().await;
                    scroll.arrive_in(ARRIVAL_FRAMES);
                });
            }
        });
        scroll
    }

    /// Handles scrolling.
    pub fn scrolled(self) {
        let Some(node) = self.node.get_untracked() else {
            return;
        };
        let (top, before) = (node.scroll_top(), self.top.get_value());
        let left = node.scroll_height() - top - node.client_height();
        self.top.set_value(top);
        let is_newest = self
            .window
            .transcript
            .with_untracked(|all| !all.has_later());
        // The end also moves away when the composer grows, which is not requested by the reader.
        let is_away = left > NEAR && top < before && !self.is_arriving.get_value();
        let is_at_end = left <= NEAR && is_newest;
        if (is_away || is_at_end) && self.window.is_following.get_untracked() != is_at_end {
            self.window.is_following.set(is_at_end);
        }
        if self.window.is_following.get_untracked() {
            return;
        }
        let has_earlier = self
            .window
            .transcript
            .with_untracked(Transcript::has_earlier);
        if top < AHEAD && has_earlier {
            self.read_earlier();
        } else if left < AHEAD {
            self.read_later();
        }
    }

    /// Scrolls to the end. Rows get their real heights once they are visible, which moves the end.
    pub fn to_end(self) {
        self.to_end_in(FRAMES);
    }

    fn to_end_in(self, frames: u32) {
        request_animation_frame(move || {
            let is_following = self.window.is_following.try_get_untracked();
            let node = self.node.try_get_untracked().flatten();
            let (Some(node), Some(true)) = (node, is_following) else {
                return;
            };
            node.set_scroll_top(node.scroll_height());
            if frames > 1 {
                self.to_end_in(frames - 1);
            }
        });
    }

    /// Stays at the end while all rows are new.
    fn arrive_in(self, frames: u32) {
        request_animation_frame(move || {
            let is_following = self.window.is_following.try_get_untracked();
            if let (Some(node), Some(true)) =
                (self.node.try_get_untracked().flatten(), is_following)
            {
                node.set_scroll_top(node.scroll_height());
            }
            match frames {
                1 => drop(self.is_arriving.try_set_value(false)),
                _ => self.arrive_in(frames - 1),
            }
        });
    }

    /// Reads earlier events, if there are any.
    pub fn read_earlier(self) {
        let place = self.window.transcript.with_untracked(|all| {
            let first = all.first();
            all.has_earlier().then_some(TranscriptRange::Before(first))
        });
        self.extend(place);
    }

    fn read_later(self) {
        let place = self.window.transcript.with_untracked(|all| {
            let last = all.last();
            all.has_later().then_some(TranscriptRange::After(last))
        });
        self.extend(place);
    }

    fn extend(self, place: Option<TranscriptRange>) {
        let is_reading = self.window.is_reading;
        let Some(place) = place.filter(|_| !is_reading.get_untracked()) else {
            return;
        };
        is_reading.set(true);
        let reveals = self.reveals.get_value();
        let is_current = move || self.reveals.try_get_value() == Some(reveals);
        spawn_local(async move {
            let page = self.window.piece(place).await;
            if !is_current() {
                return;
            }
            let Some(page) = page else {
                is_reading.try_set(false);
                return;
            };
            let anchor = self.hold();
            self.window
                .transcript
                .try_update(|transcript| transcript.extend(page));
            request_animation_frame(move || {
                self.release(anchor.filter(|_| is_current()));
                if is_current() {
                    is_reading.try_set(false);
                }
            });
        });
    }

    /// Shows an event, which may not be held, in the middle of the screen.
    pub fn reveal(self, seq: u64) {
        self.window.is_following.set(false);
        self.window.is_reading.set(true);
        self.reveals.update_value(|reveals| *reveals += 1);
        let reveals = self.reveals.get_value();
        let is_current = move || self.reveals.try_get_value() == Some(reveals);
        spawn_local(async move {
            let is_held = self
                .window
                .transcript
                .try_with_untracked(|all| all.holds(seq));
            if is_held == Some(false) {
                // Half a page before it, and half a page after.
                let place = TranscriptRange::Before(seq.saturating_add(250));
                let page = self.window.page(place).await;
                if let Some(page) = page.filter(|_| is_current()) {
                    self.window
                        .transcript
                        .try_update(|transcript| transcript.show(page));
                }
            }
            // Once the rows are rendered, and again once those around it have their real heights.
            request_animation_frame(move || {
                self.centre(seq);
                request_animation_frame(move || {
                    if is_current() {
                        self.centre(seq);
                        self.window.is_reading.try_set(false);
                    }
                });
            });
        });
    }

    /// Scrolls an event to the middle of the screen, unless the reader has gone to the end meanwhile.
    fn centre(self, seq: u64) {
        let is_following = self.window.is_following.try_get_untracked();
        let node = self.node.try_get_untracked().flatten();
        let (Some(node), Some(false)) = (node, is_following) else {
            return;
        };
        let Some(row) = rows(&node).and_then(|rows| row_of(&rows, seq)) else {
            return;
        };
        // A long answer has the match somewhere within.
        let mark = row.query_selector("mark").ok().flatten();
        let (at, screen) = (
            mark.unwrap_or(row).get_bounding_client_rect(),
            node.get_bounding_client_rect(),
        );
        let room = (screen.height() - at.height()).max(0.0) / 2.0;
        self.scroll_by(&node, at.top() - screen.top() - room);
    }

    /// Returns the first visible row, and keeps the browser from moving the position until
    /// [`Self::release`].
    fn hold(self) -> Option<Anchor> {
        let node = self.node.try_get_untracked().flatten()?;
        let rows = rows(&node)?;
        let top = node.get_bounding_client_rect().top();
        let (mut from, mut to) = (0, rows.length());
        while from < to {
            let middle = u32::midpoint(from, to);
            match row_at(&rows, middle)?.get_bounding_client_rect().bottom() > top {
                true => to = middle,
                false => from = middle + 1,
            }
        }
        let row = row_at(&rows, from)?;
        let _ = node.set_attribute(HELD, "");
        Some(Anchor {
            seq: seq_of(&row),
            top: row.get_bounding_client_rect().top(),
        })
    }

    fn release(self, anchor: Option<Anchor>) {
        let Some(node) = self.node.try_get_untracked().flatten() else {
            return;
        };
        if let Some(anchor) = anchor
            && self.window.is_following.try_get_untracked() == Some(false)
            && let Some(row) = rows(&node).and_then(|rows| row_of(&rows, anchor.seq))
        {
            self.scroll_by(&node, row.get_bounding_client_rect().top() - anchor.top);
        }
        let _ = node.remove_attribute(HELD);
    }

    /// Scrolls. The event that follows must not look like a reader who scrolls up: it comes in a later
    /// frame, when the reader may have gone to the end.
    fn scroll_by(self, node: &HtmlDivElement, distance: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "a distance in pixels")]
        node.set_scroll_top(node.scroll_top() + distance.round() as i32);
        self.top.set_value(node.scroll_top());
    }
}

fn rows(node: &HtmlDivElement) -> Option<NodeList> {
    node.query_selector_all("[data-seq]").ok()
}

fn row_at(rows: &NodeList, at: u32) -> Option<Element> {
    rows.item(at)?.dyn_into().ok()
}

fn seq_of(row: &Element) -> u64 {
    let seq = row.get_attribute(SEQ).and_then(|seq| seq.parse().ok());
    seq.unwrap_or(0)
}

/// Returns the row with an event.
fn row_of(rows: &NodeList, seq: u64) -> Option<Element> {
    let (mut from, mut to) = (0, rows.length());
    while from < to {
        let middle = u32::midpoint(from, to);
        match seq_of(&row_at(rows, middle)?) > seq {
            true => to = middle,
            false => from = middle + 1,
        }
    }
    row_at(rows, from.checked_sub(1)?)
}
