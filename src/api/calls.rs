//! The calls of API.md that the console makes, one function each.

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
use vestibule_model::run::{Run, RunLog};
use vestibule_model::secret::{NewSecret, Secret};
use vestibule_model::transition::Transition;
use vestibule_model::workbench::{NewWorkbench, Ticket, Workbench, WorkbenchPatch};
use vestibule_model::workspace::{NewWorkspace, Workspace};

/// Where the workspaces are read.
pub const WORKSPACES: &str = "/api/workspaces";

/// Where builds are read, the newest first.
pub const ALL_BUILDS: &str = "/api/builds?limit=200";

/// Where runs are read, the newest first.
pub const RUNS: &str = "/api/runs?limit=200";

/// Where it is read, and said, what the person has taken note of.
pub const ACKNOWLEDGEMENTS: &str = "/api/acknowledgements";

/// What a person has taken note of: `build:<id>` and `run:<id>`.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Acknowledgements {
    /// The keys.
    #[serde(deserialize_with = "lenient::rows")]
    pub items: Vec<String>,
}

/// Where a workbench is read.
pub fn workbench_path(id: &WorkbenchId) -> String {
    format!("/api/workbenches/{id}")
}

/// Where a workspace is read.
pub fn workspace_path(id: &WorkspaceId) -> String {
    format!("{WORKSPACES}/{id}")
}

/// Where the workbenches of a workspace are read.
pub fn workbenches_path(workspace: &WorkspaceId) -> String {
    format!("{WORKSPACES}/{workspace}/workbenches")
}

/// The server's settings; needs no session.
pub async fn config() -> Result<Config, ApiError> {
    read(&send(Call::get("/api/config", None)).await?)
}

/// Who is signed in.
pub async fn me() -> Result<Me, ApiError> {
    read(&send(Call::get("/api/auth/me", None)).await?)
}

/// Signs in.
pub async fn sign_in(body: SignIn) -> Result<Answer, ApiError> {
    send(Call::post("/api/auth/sign-in", &body)).await
}

/// Makes the first administrator, and signs in.
pub async fn set_up(body: SetUp) -> Result<Answer, ApiError> {
    send(Call::post("/api/auth/set-up", &body)).await
}

/// Signs out.
pub async fn sign_out() -> Result<Answer, ApiError> {
    send(Call::post("/api/auth/sign-out", &json!({}))).await
}

/// Makes a workspace.
pub async fn create_workspace(name: String) -> Result<Workspace, ApiError> {
    read(&send(Call::post(WORKSPACES, &NewWorkspace { name })).await?)
}

/// One workspace.
pub async fn workspace(id: WorkspaceId) -> Result<Workspace, ApiError> {
    read(&send(Call::get(workspace_path(&id), None)).await?)
}

/// Gives a workspace another name.
pub async fn rename_workspace(id: WorkspaceId, name: String) -> Result<Workspace, ApiError> {
    read(&send(Call::patch(workspace_path(&id), &NewWorkspace { name })).await?)
}

/// Deletes a workspace, once it has no workbenches.
pub async fn delete_workspace(id: WorkspaceId) -> Result<(), ApiError> {
    gone(send(Call::delete(workspace_path(&id))).await)
}

/// Where it is read what may be known of a workspace's secrets.
pub fn secrets_path(workspace: &WorkspaceId) -> String {
    format!("{WORKSPACES}/{workspace}/secrets")
}

/// What may be known of a workspace's secrets.
pub async fn secrets(workspace: WorkspaceId) -> Result<List<Secret>, ApiError> {
    read(&send(Call::get(secrets_path(&workspace), None)).await?)
}

/// Deletes a secret.
pub async fn delete_secret(workspace: WorkspaceId, name: String) -> Result<(), ApiError> {
    let path = [&secrets_path(&workspace), "/", &name].concat();
    gone(send(Call::delete(path)).await)
}

