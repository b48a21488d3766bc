//! One way to send a request: same origin, JSON, abortable, with the server's clock learnt on the way.

use super::{ApiError, clock};
use gloo_timers::callback::Timeout;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::Cell;
use vestibule_model::lenient;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::trouble::{Strange, Trouble};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Headers, RequestCache, RequestInit, RequestRedirect, Response,
};

/// Hears what a request ran into; none where the server has answered.
pub type Hears = fn(Option<Trouble>);

thread_local! {
    /// Hears how each request fared that is sent for its own sake.
    static HEARS: Cell<Option<Hears>> = const { Cell::new(None) };
}

/// After this an answer is not waited for any longer.
const PATIENCE_MILLIS: u32 = 30_000;

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    method: &'static str,
    path: String,
    body: Option<String>,
    etag: Option<String>,
}

impl Call {
    /// Reads something; `etag` is what is already known of it.
    pub fn get(path: impl Into<String>, etag: Option<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            body: None,
            etag,
        }
    }

    /// Wishes something.
    pub fn post(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with_body("POST", path, body)
    }

    /// Sets something.
    pub fn put(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with_body("PUT", path, body)
    }

    /// Changes a part of something.
    pub fn patch(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with_body("PATCH", path, body)
    }

    fn with_body(method: &'static str, path: impl Into<String>, body: &impl Serialize) -> Self {
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
            method: "DELETE",
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
    if let Some(hears) = HEARS.get() {
        hears(answer.as_ref().err().and_then(ApiError::trouble));
    }
    answer
}

/// Hears from now on what the requests run into that are sent for their own sake.
pub fn overhear(hears: Hears) {
    HEARS.set(Some(hears));
}

/// Sends a request which its caller may abort.
pub async fn send_until(call: Call, signal: Option<AbortSignal>) -> Result<Answer, ApiError> {
    let sent = clock::browser_now();
    let lost = |trouble| {
        let is_given_up = signal.as_ref().is_some_and(AbortSignal::aborted);
        ApiError::Lost(if is_given_up { Trouble::Slow } else { trouble })
    };
    let response = fetch(call, signal.as_ref()).await;
    let response = response.map_err(|_| lost(Trouble::Unreachable))?;
    let body = text(&response).await;
    let body = body.map_err(|_| lost(Trouble::BrokenOff))?;
    if let Some(time) = header(&response, "x-vestibule-time").and_then(|t| Timestamp::parse(&t)) {
        clock::learn(sent, time);
    }
    let status = response.status();
    if status == 0 {
        // The browser tells no more of an answer that leads elsewhere.
        return Err(lost(Trouble::Strange(Strange::Page)));
    }
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
    lenient::parse(&answer.body)
        .ok_or_else(|| ApiError::Lost(Trouble::Strange(Strange::of(&answer.body))))
}

/// The beginning of an answer. The browser's own calls: a library around them costs 5 KB.
async fn fetch(call: Call, signal: Option<&AbortSignal>) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    let request = RequestInit::new();
    request.set_method(call.method);
    // We keep our own ETags; the browser's cache would answer 200 for the server's 304.
    request.set_cache(RequestCache::NoStore);
    request.set_signal(signal);
    // The server sends nobody elsewhere; who does is a proxy that wants one to sign in first.
    request.set_redirect(RequestRedirect::Manual);
    if let Some(etag) = &call.etag {
        headers.set("if-none-match", etag)?;
    }
    if let Some(body) = &call.body {
        headers.set("content-type", "application/json")?;
        request.set_body(&JsValue::from_str(body));
    }
    request.set_headers(&headers);
    let window = leptos::prelude::window();
    let answer = JsFuture::from(window.fetch_with_str_and_init(&call.path, &request)).await?;
    answer.dyn_into()
}

/// All of an answer.
async fn text(response: &Response) -> Result<String, JsValue> {
    let body = JsFuture::from(response.text()?).await?;
    Ok(body.as_string().unwrap_or_default())
}

fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name).ok().flatten();
    value.filter(|value| !value.is_empty())
}

/// Only the form in seconds: the server never sends the other one.
fn retry_after(text: &str) -> Option<Millis> {
    text.trim()
        .parse::<u32>()
        .ok()
        .map(|seconds| Millis::from_secs(i64::from(seconds)))
}
