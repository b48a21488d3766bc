//! Changes for the stream, in the order in which they were stored.
//!
//! The changes of a commit are read back from the tables, so that no writer can forget to publish
//! one, and a reader that reconnects gets them by the same queries.

use super::build_news::{self, Noted, RemovedBuild};
use super::{Result, Store, journal, rows, runs, sequence, workbench_news, workspace_news};
use rusqlite::{Connection, Transaction, params};
use tokio::sync::broadcast;
use vestibule_model::build::Build;
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::run::Run;
use vestibule_model::stream::{RECENT, WorkbenchRemoved, WorkbenchUpdate, WorkspaceNews};
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Transition;

/// Commits that a reader may fall behind before it gets a snapshot instead.
const BACKLOG: usize = 1_024;

/// Sequence numbers that a reader may have missed before it gets a snapshot instead.
const REPLAYED: u64 = 10_000;

/// Removals that are kept.
const REMOVALS_KEPT: i64 = 10_000;

/// Changes of one commit, or of the time a reader was away.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct News {
    /// The newest number in it.
    pub seq: u64,
    /// The journal's new entries.
    pub entries: Vec<Entry>,
    /// The runs they are about, as they are now.
    pub runs: Vec<Run>,
    /// The workbenches that have changed, by themselves or with their current run.
    pub workbenches: Vec<WorkbenchUpdate>,
    /// Removed runs.
    pub removed: Vec<Removed>,
    /// Removed workbenches.
    pub gone: Vec<WorkbenchRemoved>,
    /// Workspaces that were created, renamed or removed.
    pub workspaces: Vec<WorkspaceNews>,
    /// Changed builds with the numbers of their changes.
    pub builds: Vec<(u64, Build)>,
    /// Removed builds.
    pub removed_builds: Vec<RemovedBuild>,
    /// Acknowledgements.
    pub noted: Vec<Noted>,
}

/// Journal entry of a workbench.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The workbench.
    pub workbench_id: WorkbenchId,
    /// The workspace of the workbench.
    pub workspace_id: WorkspaceId,
    /// The entry.
    pub transition: Transition,
}

/// Removed run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its number in the stream.
    pub seq: u64,
    /// The run.
    pub run_id: RunId,
    /// Its workbench.
    pub workbench_id: WorkbenchId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
}

/// Publisher of changes.
#[derive(Debug)]
pub(super) struct Feed {
    sender: broadcast::Sender<std::sync::Arc<News>>,
    /// The newest published number.
    published: u64,
}

impl Feed {
    pub(super) fn open(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            sender: broadcast::Sender::new(BACKLOG),
            published: sequence::newest(connection)?,
        })
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<std::sync::Arc<News>> {
        self.sender.subscribe()
    }

    /// Publishes the changes since the last call. The writer calls it after each commit and before
    /// the next one, so that changes are published in the order of their numbers. Changes that
    /// cannot be read back now are published with the next commit.
    pub(super) fn publish(&mut self, connection: &mut Connection) {
        match self.read(connection) {
            Ok(Some(news)) => {
                self.published = news.seq;
                // An error only means that there are no subscribers.
                let _ = self.sender.send(std::sync::Arc::new(news));
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "failed to read back what was stored"),
        }
    }

    fn read(&self, connection: &mut Connection) -> Result<Option<News>> {
        let seq = sequence::newest(connection)?;
        if seq <= self.published {
            return Ok(None);
        }
        if self.sender.receiver_count() == 0 {
            return Ok(Some(News {
                seq,
                ..News::default()
            }));
        }
        let tx = connection.transaction()?;
        Ok(Some(news(
            &tx,
            self.published,
            rows::signed(self.published),
        )?))
    }
}

impl Store {
    /// Subscribes to changes from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<std::sync::Arc<News>> {
        self.feed
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .subscribe()
    }

    /// Returns the newest number and every run that is active or ended recently.
    pub fn standing(&self, now: Timestamp) -> Result<(u64, Vec<Run>)> {
        self.read(|tx| {
            let sql = format!(
                "{} WHERE r.finished_at IS NULL OR r.finished_at > ?1 ORDER BY r.last_seq",
                runs::SELECT
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map([(now - RECENT).as_millis()], runs::read)?;
            Ok((
                sequence::newest(tx)?,
                found.collect::<rusqlite::Result<_>>()?,
            ))
        })
    }

    /// Returns the changes after `after`, or `None` if that is too long ago or was never given.
    /// Changes of that very number are repeated, since the reader may have got only some of them.
    pub fn news_after(&self, after: u64) -> Result<Option<News>> {
        self.read(|tx| {
            let seq = sequence::newest(tx)?;
            if after > seq || seq - after > REPLAYED || after < sequence::cut(tx)? {
                return Ok(None);
            }
            Ok(Some(news(tx, after, rows::signed(after) - 1)?))
        })
    }
}

