//! The held part of the transcript, which slides with the reader and follows the newest events.

use crate::api::{self, TranscriptRange};
use crate::pages::workbench::tabs::texts;
use leptos::prelude::*;
use vestibule_client::transcript::{Transcript, TranscriptSearch, output_of};
use vestibule_model::ids::TabId;
use vestibule_model::tab::transcript::{EventKind, TranscriptEvent, TranscriptPage};

/// Most pages that are read after each other to come up to the newest event: those that come meanwhile
/// are few.
const MOST_PAGES: usize = 20;

/// Number of events of a page.
const PAGE: u32 = 500;
/// Number of events that are rendered at once while a reader scrolls.
const PIECE: u32 = 120;

/// Held part of a transcript.
#[derive(Clone, Copy)]
pub struct TranscriptWindow {
    /// The part.
    pub transcript: RwSignal<Transcript>,
    /// `true` once the transcript was read.
    pub is_known: RwSignal<bool>,
    /// `true` while the reader is at the newest event.
    pub is_following: RwSignal<bool>,
    /// `true` while a page is being read.
    pub is_reading: RwSignal<bool>,
    /// The search, which also covers what is not held.
    pub search: RwSignal<TranscriptSearch>,
    id: StoredValue<TabId>,
}

impl TranscriptWindow {
    /// Returns an empty part.
    pub fn new(id: StoredValue<TabId>) -> Self {
        Self {
            transcript: RwSignal::default(),
            is_known: RwSignal::new(false),
            is_following: RwSignal::new(true),
            is_reading: RwSignal::new(false),
            search: RwSignal::default(),
            id,
        }
    }

    /// Adds new events. Returns `true` if any was new.
    pub fn take(self, events: Vec<TranscriptEvent>) -> bool {
        let is_searched = self
            .search
            .try_with_untracked(|search| !search.text().is_empty());
        if is_searched == Some(true) {
            self.search
                .update(|search| search.read_events(events.iter()));
        }
        let is_following = self.is_following.try_get_untracked() == Some(true);
        let is_new = self
            .transcript
            .try_update(|transcript| transcript.take(events, is_following));
        is_new == Some(true)
    }

    /// Reads a page; `None` if it cannot be read now.
    pub async fn page(self, place: TranscriptRange) -> Option<TranscriptPage> {
        let id = self.id.try_get_value()?;
        api::transcript(id, place, PAGE).await.ok()
    }

    /// Reads what a reader who scrolls needs next, which is rendered within a few animation frames;
    /// `None` if it cannot be read now.
    pub async fn piece(self, place: TranscriptRange) -> Option<TranscriptPage> {
        let id = self.id.try_get_value()?;
        api::transcript(id, place, PIECE).await.ok()
    }

    /// Shows the newest events.
    pub async fn show_newest(self) {
        let Some(page) = self.page(TranscriptRange::End).await else {
            return;
        };
        self.transcript
            .try_update(|transcript| transcript.show(page));
        self.is_known.try_set(true);
        for _ in 0..MOST_PAGES {
            let last = self
                .transcript
                .try_with_untracked(|all| all.has_later().then(|| all.last()));
            let Some(last) = last.flatten() else {
                return;
            };
            match self.page(TranscriptRange::After(last)).await {
                Some(page) if !page.items.is_empty() => drop(
                    self.transcript
                        .try_update(|transcript| transcript.extend(page)),
                ),
                _ => return,
            }
        }
    }

    /// Returns the output of the turn that an event ends, also of events that are not held.
    pub async fn output_of(self, seq: u64) -> Result<String, String> {
        let turn = self.transcript.try_with_untracked(|all| all.turn(seq));
        let mut turn = turn.unwrap_or_default();
        while let Some(first) = turn.first().filter(|first| first.kind != EventKind::User) {
            let (before, message) = (first.seq, first.message_id.clone());
            let Some(page) = self.page(TranscriptRange::Before(before)).await else {
                return Err(texts::NOT_READ.to_owned());
            };
            let mut events = page.items;
            events.retain(|event| event.message_id == message);
            if events.is_empty() {
                break;
            }
            events.append(&mut turn);
            turn = events;
        }
        Ok(output_of(&turn))
    }
}