/// What somebody else has deleted before is gone all the same.
fn gone(answer: Result<Answer, ApiError>) -> Result<(), ApiError> {
    match answer {
        Ok(_) | Err(ApiError::NotFound | ApiError::Gone) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Sets a secret, new or anew.
pub async fn put_secret(
    workspace: WorkspaceId,
    name: String,
    value: String,
) -> Result<Answer, ApiError> {
    let path = [&secrets_path(&workspace), "/", &name].concat();
    send(Call::put(path, &NewSecret { value })).await
}

/// The catalogue.
pub async fn apps() -> Result<Vec<App>, ApiError> {
    let list: List<App> = read(&send(Call::get("/api/apps", None)).await?)?;
    Ok(list.items)
}

/// What only the server knows of a workbench that is to be made.
#[derive(Debug, Clone, PartialEq, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// Why there is no room for it; none: there is.
    #[serde(default)]
    pub full: Option<String>,
    /// The app's last build, where it failed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub failed_build: Option<FailedBuild>,
    /// The name of another one that is called the same.
    #[serde(default)]
    pub name_taken_by: Option<String>,
}

/// What only the server knows of a workbench that is to be made. The signal aborts the question.
pub async fn preflight(
    workspace: WorkspaceId,
    body: NewWorkbench,
    signal: Option<web_sys::AbortSignal>,
) -> Result<Known, ApiError> {
    let path = format!("{WORKSPACES}/{workspace}/preflight");
    read(&super::client::send_until(Call::post(path, &body), signal).await?)
}

/// Makes a workbench; with the same id it can be sent twice.
pub async fn create_workbench(
    workspace: WorkspaceId,
    body: NewWorkbench,
) -> Result<Workbench, ApiError> {
    read(&send(Call::post(workbenches_path(&workspace), &body)).await?)
}

/// A wish: `start`, `stop` or `extend`.
pub async fn wish(id: WorkbenchId, verb: &'static str) -> Result<Answer, ApiError> {
    send(Call::post(
        format!("{}/{verb}", workbench_path(&id)),
        &json!({}),
    ))
    .await
}

/// Deletes a workbench with its folder.
pub async fn delete_workbench(id: WorkbenchId) -> Result<Answer, ApiError> {
    send(Call::delete(workbench_path(&id))).await
}

/// A one-time address that lets the browser into the app.
pub async fn ticket(id: WorkbenchId) -> Result<Ticket, ApiError> {
    read(
        &send(Call::post(
            format!("{}/ticket", workbench_path(&id)),
            &json!({}),
        ))
        .await?,
    )
}

/// Whether a browser will show the app in a frame.
pub async fn embedding(id: WorkbenchId) -> Result<Embedding, ApiError> {
    read(
        &send(Call::get(
            format!("{}/embedding", workbench_path(&id)),
            None,
        ))
        .await?,
    )
}

/// A run's journal after an entry; as much of it as fits on a page.
pub async fn journal(id: RunId, after: u64) -> Result<List<Transition>, ApiError> {
    let path = format!("/api/runs/{id}/journal?after={after}");
    read(&send(Call::get(path, None)).await?)
}

/// A page of a workbench's runs, newest first.
pub async fn runs(id: WorkbenchId, cursor: Option<String>) -> Result<List<Run>, ApiError> {
    let mut path = format!("{}/runs", workbench_path(&id));
    if let Some(cursor) = cursor {
        path.push_str("?cursor=");
        path.push_str(&cursor);
    }
    read(&send(Call::get(path, None)).await?)
}

/// One run of a workbench, by its number.
pub async fn run(id: WorkbenchId, number: u64) -> Result<Run, ApiError> {
    let path = format!("{}/runs/{number}", workbench_path(&id));
    read(&send(Call::get(path, None)).await?)
}

/// Changes a workbench's name or what is wanted of it.
pub async fn patch_workbench(id: WorkbenchId, body: WorkbenchPatch) -> Result<Workbench, ApiError> {
    read(&send(Call::patch(workbench_path(&id), &body)).await?)
}

/// Where a run's output is read.
pub fn run_log_path(id: &RunId) -> String {
    format!("/api/runs/{id}/log")
}

/// The end of a run's output, once.
pub async fn run_log(id: RunId) -> Result<RunLog, ApiError> {
    read(&send(Call::get(run_log_path(&id), None)).await?)
}

/// The person has taken note of how these ended.
pub async fn acknowledge(keys: Vec<String>) -> Result<Answer, ApiError> {
    send(Call::post(ACKNOWLEDGEMENTS, &Acknowledge { keys })).await
}

/// All workspaces that one may see.
pub async fn workspaces() -> Result<List<Workspace>, ApiError> {
    read(&send(Call::get(WORKSPACES, None)).await?)
}
