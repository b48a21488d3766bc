//! A proxy between browser and server that injects faults and records requests.

use crate::until;
use anyhow::{Context, Result};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

type Body = BoxBody<Bytes, hyper::Error>;

/// Treatment of a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Forwards it.
    Pass,
    /// Responds without asking the server.
    Answer {
        /// Status code.
        status: u16,
        /// Headers.
        headers: Vec<(&'static str, String)>,
        /// Body.
        body: String,
    },
    /// Forwards it, but holds the response until [`FaultProxy::release`].
    Hold,
    /// Closes the connection in the middle of the response.
    HangUp,
    /// Closes the connection without a response. Browsers may repeat the request by themselves, so
    /// don't count such requests.
    Absent,
}

impl Fault {
    /// Responds with a status and the server's kind of problem document.
    pub fn status(status: u16) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type", "application/problem+json".to_owned())],
            body: format!(r#"{{"type":"about:blank","status":{status}}}"#),
        }
    }

    /// Responds with a status and `Retry-After`.
    pub fn busy(status: u16, seconds: u32) -> Self {
        match Self::status(status) {
            Self::Answer {
                status,
                mut headers,
                body,
            } => {
                headers.push(("retry-after", seconds.to_string()));
                Self::Answer {
                    status,
                    headers,
                    body,
                }
            }
            other => other,
        }
    }

    /// Responds with 200 and this body.
    pub fn body(kind: &str, body: &str) -> Self {
        Self::Answer {
            status: 200,
            headers: vec![("content-type", kind.to_owned())],
            body: body.to_owned(),
        }
    }
}

/// A recorded request.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// Method.
    pub method: Method,
    /// Path without query.
    pub path: String,
    /// Time of arrival.
    pub at: Instant,
    /// Status and time of the response, or `None` while there is none.
    pub answered: Option<(StatusCode, Instant)>,
}

/// The proxy. It stops when this is dropped.
pub struct FaultProxy {
    port: u16,
    inner: Arc<Inner>,
    listening: JoinHandle<()>,
}

struct Inner {
    server: u16,
    client: Client<HttpConnector, Incoming>,
    proxy_state: Mutex<ProxyState>,
    /// Incremented to release held responses.
    released: watch::Sender<u64>,
}

#[derive(Default)]
struct ProxyState {
    rules: Vec<(String, Fault)>,
    asked: Vec<RecordedRequest>,
    /// Number of requests removed before those.
    forgotten: usize,
}

impl FaultProxy {
    /// Starts a proxy of the server at this port, which may start later.
    pub async fn before(server: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.context("failed to listen")?;
        let port = listener.local_addr().context("failed to listen")?.port();
        let inner = Arc::new(Inner {
            server,
            client: Client::builder(TokioExecutor::new()).build_http(),
            proxy_state: Mutex::default(),
            released: watch::Sender::new(0),
        });
        let listening = tokio::spawn(listen(listener, inner.clone()));
        Ok(Self {
            port,
            inner,
            listening,
        })
    }

    /// Returns the proxy's port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Sets the treatment of a browser's requests to the console at a path; `*` matches one segment.
    pub fn inject(&self, path: &str, fault: Fault) {
        let mut proxy_state = self.inner.proxy_state();
        proxy_state.rules.retain(|(known, _)| known != path);
        proxy_state.rules.push((path.to_owned(), fault));
    }

    /// Removes all faults, and releases held responses.
    pub fn behave(&self) {
        self.inner.proxy_state().rules.clear();
        self.release();
    }

    /// Releases held responses; later ones are held again.
    pub fn release(&self) {
        self.inner.released.send_modify(|times| *times += 1);
    }

    /// Returns a browser's requests to a path so far.
    pub fn asked(&self, path: &str) -> Vec<RecordedRequest> {
        let proxy_state = self.inner.proxy_state();
        let fits = |one: &&RecordedRequest| fits(path, &one.path);
        proxy_state.asked.iter().filter(fits).cloned().collect()
    }

    /// Waits for this total of requests to a path; returns them.
    pub async fn until_asked(&self, path: &str, count: usize) -> Result<Vec<RecordedRequest>> {
        until(&format!("{count} requests to {path}"), async || {
            let asked = self.asked(path);
            Ok((asked.len() >= count).then_some(asked))
        })
        .await
    }

