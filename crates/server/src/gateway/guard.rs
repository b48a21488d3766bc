//! End of streams and sockets with their session.

use crate::per_user::UserPermit;
use crate::proxy::Guard;
use crate::state::AppState;
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;

/// Longest pause between two checks of an open stream's session, which may reach its last day
/// without any change.
const RECHECK_EVERY: Duration = Duration::from_secs(15);

/// Returns a future that ends when the session has ended or the server shuts down. A failed check
/// closes nothing. The connection counts until the guard is dropped.
pub(super) fn session_end(
    state: AppState,
    id: WorkbenchId,
    token: String,
    held: UserPermit,
) -> Guard {
    let mut access = state.store.access_changes();
    // The session was checked before this: it may have ended since.
    access.mark_changed();
    Box::pin(async move {
        let _held = held;
        loop {
            tokio::select! {
                () = state.shutdown.cancelled() => return,
                changed = access.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(RECHECK_EVERY) => {}
            }
            if let Ok(None) = state.check_app_session(&token, &id).await {
                return;
            }
        }
    })
}
