//! Progress messages of an app in a container, from which the server cannot be reached.
//!
//! The app sends them to a port of the container's loopback interface. The server waits on connections
//! of the gate; each carries one message, as a request of HTTP, and the server's answer, which the app
//! gets.

use super::super::super::supervisor::redactor::Redactor;
use super::super::lines::Lines;
use super::super::progress::{ACCEPT_PAUSE, VARIABLE, point_to};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Most connections of the app at a time.
const MOST_CONNECTIONS: usize = 16;
/// Longest time of such a connection.
const LIFE: Duration = Duration::from_secs(30);
/// Longest request, in bytes; a message has at most 500 characters.
const MAX_REQUEST: usize = 16 * 1024;
/// Longest answer, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// Time limit of the server's answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Port for the app's messages.
pub(super) struct Progress {
    listener: TcpListener,
    secrets: Vec<String>,
}

impl Progress {
    /// Opens a port and puts it into the variable with the address of the messages. `None` if there is no
    /// such variable. These values are removed from messages.
    pub(super) fn open(
        env: &mut BTreeMap<String, String>,
        secrets: Vec<String>,
    ) -> io::Result<Option<Self>> {
        if !env.contains_key(VARIABLE) {
            return Ok(None);
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        point_to(env, listener.local_addr()?);
        Ok(Some(Self { listener, secrets }))
    }

    /// Carries messages for as long as the runner lives.
    pub(super) async fn serve(self, lines: Arc<Lines>) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let secrets: Arc<[String]> = self.secrets.into();
        loop {
            let place = Arc::clone(&places).acquire_owned().await;
            let place = place.map_err(io::Error::other)?;
            let Ok((app, _)) = listener.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let (lines, secrets) = (Arc::clone(&lines), Arc::clone(&secrets));
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    let (lines, secrets) = (Arc::clone(&lines), Arc::clone(&secrets));
                    async move { Ok::<_, Infallible>(carry(request, &lines, &secrets).await) }
                });
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(app), service);
                // An app that is slow, or gone, concerns no other connection.
                let _ = tokio::time::timeout(LIFE, connection).await;
                drop(place);
            });
        }
    }
}

/// Reason why a message did not reach the server.
enum Undelivered {
    TooLong,
    NoServer,
}

async fn carry(
    request: Request<Incoming>,
    lines: &Lines,
    secrets: &[String],
) -> Response<Full<Bytes>> {
    let (status, detail) = match deliver(request, lines, secrets).await {
        Ok(answer) => return answer,
        Err(Undelivered::TooLong) => (StatusCode::PAYLOAD_TOO_LARGE, "The message is too long."),
        Err(Undelivered::NoServer) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The server can't be reached now. Try again later.",
        ),
    };
    let text = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    });
    let mut answer = Response::new(Full::from(text.to_string()));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("application/problem+json");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

/// Sends a request to the server, without secrets in its message; returns the server's answer.
async fn deliver(
    request: Request<Incoming>,
    lines: &Lines,
    secrets: &[String],
) -> Result<Response<Full<Bytes>>, Undelivered> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MAX_REQUEST).collect().await;
    let body = body.map_err(|_| Undelivered::TooLong)?.to_bytes();
    let mut sent = Request::new(Full::<Bytes>::new(without_secrets(body, secrets)));
    *sent.method_mut() = head.method;
    *sent.uri_mut() = head.uri;
    let headers = sent.headers_mut();
    headers.insert(HOST, HeaderValue::from_static("localhost"));
    for name in [AUTHORIZATION, CONTENT_TYPE] {
        if let Some(value) = head.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let gate = lines.take().await.ok_or(Undelivered::NoServer)?;
    let asking = async {
        let (mut server, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(gate)).await?;
        // Ends with its two ends.
        tokio::spawn(connection);
        server.send_request(sent).await
    };
    let answer = tokio::time::timeout(ANSWER_WITHIN, asking).await;
    let answer = answer.ok().and_then(Result::ok);
    let (head, body) = answer.ok_or(Undelivered::NoServer)?.into_parts();
    let body = Limited::new(body, MAX_ANSWER).collect();
    let body = tokio::time::timeout(ANSWER_WITHIN, body).await;
    let body = body.ok().and_then(Result::ok);
    let body = body.ok_or(Undelivered::NoServer)?.to_bytes();
    let mut reported = Response::new(Full::from(body));
    *reported.status_mut() = head.status;
    for name in [CONTENT_TYPE, RETRY_AFTER] {
        if let Some(value) = head.headers.get(&name) {
            reported.headers_mut().insert(name, value.clone());
        }
    }
    Ok(reported)
}

/// Removes secrets from a message. The server does not know the values of the cluster's Secrets.
fn without_secrets(body: Bytes, secrets: &[String]) -> Bytes {
    let Ok(mut report) = serde_json::from_slice::<Value>(&body) else {
        // The server refuses it.
        return body;
    };
    if let Some(message) = report.get_mut("message")
        && let Some(text) = message.as_str()
    {
        let mut redactor = Redactor::new(secrets.iter().map(String::as_str));
        let mut clean = redactor.pass(text.as_bytes());
        clean.extend(redactor.flush());
        *message = String::from_utf8_lossy(&clean).into_owned().into();
    }
    report.to_string().into()
}
