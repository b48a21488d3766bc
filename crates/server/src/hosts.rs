//! Dispatch by host: each app has its own origin, the console and the API have theirs, and any
//! other name is redirected to the public address.

use crate::auth::ClientAddress;
use crate::gateway;
use crate::named_host::{is_loopback, named_host};
use crate::problem;
use crate::public_url::PublicUrl;
use crate::redirects::RedirectVerdict;
use crate::state::AppState;
use crate::{api, assets, request_log, unread_bodies};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::time::Instant;
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;
use vestibule_model::ids::WorkbenchId;

/// Header that gives an origin a process, or at least a thread, of its own in the browser.
///
/// Apps are same-site with the console. Without this header on both, Chromium runs them in one
/// thread, and an app's endless loop freezes the console.
pub const ORIGIN_AGENT_CLUSTER: (HeaderName, HeaderValue) = (
    HeaderName::from_static("origin-agent-cluster"),
    HeaderValue::from_static("?1"),
);

/// Addressee of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressee {
    /// The app of a workbench.
    App(WorkbenchId),
    /// The console and the API.
    Console,
    /// Neither: the server was reached by another name than its public one.
    Other,
}

/// Returns the whole server as a router.
pub fn router(state: &AppState) -> Router {
    let api = api::router(state);
    Router::new()
        .fallback(
            async move |State(state): State<AppState>, request: Request| {
                dispatch(state, api, request).await
            },
        )
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(unread_bodies::drain))
        .layer(middleware::from_fn(request_log::record))
        .with_state(state.clone())
}

async fn dispatch(state: AppState, api: Router, request: Request) -> Response {
    if request.method() == Method::CONNECT {
        return problem::no_tunnels().into_response();
    }
    let host = named_host(request.uri(), request.headers());
    let addressee = host.map_or(Addressee::Other, |host| addressee(host, &state.public_url));
    if let Addressee::App(id) = addressee {
        let mut response = gateway::handle(state, id, request).await;
        let (name, value) = ORIGIN_AGENT_CLUSTER;
        // An app's own value is replaced.
        response.headers_mut().insert(name, value);
        response.extensions_mut().insert(request_log::OfApp);
        return response;
    }
    let has_too_many_cookies = cookie_bytes(request.headers()) > MOST_COOKIE_BYTES;
    let path = request.uri().path();
    let is_api = path == "/api" || path.starts_with("/api/");
    let is_health = matches!(path, "/healthz" | "/readyz" | "/metrics");
    let is_console = addressee == Addressee::Console;
    let is_report = is_report(request.method(), path) && host.is_some_and(is_loopback);
    let mut response = if is_health || is_report || (is_console && is_api) {
        match api.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    } else if is_console {
        assets::serve(&state, &request)
    } else {
        redirect_to_public_url(&state, request)
    };
    secure(response.headers_mut());
    if is_console && has_too_many_cookies {
        response.headers_mut().insert(
            HeaderName::from_static("clear-site-data"),
            HeaderValue::from_static("\"cookies\""),
        );
    }
    response
}

/// More bytes of cookies than the console and a company's other sites need.
///
/// An app's script may set cookies for the console's host. With many of them proxies refuse every
/// request, until the browser forgets them.
const MOST_COOKIE_BYTES: usize = 16 * 1024;

fn cookie_bytes(headers: &HeaderMap) -> usize {
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies.map(HeaderValue::len).sum()
}

/// Returns whom a host name addresses.
pub fn addressee(host: &str, public: &PublicUrl) -> Addressee {
    let host = host.to_ascii_lowercase();
    let default_port = match public.scheme() {
        "https" => ":443",
        _ => ":80",
    };
    // Only a host without any other port can name the scheme's own.
    let host = match host.strip_suffix(default_port) {
        Some(name) if !name.contains(':') => name,
        _ => &host,
    };
    let authority = public.authority();
    if host == authority {
        return Addressee::Console;
    }
    host.strip_suffix(&public.apps_authority())
        .and_then(|below| below.strip_suffix('.'))
        .and_then(WorkbenchId::parse)
        .map_or(Addressee::Other, Addressee::App)
}

/// Returns `true` if this is a progress message of a run. It needs no cookie, and programs on this
/// machine may not resolve the public name.
fn is_report(method: &Method, path: &str) -> bool {
    *method == Method::POST
        && path
            .strip_prefix("/api/runs/")
            .and_then(|rest| rest.strip_suffix("/progress"))
            .is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

/// Redirects a visitor who used another host name to the public address.
fn redirect_to_public_url(state: &AppState, request: Request) -> Response {
    let public_origin = state.public_url.origin();
    let (request, _body) = request.into_parts();
    let client = ClientAddress::of(&request, &state.trusted_proxies).0;
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return problem::misdirected(&public_origin).into_response();
    }
    if let RedirectVerdict::Circle { warn } = state.redirects.count(client, Instant::now()) {
        if warn {
            let host = named_host(&request.uri, &request.headers).unwrap_or_default();
            tracing::warn!(
                host,
                %client,
                "a visitor is redirected in a circle: a proxy in front does not pass the header Host on; for nginx set \
                 `proxy_set_header Host $http_host;`"
            );
        }
        return problem::circle(&public_origin).into_response();
    }
    let path = request
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let headers = [
        (header::LOCATION, format!("{public_origin}{path}")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    // Only GET and HEAD come here.
    (StatusCode::FOUND, headers).into_response()
}

/// Answers a request whose handler panicked.
fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let cause = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(cause, "a request panicked");
    problem::internal().into_response()
}

/// Adds the security headers of the console's origin.
fn secure(headers: &mut HeaderMap) {
    // `same-origin`, not `no-referrer`: with the latter browsers send `Origin: null` for some of
    // the console's own requests (Fetch, "append a request Origin header").
    const ALWAYS: [(HeaderName, HeaderValue); 5] = [
        ORIGIN_AGENT_CLUSTER,
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
    fn apps_of_another_site_have_no_names_below_the_console() {
        let public = PublicUrl::local(8080);
        let apps = "http://apps.localhost:8080".parse().expect("an address");
        let public = public.with_apps(apps).expect("another site");
        for (host, expected) in [
            ("vestibule.localhost:8080", Addressee::Console),
            (
                "wb-7k2m9x4q.apps.localhost:8080",
                Addressee::App("wb-7k2m9x4q".into()),
            ),
            ("wb-7k2m9x4q.vestibule.localhost:8080", Addressee::Other),
            ("apps.localhost:8080", Addressee::Other),
        ] {
            assert_eq!(addressee(host, &public), expected, "{host}");
        }
    }

    #[test]
    fn reports_of_progress_have_one_address() {
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

    /// Security review, finding 33.
    #[test]
    fn the_schemes_own_port_may_be_named() {
        let public: PublicUrl = "https://v.example.org".parse().expect("an address");
        assert_eq!(addressee("v.example.org:443", &public), Addressee::Console);
        assert_eq!(addressee("v.example.org", &public), Addressee::Console);
        let local = PublicUrl::local(8080);
        for two_ports in [
            "vestibule.localhost:8080:80",
            "wb-7k2m9x4q.vestibule.localhost:8080:80",
        ] {
            assert_eq!(addressee(two_ports, &local), Addressee::Other);
        }
    }
}
