//! Reachability of the server.

use super::texts;
use crate::store::Store;
use leptos::prelude::*;
use vestibule_client::connection_error::ConnectionError;
use vestibule_client::stream::StreamFreshness;

/// Returns `true` if actions are switched off, because this computer is offline or the server
/// cannot be reached.
pub fn use_unreachable() -> Memo<bool> {
    let freshness = Store::expect().freshness;
    Memo::new(move |_| match freshness.get() {
        StreamFreshness::Offline => true,
        StreamFreshness::Stale { cause, .. } => {
            matches!(
                cause,
                ConnectionError::Unreachable | ConnectionError::BrokenOff
            )
        }
        StreamFreshness::Live
        | StreamFreshness::Polling
        | StreamFreshness::Reconnecting
        | StreamFreshness::SignedOut => false,
    })
}

/// Returns the reason why actions are switched off, or `None` while the server can be reached.
pub fn use_unreachable_reason() -> Signal<Option<String>> {
    unreachable_reason(use_unreachable())
}

/// Returns the same for a page that knows more about the server.
pub fn unreachable_reason(is_unreachable: Memo<bool>) -> Signal<Option<String>> {
    Signal::derive(move || is_unreachable.get().then(|| texts::UNREACHABLE.to_owned()))
}
