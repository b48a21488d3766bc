//! The store's part between polls, stream and page: each is notified of what the others report.

use super::Store;
use crate::store::listener::StoreListener;
use crate::store::page_events::PageEvent;
use std::rc::{Rc, Weak};
use vestibule_client::connection_error::ConnectionError;

impl Store {
    /// Keeps a poll informed of the stream and the page for as long as it lives.
    pub(in crate::store) fn add_poll(self, poll: Weak<dyn StoreListener>) {
        self.with(|shared| {
            let mut polls = shared.polls.borrow_mut();
            polls.retain(|poll| poll.strong_count() > 0);
            polls.push(poll);
        });
    }

    /// Replaces the stream, and informs the new one of the page and the requests. The old one closes.
    pub(in crate::store) fn set_stream(self, stream: Rc<dyn StoreListener>) {
        let old = self.with(|shared| {
            stream.job_awaited(shared.is_awaited.get());
            shared.stream.replace(Some(stream))
        });
        drop(old);
    }

    /// Returns `true` if the stream is live.
    pub fn is_live(self) -> bool {
        self.with(|shared| shared.is_live.get()).unwrap_or(false)
    }

    /// Notifies the polls whether the stream is live.
    pub(in crate::store) fn set_live(self, is_live: bool) {
        let was_live = self.with(|shared| shared.is_live.replace(is_live));
        if was_live.is_some_and(|was_live| was_live != is_live) {
            self.each_poll(|poll| poll.stream_changed(is_live));
        }
    }

    /// Reports how a request ended: with the server's answer, or with an error.
    pub fn request_ended(self, cause: Option<ConnectionError>) {
        if let Some(stream) = self.stream() {
            stream.request_ended(cause);
        }
    }

    /// Notifies the polls and the stream that an address responds again after a failure.
    pub(in crate::store) fn recovered(self) {
        self.each_poll(|poll| poll.recovered());
        if let Some(stream) = self.stream() {
            stream.recovered();
        }
    }

    /// Keeps the stream while the tab is hidden: the user awaits the end of a job.
    pub fn keep_stream_while_hidden(self, is_awaited: bool) {
        let was_awaited = self.with(|shared| shared.is_awaited.replace(is_awaited));
        if was_awaited.is_some_and(|was_awaited| was_awaited != is_awaited)
            && let Some(stream) = self.stream()
        {
            stream.job_awaited(is_awaited);
        }
    }

    pub(super) fn page_changed(self, event: PageEvent) {
        self.each_poll(|poll| poll.page_changed(event));
        if let Some(stream) = self.stream() {
            stream.page_changed(event);
        }
    }

    pub(super) fn each_poll(self, notify: impl Fn(&Rc<dyn StoreListener>)) {
        let polls = self.with(|shared| {
            let polls = shared.polls.borrow();
            polls.iter().filter_map(Weak::upgrade).collect::<Vec<_>>()
        });
        polls.iter().flatten().for_each(notify);
    }

    /// Returns the stream, which outlives what it may lead to: signing out closes it.
    fn stream(self) -> Option<Rc<dyn StoreListener>> {
        self.with(|shared| shared.stream.borrow().clone()).flatten()
    }
}
