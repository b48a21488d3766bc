//! `POST /api/runs/{id}/progress`: messages of a run about itself.
//!
//! Only the run's own token authenticates it. A session cannot do this, and the token can do
//! nothing else.

use crate::body::ApiJson;
use crate::path_id::Id;
use crate::problem::{self, ApiError, ApiResult};
use crate::progress::{self, MAX_CHARS};
use crate::state::AppState;
use crate::store::{self, Reporter};
use crate::tokens;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use std::sync::Arc;
use vestibule_model::ids::RunId;
use vestibule_model::time::Timestamp;

/// Body of the request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    message: String,
}

/// Writes a note into the run's journal.
pub async fn report(
    State(state): State<AppState>,
    Sender {
        token,
        reporter,
        now,
    }: Sender,
    ApiJson(Report { message }): ApiJson<Report>,
) -> ApiResult<StatusCode> {
    let host = Arc::clone(&state.host);
    let (workbench, number) = (reporter.workbench.clone(), reporter.number);
    let note = state
        .db(move |store| {
            let secrets = host.known_values(&reporter.workspace, &reporter.secrets)?;
            let sentence = progress::clean(&message, &secrets, &token);
            if !(1..=MAX_CHARS).contains(&sentence.chars().count()) {
                return Ok(None);
            }
            let is_written = store.note(&reporter.run, sentence.clone(), now)?;
            Ok::<_, store::Error>(Some(is_written.then_some(sentence)))
        })
        .await?;
    match note {
        None => Err(problem::invalid_field(
            "message",
            format!("Use 1 to {MAX_CHARS} characters."),
        )),
        Some(None) => Err(run_is_over()),
        Some(Some(sentence)) => {
            state.engine.show_progress(&workbench, number, &sentence);
            Ok(StatusCode::NO_CONTENT)
        }
    }
}

/// The run that sends a request, by its own token. Its requests are limited before their bodies are
/// read.
pub struct Sender {
    token: String,
    reporter: Reporter,
    now: Timestamp,
}

impl FromRequestParts<AppState> for Sender {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let Id(id) = Id::from_request_parts(parts, state).await?;
        let token = bearer(&parts.headers)
            .ok_or_else(problem::no_run_token)?
            .to_owned();
        let (run, hash, now) = (RunId::new(id), tokens::hash(&token), state.host.clock.now());
        let reporter = state
            .db(move |store| store.reporter(&run, &hash, now))
            .await?
            .ok_or_else(problem::no_run_token)?;
        if reporter.is_over {
            return Err(run_is_over());
        }
        state
            .progress
            .attempt(&reporter.run, now)
            .map_err(problem::too_many_reports)?;
        Ok(Self {
            token,
            reporter,
            now,
        })
    }
}

fn run_is_over() -> ApiError {
    problem::conflict("run-over", "The run is over, so it can't report progress.")
}

/// Returns the token of `Authorization: Bearer …` (RFC 6750 section 2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
