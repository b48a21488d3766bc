//! Messages to agents.

use super::tab_rows::find;
use super::{Result, Store, rows};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use vestibule_model::ids::{MessageId, TabId, UserId, WorkbenchId, WorkspaceId};
use vestibule_model::tab::queue::{MAX_QUEUED, Message, MessageState};
use vestibule_model::tab::{Tab, TabKind};
use vestibule_model::time::Timestamp;

/// Number of ended messages of a tab that lists show, and that keep their text.
const SHOWN_ENDED: i64 = 50;

/// Number of messages that a tab remembers.
const REMEMBERED: i64 = 10_000;

/// Title of the tab of a task.
const TASK_TITLE: &str = "Task";

const OPEN: &str = "('queued', 'handed_over', 'running')";

/// New message.
#[derive(Debug, Clone)]
pub struct NewMessageRow {
    /// Identifier, chosen by the client.
    pub id: MessageId,
    /// The tab.
    pub tab_id: TabId,
    /// Text.
    pub text: String,
    /// The user who sends it.
    pub by: UserId,
}

/// Outcome of sending a message.
#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    /// The message was recorded.
    New(Box<Message>),
    /// The same message was sent before.
    Before(Box<Message>),
    /// The identifier belongs to another message.
    Taken,
    /// The tab does not exist.
    NoTab,
    /// The tab was closed.
    Closed,
    /// The tab is of another kind.
    NotAnAgent,
    /// Full queue.
    Full,
}

/// Work of the agents of a workbench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentWork {
    /// A message is queued, handed over or running.
    InHand,
    /// Nothing is to do since this time, or never was.
    Ended(Option<Timestamp>),
}

