//! Answers that end early when their guard ends.

use crate::last_uses::Exchange;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Future that ends when the connection must be closed.
pub type Guard = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Body that is cut off when the guard ends. The exchange that it is part of ends with it.
pub(super) struct Guarded {
    body: Body,
    guard: Guard,
    _exchange: Option<Exchange>,
}

impl Guarded {
    pub(super) fn new(body: Body, guard: Guard, exchange: Option<Exchange>) -> Self {
        Self {
            body,
            guard,
            _exchange: exchange,
        }
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
