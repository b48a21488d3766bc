//! The calls of docs/API.md that the console makes, one function each.

use super::client::{Answer, Call, Receiving, Sending, read, receive, send};
use super::error::ApiError;
use crate::routes::encode;
use serde_json::json;
use vestibule_client::activity::WorkbenchCommand;
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
pub fn config() -> Receiving<Config> {
    receive(Call::get("/api/config", None))
}

/// Fetches the signed-in person.
pub fn me() -> Receiving<Me> {
    receive(Call::get("/api/auth/me", None))
}

/// Signs in.
pub fn sign_in(body: SignIn) -> Sending {
    send(Call::post("/api/auth/sign-in", &body))
}

/// Creates the first administrator and signs in.
pub fn set_up(body: SetUp) -> Sending {
    send(Call::post("/api/auth/set-up", &body))
}

/// Signs out.
pub fn sign_out() -> Sending {
    send(Call::post("/api/auth/sign-out", &json!({})))
}

/// Creates a workspace.
pub fn create_workspace(name: String) -> Receiving<Workspace> {
    receive(Call::post(WORKSPACES, &NewWorkspace { name }))
}

/// Renames a workspace.
pub fn rename_workspace(id: WorkspaceId, name: String) -> Receiving<Workspace> {
    receive(Call::patch(workspace_path(&id), &WorkspacePatch { name }))
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
pub fn secrets(workspace: WorkspaceId) -> Receiving<List<Secret>> {
    receive(Call::get(secrets_path(&workspace), None))
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
pub fn put_secret(workspace: WorkspaceId, name: String, value: String) -> Sending {
    let path = format!("{}/{name}", secrets_path(&workspace));
    send(Call::put(path, &NewSecret { value }))
}

/// Fetches the catalogue.
pub async fn apps() -> Result<Vec<App>, ApiError> {
    let list: List<App> = read(&send(Call::get("/api/apps", None)).await?)?;
    Ok(list.items)
}

/// Facts about a new workbench that only the server knows.
#[derive(Debug, Clone, PartialEq, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerFacts {
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
) -> Result<ServerFacts, ApiError> {
    let path = format!("{WORKSPACES}/{workspace}/preflight");
    read(&super::client::send_until(Call::post(path, &body), signal).await?)
}

/// Creates a workbench. A second request with the same id has no effect.
pub fn create_workbench(workspace: WorkspaceId, body: NewWorkbench) -> Receiving<Workbench> {
    receive(Call::post(workbenches_path(&workspace), &body))
}

/// Sends a command to a workbench.
pub fn command(id: &WorkbenchId, command: WorkbenchCommand) -> Sending {
    let path = workbench_path(id);
    let verb = match command {
        WorkbenchCommand::Start => "start",
        WorkbenchCommand::Stop => "stop",
        WorkbenchCommand::Restart(_) => "restart",
        WorkbenchCommand::Extend => "extend",
        WorkbenchCommand::Delete => return send(Call::delete(path)),
    };
    send(Call::post(format!("{path}/{verb}"), &json!({})))
}

/// Fetches a workbench once.
pub fn workbench(id: WorkbenchId) -> Receiving<Workbench> {
    receive(Call::get(workbench_path(&id), None))
}

/// Creates a one-time address by which the browser enters the app.
pub fn ticket(id: WorkbenchId) -> Receiving<Ticket> {
    request_ticket(id, &json!({}))
}

/// Creates a one-time address that leads to a path of the app.
pub fn ticket_to(id: WorkbenchId, path: String) -> Receiving<Ticket> {
    request_ticket(id, &json!({ "next": path }))
}

fn request_ticket(id: WorkbenchId, body: &serde_json::Value) -> Receiving<Ticket> {
    let path = format!("{}/ticket", workbench_path(&id));
    receive(Call::post(path, body))
}

/// Fetches whether browsers will show the app in a frame.
pub fn embedding(id: WorkbenchId) -> Receiving<Embedding> {
    receive(Call::get(
        format!("{}/embedding", workbench_path(&id)),
        None,
    ))
}

/// Fetches a page of a run's journal, after an entry.
pub fn journal(id: RunId, after: u64) -> Receiving<List<Transition>> {
    let path = format!("/api/runs/{id}/journal?after={after}");
    receive(Call::get(path, None))
}

/// Fetches a page of a workbench's runs, newest first.
pub fn runs(id: WorkbenchId, cursor: Option<String>) -> Receiving<List<Run>> {
    let mut path = format!("{}/runs", workbench_path(&id));
    if let Some(cursor) = cursor {
        path.push_str("?cursor=");
        path.push_str(&cursor);
    }
    receive(Call::get(path, None))
}

/// Fetches a run of a workbench by its number.
pub fn run(id: WorkbenchId, number: u64) -> Receiving<Run> {
    let path = format!("{}/runs/{number}", workbench_path(&id));
    receive(Call::get(path, None))
}

/// Changes a workbench's name or settings.
pub fn patch_workbench(id: WorkbenchId, body: WorkbenchPatch) -> Receiving<Workbench> {
    receive(Call::patch(workbench_path(&id), &body))
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
pub fn acknowledge(keys: Vec<String>) -> Sending {
    send(Call::post(ACKNOWLEDGEMENTS, &Acknowledge { keys }))
}

/// Fetches the newest runs that the user may see.
pub fn recent_runs() -> Receiving<List<Run>> {
    receive(Call::get(RUNS, None))
}

/// Fetches workbenches whose name contains these words.
pub fn search_workbenches(words: &str, limit: usize) -> Receiving<List<Workbench>> {
    let path = format!("/api/workbenches?search={}&limit={limit}", encode(words));
    receive(Call::get(&path, None))
}

/// Fetches identifiers and names of a workspace's workbenches.
pub async fn workbenches(workspace: WorkspaceId) -> Result<Vec<(String, String)>, ApiError> {
    let list: List<Workbench> = read(&send(Call::get(workbenches_path(&workspace), None)).await?)?;
    let items = list.items.into_iter();
    Ok(items.map(|one| (one.id.to_string(), one.name)).collect())
}

/// Fetches the workspaces that the user may see.
pub fn workspaces() -> Receiving<List<Workspace>> {
    receive(Call::get(WORKSPACES, None))
}
