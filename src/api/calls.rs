//! The calls of docs/API.md that the console makes, one function each.

use super::client::{Answer, Call, read, send};
use super::error::ApiError;
use serde_json::json;
use vestibule_model::app::App;
use vestibule_model::auth::{Me, SetUp, SignIn};
use vestibule_model::build::Acknowledge;
use vestibule_model::config::Config;
use vestibule_model::embedding::Embedding;
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::lenient;
use vestibule_model::list::List;
use vestibule_model::preflight::FailedBuild;
use vestibule_model::run::Run;
use vestibule_model::secret::{NewSecret, Secret};
use vestibule_model::transition::Transition;
use vestibule_model::workbench::{NewWorkbench, Ticket, Workbench, WorkbenchPatch};
use vestibule_model::workspace::{NewWorkspace, Workspace, WorkspacePatch};

/// Path of the workspaces.
pub const WORKSPACES: &str = "/api/workspaces";

/// Path of all builds, newest first.
pub const ALL_BUILDS: &str = "/api/builds?limit=200";

/// Path of all runs, newest first.
pub const RUNS: &str = "/api/runs?limit=200";

/// Path of the user's acknowledgements.
pub const ACKNOWLEDGEMENTS: &str = "/api/acknowledgements";

/// Jobs whose end a user has acknowledged: `build:<id>` and `run:<id>`.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Acknowledgements {
    /// Keys of the jobs.
    #[serde(deserialize_with = "lenient::rows")]
    pub items: Vec<String>,
}

/// Returns the path of a workbench.
pub fn workbench_path(id: &WorkbenchId) -> String {
    format!("/api/workbenches/{id}")
}

/// Returns the path of a workspace.
pub fn workspace_path(id: &WorkspaceId) -> String {
    format!("{WORKSPACES}/{id}")
}

/// Returns the path of a workspace's workbenches.
pub fn workbenches_path(workspace: &WorkspaceId) -> String {
    format!("{WORKSPACES}/{workspace}/workbenches")
}

/// Fetches the server's settings, which needs no session.
pub async fn config() -> Result<Config, ApiError> {
    read(&send(Call::get("/api/config", None)).await?)
}

/// Fetches the signed-in person.
pub async fn me() -> Result<Me, ApiError> {
    read(&send(Call::get("/api/auth/me", None)).await?)
}

/// Signs in.
pub async fn sign_in(body: SignIn) -> Result<Answer, ApiError> {
    send(Call::post("/api/auth/sign-in", &body)).await
}

/// Creates the first administrator and signs in.
pub async fn set_up(body: SetUp) -> Result<Answer, ApiError> {
    send(Call::post("/api/auth/set-up", &body)).await
}

/// Signs out.
pub async fn sign_out() -> Result<Answer, ApiError> {
    send(Call::post("/api/auth/sign-out", &json!({}))).await
}

/// Creates a workspace.
pub async fn create_workspace(name: String) -> Result<Workspace, ApiError> {
    read(&send(Call::post(WORKSPACES, &NewWorkspace { name })).await?)
}

/// Renames a workspace.
pub async fn rename_workspace(id: WorkspaceId, name: String) -> Result<Workspace, ApiError> {
    read(&send(Call::patch(workspace_path(&id), &WorkspacePatch { name })).await?)
}

/// Deletes a workspace without workbenches.
pub async fn delete_workspace(id: WorkspaceId) -> Result<(), ApiError> {
    gone(send(Call::delete(workspace_path(&id))).await)
}

/// Returns the path of a workspace's secrets.
pub fn secrets_path(workspace: &WorkspaceId) -> String {
    format!("{WORKSPACES}/{workspace}/secrets")
}

/// Fetches the names of a workspace's secrets.
pub async fn secrets(workspace: WorkspaceId) -> Result<List<Secret>, ApiError> {
    read(&send(Call::get(secrets_path(&workspace), None)).await?)
}

/// Deletes a secret.
pub async fn delete_secret(workspace: WorkspaceId, name: String) -> Result<(), ApiError> {
    let path = format!("{}/{name}", secrets_path(&workspace));
    gone(send(Call::delete(path)).await)
}

