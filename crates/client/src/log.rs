//! Output of a program as lines: it grows by chunks, cut anywhere, and takes no more room than it
//! is given.
//!
//! Escape sequences are read by `anstyle_parse`; what they may do here is in [`line`]. Nothing in a
//! log is ever markup.

mod folds;
mod line;
mod pieces;
mod search;
#[cfg(test)]
mod tests;

use anstyle_parse::Parser;
pub use folds::Folds;
use line::Desk;
pub use line::{Line, PIECE, Span};
pub use pieces::{Found, Piece, pieces};
pub use search::{Match, Search, finds};
use std::collections::VecDeque;
use vestibule_model::run::RunLog;

/// Limits of a log. Lines beyond them are dropped at the beginning, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// So many rows.
    pub rows: usize,
    /// About so many bytes.
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

/// An escape sequence that goes on for longer is none: what looked like its beginning must not
/// swallow everything after it.
const LONGEST_ESCAPE: usize = 4096;

/// A row to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A line, with its number; a further piece of one has its number too.
    Line(u64, Line),
    /// The server did not keep everything.
    Gap {
        /// So many bytes are missing.
        bytes: u64,
        /// After the line with this number.
        after: u64,
    },
}

impl Row {
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
pub enum Change {
    /// Nothing is other than before.
    Same,
    /// There is more at its end.
    Grown,
    /// It is another log.
    Replaced,
}

/// The log.
#[derive(Debug, Default)]
pub struct Log {
    limits: Limits,
    parser: Parser,
    desk: Desk,
    /// How many bytes of what may be an escape sequence there were.
    unclear: usize,
    rows: VecDeque<Row>,
    /// How many rows went at the beginning.
    gone: u64,
    /// How many lines went with them.
    dropped: u64,
    /// The number of the last finished line.
    lines: u64,
    /// The last line before the first gap: how many lines a gap had is not known, and so no number
    /// after it, either. None: there is no gap.
    numbered: Option<u64>,
    bytes: usize,
    longest: usize,
    /// Up to where it was read, or `None` until something was.
    ends_at: Option<u64>,
}

impl Log {
    /// Returns an empty one that keeps so much.
    pub fn within(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes in what the server answered to the question for what comes after
    /// [`Self::ends_at`].
    pub fn take(&mut self, news: &RunLog) -> Change {
        let known = self.ends_at.unwrap_or(0);
        let is_first = self.ends_at.is_none();
        if !is_first && news.ends_at == known {
            return Change::Same;
        }
        if news.skipped_bytes < known {
            // Less than was read already: another output has taken its place.
            *self = Self::within(self.limits);
            self.take(news);
            return Change::Replaced;
        }
        self.skip(news.skipped_bytes - known);
        self.write(news.text.as_bytes());
        self.ends_at = Some(news.ends_at);
        if is_first {
            Change::Replaced
        } else {
            Change::Grown
        }
    }

    /// Takes in the next bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.desk.has_acted = false;
            let is_end = *byte == b'\n';
            let lines = self.desk.done.len();
            self.parser.advance(&mut self.desk, *byte);
            self.unclear = if self.desk.has_acted {
                0
            } else {
                self.unclear + 1
            };
            let is_swallowed = is_end && self.desk.done.len() == lines;
            if is_swallowed || self.unclear > LONGEST_ESCAPE {
                self.parser = Parser::default();
                self.unclear = 0;
            }
            if is_swallowed {
                self.desk.end_line();
            }
            if !self.desk.done.is_empty() {
                self.keep();
            }
        }
    }

    /// Up to where it was read, in bytes of the output: what to ask for next.
    pub fn ends_at(&self) -> u64 {
        self.ends_at.unwrap_or(0)
    }

    /// Returns `true` if the server was heard of it at all.
    pub fn is_known(&self) -> bool {
        self.ends_at.is_some()
    }

    /// Returns how many rows there are, with the line that is being written.
    pub fn count(&self) -> usize {
        self.rows.len() + usize::from(!self.desk.is_empty())
    }

