//! What of builds, and of what people have taken note of, is told to the stream's readers.
//!
//! Every change takes the next number of the journal's sequence, so that one number says how far a
//! reader has heard.

use super::{Result, builds, rows};
use rusqlite::{Transaction, params};
use vestibule_model::build::{Build, KEPT};
use vestibule_model::ids::{BuildId, UserId, WorkspaceId};

/// How many removals are remembered.
const REMOVALS_KEPT: i64 = 10_000;

/// A build that is not kept any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedBuild {
    /// Its number in the stream.
    pub seq: u64,
    /// The build.
    pub id: BuildId,
    /// Whose it was.
    pub workspace_id: WorkspaceId,
}

/// Something that somebody has taken note of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Its number in the stream.
    pub seq: u64,
    /// Who.
    pub user_id: UserId,
    /// Of what: `build:<id>` or `run:<id>`.
    pub key: String,
}

/// Takes the next number.
pub(super) fn next_number(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions' RETURNING seq",
    )?
    .query_row([], |row| row.get(0))
}

/// Numbers the newest change of a build.
pub(super) fn note_change(tx: &Transaction<'_>, id: &BuildId) -> rusqlite::Result<()> {
    let seq = next_number(tx)?;
    tx.execute(
        "UPDATE builds SET seq = ?2 WHERE id = ?1",
        params![id.as_str(), seq],
    )?;
    Ok(())
}

/// Those that wait have moved up.
pub(super) fn note_queue(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM builds WHERE finished_at IS NULL AND status = 'pending' ORDER BY rowid",
    )?;
    let waiting = statement.query_map([], |row| rows::id(row, "id"))?;
    for id in waiting.collect::<rusqlite::Result<Vec<BuildId>>>()? {
        note_change(tx, &id)?;
    }
    Ok(())
}

/// Removes what is too old to be kept of the workspace of a build.
pub(super) fn remove_old(tx: &Transaction<'_>, newest: &BuildId) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM builds
         WHERE workspace_id = (SELECT workspace_id FROM builds WHERE id = ?1)
           AND finished_at IS NOT NULL
         ORDER BY finished_at DESC, rowid DESC LIMIT -1 OFFSET ?2",
    )?;
    let old = statement.query_map(params![newest.as_str(), KEPT], |row| rows::id(row, "id"))?;
    for id in old.collect::<rusqlite::Result<Vec<BuildId>>>()? {
        note_removal(tx, &id)?;
        tx.execute("DELETE FROM builds WHERE id = ?1", [id.as_str()])?;
    }
    tx.execute(
        "DELETE FROM build_removals WHERE seq <=
         (SELECT seq FROM sqlite_sequence WHERE name = 'transitions') - ?1",
        [REMOVALS_KEPT],
    )?;
    Ok(())
}

/// Notes that the builds of a workspace are going. Call it before they are gone.
pub(super) fn note_workspace(tx: &Transaction<'_>, id: &WorkspaceId) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached("SELECT id FROM builds WHERE workspace_id = ?1")?;
    let builds = statement.query_map([id.as_str()], |row| rows::id(row, "id"))?;
    for id in builds.collect::<rusqlite::Result<Vec<BuildId>>>()? {
        note_removal(tx, &id)?;
    }
    Ok(())
}

fn note_removal(tx: &Transaction<'_>, id: &BuildId) -> rusqlite::Result<()> {
    let seq = next_number(tx)?;
    tx.execute(
        "INSERT INTO build_removals (seq, build_id, workspace_id)
         SELECT ?2, id, workspace_id FROM builds WHERE id = ?1",
        params![id.as_str(), seq],
    )?;
    Ok(())
}

/// The builds that have changed, as they are now, with their numbers.
pub(super) fn changed_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<(u64, Build)>> {
    let sql = format!("{} WHERE b.seq > ?1 ORDER BY b.seq", builds::SELECT);
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([after], |row| {
        Ok((rows::count(row, "seq")?, builds::read(row)?))
    })?;
    let (seqs, mut changed): (Vec<u64>, Vec<Build>) = found
        .collect::<rusqlite::Result<Vec<_>>>()?
        .into_iter()
        .unzip();
    builds::expect(tx, &mut changed)?;
    Ok(seqs.into_iter().zip(changed).collect())
}

pub(super) fn removed_after(tx: &Transaction<'_>, after: u64) -> Result<Vec<RemovedBuild>> {
    let mut statement =
        tx.prepare_cached("SELECT * FROM build_removals WHERE seq > ?1 ORDER BY seq")?;
    let found = statement.query_map([rows::signed(after)], |row| {
        Ok(RemovedBuild {
            seq: rows::count(row, "seq")?,
            id: rows::id(row, "build_id")?,
            workspace_id: rows::id(row, "workspace_id")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn noted_after(tx: &Transaction<'_>, after: u64) -> Result<Vec<Noted>> {
    let mut statement =
        tx.prepare_cached("SELECT * FROM acknowledgements WHERE seq > ?1 ORDER BY seq, key")?;
    let found = statement.query_map([rows::signed(after)], |row| {
        Ok(Noted {
            seq: rows::count(row, "seq")?,
            user_id: rows::id(row, "user_id")?,
            key: row.get("key")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
