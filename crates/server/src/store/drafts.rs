//! Drafts and read marks of each user in a tab.

use super::tab_rows::{find, open_tabs};
use super::{Result, Store, rows};
use rusqlite::{OptionalExtension as _, Transaction, params};
use vestibule_model::ids::{TabId, UserId, WorkbenchId};
use vestibule_model::tab::queue::{NewDraft, TabDraft};
use vestibule_model::tab::{Tab, TabList};

/// Outcome of storing a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftOutcome {
    /// The draft is stored.
    Stored(TabDraft),
    /// Another window has stored one since.
    Changed,
    /// The tab does not exist, or was closed.
    Closed,
}

impl Store {
    /// Returns a user's draft in a tab; an empty one if there is none.
    pub fn draft(&self, tab: &TabId, user: &UserId) -> Result<TabDraft> {
        self.read(|tx| read(tx, tab, user))
    }

    /// Stores a user's draft in an open tab.
    pub fn store_draft(&self, tab: &TabId, user: &UserId, new: &NewDraft) -> Result<DraftOutcome> {
        self.write(|tx| {
            if !find(tx, tab)?.is_some_and(|tab: Tab| tab.is_open()) {
                return Ok(DraftOutcome::Closed);
            }
            let old = read(tx, tab, user)?;
            if old.text == new.text {
                return Ok(DraftOutcome::Stored(old));
            }
            if new.version.is_some_and(|version| version != old.version) {
                return Ok(DraftOutcome::Changed);
            }
            tx.prepare_cached(
                "INSERT INTO drafts (tab_id, user_id, text, version) VALUES (?1, ?2, ?3, 1)
                 ON CONFLICT DO UPDATE SET text = excluded.text, version = version + 1",
            )?
            .execute(params![tab.as_str(), user.as_str(), new.text])?;
            read(tx, tab, user).map(DraftOutcome::Stored)
        })
    }

    /// Returns the open tabs of a workbench, from left to right, with what a user has seen of them.
    pub fn tab_list(&self, workbench: &WorkbenchId, user: &UserId) -> Result<TabList> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT d.tab_id, d.seen FROM tabs t
                 JOIN drafts d ON d.tab_id = t.id AND d.user_id = ?2
                 WHERE t.workbench_id = ?1 AND t.closed_at IS NULL AND d.seen > 0",
            )?;
            let seen = statement.query_map([workbench.as_str(), user.as_str()], |row| {
                Ok((rows::id(row, "tab_id")?, rows::count(row, "seen")?))
            })?;
            Ok(TabList {
                seen: seen.collect::<rusqlite::Result<_>>()?,
                items: open_tabs(tx, workbench)?,
            })
        })
    }

    /// Records the last event that a user has seen. It only grows.
    pub fn store_seen(&self, tab: &TabId, user: &UserId, event: u64) -> Result<TabDraft> {
        self.write(|tx| {
            let old = read(tx, tab, user)?;
            if old.seen >= event || find(tx, tab)?.is_none() {
                return Ok(old);
            }
            tx.prepare_cached(
                "INSERT INTO drafts (tab_id, user_id, seen) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET seen = max(seen, excluded.seen)",
            )?
            .execute(params![tab.as_str(), user.as_str(), rows::signed(event)])?;
            read(tx, tab, user)
        })
    }
}

fn read(tx: &Transaction<'_>, tab: &TabId, user: &UserId) -> Result<TabDraft> {
    let sql = "SELECT text, version, seen FROM drafts WHERE tab_id = ?1 AND user_id = ?2";
    let mut statement = tx.prepare_cached(sql)?;
    let found = statement
        .query_row([tab.as_str(), user.as_str()], |row| {
            Ok(TabDraft {
                text: row.get("text")?,
                version: rows::count(row, "version")?,
                seen: rows::count(row, "seen")?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}
