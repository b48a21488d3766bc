//! What can go wrong with a call, as far as anybody handles it differently.

use vestibule_model::lenient;
use vestibule_model::poll::Failure;
use vestibule_model::problem::Problem;
use vestibule_model::time::Millis;
use vestibule_model::trouble::Trouble;

/// Why a call gave no answer that can be used.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiError {
    /// Nobody is signed in any more. The only error that leads to the sign-in page (FIELD 9).
    Unauthorized(Problem),
    /// One may not do this.
    Forbidden(Problem),
    /// There is no such thing, or not yet.
    NotFound,
    /// There is no such thing any more.
    Gone,
    /// The server refused it and says why.
    Problem(Problem),
    /// The server is in trouble, or something between it and us; or it was too much at once.
    Server {
        /// The HTTP status.
        status: u16,
        /// The pause the server asks for.
        retry_after: Option<Millis>,
        /// Its sentence, where it has one.
        detail: String,
    },
    /// There is no answer, or none that can be read.
    Lost(Trouble),
}

impl ApiError {
    /// Sorts an answer that is not a success.
    pub fn of(status: u16, body: &str, retry_after: Option<Millis>) -> Self {
        let problem: Problem = lenient::parse(body).unwrap_or_default();
        match Failure::of_status(status, retry_after) {
            Failure::Unauthorized => Self::Unauthorized(problem),
            Failure::Forbidden => Self::Forbidden(problem),
            Failure::NotFound => Self::NotFound,
            Failure::Gone => Self::Gone,
            Failure::Passing { retry_after, .. } => Self::Server {
                status,
                retry_after,
                detail: problem.detail,
            },
            // A proxy's refusal has no problem to tell.
            Failure::Refused(status) => Self::Problem(Problem { status, ..problem }),
        }
    }

    /// What happened, for the screen.
    pub fn sentence(&self) -> String {
        let said =
            |text: &str, otherwise: &str| if text.is_empty() { otherwise } else { text }.to_owned();
        match self {
            Self::Unauthorized(problem) => {
                said(&problem.detail, "You are signed out. Sign in again.")
            }
            Self::Forbidden(problem) => said(
                &problem.detail,
                "You may not do this. An administrator can give you the permission.",
            ),
            Self::NotFound | Self::Gone => "It does not exist, or not any more.".to_owned(),
            Self::Problem(problem) => said(
                &problem.detail,
                &said(&problem.title, "The server refused this."),
            ),
            Self::Server { status, detail, .. } if detail.is_empty() => {
                again(Trouble::Status(*status))
            }
            Self::Server { detail, .. } => detail.clone(),
            Self::Lost(trouble) => again(*trouble),
        }
    }

    /// Why there is no answer, where nothing but time or help from outside can mend it.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Lost(trouble) => Some(*trouble),
            Self::Server { status, .. } => Some(Trouble::Status(*status)),
            _ => None,
        }
    }

    /// What the server says is wrong with one field.
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

/// For whoever has just asked for something.
fn again(trouble: Trouble) -> String {
    [&trouble.sentence(), " Try again in a moment."].concat()
}

impl From<&ApiError> for Failure {
    fn from(error: &ApiError) -> Self {
        let passing = |trouble, retry_after| Self::Passing {
            trouble,
            retry_after,
        };
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
            } => passing(Trouble::Status(*status), *retry_after),
            ApiError::Lost(trouble) => passing(*trouble, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_the_poller_what_its_status_means() {
        for status in 300..600 {
            let pause = Some(Millis::from_secs(7));
            let error = ApiError::of(status, "", pause);
            assert_eq!(Failure::from(&error), Failure::of_status(status, pause));
        }
    }

    #[test]
    fn the_servers_own_words_are_kept() {
        let body = r#"{"title":"Invalid","status":422,"detail":"Two fields are wrong.",
            "errors":[{"field":"name","message":"Give it a name."}]}"#;
        let error = ApiError::of(422, body, None);
        assert_eq!(error.sentence(), "Two fields are wrong.");
        assert_eq!(error.of_field("name").as_deref(), Some("Give it a name."));
        assert_eq!(error.of_field("app"), None);
    }

    #[test]
    fn a_page_of_a_proxy_is_no_obstacle() {
        let error = ApiError::of(502, "<html>Bad gateway</html>", None);
        assert!(error.sentence().contains("502"));
        assert_eq!(error.trouble(), Some(Trouble::Status(502)));
    }
}
