//! Workbenches: `/api/workspaces/{id}/workbenches` and `/api/workbenches/{id}`.

mod all;
mod commands;
mod create;
mod embedding;
mod parameters;
mod preflight;
mod read;
mod runs;
mod spec_times;
mod ticket;

pub use all::list as list_all;
pub use commands::{change, delete, extend, restart, start, stop};
pub use create::create;
pub use embedding::embedding;
pub use preflight::preflight;
pub use read::{list, show};
pub use runs::{list as runs, show as run};
pub use ticket::ticket;

use crate::problem::{self, ApiResult};
use crate::state::AppState;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::workbench::Workbench;

/// Returns a workbench.
async fn find(state: &AppState, id: &str) -> ApiResult<Workbench> {
    let id = WorkbenchId::new(id);
    state
        .db(move |store| store.workbench(&id))
        .await?
        .ok_or_else(|| problem::not_found("workbench"))
}
