//! `GET /api/runs/{id}/diagnostics`.

use super::{find, output};
use crate::auth::SignedIn;
use crate::clock;
use crate::diagnostics::{self, Facts};
use crate::paging::QueryParams;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{self, Store};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use serde::Deserialize;
use vestibule_model::run::Run;
use vestibule_model::transition::Transition;
use vestibule_model::workbench::Workbench;

/// Query of the route.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiagnosticsParams {
    #[serde(rename = "for")]
    reader: Option<String>,
}

/// Returns the diagnostics of a run as plain text without secrets.
pub async fn diagnostics(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
    QueryParams(query): QueryParams<DiagnosticsParams>,
    headers: HeaderMap,
) -> ApiResult<([(HeaderName, &'static str); 1], String)> {
    let run = find(&state, &id).await?;
    let is_message = match query.reader.as_deref() {
        None => false,
        Some("administrator") => true,
        Some(_) => {
            return Err(problem::invalid_field(
                "for",
                "Use administrator, or leave it out.",
            ));
        }
    };
    let log = output(&state, &run, 0).await?;
    let stored = {
        let run = run.clone();
        state.db(move |store| stored(store, &run)).await?
    };
    let (workbench, workspace, journal) = stored.ok_or_else(|| problem::not_found("run"))?;
    let secrets = {
        let (host, workspace) = (state.host.clone(), workbench.workspace_id.clone());
        let names = workbench.spec.secrets.clone();
        state
            .db(move |_| host.known_values(&workspace, &names))
            .await?
    };
    let browser = headers.get(header::USER_AGENT);
    let browser = browser.and_then(|browser| browser.to_str().ok());
    let facts = Facts {
        link: format!(
            "{}/workspaces/{}/sessions/{}",
            state.public_url, workbench.workspace_id, workbench.id
        ),
        workbench,
        workspace,
        asked_by: format!(
            "{} ({})",
            signed_in.user.display_name, signed_in.user.username
        ),
        run,
        journal,
        log,
        secrets,
        versions: vec![
            ("Server", env!("CARGO_PKG_VERSION").to_owned()),
            ("Browser", browser.unwrap_or_default().to_owned()),
        ],
        now: clock::now(),
    };
    let text = if is_message {
        diagnostics::message_for_administrator(&facts)
    } else {
        diagnostics::report(&facts)
    };
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}

/// Returns a run's workbench, the name of its workspace and its journal, or `None` once they are
/// deleted.
fn stored(store: &Store, run: &Run) -> store::Result<Option<(Workbench, String, Vec<Transition>)>> {
    let Some(workbench) = store.workbench(&run.workbench_id)? else {
        return Ok(None);
    };
    let workspace = store.workspace(&run.workspace_id)?;
    let workspace = workspace.map(|found| found.name).unwrap_or_default();
    let mut journal = Vec::new();
    loop {
        let after = journal.last().map_or(0, |entry: &Transition| entry.seq);
        let (entries, more) = store.journal(&run.id, after)?;
        journal.extend(entries);
        if !more {
            return Ok(Some((workbench, workspace, journal)));
        }
    }
}
