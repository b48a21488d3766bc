//! `application/problem+json` (RFC 9457): every error of the API.

use crate::lenient;
use serde::{Deserialize, Serialize};

/// Error of the API with its remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Kind of problem: a short path such as `/problems/invalid`, stable for clients.
    #[serde(rename = "type", default, deserialize_with = "lenient::or_default")]
    pub kind: String,
    /// The kind, in a few words.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// The HTTP status.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: u16,
    /// The event and its remedy.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub detail: String,
    /// Rejected fields.
    #[serde(
        default,
        deserialize_with = "lenient::rows",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub errors: Vec<FieldError>,
}

/// Rejected field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's path, such as `name` or `spec.env.PATH`.
    pub field: String,
    /// The error and its correction.
    pub message: String,
}

impl FieldError {
    /// Returns a rejected field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}
