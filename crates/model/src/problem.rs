//! `application/problem+json` (RFC 9457): every error of the API.

use crate::lenient;
use serde::{Deserialize, Serialize};

/// Error of the API, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Which kind of problem: a short path such as `/problems/invalid`, stable for clients.
    #[serde(rename = "type", default, deserialize_with = "lenient::or_default")]
    pub kind: String,
    /// The kind, in a few words.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// The HTTP status.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: u16,
    /// What happened this time and what to do.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub detail: String,
    /// Which fields were refused, and why.
    #[serde(
        default,
        deserialize_with = "lenient::rows",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub errors: Vec<FieldError>,
}

/// Rejected field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's path, such as `name` or `spec.env.PATH`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

impl FieldError {
    /// Returns a refused field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}