impl Store {
    /// Returns the work of the agents of a workbench.
    pub fn agent_work(&self, id: &WorkbenchId) -> Result<AgentWork> {
        self.read(|tx| {
            let sql =
                "SELECT max(EXISTS (SELECT 1 FROM messages m WHERE m.tab_id = tabs.id AND m.ended_at IS NULL)), max((SELECT ended_at FROM messages m WHERE m.tab_id = tabs.id
                                          ORDER BY number DESC LIMIT 1))
                 FROM tabs WHERE workbench_id = ?1 AND closed_at IS NULL AND kind = 'agent'";
            let mut statement = tx.prepare_cached(sql)?;
            let (busy, ended) = statement.query_row([id.as_str()], |row| {
                Ok((
                    row.get::<_, Option<bool>>(0)?,
                    row.get::<_, Option<i64>>(1)?,
                ))
            })?;
            Ok(match busy {
                Some(true) => AgentWork::InHand,
                _ => AgentWork::Ended(ended.map(Timestamp::from_millis)),
            })
        })
    }

    /// Records a message. The same request twice records one.
    pub fn send_message(&self, new: &NewMessageRow, now: Timestamp) -> Result<SendOutcome> {
        self.write(|tx| {
            if let Some(old) = one(tx, &new.id)? {
                // The text of one that ended long ago is not kept.
                let is_same = old.tab_id == new.tab_id
                    && old.created_by.as_ref() == Some(&new.by)
                    && (old.text == new.text || (old.text.is_empty() && old.state.is_final()));
                return Ok(match is_same {
                    true => SendOutcome::Before(Box::new(old)),
                    false => SendOutcome::Taken,
                });
            }
            let Some(tab) = find(tx, &new.tab_id)? else {
                return Ok(SendOutcome::NoTab);
            };
            if tab.kind != TabKind::Agent {
                return Ok(SendOutcome::NotAnAgent);
            }
            if !tab.is_open() {
                return Ok(SendOutcome::Closed);
            }
            let sql = "SELECT count(*) FROM messages WHERE tab_id = ?1 AND state = 'queued'";
            let waiting = rows::first::<i64>(tx, sql, [tab.id.as_str()])?.unwrap_or(0);
            if usize::try_from(waiting).is_ok_and(|waiting| waiting >= MAX_QUEUED) {
                return Ok(SendOutcome::Full);
            }
            insert(tx, new, false, now)?;
            forget_old(tx, &tab.id)?;
            Ok(one(tx, &new.id)?.map_or(SendOutcome::Taken, |created| {
                SendOutcome::New(Box::new(created))
            }))
        })
    }

    /// Returns the messages of a tab that have not ended and the newest ended ones, in the order of
    /// sending.
    pub fn messages(&self, tab: &TabId) -> Result<Vec<Message>> {
        self.read(|tx| listed(tx, tab))
    }

    /// Returns a message of a tab.
    pub fn message(&self, tab: &TabId, id: &MessageId) -> Result<Option<Message>> {
        self.read(|tx| Ok(one(tx, id)?.filter(|message| message.tab_id == *tab)))
    }

    /// Changes a message of a tab, also on a full disk. Returns it, or `None` if there is none.
    pub fn change_message(
        &self,
        tab: &TabId,
        id: &MessageId,
        change: impl FnOnce(&mut Message),
    ) -> Result<Option<Message>> {
        self.write_essential(|tx| {
            let Some(mut message) = one(tx, id)?.filter(|message| message.tab_id == *tab) else {
                return Ok(None);
            };
            let before = message.clone();
            change(&mut message);
            if message != before {
                update(tx, &message)?;
                show_in_tab(tx, tab, true, 0)?;
            }
            Ok(Some(message))
        })
    }

    /// Moves the messages of a tab, by [`vestibule_model::tab::queue::advance`] for example. Returns what `change` returned
    /// and whether a message has changed.
    pub fn move_messages<T>(
        &self,
        tab: &TabId,
        last_event: u64,
        change: impl FnOnce(&mut Vec<Message>) -> T,
    ) -> Result<(T, bool)> {
        self.write_essential(|tx| {
            let mut messages = listed(tx, tab)?;
            let before = messages.clone();
            let result = change(&mut messages);
            let mut has_changed = false;
            for (old, new) in before.iter().zip(&messages) {
                if old != new {
                    update(tx, new)?;
                    has_changed = true;
                }
            }
            show_in_tab(tx, tab, has_changed, last_event)?;
            Ok((result, has_changed))
        })
    }

    /// Returns `true` if a tab has messages whose turn has begun, or may have.
    pub fn has_begun_messages(&self, tab: &TabId) -> Result<bool> {
        self.read(|tx| {
            let sql = "SELECT count(*) FROM messages WHERE tab_id = ?1 AND started_at IS NOT NULL";
            Ok(rows::first::<i64>(tx, sql, [tab.as_str()])?.unwrap_or(0) > 0)
        })
    }

    /// Returns the open agent tabs.
    pub fn agent_tabs(&self) -> Result<Vec<Tab>> {
        self.read(|tx| {
            let sql = format!(
                "{} WHERE t.kind = 'agent' AND t.closed_at IS NULL",
                super::tab_rows::SELECT
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map([], super::tab_rows::read)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Opens the tab of a workbench's task, with the task as its first message.
pub(super) fn insert_task(
    tx: &Transaction<'_>,
    (workspace, workbench): (&WorkspaceId, &WorkbenchId),
    task: &NewMessageRow,
    now: Timestamp,
) -> Result<()> {
    let mut tab = Tab::new(
        task.tab_id.clone(),
        (workspace.clone(), workbench.clone()),
        TabKind::Agent,
        TASK_TITLE.to_owned(),
        now,
    );
    tab.created_by = Some(task.by.clone());
    super::tab_rows::insert(tx, &tab)?;
    insert(tx, task, true, now)
}

/// Replaces the text of a workbench's task, unless its agent may have it already.
pub(super) fn change_task(tx: &Transaction<'_>, workbench: &WorkbenchId, text: &str) -> Result<()> {
    tx.execute(
        "UPDATE messages SET text = ?2 WHERE ends_run AND state = 'queued'
         AND tab_id IN (SELECT id FROM tabs WHERE workbench_id = ?1)",
        params![workbench.as_str(), text],
    )?;
    Ok(())
}

fn insert(tx: &Transaction<'_>, new: &NewMessageRow, ends_run: bool, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO messages (id, tab_id, text, state, created_by, created_at, ends_run)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            new.id.as_str(),
            new.tab_id.as_str(),
            new.text,
            MessageState::Queued.as_str(),
            new.by.as_str(),
            now.as_millis(),
            ends_run,
        ],
    )?;
    Ok(())
}

fn one(tx: &Transaction<'_>, id: &MessageId) -> rusqlite::Result<Option<Message>> {
    let mut statement = tx.prepare_cached("SELECT * FROM messages WHERE id = ?1")?;
    statement.query_row([id.as_str()], read).optional()
}

fn listed(tx: &Transaction<'_>, tab: &TabId) -> Result<Vec<Message>> {
    let sql = format!(
        "SELECT * FROM messages WHERE tab_id = ?1 AND (state IN {OPEN} OR number IN (
             SELECT number FROM messages WHERE tab_id = ?1 AND state NOT IN {OPEN}
             ORDER BY number DESC LIMIT ?2))
         ORDER BY number"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map(params![tab.as_str(), SHOWN_ENDED], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Removes the texts of messages that ended long ago, and the oldest of them.
fn forget_old(tx: &Transaction<'_>, tab: &TabId) -> Result<()> {
    let sql = format!(
        "UPDATE messages SET text = '' WHERE tab_id = ?1 AND text <> '' AND state NOT IN {OPEN}
         AND number NOT IN (SELECT number FROM messages WHERE tab_id = ?1 AND state NOT IN {OPEN}
             ORDER BY number DESC LIMIT ?2)"
    );
    tx.prepare_cached(&sql)?
        .execute(params![tab.as_str(), SHOWN_ENDED])?;
    let sql = format!(
        "DELETE FROM messages WHERE state NOT IN {OPEN} AND number IN (
             SELECT number FROM messages WHERE tab_id = ?1 ORDER BY number DESC LIMIT -1 OFFSET ?2)"
    );
    tx.prepare_cached(&sql)?
        .execute(params![tab.as_str(), REMEMBERED])?;
    Ok(())
}

/// Shows in the tab's row whether its agent is busy, and up to which event there is something new: at the begin
/// and at the end of a turn, not with all its output.
fn show_in_tab(
    tx: &Transaction<'_>,
    tab: &TabId,
    has_changed: bool,
    last_event: u64,
) -> Result<()> {
    let sql = "SELECT count(*) FROM messages
               WHERE tab_id = ?1 AND state IN ('handed_over', 'running')";
    let is_busy = rows::first::<i64>(tx, sql, [tab.as_str()])?.unwrap_or(0) > 0;
    tx.prepare_cached(
        "UPDATE tabs SET busy = ?2, last_event = max(last_event, ?3)
         WHERE id = ?1 AND (busy <> ?2 OR (last_event < ?3 AND (?4 OR NOT ?2)))",
    )?
    .execute(params![
        tab.as_str(),
        is_busy,
        rows::signed(last_event),
        has_changed,
    ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Message> {
    let run_number: Option<i64> = row.get("run_number")?;
    Ok(Message {
        id: rows::id(row, "id")?,
        tab_id: rows::id(row, "tab_id")?,
        text: row.get("text")?,
        state: rows::open_enum(row, "state")?,
        run_number: run_number.and_then(|number| number.try_into().ok()),
        session: row.get("session")?,
        is_stop_wanted: row.get("stop_wanted")?,
        ends_run: row.get("ends_run")?,
        exit_code: row.get("exit_code")?,
        created_by: Some(rows::id(row, "created_by")?),
        created_at: Some(rows::time(row, "created_at")?),
        started_at: rows::optional_time(row, "started_at")?,
        ended_at: rows::optional_time(row, "ended_at")?,
    })
}

fn update(tx: &Transaction<'_>, message: &Message) -> Result<()> {
    tx.prepare_cached(
        "UPDATE messages SET state = ?2, run_number = ?3, session = ?4, stop_wanted = ?5,
             exit_code = ?6, started_at = ?7, ended_at = ?8 WHERE id = ?1",
    )?
    .execute(params![
        message.id.as_str(),
        message.state.as_str(),
        message.run_number.map(rows::signed),
        message.session,
        message.is_stop_wanted,
        message.exit_code,
        message.started_at.map(Timestamp::as_millis),
        message.ended_at.map(Timestamp::as_millis),
    ])?;
    Ok(())
}
