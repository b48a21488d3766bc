//! Errors of the API (`application/problem+json`), one constructor each.

mod people;
mod storage;

pub use people::{
    bad_access_token, changed, invitation_refused, no_user_header, no_user_here, no_version,
    not_held, not_manageable, session_needed, user_disabled, web_socket_needed, yourself,
};
pub use storage::{data_folder_gone, disk_nearly_full, storage_full, storage_unwritable};

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;
use vestibule_model::access::Permission;
use vestibule_model::problem::{FieldError, Problem};

/// Refused or failed request.
#[derive(Debug)]
pub struct ApiError {
    problem: Box<Problem>,
    header: Option<(HeaderName, HeaderValue)>,
}

/// Result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            problem: Box::new(Problem {
                kind: format!("/problems/{kind}"),
                title: title.to_owned(),
                status: status.as_u16(),
                detail: detail.into(),
                errors: Vec::new(),
            }),
            header: None,
        }
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some((name, value));
        self
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some((name, value)) = self.header {
            headers.insert(name, value);
        }
        response
    }
}

/// Returns the error of a request without a session.
pub fn not_signed_in() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "not-signed-in",
        "Not signed in",
        "You're not signed in, or your session has ended. Sign in and try again.",
    )
}

/// Returns the error of a request with two session cookies.
pub fn two_sessions() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "two-sessions",
        "Two sessions",
        "The browser sent two session cookies, and one may be an app's forgery. Delete this site's cookies, then sign in again.",
    )
}

/// Returns the error of a sign-in while too many others wait for theirs.
pub fn sign_ins_busy() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "sign-ins-busy",
        "Too many sign-ins at once",
        "Too many people are signing in right now. Try again in a few seconds.",
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from_static("2"))
}

/// Returns the error of a user who holds too many of something open.
pub fn too_many_open(what: &str) -> ApiError {
    ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-open",
        "Too many open",
        format!("You have too many {what} open. Close some windows and try again."),
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from_static("10"))
}

/// Returns the error of a wrong username or password. It does not say which is wrong.
pub fn wrong_credentials() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "wrong-credentials",
        "Sign-in refused",
        "The username or the password is wrong.",
    )
}

/// Returns the error of a set-up link that is not valid.
pub fn set_up_refused() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "set-up-refused",
        "Set-up refused",
        "This set-up link was used already, or is from an earlier start of the server. Use the newest link that the server printed, or sign in.",
    )
}

/// Returns the error of too many failed sign-ins.
pub fn too_many_sign_ins(retry_after_seconds: u64) -> ApiError {
    ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-tries",
        "Too many tries",
        format!(
            "Too many sign-ins failed. Try again in {}.",
            vestibule_model::duration::humanize(vestibule_model::time::Millis::from_secs(
                i64::try_from(retry_after_seconds).unwrap_or(i64::MAX)
            ))
        ),
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds))
}

/// Returns the error of a missing or invalid run token.
pub fn no_run_token() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "no-run-token",
        "No run token",
        "Only the run itself can report progress. Send the newest token from its token file as `Authorization: Bearer TOKEN`.",
    )
    .with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer"),
    )
}

/// Returns the error of too many progress messages.
pub fn too_many_reports(retry_after_seconds: u64) -> ApiError {
    ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-reports",
        "Too many messages",
        "The run sends too many messages. Try again after the seconds in Retry-After.",
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds))
}

/// Returns the error of a missing permission.
pub fn not_permitted(permission: Permission) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "not-permitted",
        "Not permitted",
        format!(
            "You need the permission {} for this. Ask an administrator for it.",
            permission.name()
        ),
    )
}

/// Returns the error of an action on another user's terminal that is not shared.
pub fn private_terminal(detail: String) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "private-terminal",
        "Not shared",
        detail,
    )
}

/// Returns the error of a change that only a terminal's owner makes, in the browser.
pub fn not_its_owner() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "not-its-owner",
        "Not the owner",
        "Only its owner shares a terminal or stops sharing it, signed in to the console.",
    )
}

/// Returns the error of a request from another site's page.
pub fn cross_site() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "cross-site",
        "Refused from another site",
        "This request came from a page of another origin. Use the console at its own address.",
    )
}

/// Returns the error of a thing that does not exist.
pub fn not_found(what: &str) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "not-found",
        "Not found",
        format!("There is no such {what}. It may have been deleted."),
    )
}

/// Returns the error of an unknown path.
pub fn no_route() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "no-such-address",
        "No such address",
        "The API has nothing at this address.",
    )
}

/// Returns the error of a wrong method.
pub fn wrong_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong-method",
        "Wrong method",
        "The API has this address, but not this method. See the header Allow.",
    )
}

/// Returns the error of a request for a tunnel. It closes the connection, whose next bytes would not
/// be a request.
pub fn no_tunnels() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong-method",
        "Wrong method",
        "This server is not a proxy and opens no tunnels.",
    )
    .with_header(header::CONNECTION, HeaderValue::from_static("close"))
}

/// Returns the error of a visitor who is redirected in a circle.
pub fn circle(public_origin: &str) -> ApiError {
    ApiError::new(
        StatusCode::LOOP_DETECTED,
        "redirect-circle",
        "Redirected in a circle",
        format!(
            "The proxy in front of this server doesn't pass the header Host on, so every request seems to be for another \
             address than {public_origin}. Ask an administrator to correct the proxy; for nginx: proxy_set_header Host $http_host;"
        ),
    )
}

