//! Rows in which a transcript is shown: pieces of one answer, or of one line, are one row.

use super::{Transcript, piece};
use crate::markdown;
use vestibule_model::tab::transcript::{EventKind, TranscriptEvent};

/// Events of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Number of the first event.
    pub first: u64,
    /// Number of the last event.
    pub last: u64,
}

/// Row of a transcript.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// First event, with the text of all.
    pub event: TranscriptEvent,
    /// Number of the last event.
    pub last: u64,
}

impl Transcript {
    /// Returns the events of each row. A row begins at `break_at`.
    pub fn spans(&self, break_at: Option<u64>) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let mut before: Option<&TranscriptEvent> = None;
        let mut bytes = 0;
        for event in self.events() {
            let fits = before.is_some_and(|before| is_continued(before, event))
                && bytes + event.text.len() <= markdown::MAX_BYTES
                && break_at != Some(event.seq);
            match spans.last_mut().filter(|_| fits) {
                Some(span) => span.last = event.seq,
                None => {
                    bytes = 0;
                    spans.push(Span {
                        first: event.seq,
                        last: event.seq,
                    });
                }
            }
            // The separators between the pieces count as well.
            bytes += event.text.len() + 2;
            before = Some(event);
        }
        spans
    }

    /// Returns a row; `None` if its first event is not held.
    pub fn row(&self, span: Span) -> Option<Row> {
        let first = self.get(span.first)?;
        let text = match span.first == span.last {
            true => first.text.clone(),
            false => {
                let events = (span.first..=span.last).filter_map(|seq| self.get(seq));
                markdown::join(events.map(piece))
            }
        };
        let event = TranscriptEvent {
            text,
            ..first.clone()
        };
        Some(Row {
            event,
            last: span.last,
        })
    }
}

/// Returns `true` if an event is shown in the row of the one before it.
fn is_continued(before: &TranscriptEvent, event: &TranscriptEvent) -> bool {
    let is_piece = before.continues || event.kind == EventKind::Assistant;
    is_piece && before.kind == event.kind && before.message_id == event.message_id
}
