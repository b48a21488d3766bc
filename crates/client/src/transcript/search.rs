//! Search in a whole transcript, page by page from its end.

use super::Transcript;
use crate::log::finds;
use crate::matches::Matches;
use std::collections::BTreeSet;
use vestibule_model::tab::transcript::{TranscriptEvent, TranscriptPage, plain};

/// Case-insensitive search. A match is an event whose text contains the searched one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TranscriptSearch {
    text: String,
    /// Numbers of the events that match.
    matches: Matches<u64>,
    /// Numbers of the first and last searched event.
    searched: Option<(u64, u64)>,
    /// Number of the oldest event that the server keeps.
    kept_from: u64,
}

impl TranscriptSearch {
    /// Returns a search that has searched nothing yet; with an empty text it never finds anything.
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

    /// Searches the held events, if they reach the newest one.
    pub fn begin(&mut self, transcript: &Transcript) {
        self.kept_from = transcript.kept_from;
        if !transcript.has_later() {
            self.read_events(transcript.events());
        }
    }

    /// Searches a page.
    pub fn read_page(&mut self, page: &TranscriptPage) {
        self.kept_from = page.first;
        self.read_events(page.items.iter());
        if page.items.is_empty() {
            // There is nothing before.
            self.kept_from = self.searched.map_or(u64::MAX, |(first, _)| first);
        }
    }

    /// Searches events that continue the searched ones at either end; others are left out.
    pub fn read_events<'a>(
        &mut self,
        events: impl DoubleEndedIterator<Item = &'a TranscriptEvent> + Clone,
    ) {
        if self.text.is_empty() {
            return;
        }
        let first = self.searched.map_or(u64::MAX, |(first, _)| first);
        for event in events.clone().filter(|event| event.seq >= first) {
            if self.searched.is_some_and(|(_, last)| event.seq == last + 1) {
                self.read(event);
            }
        }
        for event in events.rev() {
            if self
                .searched
                .is_none_or(|(first, _)| event.seq + 1 == first)
            {
                self.read(event);
            }
        }
    }

    fn read(&mut self, event: &TranscriptEvent) {
        if !finds(&plain(&event.text), &self.text).is_empty() {
            self.matches.insert(event.seq);
        }
        let (first, last) = self.searched.unwrap_or((event.seq, event.seq));
        self.searched = Some((first.min(event.seq), last.max(event.seq)));
    }

    /// Returns the number before which the next page is to be read, or `u64::MAX` for the newest page;
    /// `None` if the whole transcript was searched.
    pub fn next_before(&self) -> Option<u64> {
        if self.text.is_empty() {
            return None;
        }
        match self.searched {
            None if self.kept_from == u64::MAX => None,
            None => Some(u64::MAX),
            Some((first, _)) => (first > self.kept_from.max(1)).then_some(first),
        }
    }

    /// Returns the searched part of the transcript in per cent.
    pub fn progress(&self) -> u64 {
        let Some((first, last)) = self.searched else {
            return 0;
        };
        let all = (last + 1).saturating_sub(self.kept_from.max(1)).max(1);
        ((last + 1 - first) * 100 / all).min(100)
    }

    /// Returns the numbers of the events that match.
    pub fn found(&self) -> &BTreeSet<u64> {
        self.matches.found()
    }

    /// Returns the current match: its number, from 1, and that of its event.
    pub fn current(&self) -> Option<(usize, u64)> {
        self.matches.current()
    }

    /// Moves to the next match, from the last to the first, or back; the first step goes to the newest.
    /// Returns the number of its event.
    pub fn step(&mut self, is_back: bool) -> Option<u64> {
        let is_first = self.current().is_none();
        self.matches.step(is_back || is_first, u64::MAX)
    }
}
