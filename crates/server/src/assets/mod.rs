//! Files of the built console, which the program embeds.

mod csp;
mod encoding;

use crate::console_files::ConsoleFiles;
use crate::etag::is_known;
use crate::state::AppState;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use encoding::Encoding;
pub(crate) use encoding::takes;
use rust_embed::EmbeddedFile;

const INDEX: &str = "index.html";

/// Document that shows a terminal, in a frame of the console.
const TERMINAL: &str = "terminal.html";

const NOT_BUILT: &str = "The console is not part of this build of Vestibule.\n\n\
    Build it and start again with `cargo xtask run`, or build it alone with `trunk build --release`.\n\
    The API works without it.\n";

/// Answers with a file of the console. Every path without a file extension is a page of the
/// console.
pub fn serve(state: &AppState, request: &Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allow = [(header::ALLOW, "GET, HEAD")];
        return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if path.is_empty() || path == INDEX || !has_ending(path) {
        return index(state, request.headers());
    }
    let found = match path {
        TERMINAL => terminal(state.files, request.headers()),
        _ => file(state.files, path, request.headers()),
    };
    match found {
        Some(response) => response,
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}

fn has_ending(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
}

fn index(state: &AppState, requested: &HeaderMap) -> Response {
    let Some(page) = (state.files)(INDEX) else {
        return (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response();
    };
    let policy = csp::policy(
        &String::from_utf8_lossy(&page.data),
        &state.public_url.app_origins_for_csp(),
    );
    let Some(mut response) = file(state.files, INDEX, requested) else {
        return (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response();
    };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn terminal(files: ConsoleFiles, requested: &HeaderMap) -> Option<Response> {
    let page = files(TERMINAL)?;
    let policy = csp::terminal_policy(&String::from_utf8_lossy(&page.data));
    let mut response = file(files, TERMINAL, requested)?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.parse().ok()?);
    Some(response)
}

/// Returns a file in the smallest encoding that exists and that the client accepts.
fn file(files: ConsoleFiles, path: &str, requested: &HeaderMap) -> Option<Response> {
    let plain = files(path)?;
    let (encoding, file) = Encoding::accepted(requested)
        .find_map(|encoding| Some((Some(encoding), files(&encoding.name_of(path))?)))
        .unwrap_or((None, plain));
    let tag = tag(&file);
    let mut headers = HeaderMap::new();
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::CACHE_CONTROL, caching(path));
    headers.insert(header::ETAG, tag.parse().ok()?);
    let known = requested.get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| is_known(known, &tag)) {
        return Some((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(header::CONTENT_TYPE, content_type(path));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, encoding.header());
    }
    Some((headers, Body::from(file.data.into_owned())).into_response())
}

fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]))
}

/// Returns the caching policy. The content of a name that carries its hash never changes.
fn caching(path: &str) -> HeaderValue {
    HeaderValue::from_static(if is_hashed(path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    })
}

/// Returns `true` if a name carries the hash that the build adds: some 16 hexadecimal digits.
fn is_hashed(path: &str) -> bool {
    path.split(['/', '-', '_', '.'])
        .any(|part| (12..=32).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn content_type(path: &str) -> HeaderValue {
    let kind = match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    HeaderValue::from_static(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        assert!(is_hashed("vestibule-console-8f2a1c9d0e3b4a57_bg.wasm"));
        assert!(is_hashed("tokens-1f2a1c9d0e3b4a5.css"));
        for name in ["index.html", "favicon.svg", "snippets/decade/inline0.js"] {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn addresses_of_the_console_are_no_files() {
        assert!(!has_ending("workspaces/ws-1/sessions/wb-1"));
        assert!(has_ending("a/b.js"));
    }
}
