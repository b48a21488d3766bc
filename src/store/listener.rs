//! Listeners of the store: the polls and the event stream.

use super::page_events::PageEvent;
use vestibule_client::connection_error::ConnectionError;
use vestibule_client::store::Updates;

/// Poll or stream. It may have to send a request after what the store notifies it of.
pub trait StoreListener {
    /// Handles an update of the store.
    fn updated(&self, _updates: &Updates) {}

    /// Handles a change of the stream's liveness.
    fn stream_changed(&self, _is_live: bool) {}

    /// Handles the end of a request: with the server's answer, or with an error.
    fn request_ended(&self, _trouble: Option<ConnectionError>) {}

    /// Handles the recovery of another address.
    fn recovered(&self);

    /// Handles a hidden or shown tab, or a change of the network.
    fn page_changed(&self, event: PageEvent);

    /// Handles the begin or end of waiting for a job, which continues while the tab is hidden.
    fn job_awaited(&self, _is_awaited: bool) {}
}
