//! Errors as the API gives them: `application/problem+json`, made by one function each.

use crate::store;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use vestibule_model::access::Permission;
use vestibule_model::problem::{FieldError, Problem};

/// A refused or failed request.
#[derive(Debug)]
pub struct ApiError {
    problem: Box<Problem>,
    header: Option<(HeaderName, HeaderValue)>,
}

/// What a handler gives back.
pub type Answer<T> = Result<T, ApiError>;

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

    /// The HTTP status.
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

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            store::Error::Full => storage_full(),
            store::Error::Unwritable(_) => storage_unwritable(),
            store::Error::Sqlite(_) | store::Error::Json(_) => internal(),
        }
    }
}

/// Nobody is signed in.
pub fn not_signed_in() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "not-signed-in",
        "Not signed in",
        "There is no session, or it has ended. Sign in and try again.",
    )
}

/// The name and the password do not belong together, or there is no such user: which, is not said.
pub fn wrong_credentials() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "wrong-credentials",
        "Sign-in refused",
        "The username or the password is wrong.",
    )
}

/// The link to make the first administrator is not good (any more).
pub fn set_up_refused() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "set-up-refused",
        "Set-up refused",
        "This set-up link was used or belongs to an earlier start of the server. Use the link that the server printed last, or sign in.",
    )
}

/// Too many failed tries to sign in.
pub fn too_many_sign_ins(retry_after_seconds: u64) -> ApiError {
    ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-tries",
        "Too many tries",
        format!(
            "Too many sign-ins failed for this username. Try again in {}.",
            vestibule_model::duration::humanize(vestibule_model::time::Millis::from_secs(
                i64::try_from(retry_after_seconds).unwrap_or(i64::MAX)
            ))
        ),
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds))
}

/// The token of a run is missing, or not good (any more).
pub fn no_run_token() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "no-run-token",
        "No run token",
        "Only the run itself may report its progress, with the newest token of its token file in the header Authorization: Bearer.",
    )
    .with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer"),
    )
}

/// A run reports too much.
pub fn too_many_reports(retry_after_seconds: u64) -> ApiError {
    ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-reports",
        "Too many reports",
        "The run reports more than people can read. Report again after the seconds of Retry-After.",
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds))
}

/// A grant is lacking.
pub fn not_permitted(permission: Permission) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "not-permitted",
        "Not permitted",
        format!(
            "This needs the permission {}, which none of your roles gives you here. Ask an administrator for it.",
            permission.name()
        ),
    )
}

/// Another site's page made the browser send this.
pub fn cross_site() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "cross-site",
        "Refused from another site",
        "This request came from a page of another origin. Use the console at its own address.",
    )
}

/// There is no such thing.
pub fn not_found(what: &str) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "not-found",
        "Not found",
        format!("There is no such {what}. It may have been deleted."),
    )
}

/// There is no such address.
pub fn no_route() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "no-such-address",
        "No such address",
        "The API has nothing at this address.",
    )
}

/// The address exists, but not for this method.
pub fn wrong_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong-method",
        "Wrong method",
        "The API knows this address, but not with this method; see the header Allow.",
    )
}

/// The request was meant for another host.
pub fn misdirected(public_origin: &str) -> ApiError {
    ApiError::new(
        StatusCode::MISDIRECTED_REQUEST,
        "wrong-host",
        "Wrong host",
        format!("This server answers at {public_origin}. Send the request there."),
    )
}

/// The body is not JSON.
pub fn garbled_body(why: &str) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "garbled-body",
        "Garbled body",
        format!("The body is not JSON: {why}."),
    )
}

/// The body is something else than JSON.
pub fn wrong_content_type() -> ApiError {
    ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "wrong-content-type",
        "Wrong content type",
        "Send the body as JSON, with the header Content-Type: application/json.",
    )
}

/// The body is too large.
pub fn body_too_large(limit: usize) -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body-too-large",
        "Body too large",
        format!("The body may have at most {} KiB.", limit / 1024),
    )
}

/// Some fields cannot be taken.
pub fn invalid(errors: Vec<FieldError>) -> ApiError {
    let detail = match errors.as_slice() {
        [one] if one.field.is_empty() => one.message.clone(),
        [one] => format!("{}: {}", one.field, one.message),
        many => format!("{} fields cannot be taken as they are.", many.len()),
    };
    let mut error = ApiError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "Not valid",
        detail,
    );
    error.problem.errors = errors;
    error
}

/// One field cannot be taken.
pub fn invalid_field(field: &str, message: impl Into<String>) -> ApiError {
    invalid(vec![FieldError::new(field, message)])
}

/// Who asks may not see what is measured.
pub fn no_metrics(has_token: bool) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "metrics",
        "Not for everybody",
        if has_token {
            "Send the token of the setting metrics_token as `Authorization: Bearer TOKEN`."
        } else {
            "Without the setting metrics_token this can be read from the server's own machine only, \
             at http://127.0.0.1 and the port, and not through a proxy."
        },
    )
}

/// It does not fit the state things are in.
pub fn conflict(kind: &str, detail: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, kind, "Not possible now", detail)
}

/// The server itself failed; the reason is in its log.
pub fn internal() -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The server failed",
        "The server failed to do this, and nothing was changed. Its log tells why.",
    )
}

/// There is no room left for data.
pub fn storage_full() -> ApiError {
    ApiError::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "storage-full",
        "No room left",
        "The server's disk is full, and nothing was changed. Free some room and try again.",
    )
}

/// The data folder cannot be written to.
pub fn storage_unwritable() -> ApiError {
    ApiError::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "storage-unwritable",
        "Data cannot be written",
        "The server cannot write to its data folder, and nothing was changed. Check the folder's permissions.",
    )
}

/// The server cannot be used yet, or any more.
pub fn not_ready() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not-ready",
        "Not ready",
        "The server is shutting down or cannot reach its database.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_such() {
        let error = ApiError::from(store::Error::Full);
        assert_eq!(error.status(), StatusCode::INSUFFICIENT_STORAGE);
        assert!(error.problem.detail.contains("disk is full"));
    }

    #[test]
    fn waiting_is_told_in_seconds_and_in_words() {
        let response = too_many_sign_ins(130).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "130");
        let error = too_many_sign_ins(130);
        assert!(error.problem.detail.ends_with("in 2 min 10 s."));
    }
}
