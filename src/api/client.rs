//! One way to send a request: same origin, JSON, abortable, with the server's clock learnt on the way.

use super::{ApiError, clock};
use gloo_net::http::{Method, RequestBuilder, Response};
use gloo_timers::callback::Timeout;
use serde::Serialize;
use serde::de::DeserializeOwned;
use vestibule_model::time::{Millis, Timestamp};
use web_sys::{AbortController, AbortSignal};

/// After this an answer is not waited for any longer.
const PATIENCE_MILLIS: u32 = 30_000;

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    body: Option<String>,
    etag: Option<String>,
}

impl Call {
    /// Reads something; `etag` is what is already known of it.
    pub fn get(path: impl Into<String>, etag: Option<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: None,
            etag,
        }
    }

    /// Wishes something.
    pub fn post(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with_body(Method::POST, path, body)
    }

    /// Sets something.
    pub fn put(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with_body(Method::PUT, path, body)
    }

    fn with_body(method: Method, path: impl Into<String>, body: &impl Serialize) -> Self {
        Self {
            method,
            path: path.into(),
            // Our own types always serialise: they have string keys and no failing serialisers.
            body: Some(serde_json::to_string(body).unwrap_or_default()),
            etag: None,
        }
    }

    /// Removes something.
    pub fn delete(path: impl Into<String>) -> Self {
        Self {
            method: Method::DELETE,
            path: path.into(),
            body: None,
            etag: None,
        }
    }
}

/// A success, or 304 where an `ETag` was sent along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; empty for 304.
    pub body: String,
    /// What to send along next time.
    pub etag: Option<String>,
}

/// Aborts its request when it is dropped.
#[derive(Debug)]
pub struct Abort(Option<AbortController>);

impl Abort {
    /// A fresh one; without `AbortController` requests simply run to their end.
    pub fn new() -> Self {
        Self(AbortController::new().ok())
    }

    /// What the request is to listen to.
    pub fn signal(&self) -> Option<AbortSignal> {
        self.0.as_ref().map(AbortController::signal)
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

/// Sends a request. Dropping the future aborts it; so does a long silence.
pub async fn send(call: Call) -> Result<Answer, ApiError> {
    let abort = Abort::new();
    let signal = abort.signal();
    let timeout = Timeout::new(PATIENCE_MILLIS, move || drop(abort));
    let answer = send_until(call, signal).await;
    // Cancelling the timeout drops the guard inside it, when nothing is under way any more.
    drop(timeout);
    answer
}

/// Sends a request which its caller may abort.
pub async fn send_until(call: Call, signal: Option<AbortSignal>) -> Result<Answer, ApiError> {
    let sent = clock::browser_now();
    let response = fetch(call, signal).await.map_err(|_| ApiError::Network)?;
    if let Some(time) = header(&response, "x-vestibule-time").and_then(|t| Timestamp::parse(&t)) {
        clock::learn(sent, time);
    }
    let body = response.text().await.map_err(|_| ApiError::Network)?;
    let status = response.status();
    if response.ok() || status == 304 {
        return Ok(Answer {
            status,
            body,
            etag: header(&response, "etag"),
        });
    }
    let retry_after = header(&response, "retry-after").and_then(|text| retry_after(&text));
    Err(ApiError::of(status, &body, retry_after))
}

/// Reads an answer's body.
pub fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ApiError> {
    serde_json::from_str(&answer.body).map_err(|_| ApiError::Garbled)
}

async fn fetch(call: Call, signal: Option<AbortSignal>) -> Result<Response, gloo_net::Error> {
    let mut request = RequestBuilder::new(&call.path)
        .method(call.method)
        .header("accept", "application/json")
        // We keep our own ETags; the browser's cache would answer 200 for the server's 304.
        .cache(web_sys::RequestCache::NoStore)
        .abort_signal(signal.as_ref());
    if let Some(etag) = &call.etag {
        request = request.header("if-none-match", etag);
    }
    match call.body {
        Some(body) => {
            let request = request.header("content-type", "application/json");
            request.body(body)?.send().await
        }
        None => request.send().await,
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    response
        .headers()
        .get(name)
        .filter(|value| !value.is_empty())
}

/// Only the form in seconds: the server never sends the other one.
fn retry_after(text: &str) -> Option<Millis> {
    text.trim()
        .parse::<u32>()
        .ok()
        .map(|seconds| Millis::from_secs(i64::from(seconds)))
}
