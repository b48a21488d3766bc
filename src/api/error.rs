//! Errors of a call, as far as callers handle them differently.

use super::texts;
use vestibule_client::connection_error::ConnectionError;
use vestibule_client::poll::Failure;
use vestibule_model::lenient;
use vestibule_model::problem::Problem;
use vestibule_model::time::Millis;

/// Reason why a call failed.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiError {
    /// The session has ended. The only error that leads to the sign-in page (FIELD 9).
    Unauthorized(Problem),
    /// The user lacks a permission.
    Forbidden(Problem),
    /// The resource does not exist, or not yet.
    NotFound,
    /// The resource was deleted.
    Gone,
    /// The server refused the request.
    Problem(Problem),
    /// The server or a proxy failed, or there were too many requests.
    Server {
        /// The HTTP status.
        status: u16,
        /// Pause that the server asks for.
        retry_after: Option<Millis>,
        /// The server's explanation; may be empty.
        detail: String,
    },
    /// No answer, or one that cannot be parsed.
    Lost(ConnectionError),
}

impl ApiError {
    /// Classifies an answer that is not a success.
    pub fn of(status: u16, body: &str, retry_after: Option<Millis>) -> Self {
        let problem: Problem = lenient::parse(body).unwrap_or_default();
        let failure = match Failure::of_status(status, retry_after) {
            // Of a proxy, while the server restarts for example: the server's own errors are problem
            // documents. It says nothing about the resource.
            Failure::Forbidden | Failure::NotFound | Failure::Gone if problem.kind.is_empty() => {
                Failure::Passing {
                    cause: ConnectionError::Status(status),
                    retry_after,
                }
            }
            failure => failure,
        };
        match failure {
            Failure::Unauthorized => Self::Unauthorized(problem),
            Failure::Forbidden => Self::Forbidden(problem),
            Failure::NotFound => Self::NotFound,
            Failure::Gone => Self::Gone,
            Failure::Passing { retry_after, .. } => Self::Server {
                status,
                retry_after,
                detail: problem.detail,
            },
            // A proxy's refusal has no problem document.
            Failure::Refused(status) => Self::Problem(Problem { status, ..problem }),
        }
    }

    /// Returns the text for the screen.
    pub fn sentence(&self) -> String {
        let message =
            |text: &str, otherwise: &str| if text.is_empty() { otherwise } else { text }.to_owned();
        match self {
            Self::Unauthorized(problem) => message(&problem.detail, texts::SIGNED_OUT),
            Self::Forbidden(problem) => message(&problem.detail, texts::FORBIDDEN),
            Self::NotFound | Self::Gone => texts::NOT_FOUND.to_owned(),
            Self::Problem(problem) => {
                message(&problem.detail, &message(&problem.title, texts::REFUSED))
            }
            Self::Server { status, detail, .. } if detail.is_empty() => {
                again(ConnectionError::Status(*status))
            }
            Self::Server { detail, .. } => detail.clone(),
            Self::Lost(cause) => again(*cause),
        }
    }

    /// Returns the connection error, if that is why the call failed.
    pub fn connection_error(&self) -> Option<ConnectionError> {
        match self {
            Self::Lost(cause) => Some(*cause),
            Self::Server { status, .. } => Some(ConnectionError::Status(*status)),
            _ => None,
        }
    }

    /// Returns the server's error message for a field.
    pub fn of_field(&self, field: &str) -> Option<String> {
        match self {
            Self::Problem(problem) => problem
                .errors
                .iter()
                .find(|error| error.field == field)
                .map(|error| error.message.clone()),
            _ => None,
        }
    }
}

/// Returns the sentence with the advice to try again.
fn again(cause: ConnectionError) -> String {
    format!("{} {}", cause.sentence(), texts::TRY_AGAIN)
}

impl From<&ApiError> for Failure {
    fn from(error: &ApiError) -> Self {
        let passing = |cause, retry_after| Self::Passing { cause, retry_after };
        match error {
            ApiError::Unauthorized(_) => Self::Unauthorized,
            ApiError::Forbidden(_) => Self::Forbidden,
            ApiError::NotFound => Self::NotFound,
            ApiError::Gone => Self::Gone,
            ApiError::Problem(problem) => Self::Refused(problem.status),
            ApiError::Server {
                status,
                retry_after,
                ..
            } => passing(ConnectionError::Status(*status), *retry_after),
            ApiError::Lost(cause) => passing(*cause, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_has_the_failure_of_its_status() {
        for status in 300..600 {
            let pause = Some(Millis::from_secs(7));
            let body = r#"{"type": "/problems/told"}"#;
            let error = ApiError::of(status, body, pause);
            assert_eq!(Failure::from(&error), Failure::of_status(status, pause));
        }
    }

    #[test]
    fn explanation_of_the_server_is_kept() {
        let body = r#"{"title":"Invalid","status":422,"detail":"Two fields are wrong.",
            "errors":[{"field":"name","message":"Give it a name."}]}"#;
        let error = ApiError::of(422, body, None);
        assert_eq!(error.sentence(), "Two fields are wrong.");
        assert_eq!(error.of_field("name").as_deref(), Some("Give it a name."));
        assert_eq!(error.of_field("app"), None);
    }

    #[test]
    fn proxys_error_page_is_a_connection_error() {
        for (status, page) in [
            (502, "<html>Bad gateway</html>"),
            (404, "404 page not found"),
            (403, "<html>Blocked</html>"),
            (410, ""),
        ] {
            let error = ApiError::of(status, page, None);
            assert!(error.sentence().contains(&status.to_string()));
            let cause = ConnectionError::Status(status);
            assert_eq!(error.connection_error(), Some(cause));
            let failure = Failure::from(&error);
            assert!(matches!(failure, Failure::Passing { .. }), "{failure:?}");
        }
    }
}