/// Returns the events after a number and the changes after another.
fn news(tx: &Transaction<'_>, happened: u64, changed: i64) -> Result<News> {
    let sql = format!("{} WHERE r.last_seq > ?1 ORDER BY r.last_seq", runs::SELECT);
    let mut statement = tx.prepare_cached(&sql)?;
    let runs = statement.query_map([changed], runs::read)?;
    Ok(News {
        seq: sequence::newest(tx)?,
        entries: entries_after(tx, happened)?,
        runs: runs.collect::<rusqlite::Result<_>>()?,
        workbenches: workbench_news::changed_after(tx, changed)?,
        removed: removed_after(tx, happened)?,
        gone: workbench_news::gone_after(tx, rows::signed(happened))?,
        workspaces: workspace_news::after(tx, changed, rows::signed(happened))?,
        builds: build_news::changed_after(tx, changed)?,
        removed_builds: build_news::removed_after(tx, happened)?,
        noted: build_news::noted_after(tx, happened)?,
    })
}

/// Records the removal of a workbench's runs. Call it before they are deleted.
pub(super) fn note_removal(
    tx: &Transaction<'_>,
    workbench: &WorkbenchId,
    now: Timestamp,
) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM runs WHERE workbench_id = ?1 AND (finished_at IS NULL OR finished_at > ?2) ORDER BY number",
    )?;
    let ids = statement.query_map(
        params![workbench.as_str(), (now - RECENT).as_millis()],
        |row| row.get(0),
    )?;
    for id in ids.collect::<rusqlite::Result<Vec<String>>>()? {
        note_removed_run(tx, &id)?;
    }
    forget_removals(tx)
}

/// Deletes the oldest records of removals.
pub(super) fn forget_removals(tx: &Transaction<'_>) -> Result<()> {
    for table in ["removals", "gone_workbenches", "gone_workspaces"] {
        tx.execute(
            &format!(
                "DELETE FROM {table}
                 WHERE seq <= (SELECT seq FROM sqlite_sequence WHERE name = 'transitions') - ?1"
            ),
            [REMOVALS_KEPT],
        )?;
    }
    Ok(())
}

/// Records the removal of a run. Call it before it is deleted.
pub(super) fn note_removed_run(tx: &Transaction<'_>, id: &str) -> Result<()> {
    tx.execute(
        "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions'",
        [],
    )?;
    tx.execute(
        "INSERT INTO removals (seq, run_id, workbench_id, workspace_id)
         SELECT s.seq, r.id, b.id, b.workspace_id
         FROM runs r JOIN workbenches b ON b.id = r.workbench_id, sqlite_sequence s
         WHERE r.id = ?1 AND s.name = 'transitions'",
        [id],
    )?;
    Ok(())
}

fn entries_after(tx: &Transaction<'_>, after: u64) -> Result<Vec<Entry>> {
    let mut statement = tx.prepare_cached(
        "SELECT t.*, r.workbench_id, b.workspace_id FROM transitions t
         JOIN runs r ON r.id = t.run_id JOIN workbenches b ON b.id = r.workbench_id
         WHERE t.seq > ?1 ORDER BY t.seq",
    )?;
    let found = statement.query_map([rows::signed(after)], |row| {
        Ok(Entry {
            workbench_id: rows::id(row, "workbench_id")?,
            workspace_id: rows::id(row, "workspace_id")?,
            transition: journal::read(row)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn removed_after(tx: &Transaction<'_>, after: u64) -> Result<Vec<Removed>> {
    let mut statement = tx.prepare_cached("SELECT * FROM removals WHERE seq > ?1 ORDER BY seq")?;
    let found = statement.query_map([rows::signed(after)], |row| {
        Ok(Removed {
            seq: rows::count(row, "seq")?,
            run_id: rows::id(row, "run_id")?,
            workbench_id: rows::id(row, "workbench_id")?,
            workspace_id: rows::id(row, "workspace_id")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
