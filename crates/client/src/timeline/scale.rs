//! Scale of the timeline: the visible part, positions and ticks.
//!
//! Positions are in thousandths of the width, for a drawing whose view box is 1,000 wide: a page
//! under a strict Content-Security-Policy has attributes, and no `style`.

use super::{Span, Timeline};
use vestibule_model::duration::humanize;
use vestibule_model::time::{Millis, Timestamp};

/// Width of the drawing in its own units.
pub const WIDTH: i32 = 1000;
/// Minimum width of a bar, so that 5 ms of a day can still be seen and pointed at.
pub const MIN_WIDTH: i32 = 4;
/// Shortest visible time.
pub const MIN_SPAN: Millis = Millis(20);

/// Steps between ticks, in milliseconds; beyond a week, whole weeks.
const STEPS: &[i64] = &[
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    10_800_000,
    21_600_000,
    43_200_000,
    86_400_000,
    172_800_000,
    604_800_000,
];

/// The visible part of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    whole: Span,
    seen: Span,
}

/// Position of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarPosition {
    /// Left edge, in thousandths.
    pub x: i32,
    /// Width, in thousandths; never below [`MIN_WIDTH`].
    pub width: i32,
}

/// Tick of the ruler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Time.
    pub at: Timestamp,
    /// Position in thousandths.
    pub x: i32,
    /// Time since the beginning of the run: "15 s", "1 min 30 s".
    pub label: String,
}

impl Scale {
    /// Returns the whole timeline from the beginning of the run; at least a second while it is in
    /// progress, so that its first moments do not rush by.
    pub fn whole(timeline: &Timeline) -> Self {
        let least = if timeline.is_live {
            Millis::from_secs(1)
        } else {
            MIN_SPAN
        };
        let until = timeline.end.max(timeline.begin + least);
        let whole = Span {
            from: timeline.begin,
            until,
        };
        Self { whole, seen: whole }
    }

    /// Returns the visible span.
    pub const fn seen(self) -> Span {
        self.seen
    }

    /// Returns the scale with everything visible.
    pub const fn all(self) -> Self {
        Self {
            seen: self.whole,
            ..self
        }
    }

    /// Returns `true` if everything is visible.
    pub fn is_whole(self) -> bool {
        self.seen == self.whole
    }

    /// Returns the same part after the timeline has grown. If everything was visible, it still is;
    /// at the end the view moves along; elsewhere it stays.
    pub fn follow(self, timeline: &Timeline) -> Self {
        let grown = Self::whole(timeline);
        if self.is_whole() || self.whole.from != grown.whole.from {
            return grown;
        }
        let shift = if self.seen.until == self.whole.until {
            grown.whole.until.since(self.whole.until)
        } else {
            Millis(0)
        };
        Self {
            whole: grown.whole,
            seen: self.seen,
        }
        .show(self.seen.from + shift, self.seen.length())
    }

    /// Zooms in to two thirds of the time around `point`.
    pub fn zoom_in(self, point: Timestamp) -> Self {
        let length = self.seen.length().0;
        self.zoom_to(Millis(length / 3 * 2 + length % 3 * 2 / 3), point)
    }

    /// Zooms out by half around `point`.
    pub fn zoom_out(self, point: Timestamp) -> Self {
        let length = self.seen.length().0;
        self.zoom_to(Millis(length.saturating_add(length / 2 + 1)), point)
    }

    /// Shows this much time around `point`, as far as the whole allows.
    pub fn zoom_to(self, length: Millis, point: Timestamp) -> Self {
        let whole = self.whole.length();
        let length = length.max(MIN_SPAN).min(whole);
        let point = point.clamp(self.seen.from, self.seen.until);
        let before = part(
            point.since(self.seen.from).0,
            self.seen.length().0,
            length.0,
        );
        self.show(point - Millis(before), length)
    }

    /// Moves the view by this many thousandths of its width; to earlier times when negative.
    pub fn pan(self, thousandths: i32) -> Self {
        let length = self.seen.length();
        let by = part(i64::from(thousandths), i64::from(WIDTH), length.0);
        self.show(self.seen.from + Millis(by), length)
    }

    /// Centres the view at a moment, as far as the whole allows.
    pub fn center(self, at: Timestamp) -> Self {
        let length = self.seen.length();
        self.show(at - Millis(length.0 / 2), length)
    }

