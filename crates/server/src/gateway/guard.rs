//! End of streams and sockets with their session.

use crate::proxy::Guard;
use crate::state::AppState;
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;

/// Pause between two checks of an open stream's session.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Returns a future that ends when the session has ended or the server shuts down. A failed check
/// closes nothing.
pub(super) fn session_end(state: AppState, id: WorkbenchId, token: String) -> Guard {
    Box::pin(async move {
        loop {
            tokio::select! {
                () = state.shutdown.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if let Ok(None) = state.check_app_session(&token, &id).await {
                return;
            }
        }
    })
}
