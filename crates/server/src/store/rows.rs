//! Helpers to read rows that an older, newer or broken version may have written.

use rusqlite::{Row, RowIndex, types::FromSql};
use serde::de::DeserializeOwned;
use vestibule_model::ids::UserId;
use vestibule_model::time::Timestamp;

/// Returns a time.
pub(super) fn time(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

/// Returns a time that may be missing.
pub(super) fn optional_time(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row
        .get::<_, Option<i64>>(column)?
        .map(Timestamp::from_millis))
}

/// Returns a number that is never negative; a broken one reads as 0.
pub(super) fn count(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// Returns a value of an open enum.
pub(super) fn open_enum<T: for<'a> From<&'a str>>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<T> {
    Ok(row.get::<_, String>(column)?.as_str().into())
}

/// Returns a value of an open enum, or `None` if the column is null.
pub(super) fn optional_open_enum<T: for<'a> From<&'a str>>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<Option<T>> {
    Ok(row
        .get::<_, Option<String>>(column)?
        .map(|word| word.as_str().into()))
}

/// Returns the identifier of a user, or `None` if none is meant.
pub(super) fn user(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Option<UserId>> {
    let id: String = row.get(column)?;
    Ok(Some(UserId::new(id)).filter(|id| !id.as_str().is_empty()))
}

/// Returns an identifier.
pub(super) fn id<T: for<'a> From<&'a str>>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<T> {
    Ok(row.get::<_, String>(column)?.as_str().into())
}

/// Returns a JSON value, or `None` if it cannot be read. The log names the row.
pub(super) fn json<T: DeserializeOwned>(text: &str, what: &str, id: &str) -> Option<T> {
    serde_json::from_str(text)
        .inspect_err(|error| {
            tracing::warn!(what, id, %error, "a stored value cannot be read; shown as unknown");
        })
        .ok()
}

/// Returns the first row of a query, or nothing.
pub(super) fn first<T: FromSql>(
    tx: &rusqlite::Transaction<'_>,
    sql: &str,
    params: impl rusqlite::Params,
) -> rusqlite::Result<Option<T>> {
    use rusqlite::OptionalExtension;
    tx.prepare_cached(sql)?
        .query_row(params, |row| row.get(0))
        .optional()
}

/// Converts a number for SQLite, which has signed integers only.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
