//! JSON request bodies, read whole up to a limit.

use crate::problem::{self, ApiError, ApiResult};
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::header;
use http_body_util::LengthLimitError;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};
use std::error::Error as _;
use std::fmt;
use std::time::Duration;
use vestibule_model::problem::FieldError;

/// Longest body that the API reads, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// Longest time for a whole body: one sent byte by byte holds a connection.
pub const READ_WITHIN: Duration = Duration::from_secs(30);

/// JSON body of a request. Refusals name the wrong field (`axum::Json` would name the place in the
/// text). `Option<ApiJson<T>>` is `None` for an empty body.
#[derive(Debug)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        RawJson::from_request(request, state)
            .await?
            .parse()
            .map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Self::Rejection> {
        let body = RawJson::from_request(request, state).await?;
        match body.bytes.is_empty() {
            true => Ok(None),
            false => body.parse().map(|value| Some(Self(value))),
        }
    }
}

/// Body that changes a thing of which a client may send back what it has read.
pub trait ReadBack: DeserializeOwned {
    /// Fields of the thing that a change can't have.
    const READ_ONLY: &'static [&'static str];
}

/// JSON body of a change. Fields of the thing that can't be changed are left out, so that a client can
/// read it, edit it and send it back; unknown ones are refused by name.
#[derive(Debug)]
pub struct ChangeJson<T>(pub T);

impl<T: ReadBack, S: Send + Sync> FromRequest<S> for ChangeJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let body = RawJson::from_request(request, state).await?;
        let refused = match body.parse() {
            Ok(value) => return Ok(Self(value)),
            Err(refused) => refused,
        };
        let whole: Option<Map<String, Value>> = serde_json::from_slice(&body.bytes).ok();
        let mut whole = whole.filter(|_| body.is_json).ok_or(refused)?;
        whole.retain(|name, _| !T::READ_ONLY.contains(&name.as_str()));
        parse(Value::Object(whole).to_string().as_bytes()).map(Self)
    }
}

/// Body of a request that needs none: `{}` or nothing.
#[derive(Debug)]
pub struct EmptyBody;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

impl<S: Send + Sync> FromRequest<S> for EmptyBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let body = Option::<ApiJson<Empty>>::from_request(request, state).await?;
        Ok(body.map_or(Self, |ApiJson(Empty {})| Self))
    }
}

/// Body that is read and not parsed yet.
pub struct RawJson {
    bytes: Bytes,
    is_json: bool,
}

/// Hides the content, which may be a password or a secret.
impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.bytes.len())
    }
}

impl<S: Send + Sync> FromRequest<S> for RawJson {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(is_json);
        let reading = to_bytes(request.into_body(), MAX_BODY);
        let bytes = tokio::time::timeout(READ_WITHIN, reading)
            .await
            .map_err(|_| problem::body_too_slow(READ_WITHIN))?
            .map_err(|error| {
                if error
                    .source()
                    .is_some_and(<dyn std::error::Error>::is::<LengthLimitError>)
                {
                    problem::body_too_large(MAX_BODY)
                } else {
                    problem::garbled_body("it ended too early")
                }
            })?;
        Ok(Self { bytes, is_json })
    }
}

impl RawJson {
    /// Parses the body. The error names the wrong field.
    pub fn parse<T: DeserializeOwned>(&self) -> ApiResult<T> {
        if !self.is_json {
            return Err(problem::wrong_content_type());
        }
        parse(&self.bytes)
    }
}

fn is_json(content_type: &str) -> bool {
    content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> ApiResult<T> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        problem::garbled_body(&format!("it is not UTF-8 at byte {}", e.valid_up_to()))
    })?;
    if !text.trim_start().starts_with('{') {
        // serde would take a list for an object, field by field.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| garbled(&error))?;
        return Err(problem::invalid_field("", "The body must be an object."));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            problem::invalid(vec![field_error(&path, &inner.to_string())])
        } else {
            garbled(&inner)
        }
    })?;
    json.end().map_err(|error| garbled(&error))?;
    Ok(value)
}

