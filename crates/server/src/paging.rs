//! Queries, and pages of lists by `?limit=` and `?cursor=`.

use crate::problem::{self, ApiError, ApiResult};
use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;

/// Query of a request.
#[derive(Debug)]
pub struct QueryParams<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for QueryParams<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        query(&parts.uri).map(Self)
    }
}

/// Reads the query of an address.
pub fn query<T: DeserializeOwned>(uri: &Uri) -> ApiResult<T> {
    match Query::try_from_uri(uri) {
        Ok(Query(requested)) => Ok(requested),
        Err(_) => Err(problem::invalid_field(
            "",
            "The query cannot be read: use each name once, and percent-encoded UTF-8.",
        )),
    }
}

/// Returns the workspace of a query, which `projectId` names as well.
pub fn workspace(
    workspace: Option<String>,
    project_id: Option<String>,
) -> ApiResult<Option<WorkspaceId>> {
    match (&workspace, &project_id) {
        (Some(one), Some(other)) if one != other => Err(problem::invalid_field(
            "projectId",
            "This is another name of workspace; use one of them.",
        )),
        _ => Ok(workspace.or(project_id).map(WorkspaceId::new)),
    }
}

/// Rows of a page without `?limit=`.
pub const USUAL: u32 = 100;
/// Most rows of a page.
pub const MOST: u32 = 500;

/// Returns the number of rows of a page.
pub fn limit(requested: Option<&str>) -> ApiResult<u32> {
    match requested.map(str::parse) {
        None => Ok(USUAL),
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(problem::invalid_field(
            "limit",
            format!("Use a number from 1 to {MOST}."),
        )),
    }
}

/// Returns a page of a list. If there are more rows, the next page begins at the `place` of the
/// last one.
pub fn page<T>(items: Vec<T>, more: bool, place: impl Fn(&T) -> String) -> List<T> {
    let next_cursor = items.last().filter(|_| more).map(place);
    List {
        next_cursor,
        ..List::whole(items)
    }
}

/// Reads a cursor.
pub fn cursor<T>(
    requested: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
) -> ApiResult<Option<T>> {
    match requested {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or_else(|| {
            problem::invalid_field("cursor", "Use the nextCursor of the page before, as it is.")
        }),
    }
}