/// Returns the error of a request for another host.
pub fn misdirected(public_origin: &str) -> ApiError {
    ApiError::new(
        StatusCode::MISDIRECTED_REQUEST,
        "wrong-host",
        "Wrong host",
        format!("This server answers at {public_origin}. Send the request there."),
    )
}

/// Returns the error of a body that is not JSON.
pub fn garbled_body(why: &str) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "garbled-body",
        "Garbled body",
        format!("The body is not JSON: {why}."),
    )
}

/// Returns the error of a wrong content type.
pub fn wrong_content_type() -> ApiError {
    ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "wrong-content-type",
        "Wrong content type",
        "Send the body as JSON, with the header Content-Type: application/json.",
    )
}

/// Returns the error of a body that is too large.
pub fn body_too_large(limit: usize) -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body-too-large",
        "Body too large",
        format!("The body may have at most {} KiB.", limit / 1024),
    )
}

/// Returns the error of a slow body. It closes the connection, since the rest may still come.
pub fn body_too_slow(limit: Duration) -> ApiError {
    ApiError::new(
        StatusCode::REQUEST_TIMEOUT,
        "body-too-slow",
        "Body too slow",
        format!("The body didn't arrive within {} s.", limit.as_secs()),
    )
    .with_header(header::CONNECTION, HeaderValue::from_static("close"))
}

/// Most wrong fields that one answer names: an answer must not be larger than the question.
const MOST_FIELDS: usize = 100;

/// Most characters of a wrong field's name that are quoted.
const MOST_FIELD_CHARS: usize = 160;

/// Returns the error of wrong fields.
pub fn invalid(mut errors: Vec<FieldError>) -> ApiError {
    let detail = match errors.as_slice() {
        [one] if one.field.is_empty() => one.message.clone(),
        [one] => format!("{}: {}", one.field, one.message),
        many => format!("{} fields aren't valid.", many.len()),
    };
    let mut error = ApiError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "Not valid",
        detail,
    );
    errors.truncate(MOST_FIELDS);
    for error in &mut errors {
        if let Some((end, _)) = error.field.char_indices().nth(MOST_FIELD_CHARS) {
            error.field.truncate(end);
            error.field.push('…');
        }
    }
    error.problem.errors = errors;
    error
}

/// Returns the error of one wrong field.
pub fn invalid_field(field: &str, message: impl Into<String>) -> ApiError {
    invalid(vec![FieldError::new(field, message)])
}

/// Returns the error of a name in the query that the operation does not know.
pub fn unknown_parameter(name: &str, known: &[&str]) -> ApiError {
    let name: String = name.chars().take(64).collect();
    let message = match known {
        [] => "This address takes no parameters.".to_owned(),
        known => format!("There is no such parameter; expected {}.", known.join(", ")),
    };
    invalid_field(&name, message)
}

/// Returns the error of a client that may not read the metrics.
pub fn no_metrics(has_token: bool) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "metrics",
        "Metrics are restricted",
        if has_token {
            "Send the token of the setting metrics_token as `Authorization: Bearer TOKEN`."
        } else {
            "Without the setting metrics_token only programs on the server's machine can read this, \
             at http://127.0.0.1 and the port, and not through a proxy."
        },
    )
}

/// Returns the error of a request that does not fit the current state.
pub fn conflict(kind: &str, detail: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, kind, "Not possible now", detail)
}

/// Returns the error of a cluster that doesn't answer.
pub fn cluster_away(detail: impl Into<String>) -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "cluster-away",
        "The cluster doesn't answer",
        detail,
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from_static("5"))
}

/// Returns the error of an internal failure, whose reason is in the log.
pub fn internal() -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The server failed",
        "The server failed, and nothing was changed. Its log has the reason.",
    )
}

/// Returns the error of a server that is not ready.
pub fn not_ready() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not-ready",
        "Not ready",
        "The server is shutting down, or can't reach its database.",
    )
}

/// Returns the error of a server whose engine can't carry out commands now.
pub fn stands_by(why: &str) -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not-ready",
        "Not ready",
        format!("The server stands by: {why}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    #[test]
    fn a_full_disk_has_its_own_problem() {
        let error = ApiError::from(store::Error::Full);
        assert_eq!(error.status(), StatusCode::INSUFFICIENT_STORAGE);
        assert!(error.problem.detail.contains("disk is full"));
    }

    /// Security review, finding 32.
    #[test]
    fn an_answer_names_a_limited_number_of_wrong_fields() {
        let errors =
            (0..5_000).map(|n| FieldError::new(format!("{n}{}", "x".repeat(1_000)), "Wrong."));
        let problem = invalid(errors.collect()).problem;
        assert!(problem.detail.contains("5000 fields"));
        assert_eq!(problem.errors.len(), MOST_FIELDS);
        assert!(serde_json::to_string(&problem).expect("JSON").len() < 32 * 1024);
    }

    #[test]
    fn too_many_sign_ins_say_how_long_to_wait() {
        let response = too_many_sign_ins(130).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "130");
        let error = too_many_sign_ins(130);
        assert!(error.problem.detail.ends_with("in 2 min 10 s."));
    }
}
