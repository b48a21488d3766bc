//! Identifiers in paths.

use crate::problem::{self, ApiError};
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

/// Identifier at `{id}`. Text that is no identifier is answered 404.
#[derive(Debug)]
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(problem::not_found("item")),
        }
    }
}

/// Identifier at `{id}` and the name or identifier below it.
#[derive(Debug)]
pub struct IdAndName(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdAndName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match Path::<(String, String)>::from_request_parts(parts, state).await {
            Ok(Path((id, name))) => Ok(Self(id, name)),
            Err(_) => Err(problem::not_found("item")),
        }
    }
}
