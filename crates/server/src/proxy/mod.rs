//! Reverse proxy to apps. It streams requests and answers, but for unchanging files, which it compresses.

mod body;
mod compression;
mod guarded;
pub mod headers;

use body::unknown_length;
use compression::Asked;
pub use compression::CompressedFiles;
pub use guarded::Guard;
pub use headers::GATEWAY;

use crate::last_uses::{Exchange, Use};
use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, Version, header};
use axum::response::Response;
use guarded::Guarded;
use headers::Forwarded;
use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::io::InspectReader;
use vestibule_engine::connection::{Connection, Unreachable};
use vestibule_engine::{Engine, Target};

/// Longest time for an app to accept a connection; it runs on this machine.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Target of a request, and the client for the app's forwarding headers.
pub struct Upstream {
    /// The engine that runs the app.
    pub engine: Arc<dyn Engine>,
    /// The workbench, with the run whose app it is.
    pub target: Target,
    /// The app's own origin.
    pub origin: String,
    /// The console's origin.
    pub console: String,
    /// The scheme of both.
    pub scheme: &'static str,
    /// The browser's address, if it is known.
    pub client: Option<IpAddr>,
    /// The `Host` that the app is sent instead of the browser's; `{port}` stands for the app's port.
    pub host: Option<String>,
    /// `true` if the app's own rules about frames are replaced.
    pub replaces_framing: bool,
    /// Records use by the browser.
    pub used: Use,
}

/// Reason why there is no answer of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The app has no process.
    NotRunning,
    /// The app refuses the connection, or hung up before it answered.
    Unreachable,
    /// The app took the request and does not answer.
    Timeout,
}

/// Client of the apps.
///
/// Each request has a connection of its own. Apps close idle ones at any time, and a request that
/// meets the close could be neither distinguished from a dead app nor sent again, since its body is
/// not kept. A new connection on the same machine is cheap.
pub struct Proxy {
    answer_within: Duration,
    /// Compressed copies of apps' files, or `None` to deliver them as they are.
    compressed: Option<CompressedFiles>,
}

impl Default for Proxy {
    /// Returns a proxy that waits a minute for an answer.
    fn default() -> Self {
        Self::new(Duration::from_secs(60))
    }
}

impl Proxy {
    /// Returns a proxy that waits `answer_within` for an app to begin its answer. The time counts
    /// from the last byte of the request that the app took, so that uploads may last as long as
    /// they need.
    pub const fn new(answer_within: Duration) -> Self {
        Self {
            answer_within,
            compressed: None,
        }
    }

    /// Delivers apps' unchanging files compressed.
    pub fn with_compressed(self, files: CompressedFiles) -> Self {
        Self {
            compressed: Some(files),
            ..self
        }
    }

    /// Sends the request on. The answer, or the socket it turns into, is cut off when the guard ends.
    ///
    /// The exchange, if it counts as one, lasts until the whole answer has been received. A stream of
    /// events has no end, and a socket counts by what it carries.
    pub async fn forward(
        &self,
        upstream: &Upstream,
        mut request: Request,
        guard: Guard,
        exchange: Option<Exchange>,
    ) -> Result<Response, Failure> {
        let browser = hyper::upgrade::on(&mut request);
        let connection = upstream.connect().await?;
        let listens_on = connection.listens_on().map(str::to_owned);
        let progress = Progress::begun();
        let asked = Asked::of(request.method(), request.headers());
        let request = prepare(upstream, listens_on.as_deref(), request, &progress);
        let asks_upgrade = request.headers().contains_key(header::UPGRADE);
        let id = &upstream.target.id;
        let silent = |error: hyper::Error| {
            tracing::debug!(workbench = %id, %error, "an app did not answer");
            Failure::Unreachable
        };
        let (mut sender, connection) = http1::handshake(TokioIo::new(connection))
            .await
            .map_err(silent)?;
        // Drives the request, and the answer's body after it; it ends with them.
        tokio::spawn(connection.with_upgrades());
        let sent = sender.send_request(request);
        tokio::pin!(sent);
        let answer = tokio::select! {
            answer = &mut sent => answer,
            () = progress.stalled_for(self.answer_within) => return Err(Failure::Timeout),
        };
        let mut answer = answer.map_err(silent)?;
        let is_upgrade = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        if is_upgrade && !asks_upgrade {
            tracing::debug!(workbench = %id, "an app switched protocols unasked");
            return Err(Failure::Unreachable);
        }
        // An app that speaks HTTP/1.0 must not make us do so: a body without a length would end
        // alike whether it is whole or broken off.
        *answer.version_mut() = Version::HTTP_11;
        let app = is_upgrade.then(|| hyper::upgrade::on(&mut answer));
        headers::to_browser(
            answer.headers_mut(),
            is_upgrade,
            listens_on.as_deref(),
            &upstream.origin,
            &upstream.console,
        );
        if upstream.replaces_framing {
            headers::replace_framing(answer.headers_mut(), &upstream.console);
        }
        if let Some(app) = app {
            tokio::spawn(tunnel(browser, app, guard, upstream.used.clone()));
            return Ok(answer.map(|_| Body::empty()));
        }
        let mut answer = answer.map(Body::new);
        if asked.is_head() && !answer.headers().contains_key(header::CONTENT_LENGTH) {
            answer = answer.map(unknown_length);
        }
        if let Some(compressed) = &self.compressed {
            answer = compressed.deliver(id.as_str(), &asked, answer).await;
        }
        let exchange = exchange.filter(|_| !is_event_stream(answer.headers()));
        Ok(answer.map(|body| Body::new(Guarded::new(body, guard, exchange))))
    }
}

