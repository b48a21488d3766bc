//! `GET /api/audit`.

use crate::paging::{self, QueryParams};
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::AuditFilter;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vestibule_model::people::AuditEntry;
use vestibule_model::time::Timestamp;

/// Most entries of an export.
const MOST_EXPORTED: u32 = 100_000;

/// Filter of the log.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditParams {
    action: Option<String>,
    actor: Option<String>,
    target: Option<String>,
    since: Option<String>,
    until: Option<String>,
    format: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Lists the log, newest first, or exports it as JSON lines or CSV.
pub async fn list(
    State(state): State<AppState>,
    QueryParams(query): QueryParams<AuditParams>,
) -> ApiResult<Response> {
    let format = match query.format.as_deref() {
        None | Some("json") => None,
        Some("jsonl") => Some(Format::JsonLines),
        Some("csv") => Some(Format::Csv),
        Some(_) => return Err(problem::invalid_field("format", "Use json, jsonl or csv.")),
    };
    let filter = AuditFilter {
        action: query.action,
        actor: query.actor,
        target: query.target,
        since: time("since", query.since)?,
        until: time("until", query.until)?,
        before: paging::cursor(query.cursor.as_deref(), |place| place.parse().ok())?,
        limit: match (&format, &query.limit) {
            (Some(_), None) => MOST_EXPORTED,
            (_, limit) => paging::limit(limit.as_deref())?,
        },
    };
    let (entries, more) = state.db(move |store| store.audit(&filter)).await?;
    let Some(format) = format else {
        let place = |entry: &AuditEntry| entry.seq.to_string();
        return Ok(Json(paging::page(entries, more, place)).into_response());
    };
    let (kind, ending, text) = match format {
        Format::JsonLines => {
            let line = |entry: &AuditEntry| Ok(serde_json::to_string(entry)? + "\n");
            let lines: Result<String, serde_json::Error> = entries.iter().map(line).collect();
            let lines = lines.map_err(|error| {
                tracing::error!(%error, "the audit log could not be written");
                problem::internal()
            })?;
            ("application/jsonl", "jsonl", lines)
        }
        Format::Csv => ("text/csv; charset=utf-8", "csv", csv(&entries)),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"audit.{ending}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, text).into_response())
}

enum Format {
    JsonLines,
    Csv,
}

fn time(field: &str, text: Option<String>) -> ApiResult<Option<Timestamp>> {
    let text = text.map(|text| Timestamp::parse(&text));
    match text {
        Some(None) => Err(problem::invalid_field(
            field,
            "Use a time such as 2026-11-22T16:00:00Z.",
        )),
        time => Ok(time.flatten()),
    }
}

/// Returns the entries as CSV (RFC 4180).
fn csv(entries: &[AuditEntry]) -> String {
    let mut text =
        "seq,at,actorId,actorName,address,action,targetId,targetName,before,after\r\n".to_owned();
    for entry in entries {
        let fields = [
            entry.seq.to_string(),
            entry.at.to_string(),
            entry
                .actor_id
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            entry.actor_name.clone(),
            entry.address.clone(),
            entry.action.clone(),
            entry.target_id.clone(),
            entry.target_name.clone(),
            entry.before.to_string(),
            entry.after.to_string(),
        ];
        let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

/// Quotes a field. A spreadsheet would run text that begins like a formula.
fn quoted(field: &str) -> String {
    let guard = match field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => "'",
        false => "",
    };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_field_is_quoted_and_is_no_formula() {
        assert_eq!(quoted("a\"b,c\n"), "\"a\"\"b,c\n\"");
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
    }
}
