//! What has changed: told to the stream's readers in the order in which it was stored.
//!
//! The news of a commit is read back from the tables it wrote, so that no writer can forget to tell
//! of something, and a reader who comes back is told by the same queries.

use super::build_news::{self, Noted, RemovedBuild};
use super::{Result, Store, journal, retention, rows, runs, workbench_news, workspace_news};
use rusqlite::{Connection, Transaction, params};
use tokio::sync::broadcast;
use vestibule_model::build::Build;
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::run::Run;
use vestibule_model::stream::{RECENT, WorkbenchRemoved, WorkbenchUpdate, WorkspaceNews};
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Transition;

/// How many commits a reader may fall behind before it is given a fresh snapshot instead.
const BACKLOG: usize = 1_024;

/// How far back a reader who was away is told what happened instead of how things stand.
const REPLAYED: u64 = 10_000;

/// How many removals are remembered.
const REMOVALS_KEPT: i64 = 10_000;

/// Everything that one commit, or the time a reader was away, has changed.
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
    /// Runs that are gone.
    pub removed: Vec<Removed>,
    /// Workbenches that are gone.
    pub gone: Vec<WorkbenchRemoved>,
    /// Workspaces that came, got another name or are gone.
    pub workspaces: Vec<WorkspaceNews>,
    /// Builds that have changed, as they are now, and the number of that change.
    pub builds: Vec<(u64, Build)>,
    /// Builds that are not kept any more.
    pub removed_builds: Vec<RemovedBuild>,
    /// What people have taken note of.
    pub noted: Vec<Noted>,
}

/// A journal entry and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The workbench.
    pub workbench_id: WorkbenchId,
    /// The entry.
    pub transition: Transition,
}

/// A run that is gone with its workbench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its number in the stream.
    pub seq: u64,
    /// The run.
    pub run_id: RunId,
    /// Its workbench.
    pub workbench_id: WorkbenchId,
    /// Where that belonged.
    pub workspace_id: WorkspaceId,
}

/// Tells readers what was stored.
#[derive(Debug)]
pub(super) struct Feed {
    sender: broadcast::Sender<std::sync::Arc<News>>,
    /// The newest number that was told.
    told: u64,
}

impl Feed {
    pub(super) fn open(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            sender: broadcast::Sender::new(BACKLOG),
            told: newest(connection)?,
        })
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<std::sync::Arc<News>> {
        self.sender.subscribe()
    }

    /// Tells what was stored since the last time. Called by the writer after each commit, before
    /// the next one can begin, so that the order is the order of the numbers. What cannot be read
    /// back now is told with the next commit.
    pub(super) fn tell(&mut self, connection: &mut Connection) {
        match self.read(connection) {
            Ok(Some(news)) => {
                self.told = news.seq;
                // Nobody listening is no fault.
                let _ = self.sender.send(std::sync::Arc::new(news));
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "failed to read back what was stored"),
        }
    }

    fn read(&self, connection: &mut Connection) -> Result<Option<News>> {
        let seq = newest(connection)?;
        if seq <= self.told {
            return Ok(None);
        }
        if self.sender.receiver_count() == 0 {
            return Ok(Some(News {
                seq,
                ..News::default()
            }));
        }
        let tx = connection.transaction()?;
        Ok(Some(news(&tx, self.told, rows::signed(self.told))?))
    }
}

impl Store {
    /// News from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<std::sync::Arc<News>> {
        self.feed
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .subscribe()
    }

    /// How things stand: the newest number, and every run that is active or ended a short while ago.
    pub fn standing(&self, now: Timestamp) -> Result<(u64, Vec<Run>)> {
        self.read(|tx| {
            let sql = format!(
                "{} WHERE r.finished_at IS NULL OR r.finished_at > ?1 ORDER BY r.last_seq",
                runs::SELECT
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map([(now - RECENT).as_millis()], runs::read)?;
            Ok((newest(tx)?, found.collect::<rusqlite::Result<_>>()?))
        })
    }

    /// What has changed since a reader heard of `after`; none if that is too long ago, or a number
    /// that was never given. What changed with that very number is told again: the reader may have
    /// heard only half of it.
    pub fn news_after(&self, after: u64) -> Result<Option<News>> {
        self.read(|tx| {
            let seq = newest(tx)?;
            if after > seq || seq - after > REPLAYED || after < retention::cut(tx)? {
                return Ok(None);
            }
            Ok(Some(news(tx, after, rows::signed(after) - 1)?))
        })
    }
}

/// What happened after a number, and what has changed after another.
fn news(tx: &Transaction<'_>, happened: u64, changed: i64) -> Result<News> {
    let sql = format!("{} WHERE r.last_seq > ?1 ORDER BY r.last_seq", runs::SELECT);
    let mut statement = tx.prepare_cached(&sql)?;
    let runs = statement.query_map([changed], runs::read)?;
    Ok(News {
        seq: newest(tx)?,
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

/// Notes that the runs of a workbench are going. Call it before they are gone.
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

/// Forgets the oldest removals.
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

/// Notes that a run is going. Call it before it is gone.
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

/// The newest number that was given, to a journal entry, a workbench, a workspace or a removal.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<u64> {
    use rusqlite::OptionalExtension as _;
    let seq = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'transitions'")?
        .query_row([], |row| rows::count(row, "seq"))
        .optional()?;
    Ok(seq.unwrap_or(0))
}

fn entries_after(tx: &Transaction<'_>, after: u64) -> Result<Vec<Entry>> {
    let mut statement = tx.prepare_cached(
        "SELECT t.*, r.workbench_id FROM transitions t JOIN runs r ON r.id = t.run_id
         WHERE t.seq > ?1 ORDER BY t.seq",
    )?;
    let found = statement.query_map([rows::signed(after)], |row| {
        Ok(Entry {
            workbench_id: rows::id(row, "workbench_id")?,
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
