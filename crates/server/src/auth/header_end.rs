//! End of a session whose user a proxy does not name any more.

use super::user_header::proxy;
use crate::state::AppState;
use crate::{clock, store};

/// Ends a session of a user whom the proxy does not name any more, with its sessions on apps'
/// origins, streams and sockets. A failed end is logged: the session serves no request of the proxy
/// until it names the user again.
pub async fn end_session(state: &AppState, session: String) {
    let by = proxy("", clock::now());
    let ended: store::Result<()> = state.db(move |store| store.sign_out(&session, &by)).await;
    if let Err(error) = ended {
        tracing::error!(%error, "failed to end a session of a user whom the proxy names no more");
    }
}
