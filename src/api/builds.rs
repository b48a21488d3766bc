//! Calls about builds.

use super::client::{Call, Receiving, receive};
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
pub fn request_build(body: NewBuild) -> Receiving<Build> {
    receive(Call::post(BUILDS, &body))
}

/// Cancels a build. This changes nothing if it has ended. Returns the build.
pub fn cancel_build(id: BuildId) -> Receiving<Build> {
    let path = format!("{}/cancel", build_path(&id));
    receive(Call::post(path, &json!({})))
}

/// Retries a build. Returns the new one.
pub fn retry_build(id: BuildId) -> Receiving<Build> {
    receive(Call::post(format!("{}/retry", build_path(&id)), &json!({})))
}
