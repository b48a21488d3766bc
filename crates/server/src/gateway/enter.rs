//! `GET /.vestibule/enter?ticket=…`: swaps a one-time ticket for a session on the app's origin.

use super::access;
use super::trouble::Trouble;
use crate::state::AppState;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vestibule_model::ids::WorkbenchId;

/// Where tickets are redeemed, on every app's origin.
pub(super) const PATH: &str = "/.vestibule/enter";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    ticket: String,
    next: String,
}

/// Lets the bearer of a good ticket in, and goes to the page that was asked for.
pub(super) async fn enter(
    state: &AppState,
    id: &WorkbenchId,
    request: &Parts,
) -> Result<Response, Trouble> {
    if request.method != Method::GET {
        return Err(Trouble::NoTicket);
    }
    let query = axum::extract::Query::<Query>::try_from_uri(&request.uri)
        .map(|query| query.0)
        .unwrap_or_default();
    let cookie = match state.tickets.redeem(&query.ticket, id) {
        Some(pass) => {
            let token = state.create_app_session(pass).await.map_err(|error| {
                tracing::error!(%id, %error, "failed to make a session on an app's origin");
                Trouble::Failed
            })?;
            let token = token.ok_or(Trouble::NoTicket)?;
            Some(state.cookies.set(state.cookies.app(), &token))
        }
        // A frame that is reloaded shows its used ticket again: whoever is in stays in.
        None if access::session(state, id, &request.headers)
            .await?
            .is_some() =>
        {
            None
        }
        None => return Err(access::shut_out(state, id).await),
    };
    Ok(go_in(cookie, safe_path(&query.next)))
}

fn go_in(cookie: Option<HeaderValue>, path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    if let Some(cookie) = cookie {
        headers.insert(header::SET_COOKIE, cookie);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The ticket is used up, but it is nobody's business either.
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(
        header::LOCATION,
        HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/")),
    );
    response
}

/// The path to go to: one on this origin, or the app's first page.
fn safe_path(next: &str) -> &str {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    if is_path { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stays_on_the_apps_origin() {
        assert_eq!(safe_path("/lab/tree?x=1"), "/lab/tree?x=1");
        for bad in [
            "",
            "lab",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/ä",
        ] {
            assert_eq!(safe_path(bad), "/", "{bad}");
        }
    }
}
