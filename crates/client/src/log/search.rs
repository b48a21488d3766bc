//! Case-insensitive search in a growing log.

use super::{Log, LogRow};
use vestibule_model::fold::fold;

/// Maximum number of counted matches.
const MOST: usize = 10_000;

/// Match of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// Row, counted from the beginning of the log including dropped rows.
    pub row: u64,
    /// Begin in the row's text, in bytes.
    pub start: usize,
    /// End in the row's text, in bytes.
    pub end: usize,
}

/// Search in a log, with its matches.
#[derive(Debug, Clone, Default)]
pub struct Search {
    text: String,
    found: Vec<Match>,
    /// Row up to which the matches are known.
    next: u64,
    /// The current match.
    current: Option<Match>,
}

impl Search {
    /// Creates a search for a text. [`Self::look`] finds matches.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// Returns the searched text; empty for none.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Searches new rows of a log, and removes matches in dropped ones.
    pub fn look(&mut self, log: &Log) {
        let gone = log.gone();
        let passed = self.found.partition_point(|found| found.row < gone);
        self.found.drain(..passed);
        self.current = self.current.filter(|current| current.row >= gone);
        // The then unfinished line may have changed.
        let known = self.found.partition_point(|found| found.row < self.next);
        self.found.truncate(known);
        if self.text.is_empty() {
            return;
        }
        let from = usize::try_from(self.next.saturating_sub(gone)).unwrap_or(usize::MAX);
        for place in from..log.count() {
            if self.found.len() >= MOST {
                break;
            }
            let row = gone + place as u64;
            if let Some(LogRow::Line(_, line)) = log.row(place) {
                let found = finds(&line.text, &self.text).into_iter();
                self.found
                    .extend(found.map(|(start, end)| Match { row, start, end }));
            }
            if !log.is_open(place) {
                self.next = row + 1;
            }
        }
        self.current = self
            .current
            .filter(|current| self.found.binary_search(current).is_ok());
    }

    /// Returns the number of matches, and whether there may be more.
    pub fn count(&self) -> (usize, bool) {
        (self.found.len(), self.found.len() >= MOST)
    }

    /// Returns the current match with its number, from 1.
    pub fn current(&self) -> Option<(usize, Match)> {
        let current = self.current?;
        let place = self.found.binary_search(&current).ok()?;
        Some((place + 1, current))
    }

    /// Moves to the next match, from the last to the first; the first step goes to the first match
    /// in or after a row.
    pub fn go_on(&mut self, row: u64) -> Option<Match> {
        let next = match self.current() {
            Some((number, _)) => number,
            None => self.found.partition_point(|found| found.row < row),
        };
        self.current = self.found.get(next).or_else(|| self.found.first()).copied();
        self.current
    }

    /// Moves to the previous match, from the first to the last.
    pub fn go_back(&mut self, row: u64) -> Option<Match> {
        let after = match self.current() {
            Some((number, _)) => number - 1,
            None => self.found.partition_point(|found| found.row < row),
        };
        let before = after.checked_sub(1).and_then(|place| self.found.get(place));
        self.current = before.or_else(|| self.found.last()).copied();
        self.current
    }
}

/// Returns the byte positions of a text in another, ignoring case.
pub fn finds(text: &str, wanted: &str) -> Vec<(usize, usize)> {
    if wanted.is_empty() {
        return Vec::new();
    }
    if wanted.is_ascii() || text.is_ascii() {
        return bytes(text.as_bytes(), wanted.as_bytes());
    }
    let wanted = fold(wanted);
    let (mut folded, mut letters) = (String::new(), Vec::new());
    for (at, letter) in text.char_indices() {
        letters.push((folded.len(), at));
        folded.push_str(&fold(letter.encode_utf8(&mut [0; 4])));
    }
    letters.push((folded.len(), text.len()));
    // One character may have become two; a match includes the whole of its first and last one.
    let found = folded.match_indices(&wanted).map(|(start, _)| {
        let end = start + wanted.len();
        let first = letters.partition_point(|(at, _)| *at <= start) - 1;
        let last = letters.partition_point(|(at, _)| *at < end);
        (letters[first].1, letters[last].1)
    });
    found.collect()
}

/// ASCII texts contain no other characters, which are compared as they are.
fn bytes(text: &[u8], wanted: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some(end) = at
        .checked_add(wanted.len())
        .filter(|end| *end <= text.len())
    {
        if text[at..end].eq_ignore_ascii_case(wanted) {
            found.push((at, end));
            at = end;
        } else {
            at += 1;
        }
    }
    found
}
