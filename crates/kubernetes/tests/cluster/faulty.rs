//! A client whose requests fail at random, as behind a busy API server or a bad line.

use crate::support::config;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use kube::Client;
use kube::client::{Body, ClientBuilder, DynBody};
use serde_json::json;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{BoxError, Service};

type Answer = Response<Box<DynBody>>;

/// Numbers of the faults that were injected.
#[derive(Debug, Default)]
pub struct Faults {
    pub refused: AtomicU32,
    pub lost: AtomicU32,
    pub expired: AtomicU32,
    pub delayed: AtomicU32,
    state: AtomicU64,
}

impl Faults {
    /// Returns a number below `below` that differs from call to call.
    fn next(&self, below: u64) -> u64 {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        let state = self
            .state
            .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}

/// Returns a client of which every third request fails or is late, and the count of its faults.
pub async fn client(seed: u64) -> (Client, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    faults.state.store(seed, Ordering::Relaxed);
    let layer = tower::layer::layer_fn({
        let faults = Arc::clone(&faults);
        move |inner| Faulty {
            inner,
            faults: Arc::clone(&faults),
        }
    });
    let builder = ClientBuilder::try_from(config().await).expect("a client");
    (builder.with_layer(&layer).build(), faults)
}

#[derive(Clone)]
struct Faulty<S> {
    inner: S,
    faults: Arc<Faults>,
}

impl<S> Service<Request<Body>> for Faulty<S>
where
    S: Service<Request<Body>, Response = Answer, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = Answer;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let query = request.uri().query().unwrap_or_default();
        let is_watch = query.contains("watch=true");
        let is_change = request.method() != Method::GET;
        let count = |counter: &AtomicU32| counter.fetch_add(1, Ordering::Relaxed);
        match self.faults.next(12) {
            0 if is_watch => {
                count(&self.faults.expired);
                ready(status(410, "Expired", "too old resource version"))
            }
            0 | 1 => {
                count(&self.faults.refused);
                ready(match (is_change, self.faults.next(3)) {
                    (true, 0) => status(409, "Conflict", "the object has been modified"),
                    (_, 1) => status(429, "TooManyRequests", "too many requests"),
                    _ => status(500, "InternalError", "etcdserver: request timed out"),
                })
            }
            // Carried out, and answered as if it were not.
            2 if is_change => {
                count(&self.faults.lost);
                let answering = self.inner.call(request);
                Box::pin(async move {
                    answering.await?;
                    Ok(status(500, "InternalError", "the answer is lost"))
                })
            }
            2 | 3 => {
                count(&self.faults.delayed);
                let pause = Duration::from_millis(self.faults.next(1500));
                let answering = self.inner.call(request);
                Box::pin(async move {
                    let answer = answering.await;
                    tokio::time::sleep(pause).await;
                    answer
                })
            }
            _ => Box::pin(self.inner.call(request)),
        }
    }
}

fn ready(answer: Answer) -> Pin<Box<dyn Future<Output = Result<Answer, BoxError>> + Send>> {
    Box::pin(std::future::ready(Ok(answer)))
}

/// Returns a refusal as the API server words it.
fn status(code: u16, reason: &str, message: &str) -> Answer {
    let text = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "reason": reason, "code": code, "message": message,
    });
    let body = Full::new(Bytes::from(text.to_string()));
    let body = body.map_err(|never: Infallible| -> BoxError { match never {} });
    let body: Box<DynBody> = Box::new(body);
    let answer = Response::builder().status(code).body(body);
    answer.expect("a response")
}
