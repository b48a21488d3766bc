//! Access to an app's origin: a session for this workbench, and requests of the app's own pages
//! only.

use super::error::GatewayError;
use super::navigation::{is_navigation, text};
use crate::auth::header_end::end_session;
use crate::auth::user_header::{NamedUser, SessionMatch, named};
use crate::cookies;
use crate::state::AppState;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use vestibule_model::ids::{UserId, WorkbenchId};

/// Returns the user and the token of the session that permits this request.
pub(super) async fn check(
    state: &AppState,
    id: &WorkbenchId,
    origin: &str,
    request: &Parts,
) -> Result<(UserId, String), GatewayError> {
    if !comes_from_its_own_origin(&request.method, &request.headers, origin) {
        return Err(GatewayError::CrossOrigin);
    }
    // Also where there is no such workbench: a client without access must not learn which ones exist.
    let visitor = session(state, id, request).await?;
    visitor.ok_or(GatewayError::NoTicket)
}

/// Returns the user of the request's session, or `None` if it is not valid for this workbench.
pub(super) async fn user(
    state: &AppState,
    id: &WorkbenchId,
    request: &Parts,
) -> Result<Option<UserId>, GatewayError> {
    Ok(session(state, id, request).await?.map(|(user, _)| user))
}

/// Returns the user and the token of the request's session, or `None` if it is not valid for this
/// workbench or for the user whom a proxy names.
async fn session(
    state: &AppState,
    id: &WorkbenchId,
    request: &Parts,
) -> Result<Option<(UserId, String)>, GatewayError> {
    // With two sessions, either may be another app's forgery.
    let Ok(Some(token)) = cookies::read(&request.headers, state.cookies.app()) else {
        return Ok(None);
    };
    let visitor = match state.check_app_session(&token, id).await {
        Ok(Some(visitor)) => visitor,
        Ok(None) => return Ok(None),
        Err(error) => {
            tracing::error!(%id, %error, "failed to look up a session of an app's origin");
            return Err(GatewayError::Failed);
        }
    };
    let header = state.user_header.as_ref();
    let named = named(header, &request.extensions, &request.headers);
    match named.fit(&visitor.username, visitor.by_header) {
        SessionMatch::Good => return Ok(Some((visitor.user, token))),
        // A proxy that sends the header to the console alone must not sign its users out.
        SessionMatch::Ends if named != NamedUser::Nobody => {
            end_session(state, visitor.session).await;
        }
        SessionMatch::Ends | SessionMatch::Refused => {}
    }
    Ok(None)
}

/// Returns `true` if the app's own pages sent the request, or a user navigated to it.
///
/// Apps' origins are same-site with each other, so `SameSite` cookies do not keep one app's page
/// from using another app (FIELD 38). `Origin` and Fetch Metadata do; a request with neither is not
/// from a browser. Every browser sends `Origin` for WebSockets (RFC 6455 section 4.1), and no later
/// check follows, so there it is required.
fn comes_from_its_own_origin(method: &Method, headers: &HeaderMap, own: &str) -> bool {
    let is_socket = headers.contains_key(header::UPGRADE);
    let is_web_socket =
        text(headers, "upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
    let is_read = matches!(*method, Method::GET | Method::HEAD) && !is_socket;
    if is_read && is_navigation(headers) {
        return true;
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        return origin.as_bytes() == own.as_bytes();
    }
    matches!(
        text(headers, "sec-fetch-site"),
        None | Some("same-origin" | "none")
    ) && !is_web_socket
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    const OWN: &str = "http://wb-aaaa.vestibule.localhost:8080";

    fn allowed(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        comes_from_its_own_origin(&method, &headers, OWN)
    }

    #[test]
    fn field_38_another_apps_page_cannot_use_this_app() {
        let sibling = ("origin", "http://wb-bbbb.vestibule.localhost:8080");
        let same_site = ("sec-fetch-site", "same-site");
        assert!(!allowed(Method::POST, &[sibling]));
        assert!(!allowed(Method::GET, &[sibling]));
        assert!(!allowed(Method::GET, &[sibling, ("upgrade", "websocket")]));
        assert!(!allowed(
            Method::GET,
            &[same_site, ("sec-fetch-mode", "no-cors")]
        ));
        assert!(!allowed(
            Method::POST,
            &[same_site, ("sec-fetch-mode", "navigate")]
        ));
        assert!(!allowed(Method::POST, &[("origin", "null")]));
        assert!(!allowed(Method::GET, &[("upgrade", "WebSocket")]));
    }

    #[test]
    fn the_apps_own_pages_and_people_may_pass() {
        assert!(allowed(Method::POST, &[("origin", OWN)]));
        assert!(allowed(
            Method::GET,
            &[("origin", OWN), ("upgrade", "websocket")]
        ));
        assert!(allowed(
            Method::GET,
            &[
                ("sec-fetch-site", "same-site"),
                ("sec-fetch-mode", "navigate")
            ]
        ));
        assert!(allowed(Method::GET, &[("sec-fetch-site", "same-origin")]));
        assert!(allowed(Method::PUT, &[]), "not a browser");
    }
}
