//! Request bodies that a handler leaves unread.
//!
//! hyper closes a connection whose request body was not read to its end. A proxy that still sends
//! the body, or has put the connection back into its pool, then answers 502 in place of our
//! refusal. Short remainders are therefore read before the response is sent (RFC 9112, section
//! 9.3: a server that keeps a connection must read the whole body).

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot;

/// Longest remainder that is read, in bytes; the connection is closed after a longer one.
const MAX_REMAINDER: usize = 64 * 1024;

/// Longest time for which a response waits for the remainder.
const READ_WITHIN: Duration = Duration::from_millis(500);

/// Reads the rest of a request's body before the response is sent.
pub async fn drain(request: Request, next: Next) -> Response {
    // Such a client sends its body only where it is asked for.
    if request.headers().contains_key(header::EXPECT) || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (returned, mut rest) = oneshot::channel();
    let request = request.map(|body| {
        Body::new(Returned {
            body: Some(body),
            returned: Some(returned),
        })
    });
    let response = next.run(request).await;
    if let Ok(body) = rest.try_recv() {
        let reading = Limited::new(body, MAX_REMAINDER).collect();
        // A body that is too long or too slow costs the connection.
        drop(tokio::time::timeout(READ_WITHIN, reading).await);
    }
    response
}

/// Body that is handed back when it is dropped before its end.
struct Returned {
    /// `None` once the body has ended.
    body: Option<Body>,
    returned: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Returned {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}

impl Drop for Returned {
    fn drop(&mut self) {
        if let (Some(body), Some(returned)) = (self.body.take(), self.returned.take()) {
            // The receiver is gone once the response is on its way.
            drop(returned.send(body));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::middleware;
    use futures_util::StreamExt as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tower::ServiceExt as _;

    /// Sends a body of 1 KiB chunks to a handler that does not read it, and returns the status and
    /// the number of chunks that were read.
    async fn refused(chunks: usize) -> (StatusCode, usize) {
        let read = Arc::new(AtomicUsize::new(0));
        let counted = read.clone();
        let body = futures_util::stream::iter(0..chunks).map(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 1024]))
        });
        let app = Router::new()
            .fallback(async || StatusCode::FORBIDDEN)
            .layer(middleware::from_fn(drain));
        let request = Request::new(Body::from_stream(body));
        let response = app.oneshot(request).await.expect("infallible");
        (response.status(), read.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_short_body_is_read_before_a_refusal() {
        assert_eq!(refused(3).await, (StatusCode::FORBIDDEN, 3));
    }

    #[tokio::test]
    async fn a_long_body_is_not_read_to_its_end() {
        let (status, read) = refused(10_000).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(read <= MAX_REMAINDER / 1024 + 1, "{read}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_does_not_hold_the_response() {
        let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let app = Router::new()
            .fallback(async || StatusCode::FORBIDDEN)
            .layer(middleware::from_fn(drain));
        let request = Request::new(Body::from_stream(never));
        let response = app.oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
}