    /// Removes the recorded requests.
    pub fn forget(&self) {
        let mut proxy_state = self.inner.proxy_state();
        proxy_state.forgotten += proxy_state.asked.len();
        proxy_state.asked.clear();
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Inner {
    fn proxy_state(&self) -> MutexGuard<'_, ProxyState> {
        self.proxy_state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request; returns its number and treatment.
    fn note(&self, request: &Request<Incoming>) -> Option<(usize, Option<Fault>)> {
        // Requests of the test itself don't have this header; those to apps have another host.
        let headers = request.headers();
        let host = headers.get(header::HOST)?.to_str().ok()?;
        if !headers.contains_key("sec-fetch-mode") || !host.starts_with("vestibule.") {
            return None;
        }
        let path = request.uri().path();
        let mut proxy_state = self.proxy_state();
        let rule = proxy_state
            .rules
            .iter()
            .rev()
            .find(|(rule, _)| fits(rule, path));
        let fault = rule.map(|(_, fault)| fault.clone());
        proxy_state.asked.push(RecordedRequest {
            method: request.method().clone(),
            path: path.to_owned(),
            at: Instant::now(),
            answered: None,
        });
        Some((proxy_state.forgotten + proxy_state.asked.len() - 1, fault))
    }

    fn note_answer(&self, number: usize, status: StatusCode) {
        let mut proxy_state = self.proxy_state();
        let line = number.checked_sub(proxy_state.forgotten);
        if let Some(asked) = line.and_then(|line| proxy_state.asked.get_mut(line)) {
            asked.answered = Some((status, Instant::now()));
        }
    }
}

async fn listen(listener: TcpListener, inner: Arc<Inner>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, inner.clone()));
    }
}

async fn serve(stream: TcpStream, inner: Arc<Inner>) {
    // Events are forwarded one by one.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(request, inner.clone()));
    // A browser may close the connection.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}

async fn answer(request: Request<Incoming>, inner: Arc<Inner>) -> io::Result<Response<Body>> {
    let noted = inner.note(&request);
    let (number, fault) = noted.map_or((None, None), |(number, fault)| (Some(number), fault));
    let mut released = inner.released.subscribe();
    let answer = match fault {
        Some(Fault::HangUp) => half_an_answer(),
        Some(Fault::Absent) => return Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Fault::Answer {
            status,
            headers,
            body,
        }) => made_up(status, &headers, body),
        Some(Fault::Hold) => {
            let answer = pass_on(request, &inner).await;
            // `inner` keeps the sender alive.
            let _ = released.changed().await;
            answer
        }
        Some(Fault::Pass) | None => pass_on(request, &inner).await,
    };
    if let Some(number) = number {
        inner.note_answer(number, answer.status());
    }
    Ok(answer)
}

/// Streams the server's response; without one, responds as proxies do.
async fn pass_on(mut request: Request<Incoming>, inner: &Inner) -> Response<Body> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let uri = format!("http://127.0.0.1:{}{path}", inner.server);
    let Ok(uri) = uri.parse::<Uri>() else {
        return made_up(400, &[], String::new());
    };
    *request.uri_mut() = uri;
    let upgrade = request
        .headers()
        .contains_key(header::UPGRADE)
        .then(|| hyper::upgrade::on(&mut request));
    match inner.client.request(request).await {
        Ok(mut answer) => {
            if let (Some(ours), StatusCode::SWITCHING_PROTOCOLS) = (upgrade, answer.status()) {
                let theirs = hyper::upgrade::on(&mut answer);
                tokio::spawn(async move {
                    if let (Ok(ours), Ok(theirs)) = (ours.await, theirs.await) {
                        let (mut ours, mut theirs) = (TokioIo::new(ours), TokioIo::new(theirs));
                        let _ = tokio::io::copy_bidirectional(&mut ours, &mut theirs).await;
                    }
                });
            }
            answer.map(BodyExt::boxed)
        }
        Err(_) => made_up(
            502,
            &[("content-type", "text/html".into())],
            "Bad gateway".into(),
        ),
    }
}

fn made_up(status: u16, headers: &[(&'static str, String)], body: String) -> Response<Body> {
    let body = Full::new(Bytes::from(body)).map_err(|never: Infallible| match never {});
    let mut answer = Response::new(body.boxed());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().insert(*name, value);
        }
    }
    answer
}

/// Returns a response that ends before its `Content-Length`.
fn half_an_answer() -> Response<Body> {
    let mut answer = made_up(200, &[("content-length", "4096".to_owned())], String::new());
    // The body has no length of its own.
    let half = Full::new(Bytes::from_static(b"{\"id\":")).map_frame(|frame| frame);
    *answer.body_mut() = half.map_err(|never: Infallible| match never {}).boxed();
    answer
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
}
