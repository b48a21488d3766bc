//! Reachability of the server.

use crate::store::Store;
use leptos::prelude::*;
use vestibule_client::feed::StreamFreshness;
use vestibule_client::trouble::Trouble;

/// Returns `true` if actions are switched off, because this computer is offline or the server
/// cannot be reached.
pub fn use_unreachable() -> Memo<bool> {
    let freshness = Store::expect().freshness;
    Memo::new(move |_| match freshness.get() {
        StreamFreshness::Offline => true,
        StreamFreshness::Stale { trouble, .. } => {
            matches!(trouble, Trouble::Unreachable | Trouble::BrokenOff)
        }
        StreamFreshness::Live
        | StreamFreshness::Polling
        | StreamFreshness::Reconnecting
        | StreamFreshness::SignedOut => false,
    })
}
