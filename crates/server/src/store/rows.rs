//! Reading rows: small helpers that tolerate what an older, newer or broken version wrote.

use rusqlite::{Row, types::FromSql};
use serde::de::DeserializeOwned;
use vestibule_model::time::Timestamp;

/// A time.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

/// A time that may be missing.
pub(super) fn optional_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row
        .get::<_, Option<i64>>(column)?
        .map(Timestamp::from_millis))
}

/// A number that is never negative; a broken one reads as 0.
pub(super) fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// A word of one of the open enums.
pub(super) fn word<T: for<'a> From<&'a str>>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    Ok(row.get::<_, String>(column)?.as_str().into())
}

/// A word that may be missing.
pub(super) fn optional_word<T: for<'a> From<&'a str>>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    Ok(row
        .get::<_, Option<String>>(column)?
        .map(|word| word.as_str().into()))
}

/// An identifier.
pub(super) fn id<T: for<'a> From<&'a str>>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    word(row, column)
}

/// A JSON value, or nothing when it cannot be read; which row it was goes to the log.
pub(super) fn json<T: DeserializeOwned>(text: &str, what: &str, id: &str) -> Option<T> {
    serde_json::from_str(text)
        .inspect_err(|error| {
            tracing::warn!(what, id, %error, "a stored value cannot be read; shown as unknown");
        })
        .ok()
}

/// The first row of a query, or nothing.
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

/// SQLite counts in signed numbers; none of ours comes near the limit.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
