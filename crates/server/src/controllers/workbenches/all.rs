//! `GET /api/workbenches`.

use crate::auth::SignedIn;
use crate::paging::{self, QueryParams};
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use vestibule_model::access::{Permission, reach};
use vestibule_model::list::List;
use vestibule_model::workbench::Workbench;

/// Query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AllParams {
    shared: Option<String>,
    search: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Lists the workbenches that the user may see, by identifier. With `shared` it leaves out those in
/// workspaces that the user may see, and with `search` those whose name lacks one of its words.
pub async fn list(
    State(state): State<AppState>,
    signed_in: SignedIn,
    QueryParams(query): QueryParams<AllParams>,
) -> ApiResult<Json<List<Workbench>>> {
    let limit = paging::limit(query.limit.as_deref())?;
    let after = query.cursor.unwrap_or_default();
    let seen = reach(&signed_in.grants, Permission::WorkbenchRead);
    let hidden = match query.shared.as_deref() {
        None | Some("false") => None,
        Some("true") => Some(reach(&signed_in.grants, Permission::WorkspaceRead)),
        Some(_) => return Err(problem::invalid_field("shared", "Use true or false.")),
    };
    let (items, more) = state
        .db(move |store| {
            let search = query.search.as_deref().unwrap_or_default();
            store.workbenches_in((&seen, hidden.as_ref()), search, &after, limit)
        })
        .await?;
    let place = |workbench: &Workbench| workbench.id.as_str().to_owned();
    Ok(Json(paging::page(items, more, place)))
}
