//! Rows of tabs.

use super::{Result, rows};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use vestibule_model::ids::{TabId, UserId, WorkbenchId};
use vestibule_model::tab::{Tab, TabError};
use vestibule_model::time::Timestamp;

/// Reads tabs with their workspace; [`read`] takes its rows.
pub(super) const SELECT: &str =
    "SELECT t.*, b.workspace_id, o.id AS owner, o.display_name AS owner_name
     FROM tabs t JOIN workbenches b ON b.id = t.workbench_id
     LEFT JOIN users c ON c.id = t.created_by
     LEFT JOIN users o ON o.id = COALESCE(c.id, b.created_by)";

/// Returns the tabs changed after a number, with the closed ones.
pub(super) fn changed_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<Tab>> {
    let sql = format!("{SELECT} WHERE t.changed_seq > ?1 ORDER BY t.changed_seq");
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([after], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns a tab, also a closed one.
pub(super) fn find(tx: &Transaction<'_>, id: &TabId) -> rusqlite::Result<Option<Tab>> {
    let sql = format!("{SELECT} WHERE t.id = ?1");
    let mut statement = tx.prepare_cached(&sql)?;
    statement.query_row([id.as_str()], read).optional()
}

/// Returns the open tabs of a workbench, from left to right.
pub(super) fn open_tabs(tx: &Transaction<'_>, workbench: &WorkbenchId) -> Result<Vec<Tab>> {
    let sql = format!(
        "{SELECT} WHERE t.workbench_id = ?1 AND t.closed_at IS NULL ORDER BY t.position, t.id"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([workbench.as_str()], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Reads a row of [`SELECT`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Tab> {
    let reason: Option<String> = row.get("error_reason")?;
    let message: Option<String> = row.get("error_message")?;
    let run_number: Option<i64> = row.get("run_number")?;
    let closed_at = rows::optional_time(row, "closed_at")?;
    Ok(Tab {
        id: rows::id(row, "id")?,
        workbench_id: rows::id(row, "workbench_id")?,
        workspace_id: rows::id(row, "workspace_id")?,
        kind: rows::open_enum(row, "kind")?,
        title: row.get("title")?,
        position: row.get("position")?,
        last_seq: rows::count(row, "changed_seq")?,
        state: rows::open_enum(row, "state")?,
        stage: row.get("stage")?,
        attempt: row.get("attempt")?,
        state_since: rows::optional_time(row, "state_since")?,
        deadline: rows::optional_time(row, "deadline")?,
        error: reason.map(|reason| TabError {
            reason: reason.as_str().into(),
            message: message.unwrap_or_default(),
        }),
        run_number: run_number.and_then(|number| number.try_into().ok()),
        created_by: Some(rows::id(row, "created_by")?),
        owner: row.get::<_, Option<String>>("owner")?.map(UserId::new),
        owner_name: row.get("owner_name")?,
        shared: row.get("shared")?,
        created_at: Some(rows::time(row, "created_at")?),
        busy: row.get::<_, bool>("busy")? && closed_at.is_none(),
        last_event: rows::count(row, "last_event")?,
        closed_at,
    })
}

/// Stores a new tab.
pub(super) fn insert(tx: &Transaction<'_>, tab: &Tab) -> Result<()> {
    tx.execute(
        "INSERT INTO tabs (id, workbench_id, kind, title, position, state, stage, attempt,
             state_since, deadline, created_by, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            tab.id.as_str(),
            tab.workbench_id.as_str(),
            tab.kind.as_str(),
            tab.title,
            tab.position,
            tab.state.as_str(),
            tab.stage,
            tab.attempt,
            tab.state_since.map(Timestamp::as_millis),
            tab.deadline.map(Timestamp::as_millis),
            tab.created_by.as_ref().map(UserId::as_str),
            tab.created_at.map(Timestamp::as_millis),
        ],
    )?;
    Ok(())
}

/// Stores a changed tab.
pub(super) fn update(tx: &Transaction<'_>, tab: &Tab) -> Result<()> {
    tx.execute(
        "UPDATE tabs SET title = ?2, state = ?3, stage = ?4, attempt = ?5, state_since = ?6,
             deadline = ?7, error_reason = ?8, error_message = ?9, run_number = ?10, closed_at = ?11,
             shared = ?12
         WHERE id = ?1",
        params![
            tab.id.as_str(),
            tab.title,
            tab.state.as_str(),
            tab.stage,
            tab.attempt,
            tab.state_since.map(Timestamp::as_millis),
            tab.deadline.map(Timestamp::as_millis),
            tab.error.as_ref().map(|error| error.reason.as_str()),
            tab.error.as_ref().map(|error| error.message.as_str()),
            tab.run_number.map(rows::signed),
            tab.closed_at.map(Timestamp::as_millis),
            tab.shared,
        ],
    )?;
    Ok(())
}