    /// Shows one span with a tenth of its length on both sides.
    pub fn fit(self, span: Span) -> Self {
        let length = span.length().0.max(MIN_SPAN.0);
        let air = length / 10;
        let length =
            Millis(length.saturating_add(air).saturating_add(air)).min(self.whole.length());
        self.show(span.from - Millis(air), length)
    }

    fn show(self, from: Timestamp, length: Millis) -> Self {
        let from = from.max(self.whole.from).min(self.whole.until - length);
        Self {
            seen: Span {
                from,
                until: from + length,
            },
            ..self
        }
    }

    /// Returns the position of a moment in thousandths, limited to the edges.
    pub fn x(self, at: Timestamp) -> i32 {
        let at = at.clamp(self.seen.from, self.seen.until);
        let x = part(
            at.since(self.seen.from).0,
            self.seen.length().0,
            i64::from(WIDTH),
        );
        i32::try_from(x).unwrap_or(WIDTH).clamp(0, WIDTH)
    }

    /// Returns the position of a moment, or `None` if it is not visible.
    pub fn x_if_seen(self, at: Timestamp) -> Option<i32> {
        (self.seen.from <= at && at <= self.seen.until).then(|| self.x(at))
    }

    /// Returns the position of a span, or `None` if no part of it is visible. `until: None` extends
    /// to the end.
    pub fn place(self, from: Timestamp, until: Option<Timestamp>) -> Option<BarPosition> {
        let until = until.unwrap_or(self.whole.until).max(from);
        if until < self.seen.from || from > self.seen.until {
            return None;
        }
        let (left, right) = (self.x(from), self.x(until));
        let width = (right - left).max(MIN_WIDTH);
        Some(BarPosition {
            x: left.min(WIDTH - width),
            width,
        })
    }

    /// Returns the moment at a position.
    pub fn at(self, x: i32) -> Timestamp {
        let x = i64::from(x.clamp(0, WIDTH));
        self.seen.from + Millis(part(x, i64::from(WIDTH), self.seen.length().0))
    }

    /// Returns at most `most` ticks at round intervals.
    pub fn ticks(self, most: usize) -> Vec<Tick> {
        let most = i64::try_from(most.clamp(1, 100)).unwrap_or(100);
        let length = self.seen.length().0;
        // There may be one more visible tick than there are intervals.
        let fits = |step: i64| length / step < most;
        let step = STEPS.iter().copied().find(|step| fits(*step));
        let step = step.unwrap_or_else(|| {
            let week = 604_800_000;
            (length / most / week + 1).saturating_mul(week)
        });
        let first = self.seen.from.since(self.whole.from).0;
        let mut offset = first.div_euclid(step).saturating_mul(step);
        if offset < first {
            offset = offset.saturating_add(step);
        }
        let mut ticks = Vec::new();
        loop {
            let at = self.whole.from + Millis(offset);
            if at > self.seen.until {
                return ticks;
            }
            ticks.push(Tick {
                at,
                x: self.x(at),
                label: offset_label(Millis(offset)),
            });
            let next = offset.saturating_add(step);
            if next == offset {
                return ticks;
            }
            offset = next;
        }
    }
}

/// Formats the time since the beginning: in milliseconds if seconds are too coarse.
pub fn offset_label(offset: Millis) -> String {
    let rest = offset.0 % 1_000;
    if rest == 0 || offset.0 < 0 {
        return humanize(offset);
    }
    if offset.0 < 1_000 {
        return format!("{rest} ms");
    }
    let digits = format!("{rest:03}");
    let digits = digits.trim_end_matches('0');
    let seconds = offset.as_secs();
    if seconds < 60 {
        format!("{seconds}.{digits} s")
    } else {
        format!("{} min {}.{digits} s", seconds / 60, seconds % 60)
    }
}

/// Computes `numerator / denominator` of `whole` without overflow.
fn part(numerator: i64, denominator: i64, whole: i64) -> i64 {
    if denominator <= 0 {
        return 0;
    }
    let exact = i128::from(numerator) * i128::from(whole) / i128::from(denominator);
    i64::try_from(exact).unwrap_or(whole)
}

#[cfg(test)]
#[path = "scale_tests.rs"]
mod tests;
