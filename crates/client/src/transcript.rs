//! Transcript of an agent tab as a page holds it: a part of the events without gaps, of which the oldest
//! are dropped while the reader follows the end.

use std::collections::VecDeque;
use vestibule_model::tab::queue::{Message, MessageState};
use vestibule_model::tab::transcript::TranscriptEvent;

/// Number of events that a page holds while its reader follows the end.
pub const FOLLOWED: usize = 1_000;
/// Number of events that a page holds at most.
pub const MOST: usize = 5_000;

/// Held part of a transcript.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transcript {
    events: VecDeque<TranscriptEvent>,
    /// Number of the oldest event that the server keeps; 0: unknown.
    kept_from: u64,
}

impl Transcript {
    /// Returns the held events, the oldest first.
    pub fn events(&self) -> impl Iterator<Item = &TranscriptEvent> {
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

    /// Returns `true` if the server has events before the first held one, and there is room for some.
    pub fn has_earlier(&self) -> bool {
        self.first() > self.kept_from.max(1) && self.events.len() < MOST
    }

    /// Adds new events. Those that are held already are left out, and after a gap, which a server makes
    /// that no longer has what is between, the held ones are dropped. Returns `true` if any was new.
    pub fn append(&mut self, events: Vec<TranscriptEvent>, is_following: bool) -> bool {
        let mut is_new = false;
        for event in events {
            let newest = self.last();
            if event.seq <= newest {
                continue;
            }
            if newest > 0 && event.seq > newest + 1 {
                self.events.clear();
                self.kept_from = event.seq;
            }
            self.events.push_back(event);
            is_new = true;
        }
        let most = if is_following { FOLLOWED } else { MOST };
        while self.events.len() > most {
            self.events.pop_front();
        }
        is_new
    }

    /// Adds earlier events of a page; `kept_from` is the oldest that the server keeps. Those that do not
    /// end where the held ones begin are left out.
    pub fn prepend(&mut self, events: Vec<TranscriptEvent>, kept_from: u64) {
        self.kept_from = kept_from;
        for event in events.into_iter().rev() {
            let fits = self.events.is_empty() || event.seq + 1 == self.first();
            if fits && self.events.len() < MOST {
                self.events.push_front(event);
            }
        }
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

/// Sent texts that the arrow keys bring back, as in a shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Place in the texts, counted from the newest; `None`: the own text is shown.
    at: Option<usize>,
    /// Own text, from before the first key.
    own: String,
}

impl History {
    /// Returns the text before the shown one; `None`: there is none.
    pub fn back(&mut self, sent: &[String], shown: &str) -> Option<String> {
        let next = self.at.map_or(0, |at| at + 1);
        let text = sent.iter().rev().nth(next)?;
        if self.at.is_none() {
            self.own = shown.to_owned();
        }
        self.at = Some(next);
        Some(text.clone())
    }

    /// Returns the text after the shown one, and at last the own one; `None`: that is shown.
    pub fn forward(&mut self, sent: &[String]) -> Option<String> {
        match self.at? {
            0 => {
                self.at = None;
                Some(std::mem::take(&mut self.own))
            }
            at => {
                self.at = Some(at - 1);
                sent.iter().rev().nth(at - 1).cloned()
            }
        }
    }

    /// Forgets the place: something was typed or sent.
    pub fn leave(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(range: std::ops::RangeInclusive<u64>) -> Vec<TranscriptEvent> {
        let event =
            |seq| serde_json::from_value(serde_json::json!({"seq": seq})).expect("an event");
        range.map(event).collect()
    }

    fn held(transcript: &Transcript) -> Vec<u64> {
        transcript.events().map(|event| event.seq).collect()
    }

    /// A reconnected socket sends again what was not acknowledged.
    #[test]
    fn replayed_events_are_shown_once() {
        let mut transcript = Transcript::default();
        assert!(transcript.append(events(1..=3), true));
        assert!(!transcript.append(events(2..=3), true));
        assert!(transcript.append(events(2..=5), true));
        assert_eq!(held(&transcript), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_gap_drops_what_is_before_it() {
        let mut transcript = Transcript::default();
        transcript.append(events(1..=3), true);
        transcript.append(events(10..=11), true);
        assert_eq!(held(&transcript), [10, 11]);
        assert!(!transcript.has_earlier());
    }

    #[test]
    fn a_reader_at_the_end_holds_the_newest_and_pages_back() {
        let mut transcript = Transcript::default();
        transcript.append(events(1..=3_000), true);
        assert_eq!((transcript.first(), transcript.last()), (2_001, 3_000));
        assert!(transcript.has_earlier());
        transcript.prepend(events(1_501..=2_000), 1);
        assert_eq!(transcript.first(), 1_501);
        // Read above the end: nothing that is on the screen goes.
        transcript.append(events(3_001..=3_100), false);
        assert_eq!(transcript.first(), 1_501);
        // A page that does not fit is no part of it.
        transcript.prepend(events(1..=10), 1);
        assert_eq!(transcript.first(), 1_501);
        transcript.prepend(events(1..=1_500), 1);
        assert_eq!(transcript.first(), 1);
        assert!(!transcript.has_earlier());
    }

    #[test]
    fn a_page_holds_no_more_than_the_most() {
        let mut transcript = Transcript::default();
        transcript.append(events(1..=9_000), false);
        assert_eq!(held(&transcript).len(), MOST);
        assert!(!transcript.has_earlier());
    }

    #[test]
    fn arrows_bring_back_what_was_sent_and_then_what_was_typed() {
        let sent = ["one".to_owned(), "two".to_owned()];
        let mut history = History::default();
        assert_eq!(history.forward(&sent), None);
        assert_eq!(history.back(&sent, "draft").as_deref(), Some("two"));
        assert_eq!(history.back(&sent, "two").as_deref(), Some("one"));
        assert_eq!(history.back(&sent, "one"), None);
        assert_eq!(history.forward(&sent).as_deref(), Some("two"));
        assert_eq!(history.forward(&sent).as_deref(), Some("draft"));
        assert_eq!(history.forward(&sent), None);
    }
}