impl Upstream {
    /// Returns the `Host` that the app is sent instead of the browser's, if it wants another.
    fn own_host(&self, listens_on: Option<&str>) -> Option<String> {
        let port = listens_on.and_then(|address| address.rsplit(':').next());
        let host = self.host.as_ref()?;
        // An app on a socket has no port; 80 is the one that a host without a port means.
        Some(host.replace("{port}", port.unwrap_or("80")))
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let connecting = self.engine.endpoint(&self.target);
        match tokio::time::timeout(CONNECT_WITHIN, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(Unreachable::NotRunning)) => Err(Failure::NotRunning),
            Ok(Err(why)) => {
                tracing::debug!(workbench = %self.target.id, %why, "an app cannot be reached");
                Err(Failure::Unreachable)
            }
            Err(_) => Err(Failure::Unreachable),
        }
    }
}

/// Turns the browser's request into the one for the app.
fn prepare(
    upstream: &Upstream,
    listens_on: Option<&str>,
    request: Request,
    progress: &Progress,
) -> Request {
    let (mut parts, body) = request.into_parts();
    let host = parts
        .uri
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| Some(parts.headers.get(header::HOST)?.to_str().ok()?.to_owned()))
        .unwrap_or_default();
    let from = Forwarded {
        client: upstream.client,
        scheme: upstream.scheme,
        host: &host,
    };
    headers::to_app(&mut parts.headers, &from);
    let own_host = upstream.own_host(listens_on);
    if let Some(host) = &own_host {
        headers::move_origin(&mut parts.headers, &upstream.origin, host);
    }
    // The app sees the host that the browser sees: it checks `Origin` and builds links by it.
    if let Ok(host) = HeaderValue::from_str(own_host.as_ref().unwrap_or(&host)) {
        parts.headers.insert(header::HOST, host);
    }
    parts.uri = Uri::from(
        parts
            .uri
            .path_and_query()
            .cloned()
            .unwrap_or(PathAndQuery::from_static("/")),
    );
    parts.version = Version::HTTP_11;
    parts.extensions.clear();
    let body = if body.is_end_stream() {
        body
    } else {
        let (progress, used) = (progress.clone(), upstream.used.clone());
        Body::new(body.map_frame(move |frame| {
            progress.touch();
            used.note();
            frame
        }))
    };
    Request::from_parts(parts, body)
}

/// Carries bytes both ways until either side, or the guard, ends.
async fn tunnel(browser: OnUpgrade, app: OnUpgrade, guard: Guard, used: Use) {
    let (browser, app) = match tokio::try_join!(browser, app) {
        Ok(ends) => ends,
        Err(error) => {
            tracing::debug!(%error, "a connection was not turned into a socket");
            return;
        }
    };
    let note = |sent: &[u8]| {
        if !is_only_a_pong(sent) {
            used.note();
        }
    };
    let mut browser = InspectReader::new(TokioIo::new(browser), note);
    let mut app = InspectReader::new(TokioIo::new(app), note);
    tokio::select! {
        // An error of a socket concerns only the app and the browser.
        _ = tokio::io::copy_bidirectional(&mut browser, &mut app) => {}
        () = guard => {}
    }
}

/// Returns `true` for a stream of events, which an app keeps open for as long as the page is.
fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/event-stream")
}

/// Returns `true` if this is one whole pong or ping of a WebSocket (RFC 6455 section 5.2). Browsers
/// answer an app's pings without a user.
fn is_only_a_pong(sent: &[u8]) -> bool {
    const HEAD: usize = 2;
    const MASK: usize = 4;
    match sent {
        [0x89 | 0x8a, length, ..] => {
            let mask = if length & 0x80 == 0 { 0 } else { MASK };
            sent.len() == HEAD + mask + usize::from(length & 0x7f)
        }
        _ => false,
    }
}

/// Time at which the app last accepted a part of the request.
#[derive(Clone)]
struct Progress(Arc<Mutex<Instant>>);

impl Progress {
    fn begun() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn touch(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when nothing has moved for this long.
    async fn stalled_for(&self, limit: Duration) {
        loop {
            let until = self.last() + limit;
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pongs_are_no_use() {
        assert!(is_only_a_pong(&[0x8a, 0x80, 1, 2, 3, 4]));
        assert!(is_only_a_pong(&[0x8a, 0x82, 1, 2, 3, 4, 5, 6]));
        assert!(!is_only_a_pong(&[0x81, 0x82, 1, 2, 3, 4, 5, 6]), "text");
        assert!(!is_only_a_pong(&[0x8a, 0x80, 1, 2, 3, 4, 0x81]), "and more");
        assert!(!is_only_a_pong(&[]));
        assert!(is_only_a_pong(&[0x89, 0x01, b'x']), "of an app");
        assert!(!is_only_a_pong(&[0x81, 0x01, b'x']), "text of an app");
    }
}
