//! Calls about builds.

use super::client::{Call, read, send};
use super::error::ApiError;
use serde_json::json;
use vestibule_model::build::{Build, NewBuild};
use vestibule_model::ids::{BuildId, WorkspaceId};

/// Path of builds.
const BUILDS: &str = "/api/builds";

/// Returns the path of the newest builds of a workspace.
pub fn builds_path(workspace: &WorkspaceId, limit: usize) -> String {
    format!("{BUILDS}?workspace={workspace}&limit={limit}")
}

/// Returns the path of a build.
pub fn build_path(id: &BuildId) -> String {
    format!("{BUILDS}/{id}")
}

/// Returns the path of a build's log.
pub fn build_log_path(id: &BuildId) -> String {
    format!("{}/log", build_path(id))
}

/// Starts a build. Returns the running one if the same is being built already.
pub async fn request_build(body: NewBuild) -> Result<Build, ApiError> {
    read(&send(Call::post(BUILDS, &body)).await?)
}

/// Cancels a build. This changes nothing if it has ended. Returns the build.
pub async fn cancel_build(id: BuildId) -> Result<Build, ApiError> {
    let path = format!("{}/cancel", build_path(&id));
    read(&send(Call::post(path, &json!({}))).await?)
}

/// Retries a build. Returns the new one.
pub async fn retry_build(id: BuildId) -> Result<Build, ApiError> {
    read(&send(Call::post(format!("{}/retry", build_path(&id)), &json!({}))).await?)
}
