//! `GET /.vestibule/enter?ticket=…`: swaps a one-time ticket for a session on the app's origin.

use super::access;
use super::error::GatewayError;
use crate::state::AppState;
use crate::tickets::TicketGrant;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use url::form_urlencoded;
use vestibule_model::ids::{UserId, WorkbenchId};

/// Path on every app's origin where tickets are redeemed.
pub(super) const PATH: &str = "/.vestibule/enter";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    ticket: String,
    next: String,
}

/// Redeems a ticket for a session and redirects to the requested page.
pub(super) async fn enter(
    state: &AppState,
    id: &WorkbenchId,
    request: &Parts,
) -> Result<Response, GatewayError> {
    if request.method != Method::GET {
        return Err(GatewayError::NoTicket);
    }
    let query = query(&request.uri);
    let cookie = match state.tickets.redeem(&query.ticket, id) {
        // A link with another user's ticket does not replace the visitor's own session.
        Some(pass) if is_another(access::user(state, id, request).await?, &pass) => None,
        Some(pass) => {
            let token = state.create_app_session(pass).await.map_err(|error| {
                tracing::error!(%id, %error, "failed to make a session on an app's origin");
                GatewayError::Failed
            })?;
            let token = token.ok_or(GatewayError::NoTicket)?;
            Some(state.cookies.set_app(&token))
        }
        // A reloaded frame sends its used ticket again. Its session is still valid.
        None if access::user(state, id, request).await?.is_some() => None,
        None => return Err(GatewayError::NoTicket),
    };
    Ok(go_in(cookie, safe_path(&query.next)))
}

fn is_another(present: Option<UserId>, pass: &TicketGrant) -> bool {
    present.is_some_and(|present| present != pass.user_id)
}

fn go_in(cookie: Option<HeaderValue>, path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    if let Some(cookie) = cookie {
        headers.insert(header::SET_COOKIE, cookie);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The ticket is used up, but it should not appear in other sites' logs either.
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

fn query(uri: &Uri) -> Query {
    axum::extract::Query::try_from_uri(uri)
        .map(|query| query.0)
        .unwrap_or_default()
}

/// Returns the address that lets the bearer of a ticket into an app, at this path.
pub fn address(app_origin: &str, ticket: &str, next: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("ticket", ticket);
    if let Some(next) = next {
        query.append_pair("next", next);
    }
    format!("{app_origin}{PATH}?{}", query.finish())
}

/// Returns the path in the app that an entrance leads to.
pub(super) fn next(uri: &Uri) -> String {
    safe_path(&query(uri).next).to_owned()
}

/// Returns the path, or the app's first page where the path leads elsewhere.
pub(super) fn safe_path(next: &str) -> &str {
    if is_safe_path(next) { next } else { "/" }
}

/// Returns `true` if this is a path on the app's own origin.
pub fn is_safe_path(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_on_the_apps_origin() {
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

    #[test]
    fn an_address_carries_the_path_that_was_asked_for() {
        let address = address("https://wb-1.example.org", "tok", Some("/lab?a=1&b=%20"));
        let uri: Uri = address.parse().expect("an address");
        assert_eq!(next(&uri), "/lab?a=1&b=%20");
        assert_eq!(query(&uri).ticket, "tok");
    }
}
