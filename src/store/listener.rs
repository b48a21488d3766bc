//! Listeners of the store: the polls and the event stream.

use super::page_events::PageEvent;
use vestibule_client::connection_error::ConnectionError;
use vestibule_client::store::Updates;

/// Poll or stream. It may have to send a request after what the store notifies it of.
pub trait StoreListener {
    /// The store was updated.
    fn updated(&self, _updates: &Updates) {}

    /// The stream became live, or is no longer.
    fn stream_changed(&self, _is_live: bool) {}

    /// A request ended: with the server's answer, or with an error.
    fn request_ended(&self, _trouble: Option<ConnectionError>) {}

    /// Another address answers again after it had failed.
    fn recovered(&self);

    /// The tab was hidden or shown, or the network changed.
    fn page_changed(&self, event: PageEvent);

    /// The user awaits the end of a job, even while the tab is hidden, or no longer.
    fn job_awaited(&self, _is_awaited: bool) {}
}
