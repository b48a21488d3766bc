//! Tabs of workbenches.

use super::audit::{Actor, note_visit};
use super::tab_rows::{SELECT, find, insert, open_tabs, read, update};
use super::{Result, Store, rows, workbench_rows};
use rusqlite::{Transaction, params};
use serde_json::json;
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::tab::reconcile::{Provision, Session, reconcile};
use vestibule_model::tab::{MAX_OPEN, Tab, TabKind, free_title};

/// Number of closed tabs of a workbench whose identifiers are remembered.
const KEPT_CLOSED: i64 = 500;

/// New tab.
#[derive(Debug, Clone)]
pub struct NewTabRow {
    /// Identifier, chosen by the client.
    pub id: TabId,
    /// The workbench.
    pub workbench_id: WorkbenchId,
    /// Kind.
    pub kind: TabKind,
    /// Title; `None`: the default one, with a number where another tab has it.
    pub title: Option<String>,
    /// Default title of its kind.
    pub default_title: &'static str,
    /// The user who opens it.
    pub by: Actor,
}

/// Outcome of opening a tab.
#[derive(Debug, Clone, PartialEq)]
pub enum OpenOutcome {
    /// The tab was opened.
    New(Box<Tab>),
    /// The same tab was opened before. It may have been closed since.
    Before(Box<Tab>),
    /// The identifier belongs to another tab.
    Taken,
    /// The workbench does not exist, or is being deleted.
    NoWorkbench,
    /// The workbench has as many open tabs as it can have.
    TooMany,
}

impl Store {
    /// Opens a tab at the right end. The same request twice opens one.
    pub fn open_tab(&self, new: &NewTabRow) -> Result<OpenOutcome> {
        let now = new.by.now;
        self.write(|tx| {
            if let Some(old) = find(tx, &new.id)? {
                let is_same = old.workbench_id == new.workbench_id
                    && old.kind == new.kind
                    && old.created_by == new.by.id;
                return Ok(match is_same {
                    true => OpenOutcome::Before(Box::new(old)),
                    false => OpenOutcome::Taken,
                });
            }
            let sql = "SELECT workspace_id FROM workbenches WHERE id = ?1 AND NOT deleting";
            let workspace = rows::first::<String>(tx, sql, [new.workbench_id.as_str()])?;
            let Some(workspace) = workspace else {
                return Ok(OpenOutcome::NoWorkbench);
            };
            let open = open_tabs(tx, &new.workbench_id)?;
            if open.len() >= MAX_OPEN {
                return Ok(OpenOutcome::TooMany);
            }
            let place = (workspace.as_str().into(), new.workbench_id.clone());
            let mut tab = Tab::new(
                new.id.clone(),
                place,
                new.kind.clone(),
                match &new.title {
                    Some(title) => title.clone(),
                    None => free_title(&open, new.default_title),
                },
                now,
            );
            tab.position = open.last().map_or(0, |last| last.position + 1);
            tab.created_by.clone_from(&new.by.id);
            insert(tx, &tab)?;
            if tab.kind.has_session() {
                let action = format!("workbench.{}", tab.kind.as_str());
                note_visit(
                    tx,
                    &new.by,
                    &action,
                    &tab.workbench_id,
                    &json!({"title": tab.title}),
                )?;
            }
            if !tab.kind.has_session()
                && let Some(workbench) = workbench_rows::find(tx, &new.workbench_id)?
            {
                // No session has to be created for it.
                let provision = Provision::for_kind(&tab.kind, &workbench);
                reconcile(&mut tab, &provision, &Session::Absent, now);
                update(tx, &tab)?;
            }
            remove_old(tx, &new.workbench_id)?;
            Ok(
                find(tx, &new.id)?
                    .map_or(OpenOutcome::Taken, |tab| OpenOutcome::New(Box::new(tab))),
            )
        })
    }

    /// Returns a tab, also a closed one.
    pub fn tab(&self, id: &TabId) -> Result<Option<Tab>> {
        self.read(|tx| Ok(find(tx, id)?))
    }

    /// Returns the open tabs of a workbench, from left to right.
    pub fn tabs(&self, workbench: &WorkbenchId) -> Result<Vec<Tab>> {
        self.read(|tx| open_tabs(tx, workbench))
    }

