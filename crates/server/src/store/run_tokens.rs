//! Run tokens, stored as hashes.

use super::{Result, Store, journal, rows};
use rusqlite::{OptionalExtension as _, Transaction, params};
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::{NewTransition, Source, TransitionKind};
use vestibule_model::workbench::WorkbenchSpec;

/// Lifetime of a run token.
pub const RUN_TOKEN_LIFE: Millis = Millis::from_secs(3600);

/// Time after a run's end for which its token is answered with "over" instead of "unknown".
const FAREWELL: Millis = Millis::from_secs(600);

/// A run that has shown its token.
#[derive(Debug, Clone, PartialEq)]
pub struct Reporter {
    /// The run.
    pub run: RunId,
    /// The workbench.
    pub workbench: WorkbenchId,
    /// Number of the run.
    pub number: u64,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The secrets that its process was given.
    pub secrets: Vec<String>,
    /// `true` if it has ended.
    pub is_over: bool,
}

impl Store {
    /// Stores a new token of a run and removes expired ones. Returns false if the run is over or
    /// deleted.
    pub fn keep_run_token(&self, run: &RunId, hash: &str, now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            clear(tx, now)?;
            let kept = tx.execute(
                "INSERT INTO run_tokens (token_hash, run_id, expires_at)
                 SELECT ?1, id, ?3 FROM runs WHERE id = ?2 AND finished_at IS NULL",
                params![hash, run.as_str(), (now + RUN_TOKEN_LIFE).as_millis()],
            )?;
            Ok(kept > 0)
        })
    }

    /// Returns the run whose token this is, if the token is good.
    pub fn reporter(&self, run: &RunId, hash: &str, now: Timestamp) -> Result<Option<Reporter>> {
        self.read(|tx| {
            Ok(tx
                .prepare_cached(
                    "SELECT r.id, r.workbench_id, r.number, b.workspace_id, r.finished_at IS NOT NULL AS is_over,
                         coalesce(r.spec_json, b.spec_json) AS spec_json
                     FROM run_tokens t JOIN runs r ON r.id = t.run_id
                     JOIN workbenches b ON b.id = r.workbench_id
                     WHERE t.token_hash = ?1 AND t.run_id = ?2 AND t.expires_at > ?3",
                )?
                .query_row(params![hash, run.as_str(), now.as_millis()], |row| {
                    let spec: String = row.get("spec_json")?;
                    let spec: Option<WorkbenchSpec> = rows::json(&spec, "spec", run.as_str());
                    Ok(Reporter {
                        run: rows::id(row, "id")?,
                        workbench: rows::id(row, "workbench_id")?,
                        number: rows::count(row, "number")?,
                        workspace: rows::id(row, "workspace_id")?,
                        secrets: spec.unwrap_or_default().secrets,
                        is_over: row.get("is_over")?,
                    })
                })
                .optional()?)
        })
    }

    /// Writes a run's message into its journal, without effect on its status. Returns false if the
    /// run is over.
    pub fn note(&self, run: &RunId, message: String, now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            let generation = tx
                .prepare_cached(
                    "SELECT generation FROM runs WHERE id = ?1 AND finished_at IS NULL",
                )?
                .query_row([run.as_str()], |row| rows::count(row, "generation"))
                .optional()?;
            let Some(generation) = generation else {
                return Ok(false);
            };
            let note = NewTransition {
                kind: TransitionKind::Note,
                condition: None,
                from: None,
                to: None,
                reason: "Progress".to_owned(),
                message,
                source: Source::Run,
                generation,
            };
            journal::append(tx, run, &[note], now)?;
            Ok(true)
        })
    }
}

/// Expires a run's tokens soon after its end.
pub(super) fn end(tx: &Transaction<'_>, run: &RunId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE run_tokens SET expires_at = min(expires_at, ?2) WHERE run_id = ?1",
        params![run.as_str(), (now + FAREWELL).as_millis()],
    )?;
    Ok(())
}

/// Deletes the tokens that have ended.
pub(super) fn clear(tx: &Transaction<'_>, now: Timestamp) -> Result<()> {
    tx.execute(
        "DELETE FROM run_tokens WHERE expires_at <= ?1",
        [now.as_millis()],
    )?;
    Ok(())
}
