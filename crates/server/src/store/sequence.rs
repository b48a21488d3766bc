//! Sequence numbers of the stream: the newest one, and the oldest that readers can continue from.

use super::{Result, rows};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

/// Key of the number up to which journals were removed.
const CUT: &str = "journal_cut";

/// Returns the newest number, of a journal entry, a workbench, a workspace or a removal.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<u64> {
    let seq = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'transitions'")?
        .query_row([], |row| rows::count(row, "seq"))
        .optional()?;
    Ok(seq.unwrap_or(0))
}

/// Returns the next number.
pub(super) fn next(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions' RETURNING seq",
    )?
    .query_row([], |row| row.get(0))
}

/// Returns the number up to which journals were removed. A reader with an older number cannot be
/// informed of what it missed.
pub(super) fn cut(connection: &Connection) -> rusqlite::Result<u64> {
    let cut = connection
        .prepare_cached("SELECT CAST(value AS INTEGER) AS cut FROM meta WHERE key = ?1")?
        .query_row([CUT], |row| rows::count(row, "cut"))
        .optional()?;
    Ok(cut.unwrap_or(0))
}

/// Records that a journal up to this number is removed.
pub(super) fn set_cut(tx: &Transaction<'_>, seq: u64) -> Result<()> {
    tx.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE
         SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
        params![CUT, seq.to_string()],
    )?;
    Ok(())
}
