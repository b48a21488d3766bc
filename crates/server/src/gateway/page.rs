//! The gateway's own responses: pages for users, problems for programs.

use super::error::GatewayError;
use super::navigation::Style;
use crate::proxy::GATEWAY;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use vestibule_model::problem::Problem;

const STYLE: &str = include_str!("page.css");
/// The product's mark, as in `public/favicon.svg`; its colours are in the style.
const MARK: &str = include_str!("mark.svg");
const SCRIPT: &str = include_str!("page.js");

/// Link of the gateway's own page.
pub(super) struct ConsoleLink {
    /// The console's origin.
    pub(super) console: String,
    /// The path there that leads to this workbench.
    pub(super) path: String,
}

/// Redirects a visitor to the console.
pub(super) fn to_console(console: &str, path: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(&format!("{console}{path}")) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// Returns the gateway's answer in place of the app's.
pub(super) fn answer(error: &GatewayError, style: Style, console_link: &ConsoleLink) -> Response {
    let mut response = match style {
        Style::Page => page(error, console_link),
        Style::Problem => problem(error),
    };
    *response.status_mut() = error.status();
    let headers = response.headers_mut();
    headers.insert(GATEWAY, HeaderValue::from_static(error.code()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

fn problem(error: &GatewayError) -> Response {
    let body = Json(Problem {
        kind: format!("/problems/gateway/{}", error.code()),
        title: error.title().to_owned(),
        status: error.status().as_u16(),
        detail: error.detail(),
        errors: Vec::new(),
    });
    ([(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

fn page(error: &GatewayError, ConsoleLink { console, path }: &ConsoleLink) -> Response {
    let (code, status) = (error.code(), error.status().as_u16());
    let (title, detail) = (error.title(), error.detail());
    // The public address is checked at start to hold only a scheme, a host and a port, and a path in
    // the console holds only ids and what is percent-encoded: nothing here needs escaping.
    let html = format!(
        r#"<!doctype html>
<html lang="en" data-code="{code}" data-status="{status}" data-console="{console}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>{STYLE}</style>
<main>{MARK}<h1>{title}</h1><p>{detail}</p>
<p class="actions"><a class="main" href="{console}{path}" target="_top">Open workbench</a> <a href="">Try again</a></p>
<p class="code">{status} {code}</p></main>
<script>{SCRIPT}</script>
</html>
"#
    );
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'; frame-ancestors {console}",
        hash_source(STYLE),
        hash_source(SCRIPT)
    );
    let mut response = Html(html).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn hash_source(text: &str) -> String {
    format!(
        "'sha256-{}'",
        STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use vestibule_model::phase::Phase;

    fn console_link() -> ConsoleLink {
        ConsoleLink {
            console: "http://vestibule.localhost:8080".to_owned(),
            path: "/enter/wb-1?path=%2Flab".to_owned(),
        }
    }

    #[tokio::test]
    async fn the_console_can_tell_a_page_of_the_gateway_from_the_apps() {
        let error = GatewayError::NotRunning(Phase::Failed);
        let response = answer(&error, Style::Page, &console_link());
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[GATEWAY], "not-running");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap_or_default()
            .to_owned();
        assert!(policy.contains("frame-ancestors http://vestibule.localhost:8080"));
        assert!(!policy.contains("unsafe"));
        let body = response
            .into_body()
            .collect()
            .await
            .map(|body| body.to_bytes())
            .unwrap_or_default();
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains(r#"data-code="not-running" data-status="503""#));
        assert!(body.contains("It failed."));
        let link = r#"href="http://vestibule.localhost:8080/enter/wb-1?path=%2Flab""#;
        assert!(body.contains(link), "{body}");
    }

    #[test]
    fn programs_get_a_problem() {
        let response = answer(&GatewayError::Timeout, Style::Problem, &console_link());
        assert_eq!(response.status(), 504);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
}
