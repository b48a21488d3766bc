//! Tabs: `/api/workbenches/{id}/tabs` and `/api/tabs`.

mod agent_reader;
mod channel;
mod drafts;
mod event;
mod files;
mod messages;
mod open;
mod socket;
mod transcript;

pub use drafts::{draft, seen, store_draft};
pub use files::attach;
pub use messages::{cancel, messages, send, stop};
pub use open::{open, retry};
pub use socket::socket;
pub use transcript::{download, stream_events, transcript};

use crate::auth::{ClientAddress, SignedIn};
use crate::body::{ChangeJson, ReadBack};
use crate::clock;
use crate::controllers::grants::actor;
use crate::path_id::Id;
use crate::problem::{self, ApiError, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::tab::{MAX_TITLE, Tab, TabKind, TabList, TabPatch};
use vestibule_model::validation::has_hostile;

/// Lists the open tabs of a workbench.
pub async fn list(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
) -> ApiResult<Json<TabList>> {
    let (id, user) = (WorkbenchId::new(id), signed_in.user.id.clone());
    let list = state.db(move |store| store.tab_list(&id, &user)).await?;
    Ok(Json(list))
}

/// Shows a tab, also a closed one.
pub async fn show(State(state): State<AppState>, Id(id): Id) -> ApiResult<Json<Tab>> {
    find(&state, &TabId::new(id)).await.map(Json)
}

impl ReadBack for TabPatch {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "workbenchId",
        "workspaceId",
        "kind",
        "position",
        "lastSeq",
        "state",
        "stage",
        "attempt",
        "stateSince",
        "deadline",
        "error",
        "runNumber",
        "createdBy",
        "owner",
        "ownerName",
        "createdAt",
        "busy",
        "lastEvent",
        "closedAt",
    ];
}

/// Renames a tab, moves it, shares it, or more of these.
pub async fn change(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    ChangeJson(patch): ChangeJson<TabPatch>,
) -> ApiResult<Json<Tab>> {
    let id = TabId::new(id);
    let tab = find(&state, &id).await?;
    if patch
        .title
        .as_ref()
        .is_some_and(|title| *title != tab.title)
    {
        admit(&tab, &signed_in)?;
    }
    if patch.shared.is_some_and(|shared| shared != tab.shared) {
        if tab.kind != TabKind::Terminal {
            return Err(problem::invalid_field(
                "shared",
                "Only terminals are shared.",
            ));
        }
        // A program that acts with a user's token does not give others a shell.
        if tab.owner.as_ref() != Some(&signed_in.user.id) || signed_in.access_token.is_some() {
            return Err(problem::not_its_owner());
        }
    }
    let by = actor(&signed_in, address);
    let title = patch.title.as_deref().map(checked_title).transpose()?;
    let key = id.clone();
    let is_done = state
        .db(move |store| {
            // First what may be refused: nothing of a refused request is stored.
            if let Some(after) = patch.after
                && !store.move_tab(&key, after.as_ref())?
            {
                return Ok(false);
            }
            if let Some(shared) = patch.shared {
                store.share_tab(&key, shared, &by)?;
            }
            let Some(title) = title else {
                return Ok(true);
            };
            let rename = |tab: &mut Tab| {
                tab.title = title;
                tab.is_open()
            };
            let tab = store.change_tab(&key, rename);
            tab.map(|tab| tab.is_some_and(|tab| tab.is_open()))
        })
        .await?;
    let tab = find(&state, &id).await?;
    match is_done {
        true => Ok(Json(tab)),
        false if tab.is_open() => Err(problem::invalid_field(
            "after",
            "Name an open tab of the same workbench, or null for the left end.",
        )),
        false => Err(closed()),
    }
}

/// Closes a tab. Closing it again changes nothing. Who may share the workbench also closes what others
/// have left open.
pub async fn close(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
) -> ApiResult<Json<Tab>> {
    let id = TabId::new(id);
    let tab = find(&state, &id).await?;
    let resource = Resource::Workbench(tab.workspace_id.clone(), tab.workbench_id.clone());
    if !allows(&signed_in.grants, Permission::WorkbenchShare, &resource) {
        admit(&tab, &signed_in)?;
    }
    let closed = state.db(move |store| {
        store.change_tab(&id, |tab| {
            let was_open = tab.is_open();
            tab.close(clock::now());
            was_open
        })
    });
    let closed = closed.await?.ok_or_else(|| problem::not_found("tab"))?;
    Ok(Json(closed))
}

async fn find(state: &AppState, id: &TabId) -> ApiResult<Tab> {
    let id = id.clone();
    let found = state.db(move |store| store.tab(&id)).await?;
    found.ok_or_else(|| problem::not_found("tab"))
}

/// Refuses a user to whom another one's terminal is closed.
fn admit(tab: &Tab, signed_in: &SignedIn) -> ApiResult<()> {
    match tab.admits(&signed_in.user.id) {
        true => Ok(()),
        false => Err(problem::private_terminal(channel::not_shared(tab))),
    }
}

fn closed() -> ApiError {
    problem::conflict("tab-closed", "The tab was closed. Open a new one instead.")
}

fn checked_title(title: &str) -> ApiResult<String> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > MAX_TITLE {
        let message = format!("Use 1 to {MAX_TITLE} characters.");
        return Err(problem::invalid_field("title", message));
    }
    if has_hostile(title) {
        return Err(problem::invalid_field(
            "title",
            "Leave out control characters and characters that change the writing direction.",
        ));
    }
    Ok(title.to_owned())
}
