//! Calls about time limits.

use super::client::{Call, Receiving, receive, send};
use super::error::ApiError;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time_limits::{TimeLimits, WorkspaceLimits};

/// Path of the installation's limits.
const LIMITS: &str = "/api/limits";

fn path(workspace: &WorkspaceId) -> String {
    format!("{}/limits", super::workspace_path(workspace))
}

/// Fetches the limits of the installation.
pub fn limits() -> Receiving<TimeLimits> {
    receive(Call::get(LIMITS, None))
}

/// Fetches the limits of a workspace, and those in force.
pub fn workspace_limits(workspace: WorkspaceId) -> Receiving<WorkspaceLimits> {
    receive(Call::get(path(&workspace), None))
}

/// Sets the limits of a workspace, or of the installation.
pub async fn set_limits(
    workspace: Option<WorkspaceId>,
    limits: TimeLimits,
) -> Result<(), ApiError> {
    let path = workspace.map_or_else(|| LIMITS.to_owned(), |id| path(&id));
    send(Call::put(path, &limits)).await.map(drop)
}