    /// Returns how many rows went at the beginning: what a row is counted by, so that it is known
    /// again after others went.
    pub fn gone(&self) -> u64 {
        self.gone
    }

    /// Returns how many lines were read but are not kept.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns how many lines there were, with the one that is being written.
    pub fn lines(&self) -> u64 {
        self.lines + u64::from(!self.desk.is_empty() && !self.desk.continues())
    }

    /// Returns `true` if nothing of it is missing that the server did not keep.
    pub fn is_whole(&self) -> bool {
        self.numbered.is_none()
    }

    /// Returns `true` if the number of a line is the one it has in the whole output, and stays.
    pub fn is_numbered(&self, number: u64) -> bool {
        self.numbered.is_none_or(|last| number <= last)
    }

    /// Returns how many characters the longest row has.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Returns a row by its place among those that are kept.
    pub fn row(&self, place: usize) -> Option<Row> {
        match self.rows.get(place) {
            Some(row) => Some(row.clone()),
            None if place == self.rows.len() && !self.desk.is_empty() => {
                Some(Row::Line(self.lines(), self.desk.line()))
            }
            None => None,
        }
    }

    /// Returns how many characters a row has.
    pub fn chars(&self, place: usize) -> usize {
        match self.rows.get(place) {
            Some(Row::Line(_, line)) => line.text.chars().count(),
            Some(Row::Gap { .. }) => 0,
            None => self.desk.chars(),
        }
    }

    /// Returns `true` if a row may still change.
    pub fn is_open(&self, place: usize) -> bool {
        place >= self.rows.len()
    }

    /// Returns where a line stands among the rows that are kept, or `None` where its number says
    /// nothing.
    pub fn place_of(&self, number: u64) -> Option<usize> {
        let place = self.rows.partition_point(|row| row.number() < number);
        let is_it = matches!(self.row(place)?, Row::Line(of, _) if of == number);
        (is_it && self.is_numbered(number)).then_some(place)
    }

    /// Returns all that is kept, as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for place in 0..self.count() {
            match self.row(place) {
                Some(Row::Line(_, line)) => {
                    if line.continues {
                        text.pop();
                    }
                    text.push_str(&line.text);
                }
                Some(Row::Gap { bytes, .. }) => text.push_str(&gap_sentence(bytes)),
                None => {}
            }
            text.push('\n');
        }
        text
    }

    /// Puts finished lines among the rows.
    fn keep(&mut self) {
        for line in std::mem::take(&mut self.desk.done) {
            // A piece belongs to the line that it goes on with.
            self.lines += u64::from(!line.continues);
            self.longest = self.longest.max(line.text.chars().count());
            self.bytes += line.weight();
            self.push(Row::Line(self.lines, line));
        }
    }

    /// So many bytes are missing here.
    fn skip(&mut self, bytes: u64) {
        if bytes == 0 {
            return;
        }
        if !self.desk.is_empty() {
            self.desk.end_line();
            self.keep();
        }
        self.desk.plain();
        self.parser = Parser::default();
        self.numbered.get_or_insert(self.lines);
        self.push(Row::Gap {
            bytes,
            after: self.lines,
        });
    }

    fn push(&mut self, row: Row) {
        self.rows.push_back(row);
        while self.rows.len() > self.limits.rows.max(1)
            || (self.bytes > self.limits.bytes && self.rows.len() > 1)
        {
            match self.rows.pop_front() {
                Some(Row::Line(_, line)) => {
                    self.bytes = self.bytes.saturating_sub(line.weight());
                    self.dropped += u64::from(!line.continues);
                }
                Some(Row::Gap { .. }) | None => {}
            }
            self.gone += 1;
        }
    }
}

/// Returns what is said in the place of bytes that the server did not keep.
pub fn gap_sentence(bytes: u64) -> String {
    ["… ", &size(bytes), " of output were not kept"].concat()
}

/// Returns a number of bytes for people: "1.2 MB".
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
