//! Which host a request is for comes before everything else: each app has its own origin, the
//! console and the API have theirs, and any other name is sent to the public address.

use crate::gateway;
use crate::problem;
use crate::public_url::PublicUrl;
use crate::state::AppState;
use crate::{api, assets, request_log};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use std::any::Any;
use std::net::{IpAddr, SocketAddr};
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;
use vestibule_model::ids::WorkbenchId;

/// Whom a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Addressee {
    /// The app of a workbench.
    App(WorkbenchId),
    /// The console and the API.
    Console,
    /// Nobody here: the server is reached by another name than its public one.
    Other,
}

/// The whole server as a router.
pub fn router(state: &AppState) -> Router {
    let api = api::router(state);
    Router::new()
        .fallback(
            async move |State(state): State<AppState>, request: Request| {
                dispatch(state, api, request).await
            },
        )
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(request_log::record))
        .with_state(state.clone())
}

async fn dispatch(state: AppState, api: Router, request: Request) -> Response {
    let host = host(request.uri(), request.headers());
    let addressee = host.map_or(Addressee::Other, |host| addressee(host, &state.public_url));
    if let Addressee::App(id) = addressee {
        return gateway::handle(state, id, request).await;
    }
    let path = request.uri().path();
    let is_api = path == "/api" || path.starts_with("/api/");
    let is_health = matches!(path, "/healthz" | "/readyz" | "/metrics");
    let is_console = addressee == Addressee::Console;
    let is_report = is_report(request.method(), path) && host.is_some_and(is_this_machine);
    let mut response = if is_health || is_report || (is_console && is_api) {
        match api.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    } else if is_console {
        assets::serve(&state, &request)
    } else {
        elsewhere(&request, &state.public_url.origin())
    };
    secure(response.headers_mut());
    response
}

/// The host a request names, with its port if it names one.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    if let Some(authority) = uri.authority() {
        return Some(authority.as_str());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    // Two of them mean that somebody on the way sees another one than we do.
    hosts.next().is_none().then_some(host)
}

fn addressee(host: &str, public: &PublicUrl) -> Addressee {
    let host = host.to_ascii_lowercase();
    let default_port = match public.scheme() {
        "https" => ":443",
        _ => ":80",
    };
    let host = host.strip_suffix(default_port).unwrap_or(&host);
    let authority = public.authority();
    if host == authority {
        return Addressee::Console;
    }
    host.strip_suffix(&authority)
        .and_then(|below| below.strip_suffix('.'))
        .and_then(WorkbenchId::parse)
        .map_or(Addressee::Other, Addressee::App)
}

/// Whether a run reports its progress. That takes no cookie, and programs on this machine need not
/// find the public name.
fn is_report(method: &Method, path: &str) -> bool {
    *method == Method::POST
        && path
            .strip_prefix("/api/runs/")
            .and_then(|rest| rest.strip_suffix("/progress"))
            .is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

/// Whether a request names a loopback address as its host.
pub fn names_this_machine(uri: &Uri, headers: &HeaderMap) -> bool {
    host(uri, headers).is_some_and(is_this_machine)
}

/// Whether the host is a loopback address, with or without a port.
fn is_this_machine(host: &str) -> bool {
    let address = host.parse::<SocketAddr>().map(|address| address.ip());
    let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
    address
        .or_else(|_| unbracketed.parse::<IpAddr>())
        .is_ok_and(|ip| ip.is_loopback())
}

/// Sends a visitor who came by another name to the public address.
fn elsewhere(request: &Request, public_origin: &str) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return problem::misdirected(public_origin).into_response();
    }
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let mut response = Redirect::temporary(&format!("{public_origin}{path}")).into_response();
    // 302: what a browser did not ask with GET does not come here, and nothing is to be kept.
    *response.status_mut() = StatusCode::FOUND;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A fault of ours ends one request, not the server.
fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let cause = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(cause, "a request panicked");
    problem::internal().into_response()
}

/// What protects every page and answer of the console's own origin.
fn secure(headers: &mut HeaderMap) {
    // `same-origin`, not `no-referrer`: with the latter browsers send `Origin: null` for some of
    // the console's own requests (Fetch, "append a request Origin header").
    const ALWAYS: [(HeaderName, HeaderValue); 4] = [
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static(
                "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            ),
        ),
    ];
    headers.extend(ALWAYS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_decides_whom_a_request_is_for() {
        let public = PublicUrl::local(8080);
        let app = Addressee::App("wb-7k2m9x4q".into());
        for (host, expected) in [
            ("vestibule.localhost:8080", Addressee::Console),
            ("Vestibule.LOCALHOST:8080", Addressee::Console),
            ("wb-7k2m9x4q.vestibule.localhost:8080", app),
            ("wb-7k2m9x4q.vestibule.localhost", Addressee::Other),
            ("vestibule.localhost", Addressee::Other),
            ("vestibule.localhost:80801", Addressee::Other),
            ("localhost:8080", Addressee::Other),
            ("127.0.0.1:8080", Addressee::Other),
            ("[::1]:8080", Addressee::Other),
            ("x.wb-7k2m9x4q.vestibule.localhost:8080", Addressee::Other),
            ("wb-7k2m9x4qvestibule.localhost:8080", Addressee::Other),
            ("ws-7k2m9x4q.vestibule.localhost:8080", Addressee::Other),
            ("evil.example", Addressee::Other),
            ("", Addressee::Other),
        ] {
            assert_eq!(addressee(host, &public), expected, "{host}");
        }
    }

    #[test]
    fn only_reports_of_progress_come_by_the_machines_own_address() {
        for host in ["127.0.0.1:8080", "127.0.0.1", "[::1]:8080", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "10.0.0.7:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
        assert!(is_report(&Method::POST, "/api/runs/run-1/progress"));
        assert!(!is_report(&Method::GET, "/api/runs/run-1/progress"));
        for path in [
            "/api/runs/progress",
            "/api/runs//progress",
            "/api/runs/a/b/progress",
        ] {
            assert!(!is_report(&Method::POST, path), "{path}");
        }
    }

    #[test]
    fn the_schemes_own_port_may_be_named() {
        let public: PublicUrl = "https://v.example.org".parse().expect("an address");
        assert_eq!(addressee("v.example.org:443", &public), Addressee::Console);
        assert_eq!(addressee("v.example.org", &public), Addressee::Console);
    }

    #[test]
    fn two_hosts_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, HeaderValue::from_static("a"));
        assert_eq!(host(&Uri::from_static("/"), &headers), Some("a"));
        headers.append(header::HOST, HeaderValue::from_static("b"));
        assert_eq!(host(&Uri::from_static("/"), &headers), None);
    }
}
