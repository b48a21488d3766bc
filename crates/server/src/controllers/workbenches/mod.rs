//! Workbenches: `/api/workspaces/{id}/workbenches` and `/api/workbenches/{id}`.

mod commands;
mod create;
mod embedding;
mod preflight;
mod read;
mod runs;
mod start_timeout;
mod ticket;

pub use commands::{change, delete, extend, restart, start, stop};
pub use create::create;
pub use embedding::embedding;
pub use preflight::preflight;
pub use read::{list, show};
pub use runs::{list as runs, show as run};
pub use ticket::ticket;

use crate::auth::{SignedIn, authorize, authorize_somewhere};
use crate::problem::{self, Answer};
use crate::state::AppState;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::workbench::Workbench;

/// Returns the workbench if the user has this permission on it.
pub(super) async fn find(
    state: &AppState,
    who: &SignedIn,
    permission: Permission,
    id: &str,
) -> Answer<Workbench> {
    // Without the permission anywhere the answer is the same for every id.
    authorize_somewhere(who, permission)?;
    let id = WorkbenchId::new(id);
    let found = state
        .db(move |store| store.workbench(&id))
        .await?
        .ok_or_else(|| problem::not_found("workbench"))?;
    let resource = Resource::Workbench(found.workspace_id.clone(), found.id.clone());
    if !allows(&who.grants, Permission::WorkbenchRead, &resource) {
        // The answer does not reveal that it exists.
        return Err(problem::not_found("workbench"));
    }
    authorize(who, permission, &resource)?;
    Ok(found)
}
