//! Output of a program as lines: it grows by arbitrary chunks and has a bounded size.
//!
//! `anstyle_parse` parses escape sequences; [`line`] applies them. No output is ever interpreted as
//! markup.

mod folds;
mod line;
mod pieces;
mod search;
#[cfg(test)]
mod tests;

use anstyle_parse::Parser;
pub use folds::Folds;
use line::LineBuffer;
pub use line::{Line, PIECE, Span, styled};
pub use pieces::{Found, Piece, pieces};
pub use search::{LogSearch, Match, finds};
use std::collections::VecDeque;
use vestibule_model::run::RunLog;

/// Limits of a log. Lines beyond them are dropped at the beginning, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Number of rows.
    pub rows: usize,
    /// Approximate number of bytes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 100_000,
            bytes: 24 * 1024 * 1024,
        }
    }
}

/// Maximum length of an escape sequence: an apparent beginning of one must not hide everything
/// after it.
const LONGEST_ESCAPE: usize = 4096;

/// Row to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogRow {
    /// A line with its number; further pieces of a line have the same number.
    Line(u64, Line),
    /// Output that the server did not keep.
    Gap {
        /// Number of missing bytes.
        bytes: u64,
        /// Number of the line before.
        after: u64,
    },
}

impl LogRow {
    /// Returns the number of its line, or of the line before it.
    fn number(&self) -> u64 {
        match self {
            Self::Line(number, _) => *number,
            Self::Gap { after, .. } => *after,
        }
    }
}

/// Effect of new output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogChange {
    /// The log is unchanged.
    Same,
    /// The end changed.
    Grown,
    /// The log was replaced.
    Replaced,
}

/// Log of one program.
#[derive(Debug, Default)]
pub struct Log {
    limits: Limits,
    parser: Parser,
    buffer: LineBuffer,
    /// Number of bytes of an unfinished escape sequence.
    unclear: usize,
    rows: VecDeque<LogRow>,
    /// Number of rows dropped at the beginning.
    gone: u64,
    /// Number of lines dropped with them.
    dropped: u64,
    /// Number of the last finished line.
    lines: u64,
    /// Last line before the first gap, after which numbers are unknown, or `None` without a gap.
    numbered: Option<u64>,
    bytes: usize,
    longest: usize,
    /// Position up to which the output was read, or `None` before the first response.
    ends_at: Option<u64>,
}

