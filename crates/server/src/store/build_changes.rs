//! Changes of builds and acknowledgements for the stream.
//!
//! Every change takes the next number of the journal's sequence, so that a single number is a
//! reader's position.

use super::{Result, build_rows, removals, rows, sequence};
use rusqlite::{Transaction, params};
use vestibule_model::build::{Build, KEPT};
use vestibule_model::ids::{BuildId, UserId, WorkspaceId};

/// Removed build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedBuild {
    /// Number in the stream.
    pub seq: u64,
    /// The build.
    pub id: BuildId,
    /// Workspace.
    pub workspace_id: WorkspaceId,
}

/// Acknowledgement by a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Number in the stream.
    pub seq: u64,
    /// The user.
    pub user_id: UserId,
    /// The key: `build:<id>` or `run:<id>`.
    pub key: String,
}

/// Numbers the newest change of a build.
pub(super) fn note_change(tx: &Transaction<'_>, id: &BuildId) -> rusqlite::Result<()> {
    let seq = sequence::next(tx)?;
    tx.execute(
        "UPDATE builds SET seq = ?2 WHERE id = ?1",
        params![id.as_str(), seq],
    )?;
    Ok(())
}

/// Numbers the queued builds, whose places have changed.
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

/// Removes the oldest builds of a build's workspace.
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
        [removals::KEPT],
    )?;
    Ok(())
}

/// Records the removal of a workspace's builds. Call it before they are deleted.
pub(super) fn note_workspace(tx: &Transaction<'_>, id: &WorkspaceId) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached("SELECT id FROM builds WHERE workspace_id = ?1")?;
    let builds = statement.query_map([id.as_str()], |row| rows::id(row, "id"))?;
    for id in builds.collect::<rusqlite::Result<Vec<BuildId>>>()? {
        note_removal(tx, &id)?;
    }
    Ok(())
}

fn note_removal(tx: &Transaction<'_>, id: &BuildId) -> rusqlite::Result<()> {
    let seq = sequence::next(tx)?;
    tx.execute(
        "INSERT INTO build_removals (seq, build_id, workspace_id)
         SELECT ?2, id, workspace_id FROM builds WHERE id = ?1",
        params![id.as_str(), seq],
    )?;
    Ok(())
}

/// Returns the changed builds with their numbers.
pub(super) fn changed_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<(u64, Build)>> {
    let sql = format!("{} WHERE b.seq > ?1 ORDER BY b.seq", build_rows::SELECT);
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([after], |row| {
        Ok((rows::count(row, "seq")?, build_rows::read(row)?))
    })?;
    let (seqs, mut changed): (Vec<u64>, Vec<Build>) = found
        .collect::<rusqlite::Result<Vec<_>>>()?
        .into_iter()
        .unzip();
    build_rows::expect(tx, &mut changed)?;
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

pub(super) fn noted_after(tx: &Transaction<'_>, after: u64) -> Result<Vec<Acknowledgement>> {
    let mut statement =
        tx.prepare_cached("SELECT * FROM acknowledgements WHERE seq > ?1 ORDER BY seq, key")?;
    let found = statement.query_map([rows::signed(after)], |row| {
        Ok(Acknowledgement {
            seq: rows::count(row, "seq")?,
            user_id: rows::id(row, "user_id")?,
            key: row.get("key")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
