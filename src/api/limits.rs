//! Calls about time limits.

use super::client::{Call, read, send};
use super::error::ApiError;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time_limits::{TimeLimits, WorkspaceLimits};

/// Path of the installation's limits.
const LIMITS: &str = "/api/limits";

fn path(workspace: &WorkspaceId) -> String {
    format!("{}/limits", super::workspace_path(workspace))
}

/// Fetches the limits of the installation.
pub async fn limits() -> Result<TimeLimits, ApiError> {
    read(&send(Call::get(LIMITS, None)).await?)
}

/// Fetches the limits of a workspace, and those in force.
pub async fn workspace_limits(workspace: WorkspaceId) -> Result<WorkspaceLimits, ApiError> {
    read(&send(Call::get(path(&workspace), None)).await?)
}

/// Sets the limits of a workspace, or of the installation.
pub async fn set_limits(
    workspace: Option<WorkspaceId>,
    limits: TimeLimits,
) -> Result<(), ApiError> {
    let path = workspace.map_or_else(|| LIMITS.to_owned(), |id| path(&id));
    send(Call::put(path, &limits)).await.map(drop)
}
