//! `GET /api/users` and `GET /api/users/{id}`.

use crate::clock;
use crate::paging::{self, QueryParams};
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{UserFilter, UserOrder};
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use vestibule_model::people::{Account, AccountList};

/// Query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UserListParams {
    search: Option<String>,
    status: Option<String>,
    sort: Option<String>,
    order: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Lists users. Search, sort and pages cover all of them.
pub async fn list(
    State(state): State<AppState>,
    QueryParams(query): QueryParams<UserListParams>,
) -> ApiResult<Json<AccountList>> {
    let filter = UserFilter {
        search: query.search.filter(|text| !text.is_empty()),
        disabled: match query.status.as_deref() {
            None => None,
            Some("active") => Some(false),
            Some("disabled") => Some(true),
            Some(_) => return Err(problem::invalid_field("status", "Use active or disabled.")),
        },
        order: match query.sort.as_deref() {
            None | Some("username") => UserOrder::Username,
            Some("displayName") => UserOrder::DisplayName,
            Some("createdAt") => UserOrder::CreatedAt,
            Some("lastSeenAt") => UserOrder::LastSeenAt,
            Some(_) => {
                let message = "Use username, displayName, createdAt or lastSeenAt.";
                return Err(problem::invalid_field("sort", message));
            }
        },
        descending: match query.order.as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(problem::invalid_field("order", "Use asc or desc.")),
        },
        after: paging::cursor(query.cursor.as_deref(), place)?,
        limit: paging::limit(query.limit.as_deref())?,
    };
    let page = state
        .db(move |store| store.users(&filter, clock::now()))
        .await?;
    let more = page.next.is_some();
    let key = page.next.unwrap_or_default();
    let cursor = |last: &Account| URL_SAFE_NO_PAD.encode(format!("{}\u{1f}{key}", last.id));
    let list = paging::page(page.users, more, cursor);
    Ok(Json(AccountList {
        items: list.items,
        next_cursor: list.next_cursor,
        total: Some(page.total),
    }))
}

/// Returns the key and the identifier of the last user of the page before.
fn place(cursor: &str) -> Option<(String, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (id, key) = text.split_once('\u{1f}')?;
    Some((key.to_owned(), id.to_owned()))
}

/// Returns one user.
pub async fn show(State(state): State<AppState>, Id(id): Id) -> ApiResult<Json<Account>> {
    Ok(Json(super::find(&state, &id).await?))
}