fn garbled(error: &serde_json::Error) -> ApiError {
    if error.is_eof() {
        return problem::garbled_body("it is empty or ends too early");
    }
    problem::garbled_body(&format!(
        "it goes wrong at line {}, column {}",
        error.line(),
        error.column()
    ))
}

/// Turns serde's message into a sentence about a field. The value, which may be a password, is left
/// out.
fn field_error(path: &str, said: &str) -> FieldError {
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let path = if path == "." { "" } else { path };
    let quoted = said.split('`').nth(1).unwrap_or_default();
    let named = match path {
        "" => quoted.to_owned(),
        path => format!("{path}.{quoted}"),
    };
    if said.starts_with("missing field") {
        return FieldError::new(named, "This field is missing.");
    }
    if said.starts_with("duplicate field") {
        return FieldError::new(named, "This field appears twice.");
    }
    if let Some((_, known)) = said
        .strip_prefix("unknown field")
        .and_then(|rest| rest.split_once("expected "))
    {
        return FieldError::new(path, format!("There is no such field; expected {known}."));
    }
    if said.starts_with("unknown field") {
        return FieldError::new(path, "There is no such field.");
    }
    let message = match said.rsplit_once(", expected ") {
        Some((_, expected)) => format!("This has the wrong type or value; expected {expected}."),
        None => "This has the wrong type or value.".to_owned(),
    };
    FieldError::new(path, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use vestibule_model::problem::Problem;
    use vestibule_model::workbench::NewWorkbench;

    async fn refused(bytes: &[u8]) -> Problem {
        let error = parse::<NewWorkbench>(bytes).expect_err("it should be refused");
        let response = error.into_response();
        let bytes = to_bytes(response.into_body(), MAX_BODY).await;
        serde_json::from_slice(&bytes.expect("a body")).expect("a problem")
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_refused() {
        let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let request = Request::new(axum::body::Body::from_stream(never));
        let error = RawJson::from_request(request, &()).await.expect_err("slow");
        let response = error.into_response();
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(response.headers()[header::CONNECTION], "close");
    }

    #[tokio::test]
    async fn each_fault_names_its_field() {
        for (text, field, message) in [
            (r#"{"app":"a"}"#, "name", "missing"),
            (r#"{"name":"n","app":"a","x":1}"#, "x", "no such field"),
            (r#"{"name":7,"app":"a"}"#, "name", "expected a string"),
            (
                r#"{"name":"n","app":"a","spec":{"startTimeoutSeconds":"soon"}}"#,
                "spec.startTimeoutSeconds",
                "expected u32",
            ),
            (
                r#"{"name":"n","app":"a","spec":{"env":{"K":["v"]}}}"#,
                "spec.env.K",
                "expected a string",
            ),
            (r#"{"name":"n","name":"n","app":"a"}"#, "name", "twice"),
            ("[]", "", "object"),
            ("7", "", "object"),
        ] {
            let problem = refused(text.as_bytes()).await;
            assert_eq!(problem.status, 422, "{text}");
            assert_eq!(problem.errors[0].field, field, "{text}");
            assert!(problem.errors[0].message.contains(message), "{problem:?}");
        }
    }

    #[tokio::test]
    async fn a_body_that_is_no_json_is_garbled() {
        for bytes in [
            &b""[..],
            b"{",
            b"{]",
            b"\xff\xfe",
            br#"{"name":"n","app":"a"} trailing"#,
            b"{\"name\":\"\xc3\x28\"}",
        ] {
            let problem = refused(bytes).await;
            assert_eq!(
                problem.status,
                StatusCode::BAD_REQUEST.as_u16(),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn the_value_never_comes_back() {
        let error = field_error(
            "password",
            "invalid type: integer `4711`, expected a string",
        );
        assert!(!error.message.contains("4711"));
    }
}
