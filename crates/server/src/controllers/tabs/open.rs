//! `PUT /api/tabs/{id}` and `POST /api/tabs/{id}/retry`.

use super::{admit, checked_title, closed, find};
use crate::auth::{ClientAddress, SignedIn, check};
use crate::body::{ApiJson, EmptyBody};
use crate::clock;
use crate::command_store::CommandError;
use crate::controllers::grants::actor;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{Command, NewTabRow, OpenOutcome, Refusal, RequestScope};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::app::{AgentOffer, App};
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::tab::reconcile::Provision;
use vestibule_model::tab::{NewTab, Tab, TabKind};

/// Opens a tab, and answers at once, whatever the workbench does. The same request twice opens one.
pub async fn open(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    ApiJson(new): ApiJson<NewTab>,
) -> ApiResult<(StatusCode, Json<Box<Tab>>)> {
    let place = RequestScope::Workbench(new.workbench_id.as_str().to_owned());
    let resource = state.db(move |store| store.resource(&place)).await?;
    let resource = resource.ok_or_else(|| problem::not_found("workbench"))?;
    check(&signed_in, signed_in.needs(), &resource, "workbench")?;
    let id = TabId::parse(&id)
        .ok_or_else(|| problem::invalid_field("id", "Use a UUID of version 7, in lower case."))?;
    let default = match new.kind {
        TabKind::Terminal => "Terminal",
        TabKind::Agent => "Script",
        TabKind::Log => "Log",
        TabKind::App | TabKind::Unknown(_) => {
            let message =
                "Use \"terminal\", \"agent\" or \"log\". The app's own screen is always there.";
            return Err(problem::invalid_field("kind", message));
        }
    };
    let title = match new.title.trim() {
        "" => None,
        title => Some(checked_title(title)?),
    };
    check_offered(&state, &new.workbench_id, &new.kind, &id).await?;
    let row = NewTabRow {
        id,
        workbench_id: new.workbench_id.clone(),
        kind: new.kind,
        title,
        default_title: default,
        by: actor(&signed_in, address),
    };
    let opened = state.db(move |store| store.open_tab(&row)).await?;
    match opened {
        OpenOutcome::New(tab) => {
            state.host.uses.of(&tab.workbench_id).note();
            start_workbench(&state, &signed_in, address, &resource, &tab).await?;
            Ok((StatusCode::CREATED, Json(tab)))
        }
        OpenOutcome::Before(tab) => Ok((StatusCode::OK, Json(tab))),
        OpenOutcome::Taken => Err(problem::conflict(
            "id-taken",
            "Another tab has this id. Choose a new one.",
        )),
        OpenOutcome::NoWorkbench => Err(problem::conflict(
            "deleting",
            "The workbench is being deleted. Create a new one instead.",
        )),
        OpenOutcome::TooMany => Err(problem::conflict(
            "too-many-tabs",
            "The workbench has as many open tabs as it can have. Close one.",
        )),
    }
}

/// Opens the session of a tab again.
pub async fn retry(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<(StatusCode, Json<Tab>)> {
    let id = TabId::new(id);
    let tab = find(&state, &id).await?;
    admit(&tab, &signed_in)?;
    let app = app_of(&state, &tab.workbench_id).await?;
    check_sessions(app.as_ref(), &tab.kind)?;
    let retried = state.db(move |store| {
        store.change_tab(&id, |tab| {
            // A tab that works, or is on its way, has nothing to retry.
            let is_needed = tab.is_open() && tab.error.is_some();
            if is_needed {
                tab.retry(clock::now());
            }
            is_needed
        })
    });
    let tab = retried.await?.ok_or_else(|| problem::not_found("tab"))?;
    if !tab.is_open() {
        return Err(closed());
    }
    let resource = Resource::Workbench(tab.workspace_id.clone(), tab.workbench_id.clone());
    start_workbench(&state, &signed_in, address, &resource, &tab).await?;
    Ok((StatusCode::ACCEPTED, Json(tab)))
}

/// Refuses a new tab that the app of its workbench doesn't offer, before anything starts.
async fn check_offered(
    state: &AppState,
    workbench: &WorkbenchId,
    kind: &TabKind,
    id: &TabId,
) -> ApiResult<()> {
    if !kind.has_session() {
        return Ok(());
    }
    let id = id.clone();
    if state.db(move |store| store.tab(&id)).await?.is_some() {
        // Opened before, while it was offered.
        return Ok(());
    }
    let app = app_of(state, workbench).await?;
    check_sessions(app.as_ref(), kind)?;
    match app {
        Some(app) if *kind == TabKind::Agent && app.agent == AgentOffer::None => {
            Err(problem::conflict(
                "no-script",
                "No agent is set up here. An administrator can add a script to the catalogue.",
            ))
        }
        _ => Ok(()),
    }
}

/// Refuses a terminal or a script of an app that can have none here.
fn check_sessions(app: Option<&App>, kind: &TabKind) -> ApiResult<()> {
    let why = app.and_then(|app| app.sessions_unavailable_reason.as_ref());
    match why.filter(|_| kind.has_session()) {
        Some(why) => Err(problem::conflict("no-sessions", why)),
        None => Ok(()),
    }
}

/// Returns the app of a workbench; `None` if the catalogue has none of its name.
async fn app_of(state: &AppState, workbench: &WorkbenchId) -> ApiResult<Option<App>> {
    let id = workbench.clone();
    let Some(workbench) = state.db(move |store| store.workbench(&id)).await? else {
        return Ok(None);
    };
    let apps = state.engine.apps().await;
    Ok(apps.into_iter().find(|app| app.name == workbench.app))
}

/// Starts the workbench of a tab in the background, if it is down and the user may start it. The tab
/// shows what became of it. To read a log nothing needs to run.
async fn start_workbench(
    state: &AppState,
    signed_in: &SignedIn,
    address: ClientAddress,
    resource: &Resource,
    tab: &Tab,
) -> ApiResult<()> {
    if !tab.kind.has_session() || !allows(&signed_in.grants, Permission::WorkbenchStart, resource) {
        return Ok(());
    }
    let id = &tab.workbench_id;
    let (key, by) = (id.clone(), actor(signed_in, address));
    let found = state.db(move |store| store.workbench(&key)).await?;
    let is_down = |workbench| matches!(Provision::of(workbench), Provision::Down(..));
    if !found.as_ref().is_some_and(is_down) {
        return Ok(());
    }
    match state.commands.carry_out(id, Command::Start, by).await {
        Ok(_) => state.controller.enqueue(id),
        Err(CommandError::Refused(Refusal::Store(error))) => return Err(error.into()),
        Err(refusal) => {
            tracing::debug!(workbench = %id, ?refusal, "a tab's workbench is not started");
        }
    }
    Ok(())
}
