//! Transcript of an agent tab as a page holds it: a part of the events without gaps, which slides with
//! the reader.

mod history;
mod rows;
mod search;
#[cfg(test)]
mod tests;

pub use history::{History, leads_out};
pub use rows::{Row, Span};
pub use search::TranscriptSearch;

use crate::markdown;
use std::collections::VecDeque;
use vestibule_model::tab::queue::{Message, MessageState};
use vestibule_model::tab::transcript::{EventKind, TranscriptEvent, TranscriptPage, plain};

/// Number of events that a page holds while its reader follows the end.
pub const FOLLOWED: usize = 1_000;
/// Number of events that a page holds at most.
pub const MOST: usize = 2_000;

/// Held part of a transcript.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transcript {
    events: VecDeque<TranscriptEvent>,
    /// Number of the oldest event that the server keeps; 0: unknown.
    kept_from: u64,
    /// Number of the newest known event.
    newest: u64,
}

impl Transcript {
    /// Returns the held events, the oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &TranscriptEvent> + Clone {
        self.events.iter()
    }

    /// Returns the number of the oldest held event; 0: there is none.
    pub fn first(&self) -> u64 {
        self.events.front().map_or(0, |event| event.seq)
    }

    /// Returns the number of the newest held event; 0: there is none.
    pub fn last(&self) -> u64 {
        self.events.back().map_or(0, |event| event.seq)
    }

    /// Returns the number of the newest known event, held or not; 0: there is none.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Returns `true` if the server has events before the first held one.
    pub fn has_earlier(&self) -> bool {
        self.first() > self.kept_from.max(1)
    }

    /// Returns `true` if there are events after the last held one.
    pub fn has_later(&self) -> bool {
        self.last() < self.newest
    }

    /// Returns `true` if an event is held.
    pub fn holds(&self, seq: u64) -> bool {
        self.get(seq).is_some()
    }

    /// Returns a held event.
    pub fn get(&self, seq: u64) -> Option<&TranscriptEvent> {
        let at = seq.checked_sub(self.first().max(1))?;
        self.events.get(usize::try_from(at).ok()?)
    }

    /// Replaces the held events by those of a page.
    pub fn show(&mut self, page: TranscriptPage) {
        self.note(&page);
        self.events.clear();
        for event in page.items {
            if self.last() == 0 || event.seq == self.last() + 1 {
                self.events.push_back(event);
            }
        }
        self.newest = self.newest.max(self.last());
    }

    /// Adds a page where it fits: before the held events, dropping the newest beyond the limit, or after
    /// them, dropping the oldest. Events that do not continue the held ones are left out.
    pub fn extend(&mut self, page: TranscriptPage) {
        if self.events.is_empty() {
            return self.show(page);
        }
        self.note(&page);
        let (first, last) = (self.first(), self.last());
        if page.items.first().is_some_and(|event| event.seq < first) {
            for event in page.items.into_iter().rev() {
                if event.seq + 1 == self.first() {
                    self.events.push_front(event);
                }
            }
            self.events.truncate(MOST);
        } else {
            for event in page.items.into_iter().filter(|event| event.seq > last) {
                if event.seq == self.last() + 1 {
                    self.events.push_back(event);
                }
            }
            self.drop_oldest(MOST);
        }
        self.newest = self.newest.max(self.last());
    }

    /// Adds new events. Those that are known already are left out. They are held if the newest before
    /// them is held, and there is room beside what the reader reads. After a gap, which a server makes
    /// that no longer has what is between, the held ones are dropped. Returns `true` if any was new.
    pub fn take(&mut self, events: Vec<TranscriptEvent>, is_following: bool) -> bool {
        let mut is_new = false;
        for event in events {
            let (last, newest) = (self.last(), self.newest);
            let is_gap = newest > 0 && event.seq > newest + 1 && !self.has_later();
            if is_gap {
                self.events.clear();
                self.kept_from = event.seq;
            }
            // A page may have reported it before.
            let fits = is_gap || newest == 0 || event.seq == last + 1;
            is_new |= event.seq > newest || fits;
            self.newest = newest.max(event.seq);
            if fits && (is_following || self.events.len() < MOST) {
                self.events.push_back(event);
            }
        }
        if is_following && !self.has_later() {
            self.drop_oldest(FOLLOWED);
        }
        is_new
    }

    /// Returns the held events of the turn of an event.
    pub fn turn(&self, seq: u64) -> Vec<TranscriptEvent> {
        let turn = self.get(seq).and_then(|event| event.message_id.as_ref());
        let of_turn = |event: &&TranscriptEvent| event.message_id.as_ref() == turn;
        let events = self.events.iter().filter(|_| turn.is_some());
        events.filter(of_turn).cloned().collect()
    }

    fn note(&mut self, page: &TranscriptPage) {
        self.kept_from = page.first;
        self.newest = self.newest.max(page.last);
    }

    fn drop_oldest(&mut self, most: usize) {
        let beyond = self.events.len().saturating_sub(most);
        self.events.drain(..beyond);
    }
}

/// Returns the output of a turn: the agent's text, or else the lines that its command put out.
pub fn output_of(turn: &[TranscriptEvent]) -> String {
    let answer = turn
        .iter()
        .filter(|event| event.kind == EventKind::Assistant);
    let answer = markdown::join(answer.map(piece));
    if !answer.is_empty() {
        return plain(&answer);
    }
    turn.iter()
        .filter(|event| matches!(event.kind, EventKind::Stdout | EventKind::Stderr))
        .map(|event| plain(&event.text) + if event.continues { "" } else { "\n" })
        .collect()
}

fn piece(event: &TranscriptEvent) -> markdown::Piece<'_> {
    markdown::Piece {
        text: &event.text,
        continues: event.continues,
    }
}

/// Returns the messages that have not ended, in the order of sending.
pub fn waiting(messages: &[Message]) -> impl Iterator<Item = &Message> {
    messages.iter().filter(|message| !message.state.is_final())
}

/// Returns the message whose turn can be stopped.
pub fn running(messages: &[Message]) -> Option<&Message> {
    let runs = |message: &&Message| {
        matches!(
            message.state,
            MessageState::Running | MessageState::HandedOver
        )
    };
    messages.iter().find(runs)
}
