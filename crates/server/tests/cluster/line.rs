//! A line between a server and the API server, on which requests and answers get lost, are refused or are
//! late. Requests go on as the administrator's, or those of the user whom they impersonate.

use crate::support::kubeconfig;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, StreamExt as _};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use vestibule_kubernetes::engine::Access;

/// Fault of one request.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// The API server refuses it with this code, and has done nothing.
    Refused(u16),
    /// The API server has done it, and the connection breaks before the answer.
    Lost,
    /// Request that is carried out after this time.
    Late(Duration),
}

/// Request to the API server.
#[derive(Debug)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    query: String,
}

impl Asked {
    pub fn is_watch(&self) -> bool {
        self.query.contains("watch=true")
    }

    /// Returns `true` for the list of all resources `AgenticSession` of a namespace, or its watch.
    pub fn is_list(&self) -> bool {
        self.method == Method::GET
            && self.path.ends_with("/agenticsessions")
            && !self.query.contains("labelSelector")
    }

    /// Returns `true` for the request that holds the deletion of a resource.
    pub fn is_hold(&self) -> bool {
        self.method == Method::PATCH
            && self.path.contains("/agenticsessions/")
            && !self.path.ends_with("/status")
            && !self.query.contains("fieldManager=vestibule-console")
    }

    /// Returns `true` for a change of a resource `AgenticSession` that is none of its status or
    /// finalizer.
    pub fn is_command(&self) -> bool {
        let is_change = self.method == Method::DELETE
            || (self.method == Method::PATCH
                && self.query.contains("fieldManager=vestibule-console"));
        is_change && self.path.contains("/agenticsessions/") && !self.path.ends_with("/status")
    }
}

type Rule = Box<dyn FnMut(&Asked) -> Option<Fault> + Send>;

struct Shared {
    access: Access,
    rule: Mutex<Option<Rule>>,
    /// Counts the cuts of the watches.
    cuts: watch::Sender<u32>,
}

/// The line, and the administrator's own way to the API server.
pub struct Line {
    shared: Arc<Shared>,
    address: String,
    runtime: Runtime,
}

impl Line {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let (shared, address) = runtime.block_on(async {
            let access = Access::find(Some(kubeconfig()), None).await;
            let shared = Arc::new(Shared {
                access: access.expect("a cluster"),
                rule: Mutex::default(),
                cuts: watch::Sender::new(0),
            });
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
            let listener = listener.expect("a port");
            let address = format!("http://{}", listener.local_addr().expect("an address"));
            let passing = Router::new().fallback(pass).with_state(Arc::clone(&shared));
            tokio::spawn(async move { axum::serve(listener, passing).await });
            (shared, address)
        });
        Self {
            shared,
            address,
            runtime,
        }
    }

    /// Writes a kubeconfig that leads through the line.
    pub fn kubeconfig(&self, folder: &Path) -> PathBuf {
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "line",
            "clusters": [{ "name": "line", "cluster": { "server": self.address } }],
            "users": [{ "name": "line", "user": {} }],
            "contexts": [{ "name": "line", "context": { "cluster": "line", "user": "line" } }],
        });
        let file = folder.join("line.kubeconfig");
        std::fs::write(&file, text.to_string()).expect("a file");
        file
    }

    /// Sets what becomes of requests from now on.
    pub fn set(&self, rule: impl FnMut(&Asked) -> Option<Fault> + Send + 'static) {
        *lock(&self.shared.rule) = Some(Box::new(rule));
    }

    /// Lets the next `count` commands meet with a fault.
    pub fn on_commands(&self, count: u32, fault: Fault) {
        let mut left = count;
        self.set(move |asked| {
            let is_next = left > 0 && asked.is_command();
            left -= u32::from(is_next);
            is_next.then_some(fault)
        });
    }

    /// Lets every request pass.
    pub fn mend(&self) {
        *lock(&self.shared.rule) = None;
    }

    /// Breaks the connections of all watches.
    pub fn cut_watches(&self) {
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Sends a request of the administrator, who takes another way; returns status and body.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let kind = match method {
            Method::PATCH => "application/merge-patch+json",
            _ => "application/json",
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().expect("a type"));
        let body = body.map(ToString::to_string).unwrap_or_default();
        let uri = path.parse().expect("a path");
        self.runtime.block_on(async {
            let sent = send(&self.shared.access, method, uri, &headers, body.into()).await;
            let (parts, body) = sent.expect("it answers").into_parts();
            let body = body.collect().await.expect("it answers").to_bytes();
            let body = serde_json::from_slice(&body).unwrap_or_default();
            (parts.status.as_u16(), body)
        })
    }
}

async fn pass(State(line): State<Arc<Shared>>, request: Request) -> Response {
    let uri = request.uri();
    let asked = Asked {
        method: request.method().clone(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
    };
    let fault = match &mut *lock(&line.rule) {
        Some(rule) => rule(&asked),
        None => None,
    };
    if let Some(Fault::Refused(code)) = fault {
        return refused(code);
    }
    if let Some(Fault::Late(pause)) = fault {
        tokio::time::sleep(pause).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return broken();
    };
    let mut cuts = line.cuts.subscribe();
    let sent = send(
        &line.access,
        parts.method,
        parts.uri,
        &parts.headers,
        body.to_bytes(),
    )
    .await;
    let (Some(answer), false) = (sent, matches!(fault, Some(Fault::Lost))) else {
        return broken();
    };
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove(header::TRANSFER_ENCODING);
    if !asked.is_watch() {
        return Response::from_parts(parts, body);
    }
    let end = async move { cuts.changed().await };
    let update = body
        .into_data_stream()
        .map(|piece| piece.map_err(io::Error::other));
    let update = update
        .take_until(Box::pin(end))
        .chain(stream::once(async { Err(cut()) }));
    Response::from_parts(parts, Body::from_stream(update))
}

/// Sends a request on; returns `None` if the API server doesn't answer.
async fn send(
    access: &Access,
    method: Method,
    uri: Uri,
    headers: &HeaderMap,
    body: Bytes,
) -> Option<Response> {
    let mut onward = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        let is_passed = [header::ACCEPT, header::CONTENT_TYPE].contains(name);
        if is_passed || name.as_str().starts_with("impersonate-") {
            onward = onward.header(name, value);
        }
    }
    let onward = onward.body(body.to_vec().into()).expect("a request");
    let answer = access.client().send(onward).await.ok()?;
    Some(answer.map(Body::new))
}

/// Returns an answer whose connection breaks.
fn broken() -> Response {
    let pieces = stream::once(async { Err::<Bytes, _>(cut()) });
    (StatusCode::OK, Body::from_stream(pieces)).into_response()
}

fn cut() -> io::Error {
    io::Error::other("the line is cut")
}

/// Returns a refusal as the API server words it.
fn refused(code: u16) -> Response {
    let (reason, message) = match code {
        409 => ("Conflict", "the object has been modified"),
        429 => ("TooManyRequests", "too many requests"),
        _ => ("InternalError", "etcdserver: request timed out"),
    };
    let text = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "reason": reason, "code": code, "message": message,
    });
    let code = StatusCode::from_u16(code).expect("a code");
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (code, kind, text.to_string()).into_response()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
