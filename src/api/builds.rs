//! What is asked and wished about builds.

use super::client::{Answer, Call, read, send};
use super::error::ApiError;
use serde_json::json;
use vestibule_model::build::{Build, NewBuild};
use vestibule_model::ids::{BuildId, WorkspaceId};

/// Where builds are read.
const BUILDS: &str = "/api/builds";

/// Where so many of the newest builds of a workspace are read.
pub fn builds_path(workspace: &WorkspaceId, limit: usize) -> String {
    format!("{BUILDS}?workspace={workspace}&limit={limit}")
}

/// Where a build is read.
pub fn build_path(id: &BuildId) -> String {
    format!("{BUILDS}/{id}")
}

/// Where the log of a build is read.
pub fn build_log_path(id: &BuildId) -> String {
    format!("{}/log", build_path(id))
}

/// Asks for a build; the answer is the one that is there, where it is being built already.
pub async fn request_build(body: NewBuild) -> Result<Build, ApiError> {
    read(&send(Call::post(BUILDS, &body)).await?)
}

/// Ends a build. For one that has ended already this changes nothing.
pub async fn cancel_build(id: BuildId) -> Result<Answer, ApiError> {
    send(Call::post(
        format!("{}/cancel", build_path(&id)),
        &json!({}),
    ))
    .await
}

/// Builds it again; the answer is the new build.
pub async fn retry_build(id: BuildId) -> Result<Build, ApiError> {
    read(&send(Call::post(format!("{}/retry", build_path(&id)), &json!({}))).await?)
}
