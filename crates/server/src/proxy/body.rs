//! Bodies of answers to HEAD.

use axum::body::Body;

/// Returns a body that states no length. An empty one has the length 0, and an answer to HEAD would name it
/// as that of the page (RFC 9110 section 9.3.2).
pub(super) fn unknown_length(body: Body) -> Body {
    Body::from_stream(body.into_data_stream())
}
