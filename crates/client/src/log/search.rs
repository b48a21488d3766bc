//! Case-insensitive search in a growing log.

use super::{Log, LogRow};
use crate::matches::Matches;
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

impl Match {
    /// Returns the place before all matches of a row.
    fn first_of(row: u64) -> Self {
        Self {
            row,
            start: 0,
            end: 0,
        }
    }
}

/// Search in a log, with its matches.
#[derive(Debug, Clone, Default)]
pub struct LogSearch {
    text: String,
    matches: Matches<Match>,
    /// Row up to which the matches are known.
    next: u64,
}

impl LogSearch {
    /// Creates a search for a text. [`Self::update`] finds matches.
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
    pub fn update(&mut self, log: &Log) {
        let gone = log.gone();
        self.matches.remove_before(Match::first_of(gone));
        // The then unfinished line may have changed.
        self.matches.remove_from(Match::first_of(self.next));
        if self.text.is_empty() {
            return;
        }
        let from = usize::try_from(self.next.saturating_sub(gone)).unwrap_or(usize::MAX);
        for place in from..log.count() {
            if self.matches.found().len() >= MOST {
                break;
            }
            let row = gone + place as u64;
            if let Some(LogRow::Line(_, line)) = log.row(place) {
                for (start, end) in finds(&line.text, &self.text) {
                    self.matches.insert(Match { row, start, end });
                }
            }
            if !log.is_open(place) {
                self.next = row + 1;
            }
        }
    }

    /// Returns the number of matches, and whether there may be more.
    pub fn count(&self) -> (usize, bool) {
        let count = self.matches.found().len();
        (count, count >= MOST)
    }

    /// Returns the current match with its number, from 1.
    pub fn current(&self) -> Option<(usize, Match)> {
        self.matches.current()
    }

    /// Moves to the next match, from the last to the first, or back; the first step starts at a row.
    pub fn step(&mut self, is_back: bool, row: u64) -> Option<Match> {
        self.matches.step(is_back, Match::first_of(row))
    }
}

/// Returns the byte positions of a text in another, ignoring case.
pub fn finds(text: &str, query: &str) -> Vec<(usize, usize)> {
    if query.is_empty() {
        return Vec::new();
    }
    if query.is_ascii() || text.is_ascii() {
        return bytes(text.as_bytes(), query.as_bytes());
    }
    let query = fold(query);
    let (mut folded, mut letters) = (String::new(), Vec::new());
    for (at, letter) in text.char_indices() {
        letters.push((folded.len(), at));
        folded.push_str(&fold(letter.encode_utf8(&mut [0; 4])));
    }
    letters.push((folded.len(), text.len()));
    // A character may have become two; a match includes the whole of its first and last one.
    let found = folded.match_indices(&query).map(|(start, _)| {
        let end = start + query.len();
        let first = letters.partition_point(|(at, _)| *at <= start) - 1;
        let last = letters.partition_point(|(at, _)| *at < end);
        (letters[first].1, letters[last].1)
    });
    found.collect()
}

/// Finds ASCII text, in any case; other characters are compared as they are.
fn bytes(text: &[u8], query: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some(end) = at.checked_add(query.len()).filter(|end| *end <= text.len()) {
        if text[at..end].eq_ignore_ascii_case(query) {
            found.push((at, end));
            at = end;
        } else {
            at += 1;
        }
    }
    found
}
