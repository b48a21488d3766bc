//! The only module that sends requests: same origin, JSON, abortable. Each response corrects the clock.

use super::{ApiError, clock};
use futures_util::future::{Either, select};
use gloo_net::http::{Method, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::{Pin, pin};
use vestibule_client::connection_error::{ConnectionError, UnexpectedBody};
use vestibule_model::lenient;
use vestibule_model::time::{Millis, Timestamp};
use web_sys::{AbortController, AbortSignal, RequestCache, RequestRedirect};

/// Time limit of a request.
const TIMEOUT_MILLIS: u32 = 30_000;

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    body: Option<String>,
    etag: Option<String>,
    if_match: Option<String>,
}

impl Call {
    /// Returns a request to read; `etag` is the version that the caller holds.
    pub fn get(path: impl Into<String>, etag: Option<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: None,
            etag,
            if_match: None,
        }
    }

    /// Returns a request to create or to act.
    pub fn post(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with_body(Method::POST, path, body)
    }

    /// Returns a request to set.
    pub fn put(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with_body(Method::PUT, path, body)
    }

    /// Returns a request to change parts.
    pub fn patch(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with_body(Method::PATCH, path, body)
    }

    fn with_body(method: Method, path: impl Into<String>, body: &impl Serialize) -> Self {
        Self {
            method,
            path: path.into(),
            // The API's types always serialise: their keys are strings, no serialiser fails.
            body: Some(serde_json::to_string(body).unwrap_or_default()),
            etag: None,
            if_match: None,
        }
    }

    /// Returns a request to delete.
    pub fn delete(path: impl Into<String>) -> Self {
        Self {
            method: Method::DELETE,
            path: path.into(),
            body: None,
            etag: None,
            if_match: None,
        }
    }

    /// Returns the request for this version only: the server refuses it if there is a newer one.
    pub fn if_match(mut self, etag: String) -> Self {
        self.if_match = Some(etag);
        self
    }
}

/// A success, or 304 if the request had an `ETag`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; empty for 304.
    pub body: String,
    /// The version of the body.
    pub etag: Option<String>,
}

/// Guard that aborts its request when it is dropped.
#[derive(Debug)]
pub struct Abort(Option<AbortController>);

impl Abort {
    /// Returns a guard. Without `AbortController` requests run to their end.
    pub fn new() -> Self {
        Self(AbortController::new().ok())
    }

    /// Returns the signal for the request.
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

/// A request under way. Boxed, so that each call's own future is small.
pub type Sending = Pin<Box<dyn Future<Output = Result<Answer, ApiError>>>>;

/// Sends a request. It is aborted when the future is dropped, or after the time limit.
pub fn send(call: Call) -> Sending {
    Box::pin(async move {
        let abort = Abort::new();
        let request = pin!(send_until(call, abort.signal()));
        match select(request, TimeoutFuture::new(TIMEOUT_MILLIS)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(ApiError::Lost(ConnectionError::Slow)),
        }
    })
}

/// Sends a request that its caller may abort.
pub async fn send_until(call: Call, signal: Option<AbortSignal>) -> Result<Answer, ApiError> {
    let sent = clock::browser_now();
    let lost = |cause| {
        let is_aborted = signal.as_ref().is_some_and(AbortSignal::aborted);
        ApiError::Lost(if is_aborted {
            ConnectionError::Slow
        } else {
            cause
        })
    };
    let response = fetch(call, signal.as_ref()).await;
    let response = response.map_err(|_| lost(ConnectionError::Unreachable))?;
    let body = response.text().await;
    let body = body.map_err(|_| lost(ConnectionError::BrokenOff))?;
    let header = |name| {
        response
            .headers()
            .get(name)
            .filter(|value| !value.is_empty())
    };
    if let Some(time) = header("x-vestibule-time").and_then(|time| Timestamp::parse(&time)) {
        clock::learn(sent, time);
    }
    let status = response.status();
    if status == 0 {
        // The browser hides a redirect's address and status.
        return Err(lost(ConnectionError::UnexpectedBody(UnexpectedBody::Page)));
    }
    if response.ok() || status == 304 {
        return Ok(Answer {
            status,
            body,
            etag: header("etag"),
        });
    }
    let retry_after = header("retry-after").and_then(|text| retry_after(&text));
    Err(ApiError::of(status, &body, retry_after))
}

/// A request under way whose answer is parsed. Boxed like [`Sending`].
pub type Receiving<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// Sends a request and parses the answer's body.
pub fn receive<T: DeserializeOwned + 'static>(call: Call) -> Receiving<T> {
    let sending = send(call);
    Box::pin(async move { read(&sending.await?) })
}

/// Parses an answer's body.
pub fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ApiError> {
    lenient::parse(&answer.body).ok_or_else(|| unexpected_body(answer))
}

fn unexpected_body(answer: &Answer) -> ApiError {
    ApiError::Lost(ConnectionError::UnexpectedBody(UnexpectedBody::of(
        &answer.body,
    )))
}

async fn fetch(call: Call, signal: Option<&AbortSignal>) -> Result<Response, gloo_net::Error> {
    let mut request = RequestBuilder::new(&call.path)
        .method(call.method)
        .abort_signal(signal)
        // The console keeps its own ETags; the browser's cache would answer 200 for a 304.
        .cache(RequestCache::NoStore)
        // The API never redirects. A redirect comes from a proxy that asks for a sign-in.
        .redirect(RequestRedirect::Manual)
        .header("accept", "application/json");
    if let Some(etag) = &call.etag {
        request = request.header("if-none-match", etag);
    }
    if let Some(etag) = &call.if_match {
        request = request.header("if-match", etag);
    }
    let request = match call.body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(body),
        None => request.build(),
    };
    request?.send().await
}

/// Parses `Retry-After` in seconds: the server never sends a date.
fn retry_after(text: &str) -> Option<Millis> {
    text.trim()
        .parse::<u32>()
        .ok()
        .map(|seconds| Millis::from_secs(i64::from(seconds)))
}
