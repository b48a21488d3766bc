//! Accept loop: HTTP/1.1 connections with time limits and bounds.
//!
//! `axum::serve` has neither, so that half-open connections of one client use up every
//! descriptor of the process.

use super::connections::{Bounds, Connections, Exceeded, Permit};
use crate::trusted_proxies::TrustedProxies;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// Longest head of a request, in bytes. Browsers send all cookies that an app has set for the
/// console's host; those are cleared by an answer, which needs the request to be read.
const LONGEST_HEAD: usize = 1024 * 1024;

/// Pause after `accept` failed, for example for want of descriptors: the next try would fail alike.
const PAUSE: Duration = Duration::from_millis(200);

/// Shortest time between two log lines about the same fault.
const QUIET: Duration = Duration::from_secs(30);

/// Limits of the accept loop.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bounds of open connections.
    pub bounds: Bounds,
    /// Longest wait for a whole request head, and longest idle time between two requests.
    pub head_within: Duration,
    /// Proxies, whose connections are those of many visitors and have no bound of their own.
    pub trusted_proxies: TrustedProxies,
}

impl Limits {
    /// Returns the limits for a limit of open files.
    pub fn for_descriptors(limit: u64) -> Self {
        Self {
            bounds: Bounds::for_descriptors(limit),
            head_within: Duration::from_secs(30),
            trusted_proxies: TrustedProxies::default(),
        }
    }
}

/// Answers connections until `shutdown`, then until the requests under way are answered.
pub async fn accept(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let connections = Connections::new(limits.bounds);
    let tasks = TaskTracker::new();
    let mut refusals = Throttle::default();
    let mut failures = Throttle::default();
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match connections.admit(peer.ip(), is_proxy(&limits, peer)) {
                Ok(permit) => {
                    let stream = CountedStream::new(stream, permit);
                    let router = router.clone();
                    tasks.spawn(answer(
                        stream,
                        peer,
                        router,
                        limits.head_within,
                        shutdown.clone(),
                    ));
                }
                // The stream is dropped: the peer sees at once that its connection was closed.
                Err(exceeded) => {
                    if let Some(count) = refusals.note() {
                        warn_of_refusals(exceeded, peer, limits.bounds, count);
                    }
                }
            },
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                if let Some(count) = failures.note() {
                    tracing::warn!(%error, count, "failed to accept connections");
                }
                tokio::select! {
                    () = shutdown.cancelled() => break,
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

fn is_proxy(limits: &Limits, peer: SocketAddr) -> bool {
    limits.trusted_proxies.trusts(peer.ip())
}

fn warn_of_refusals(exceeded: Exceeded, peer: SocketAddr, bounds: Bounds, count: u32) {
    match exceeded {
        Exceeded::Total => tracing::warn!(
            count,
            limit = bounds.total,
            "connections were closed unanswered: too many are open"
        ),
        Exceeded::PerAddress => tracing::warn!(
            count,
            address = %peer.ip(),
            limit = bounds.per_address,
            "connections were closed unanswered: too many are open from one address"
        ),
    }
}

/// Serves one connection to its end.
async fn answer(
    stream: CountedStream,
    peer: SocketAddr,
    router: Router,
    head_within: Duration,
    shutdown: CancellationToken,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended early");
    }
}

/// Returns `true` if `accept` failed for a reason that says nothing about the next connection.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Counts events and lets one through every [`QUIET`] period, so that clients cannot flood the log.
#[derive(Debug, Default)]
struct Throttle {
    last: Option<Instant>,
    count: u32,
}

impl Throttle {
    /// Counts an event; returns how many there were since the last line, where one is due.
    fn note(&mut self) -> Option<u32> {
        self.count = self.count.saturating_add(1);
        if self.last.is_some_and(|last| last.elapsed() < QUIET) {
            return None;
        }
        self.last = Some(Instant::now());
        Some(std::mem::take(&mut self.count))
    }
}

/// A connection that counts until it is closed, also after it has become a WebSocket.
struct CountedStream {
    stream: TcpStream,
    _permit: Permit,
}

impl CountedStream {
    fn new(stream: TcpStream, permit: Permit) -> Self {
        // Events and keystrokes are small; without this each may wait for the acknowledgement of
        // the one before. A failure costs only that time.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            _permit: permit,
        }
    }
}

impl AsyncRead for CountedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CountedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