    /// Changes a tab, also on a full disk, since closing it frees something; `change` returns `false` if
    /// nothing is to be stored. Returns the stored tab, or `None` if there is none.
    pub fn change_tab(
        &self,
        id: &TabId,
        change: impl FnOnce(&mut Tab) -> bool,
    ) -> Result<Option<Tab>> {
        self.write_essential(|tx| {
            let Some(mut tab) = find(tx, id)? else {
                return Ok(None);
            };
            if !change(&mut tab) {
                return Ok(Some(tab));
            }
            update(tx, &tab)?;
            Ok(find(tx, id)?)
        })
    }

    /// Shares a terminal, or stops sharing it.
    pub fn share_tab(&self, id: &TabId, shared: bool, by: &Actor) -> Result<()> {
        self.write(|tx| {
            let Some(mut tab) = find(tx, id)?.filter(|tab| tab.is_open() && tab.shared != shared)
            else {
                return Ok(());
            };
            tab.shared = shared;
            update(tx, &tab)?;
            let action = match shared {
                true => "workbench.share-terminal",
                false => "workbench.unshare-terminal",
            };
            note_visit(
                tx,
                by,
                action,
                &tab.workbench_id,
                &json!({"title": tab.title}),
            )
        })
    }

    /// Moves a tab behind another one, or to the left end. Returns `false` if one of them is not
    /// among the workbench's open tabs.
    pub fn move_tab(&self, id: &TabId, after: Option<&TabId>) -> Result<bool> {
        self.write(|tx| {
            let Some(tab) = find(tx, id)?.filter(Tab::is_open) else {
                return Ok(false);
            };
            let mut order: Vec<TabId> = open_tabs(tx, &tab.workbench_id)?
                .into_iter()
                .map(|tab| tab.id)
                .filter(|other| other != id)
                .collect();
            let at = match after {
                None => 0,
                Some(after) => match order.iter().position(|other| other == after) {
                    Some(at) => at + 1,
                    None => return Ok(false),
                },
            };
            order.insert(at, id.clone());
            let sql = "UPDATE tabs SET position = ?2 WHERE id = ?1 AND position <> ?2";
            let mut statement = tx.prepare_cached(sql)?;
            for (position, id) in (0_i64..).zip(&order) {
                statement.execute(params![id.as_str(), position])?;
            }
            Ok(true)
        })
    }

    /// Returns the workbenches with tabs that are open or whose session may still be there.
    pub fn workbenches_with_tabs(&self) -> Result<Vec<WorkbenchId>> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT DISTINCT workbench_id FROM tabs
                 WHERE closed_at IS NULL OR run_number IS NOT NULL",
            )?;
            let found = statement.query_map([], |row| rows::id(row, "workbench_id"))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Returns the tabs of a workbench that are open or whose session may still be there.
    pub fn tabs_to_reconcile(&self, workbench: &WorkbenchId) -> Result<Vec<Tab>> {
        self.read(|tx| {
            let sql = format!(
                "{SELECT} WHERE t.workbench_id = ?1
                 AND (t.closed_at IS NULL OR t.run_number IS NOT NULL) ORDER BY t.position, t.id"
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map([workbench.as_str()], read)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Stores what the state machine made of a tab, unless the tab has changed since it was read.
    /// Returns `false` then: the next round decides anew.
    pub fn store_tab(&self, tab: &Tab) -> Result<bool> {
        self.write_essential(|tx| {
            let sql = "SELECT changed_seq FROM tabs WHERE id = ?1";
            let seq = rows::first::<i64>(tx, sql, [tab.id.as_str()])?;
            if seq != Some(rows::signed(tab.last_seq)) {
                return Ok(false);
            }
            update(tx, tab)?;
            Ok(true)
        })
    }
}

/// Removes the oldest closed tabs of a workbench.
fn remove_old(tx: &Transaction<'_>, workbench: &WorkbenchId) -> Result<()> {
    tx.execute(
        "DELETE FROM tabs WHERE id IN (
             SELECT id FROM tabs
             WHERE workbench_id = ?1 AND closed_at IS NOT NULL AND run_number IS NULL
             ORDER BY closed_at DESC LIMIT -1 OFFSET ?2)",
        params![workbench.as_str(), KEPT_CLOSED],
    )?;
    Ok(())
}
