//! Rows and columns on the screen: the grid's own scrolling, measured once a frame.

use leptos::html;
use leptos::prelude::*;
use vestibule_client::roles::grid::CellPosition;
use vestibule_client::table::window::{RowWindow, ScrollPosition};
use web_sys::Element;

/// Rows and columns that are rendered beyond the visible ones.
const OVERSCAN: usize = 2;
/// Sizes until they were measured.
const START: ScrollPosition = ScrollPosition {
    offset: 0,
    height: 640,
    row_height: 36,
};

/// The part of the grid that is rendered.
#[derive(Clone, Copy)]
pub struct Viewport {
    /// The scrolling element.
    pub node: NodeRef<html::Div>,
    /// Rendered rows.
    pub rows: RwSignal<RowWindow>,
    /// Rendered columns.
    pub columns: RwSignal<RowWindow>,
    down: StoredValue<ScrollPosition>,
    across: StoredValue<ScrollPosition>,
    count: StoredValue<(usize, usize)>,
}

impl Viewport {
    /// Returns a viewport at the top left.
    pub fn new() -> Self {
        let across = ScrollPosition {
            row_height: 112,
            height: 1200,
            ..START
        };
        Self {
            node: NodeRef::new(),
            rows: RwSignal::new(RowWindow::of(START, 0, OVERSCAN)),
            columns: RwSignal::new(RowWindow::of(across, 0, OVERSCAN)),
            down: StoredValue::new(START),
            across: StoredValue::new(across),
            count: StoredValue::new((0, 0)),
        }
    }

    /// Sets the number of rows and columns, without head and titles.
    pub fn count(self, rows: usize, columns: usize) {
        self.count.set_value((rows, columns));
        self.measure();
    }

    /// Follows the window's size for as long as the calling component lives.
    pub fn follow(self) {
        let listener = window_event_listener_untyped("resize", move |_| self.measure_soon());
        on_cleanup(move || listener.remove());
    }

    /// Measures before the next frame.
    pub fn measure_soon(self) {
        request_animation_frame(move || {
            if !self.rows.is_disposed() {
                self.measure();
            }
        });
    }

    /// Measures, and renders other rows and columns where needed.
    pub fn measure(self) {
        let (mut down, mut across) = (self.down.get_value(), self.across.get_value());
        if let Some(node) = self.node.get_untracked() {
            let size = |selector: &str| measured(&node, selector);
            let (head, first) = (size(".matrix-head"), size(".matrix-corner"));
            let (row, cell) = (size(".matrix-rows > .matrix-row"), size(".matrix-column"));
            down.offset = node.scroll_top();
            down.height = node.client_height() - head.map_or(0, |(_, height)| height);
            down.row_height = row.map_or(down.row_height, |(_, height)| height);
            across.offset = node.scroll_left();
            across.height = node.client_width() - first.map_or(0, |(width, _)| width);
            across.row_height = cell.map_or(across.row_height, |(width, _)| width);
        }
        self.down.set_value(down);
        self.across.set_value(across);
        let (rows, columns) = self.count.get_value();
        for (signal, window) in [
            (self.rows, RowWindow::of(down, rows, OVERSCAN)),
            (self.columns, RowWindow::of(across, columns, OVERSCAN)),
        ] {
            if signal.get_untracked() != window {
                signal.set(window);
            }
        }
    }

    /// Scrolls just far enough to show a place.
    pub fn reveal(self, place: CellPosition) {
        let Some(node) = self.node.get_untracked() else {
            return;
        };
        let (down, across) = (self.down.get_value(), self.across.get_value());
        let row = place.row.checked_sub(1);
        if let Some(offset) = row.and_then(|row| down.reveal(row, 0)) {
            node.set_scroll_top(offset);
        }
        let column = place.column.checked_sub(1);
        if let Some(offset) = column.and_then(|column| across.reveal(column, 0)) {
            node.set_scroll_left(offset);
        }
        self.measure();
    }

    /// Returns the number of rows that Page Up and Page Down move by.
    pub fn page(self) -> usize {
        let down = self.down.get_value();
        usize::try_from((down.height / down.row_height.max(1) - 1).max(1)).unwrap_or(1)
    }
}

fn measured(node: &Element, selector: &str) -> Option<(i32, i32)> {
    let found = node.query_selector(selector).ok().flatten()?;
    let size = found.get_bounding_client_rect();
    let (width, height) = (pixels(size.width()), pixels(size.height()));
    (width > 0 && height > 0).then_some((width, height))
}

#[expect(clippy::cast_possible_truncation, reason = "far below 2^31 pixels")]
fn pixels(length: f64) -> i32 {
    length.round() as i32
}
