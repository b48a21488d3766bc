//! Streams and sockets end with the session that opened them.

use crate::state::AppState;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;

/// How often an open stream asks whether its session still holds.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// A future that ends when what is open must be closed.
pub(super) type Guard = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Ends when the session has ended or the server shuts down. Trouble while looking closes nothing.
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

/// A body that is cut off when the guard ends.
pub(super) struct Guarded {
    body: Body,
    guard: Guard,
}

impl Guarded {
    pub(super) fn new(body: Body, guard: Guard) -> Self {
        Self { body, guard }
    }
}

impl HttpBody for Guarded {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.guard.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err("the session has ended".into())));
        }
        Pin::new(&mut self.body)
            .poll_frame(context)
            .map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