impl Log {
    /// Creates an empty log with these limits.
    pub fn within(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Applies the response to a request for the output after [`Self::ends_at`].
    pub fn take(&mut self, update: &RunLog) -> LogChange {
        let known = self.ends_at.unwrap_or(0);
        let is_first = self.ends_at.is_none();
        if !is_first && update.ends_at == known {
            return LogChange::Same;
        }
        if update.skipped_bytes < known {
            // A smaller position belongs to another output.
            *self = Self::within(self.limits);
            self.take(update);
            return LogChange::Replaced;
        }
        self.skip(update.skipped_bytes - known);
        self.write(update.text.as_bytes());
        self.ends_at = Some(update.ends_at);
        if is_first {
            LogChange::Replaced
        } else {
            LogChange::Grown
        }
    }

    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.buffer.has_acted = false;
            let is_end = *byte == b'\n';
            let lines = self.buffer.done.len();
            self.parser.advance(&mut self.buffer, *byte);
            self.unclear = if self.buffer.has_acted {
                0
            } else {
                self.unclear + 1
            };
            let is_swallowed = is_end && self.buffer.done.len() == lines;
            if is_swallowed || self.unclear > LONGEST_ESCAPE {
                self.parser = Parser::default();
                self.unclear = 0;
            }
            if is_swallowed {
                self.buffer.end_line();
            }
            if !self.buffer.done.is_empty() {
                self.keep();
            }
        }
    }

    /// Returns the position for the next request, in bytes of the output.
    pub fn ends_at(&self) -> u64 {
        self.ends_at.unwrap_or(0)
    }

    /// Returns `true` if there was a response.
    pub fn is_known(&self) -> bool {
        self.ends_at.is_some()
    }

    /// Returns the number of rows, including the unfinished line.
    pub fn count(&self) -> usize {
        self.rows.len() + usize::from(!self.buffer.is_empty())
    }

    /// Returns the number of rows dropped at the beginning, which keeps row numbers stable.
    pub fn gone(&self) -> u64 {
        self.gone
    }

    /// Returns the number of lines that were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns the number of lines, including the unfinished one.
    pub fn lines(&self) -> u64 {
        self.lines + u64::from(!self.buffer.is_empty() && !self.buffer.continues())
    }

    /// Returns `true` if the log is complete, except for output that the server did not keep.
    pub fn is_whole(&self) -> bool {
        self.numbered.is_none()
    }

    /// Returns `true` if the number of a line is the one in the whole output, and final.
    pub fn is_numbered(&self, number: u64) -> bool {
        self.numbered.is_none_or(|last| number <= last)
    }

    /// Returns the length of the longest row, in characters.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Returns a row by its index among the kept ones.
    pub fn row(&self, place: usize) -> Option<LogRow> {
        match self.rows.get(place) {
            Some(row) => Some(row.clone()),
            None if place == self.rows.len() && !self.buffer.is_empty() => {
                Some(LogRow::Line(self.lines(), self.buffer.line()))
            }
            None => None,
        }
    }

    /// Returns the length of a row, in characters.
    pub fn chars(&self, place: usize) -> usize {
        match self.rows.get(place) {
            Some(LogRow::Line(_, line)) => line.text.chars().count(),
            Some(LogRow::Gap { .. }) => 0,
            None => self.buffer.chars(),
        }
    }

    /// Returns `true` if a row may still change.
    pub fn is_open(&self, place: usize) -> bool {
        place >= self.rows.len()
    }

    /// Returns the index of a line among the kept rows, or `None` if its number is not known.
    pub fn place_of(&self, number: u64) -> Option<usize> {
        let place = self.rows.partition_point(|row| row.number() < number);
        let is_it = matches!(self.row(place)?, LogRow::Line(of, _) if of == number);
        (is_it && self.is_numbered(number)).then_some(place)
    }

    /// Returns all kept output as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for place in 0..self.count() {
            match self.row(place) {
                Some(LogRow::Line(_, line)) => {
                    if line.continues {
                        text.pop();
                    }
                    text.push_str(&line.text);
                }
                Some(LogRow::Gap { bytes, .. }) => text.push_str(&gap_sentence(bytes)),
                None => {}
            }
            text.push('\n');
        }
        text
    }

    /// Appends finished lines.
    fn keep(&mut self) {
        for line in std::mem::take(&mut self.buffer.done) {
            // A piece belongs to the line that it continues.
            self.lines += u64::from(!line.continues);
            self.longest = self.longest.max(line.text.chars().count());
            self.bytes += line.weight();
            self.push(LogRow::Line(self.lines, line));
        }
    }

    /// Inserts a gap of this number of bytes.
    fn skip(&mut self, bytes: u64) {
        if bytes == 0 {
            return;
        }
        if !self.buffer.is_empty() {
            self.buffer.end_line();
            self.keep();
        }
        self.buffer.plain();
        self.parser = Parser::default();
        self.numbered.get_or_insert(self.lines);
        self.push(LogRow::Gap {
            bytes,
            after: self.lines,
        });
    }

    fn push(&mut self, row: LogRow) {
        self.rows.push_back(row);
        while self.rows.len() > self.limits.rows.max(1)
            || (self.bytes > self.limits.bytes && self.rows.len() > 1)
        {
            match self.rows.pop_front() {
                Some(LogRow::Line(_, line)) => {
                    self.bytes = self.bytes.saturating_sub(line.weight());
                    self.dropped += u64::from(!line.continues);
                }
                Some(LogRow::Gap { .. }) | None => {}
            }
            self.gone += 1;
        }
    }
}

/// Returns the text of a gap.
pub fn gap_sentence(bytes: u64) -> String {
    ["… ", &size(bytes), " of output were not kept"].concat()
}

/// Formats a number of bytes: "1.2 MB".
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return [&bytes.to_string(), " bytes"].concat(),
        1_000..1_000_000 => (1_000, " KB"),
        1_000_000..1_000_000_000 => (1_000_000, " MB"),
        _ => (1_000_000_000, " GB"),
    };
    let (whole, tenth) = (bytes / unit, bytes % unit * 10 / unit);
    if whole >= 100 || tenth == 0 {
        [&whole.to_string(), name].concat()
    } else {
        [&whole.to_string(), ".", &tenth.to_string(), name].concat()
    }
}
