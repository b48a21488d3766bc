//! Connections to the apps of runs.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes in both directions.
trait Stream: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// Open connection to the app of a run.
pub struct Connection {
    stream: Pin<Box<dyn Stream>>,
    listens_on: Option<String>,
    traffic: Option<Arc<Traffic>>,
}

/// Count of an app's signs of life: reads of what it sends.
#[derive(Debug, Default)]
pub struct Traffic(AtomicU64);

impl Traffic {
    /// Returns the number so far. It only grows.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Reason why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// The run has no process.
    #[error("the app has no process")]
    NotRunning,
    /// No program listens where the app should; a sentence.
    #[error("{0}")]
    Refused(String),
    /// The run's own socket is gone, behind which the app may be; a sentence.
    #[error("{0}")]
    NoGate(String),
    /// Another program listens where the app should; a sentence.
    #[error("{0}")]
    Foreign(String),
    /// The connection failed in another way.
    #[error("{0}")]
    Failed(#[from] io::Error),
}

impl Connection {
    /// Wraps an open stream.
    pub fn new(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        Self {
            stream: Box::pin(stream),
            listens_on: None,
            traffic: None,
        }
    }

    /// Counts what the app sends.
    #[must_use]
    pub fn counted_in(mut self, traffic: Arc<Traffic>) -> Self {
        self.traffic = Some(traffic);
        self
    }

    /// Adds the address that the app itself listens on.
    #[must_use]
    pub fn listening_on(mut self, address: impl fmt::Display) -> Self {
        self.listens_on = Some(address.to_string());
        self
    }

    /// Returns the address that the app itself listens on, such as `127.0.0.1:20001`, or `None` if
    /// it has none. Some apps redirect to it.
    pub fn listens_on(&self) -> Option<&str> {
        self.listens_on.as_deref()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("listens_on", &self.listens_on)
            .finish_non_exhaustive()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = self.stream.as_mut().poll_read(context, buffer);
        if let Some(traffic) = &self.traffic
            && buffer.filled().len() > before
        {
            traffic.note();
        }
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }
}
