//! Window of rendered rows: the visible ones, and some before and after them.
//!
//! Lengths are in CSS pixels; every row has the same height.

/// Scroll position of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrollPosition {
    /// Scroll offset; negative while a page bounces at its top.
    pub offset: i32,
    /// Visible height.
    pub height: i32,
    /// Height of a row.
    pub row_height: i32,
}

/// Rows to render.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowWindow {
    /// First row.
    pub first: usize,
    /// Row after the last.
    pub end: usize,
    /// Height of the rows before.
    pub before: i64,
    /// Height of the rows after.
    pub after: i64,
}

impl RowWindow {
    /// Returns the rows to render of `count`, with `overscan` more on both sides for quick
    /// scrolling.
    pub fn of(scroll: ScrollPosition, count: usize, overscan: usize) -> Self {
        let row_height = i64::from(scroll.row_height.max(1));
        let top = i64::from(scroll.offset).max(0);
        let bottom = top.saturating_add(i64::from(scroll.height).max(0));
        let first = places(top / row_height).min(count);
        let last = places(bottom.saturating_add(row_height - 1) / row_height).min(count);
        // Beyond the end the last rows are rendered.
        let seen = last - first;
        let first = if first == count && seen == 0 {
            let fit = places(i64::from(scroll.height).max(0) / row_height);
            count.saturating_sub(fit.max(1))
        } else {
            first
        };
        let first = first.saturating_sub(overscan);
        let end = last.saturating_add(overscan).min(count);
        Self {
            first,
            end,
            before: room(first, row_height),
            after: room(count - end, row_height),
        }
    }

    /// Returns the number of rendered rows.
    pub fn len(self) -> usize {
        self.end - self.first
    }

    /// Returns `true` if no row is rendered.
    pub fn is_empty(self) -> bool {
        self.end == self.first
    }
}

impl ScrollPosition {
    /// Returns the scroll offset at which a row is fully visible below a sticky head of `head`
    /// pixels, or `None` if it is already.
    pub fn reveal(self, place: usize, head: i32) -> Option<i32> {
        let row_height = self.row_height.max(1);
        let top = i32::try_from(place)
            .unwrap_or(i32::MAX)
            .saturating_mul(row_height);
        let bottom = top.saturating_add(row_height);
        let head = head.max(0);
        if top < self.offset.saturating_add(head) {
            let offset = top.saturating_sub(head).max(0);
            (offset != self.offset).then_some(offset)
        } else if bottom > self.offset.saturating_add(self.height) {
            Some(bottom.saturating_sub(self.height).max(0))
        } else {
            None
        }
    }
}

fn places(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn room(rows: usize, row_height: i64) -> i64 {
    i64::try_from(rows)
        .unwrap_or(i64::MAX)
        .saturating_mul(row_height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SCROLL: ScrollPosition = ScrollPosition {
        offset: 0,
        height: 400,
        row_height: 40,
    };

    #[test]
    fn only_visible_rows_of_ten_thousand_are_rendered() {
        let window = RowWindow::of(SCROLL, 10_000, 5);
        assert_eq!((window.first, window.end, window.before), (0, 15, 0));
        assert_eq!(window.after, 9_985 * 40);
        let scroll = ScrollPosition {
            offset: 200_010,
            ..SCROLL
        };
        let window = RowWindow::of(scroll, 10_000, 5);
        assert_eq!((window.first, window.end), (4_995, 5_016));
        let beyond = ScrollPosition {
            offset: 900_000,
            ..SCROLL
        };
        let window = RowWindow::of(beyond, 12, 0);
        assert_eq!((window.first, window.end), (2, 12));
    }

    #[test]
    fn row_is_revealed_with_the_least_scrolling() {
        assert_eq!(SCROLL.reveal(3, 40), None);
        assert_eq!(SCROLL.reveal(10, 40), Some(40));
        let down = ScrollPosition {
            offset: 1_000,
            ..SCROLL
        };
        assert_eq!(down.reveal(25, 40), Some(960));
        assert_eq!(down.reveal(0, 40), Some(0));
        assert_eq!(SCROLL.reveal(0, 40), None);
    }

    proptest! {
        #[test]
        fn visible_rows_are_rendered_and_the_height_is_constant(
            offset in any::<i32>(),
            height in -10i32..5_000,
            row_height in -1i32..100,
            count in 0usize..20_000,
            overscan in 0usize..50,
        ) {
            let scroll = ScrollPosition { offset, height, row_height };
            let window = RowWindow::of(scroll, count, overscan);
            let row = i64::from(row_height.max(1));
            prop_assert!(window.first <= window.end && window.end <= count);
            let drawn = i64::try_from(window.len()).expect("small") * row;
            let all = i64::try_from(count).expect("small") * row;
            prop_assert_eq!(window.before + drawn + window.after, all);
            let most = places(i64::from(height.max(0)) / row) + 2 + 2 * overscan;
            prop_assert!(window.len() <= most, "{} of {}", window.len(), most);
            let (top, bottom) = (i64::from(offset).max(0), i64::from(offset).max(0) + i64::from(height.max(0)));
            if top < all && height > 0 {
                prop_assert!(window.before <= top);
                prop_assert!(window.before + drawn >= bottom.min(all));
            }
            if count > 0 && height > 0 {
                prop_assert!(!window.is_empty());
            }
        }

        #[test]
        fn revealed_row_is_visible(
            offset in 0i32..500_000,
            place in 0usize..10_000,
        ) {
            let scroll = ScrollPosition { offset, ..SCROLL };
            let offset = scroll.reveal(place, 40).unwrap_or(offset);
            let top = i32::try_from(place).expect("small") * 40;
            prop_assert!(top + 40 <= offset + 400);
            prop_assert!(offset == 0 || offset + 40 <= top);
        }
    }
}
