//! The search in the transcript: pages are read back to its begin.

use super::scroll::TranscriptScroll;
use super::window::TranscriptWindow;
use crate::api::TranscriptRange;
use crate::pages::workbench::tabs::texts;
use crate::ui::{Announcer, focus};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use vestibule_client::transcript::TranscriptSearch;
use web_sys::Element;

/// The search.
#[derive(Clone, Copy)]
pub struct TranscriptFind {
    /// `true` while its field is shown.
    pub is_open: RwSignal<bool>,
    /// `true` while pages are being read.
    pub is_searching: RwSignal<bool>,
    /// The search.
    pub search: RwSignal<TranscriptSearch>,
    /// The field.
    pub field: NodeRef<html::Input>,
    window: TranscriptWindow,
    scroll: TranscriptScroll,
    /// Number of the search that reads pages.
    run: StoredValue<u64>,
    /// Element that had the focus before.
    before: StoredValue<Option<Element>, LocalStorage>,
    announcer: Announcer,
}

impl TranscriptFind {
    /// Returns a closed search.
    pub fn new(window: TranscriptWindow, scroll: TranscriptScroll) -> Self {
        Self {
            is_open: RwSignal::new(false),
            is_searching: RwSignal::new(false),
            search: window.search,
            field: NodeRef::new(),
            window,
            scroll,
            run: StoredValue::new(0),
            before: StoredValue::new_local(None),
            announcer: Announcer::expect(),
        }
    }

    /// Shows the field, and gives it the focus.
    pub fn open(self) {
        if self.is_open.get_untracked() {
            focus(self.field.get_untracked().map(Into::into));
        } else {
            self.before.set_value(document().active_element());
            self.is_open.set(true);
        }
    }

    /// Hides the field, and gives the focus back.
    pub fn close(self) {
        self.stop();
        self.search.set(TranscriptSearch::default());
        self.is_open.set(false);
        let before = self.before.try_update_value(Option::take).flatten();
        let before = before.filter(|before| before.is_connected() && before.tag_name() != "BODY");
        let transcript = self.scroll.node.get_untracked().map(Into::into);
        focus(before.or(transcript));
    }

    /// Searches a text.
    pub fn set_text(self, text: &str) {
        if self.search.with_untracked(|search| search.text() == text) {
            return;
        }
        let mut search = TranscriptSearch::new(text);
        self.window
            .transcript
            .with_untracked(|transcript| search.begin(transcript));
        self.search.set(search);
        self.go_on();
    }

    /// Reads pages until the begin of the transcript.
    pub fn go_on(self) {
        self.stop();
        let run = self.run.get_value();
        let is_current = move || self.run.try_get_value() == Some(run);
        self.show_first();
        if self
            .search
            .with_untracked(TranscriptSearch::next_before)
            .is_none()
        {
            return self.announce();
        }
        self.is_searching.set(true);
        if self
            .search
            .with_untracked(|search| search.found().is_empty())
        {
            self.announcer.say(texts::SEARCHING);
        }
        spawn_local(async move {
            while let Some(Some(before)) = self
                .search
                .try_with_untracked(TranscriptSearch::next_before)
            {
                let place = match before {
                    u64::MAX => TranscriptRange::End,
                    before => TranscriptRange::Before(before),
                };
                let page = self.window.page(place).await;
                if !is_current() {
                    return;
                }
                let Some(page) = page else {
                    break;
                };
                self.search.update(|search| search.read_page(&page));
                self.show_first();
            }
            if is_current() {
                self.is_searching.set(false);
                self.announce();
            }
        });
    }

    /// Reads no more pages.
    pub fn stop(self) {
        self.run.update_value(|run| *run += 1);
        self.is_searching.set(false);
    }

    /// Moves to the next match, or to the one before.
    pub fn step(self, is_back: bool) {
        let found = self.search.try_update(|search| search.step(is_back));
        if let Some(seq) = found.flatten() {
            self.scroll.reveal(seq);
            self.announce();
        }
    }

    /// Moves to the newest match as soon as there is one.
    fn show_first(self) {
        let is_first = self
            .search
            .with_untracked(|search| search.current().is_none() && !search.found().is_empty());
        if is_first {
            self.step(true);
        }
    }

    fn announce(self) {
        self.announcer.say(untrack(|| self.summary()));
    }

    /// Returns the place of the current match among all.
    pub fn summary(self) -> String {
        let is_searching = self.is_searching.get();
        self.search.with(|search| match search.current() {
            _ if search.text().is_empty() => String::new(),
            Some((place, _)) => texts::match_of(place, search.found().len()),
            None if is_searching => String::new(),
            None => texts::NO_MATCH.to_owned(),
        })
    }
}