/// Treats "already deleted" as success.
fn gone(answer: Result<Answer, ApiError>) -> Result<(), ApiError> {
    match answer {
        Ok(_) | Err(ApiError::NotFound | ApiError::Gone) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Creates or replaces a secret.
pub async fn put_secret(
    workspace: WorkspaceId,
    name: String,
    value: String,
) -> Result<Answer, ApiError> {
    let path = format!("{}/{name}", secrets_path(&workspace));
    send(Call::put(path, &NewSecret { value })).await
}

/// Fetches the catalogue.
pub async fn apps() -> Result<Vec<App>, ApiError> {
    let list: List<App> = read(&send(Call::get("/api/apps", None)).await?)?;
    Ok(list.items)
}

/// Facts about a new workbench that only the server knows.
#[derive(Debug, Clone, PartialEq, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// Reason why it cannot start at once, or `None`.
    #[serde(default)]
    pub full: Option<String>,
    /// Last build of the app, if it failed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub failed_build: Option<FailedBuild>,
    /// Another workbench of the same name.
    #[serde(default)]
    pub name_taken_by: Option<String>,
}

/// Fetches the facts about a new workbench. The signal aborts the request.
pub async fn preflight(
    workspace: WorkspaceId,
    body: NewWorkbench,
    signal: Option<web_sys::AbortSignal>,
) -> Result<Known, ApiError> {
    let path = format!("{WORKSPACES}/{workspace}/preflight");
    read(&super::client::send_until(Call::post(path, &body), signal).await?)
}

/// Creates a workbench. A second request with the same id has no effect.
pub async fn create_workbench(
    workspace: WorkspaceId,
    body: NewWorkbench,
) -> Result<Workbench, ApiError> {
    read(&send(Call::post(workbenches_path(&workspace), &body)).await?)
}

/// Sends a command: `start`, `stop`, `restart` or `extend`.
pub async fn command(id: WorkbenchId, verb: &'static str) -> Result<Answer, ApiError> {
    send(Call::post(
        format!("{}/{verb}", workbench_path(&id)),
        &json!({}),
    ))
    .await
}

/// Deletes a workbench and its folder.
pub async fn delete_workbench(id: WorkbenchId) -> Result<Answer, ApiError> {
    send(Call::delete(workbench_path(&id))).await
}

/// Fetches a workbench once.
pub async fn workbench(id: WorkbenchId) -> Result<Workbench, ApiError> {
    read(&send(Call::get(workbench_path(&id), None)).await?)
}

/// Creates a one-time address by which the browser enters the app.
pub async fn ticket(id: WorkbenchId) -> Result<Ticket, ApiError> {
    request_ticket(id, &json!({})).await
}

/// Creates a one-time address that leads to a path of the app.
pub async fn ticket_to(id: WorkbenchId, path: String) -> Result<Ticket, ApiError> {
    request_ticket(id, &json!({ "next": path })).await
}

async fn request_ticket(id: WorkbenchId, body: &serde_json::Value) -> Result<Ticket, ApiError> {
    let path = format!("{}/ticket", workbench_path(&id));
    read(&send(Call::post(path, body)).await?)
}

/// Fetches whether browsers will show the app in a frame.
pub async fn embedding(id: WorkbenchId) -> Result<Embedding, ApiError> {
    read(
        &send(Call::get(
            format!("{}/embedding", workbench_path(&id)),
            None,
        ))
        .await?,
    )
}

/// Fetches a page of a run's journal, after an entry.
pub async fn journal(id: RunId, after: u64) -> Result<List<Transition>, ApiError> {
    let path = format!("/api/runs/{id}/journal?after={after}");
    read(&send(Call::get(path, None)).await?)
}

/// Fetches a page of a workbench's runs, newest first.
pub async fn runs(id: WorkbenchId, cursor: Option<String>) -> Result<List<Run>, ApiError> {
    let mut path = format!("{}/runs", workbench_path(&id));
    if let Some(cursor) = cursor {
        path.push_str("?cursor=");
        path.push_str(&cursor);
    }
    read(&send(Call::get(path, None)).await?)
}

/// Fetches a run of a workbench by its number.
pub async fn run(id: WorkbenchId, number: u64) -> Result<Run, ApiError> {
    let path = format!("{}/runs/{number}", workbench_path(&id));
    read(&send(Call::get(path, None)).await?)
}

/// Changes a workbench's name or settings.
pub async fn patch_workbench(id: WorkbenchId, body: WorkbenchPatch) -> Result<Workbench, ApiError> {
    read(&send(Call::patch(workbench_path(&id), &body)).await?)
}

/// Returns the path of a run's output.
pub fn run_log_path(id: &RunId) -> String {
    format!("/api/runs/{id}/log")
}

/// Fetches a text that helps others to help with a run: a report, or a short message for the
/// administrator. It holds no secrets.
pub async fn run_diagnostics(id: RunId, for_administrator: bool) -> Result<String, ApiError> {
    let query = if for_administrator {
        "?for=administrator"
    } else {
        ""
    };
    let answer = send(Call::get(
        format!("/api/runs/{id}/diagnostics{query}"),
        None,
    ))
    .await?;
    Ok(answer.body)
}

/// Acknowledges the end of jobs.
pub async fn acknowledge(keys: Vec<String>) -> Result<Answer, ApiError> {
    send(Call::post(ACKNOWLEDGEMENTS, &Acknowledge { keys })).await
}

/// Fetches the newest runs that the user may see.
pub async fn recent_runs() -> Result<List<Run>, ApiError> {
    read(&send(Call::get(RUNS, None)).await?)
}

/// Fetches identifiers and names of a workspace's workbenches.
pub async fn workbenches(workspace: WorkspaceId) -> Result<Vec<(String, String)>, ApiError> {
    let list: List<Workbench> = read(&send(Call::get(workbenches_path(&workspace), None)).await?)?;
    let items = list.items.into_iter();
    Ok(items.map(|one| (one.id.to_string(), one.name)).collect())
}

/// Fetches the workspaces that the user may see.
pub async fn workspaces() -> Result<List<Workspace>, ApiError> {
    read(&send(Call::get(WORKSPACES, None)).await?)
}
