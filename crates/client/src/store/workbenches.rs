//! The workbenches: single ones and lists, each in its newest known version.
//!
//! Three sources report them. A list, complete or as changes since a version, is authoritative up
//! to its number. A single workbench, from an event, a poll or the response to a command, is newer
//! if its number is. A removal is final up to its number (FIELD 25).

use crate::poll::Pace;
use crate::version::Versioned;
use std::collections::{HashMap, HashSet, VecDeque};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::listing::{ListVersion, Listing};
use vestibule_model::workbench::Workbench;

/// Number of removals that are remembered.
const REMEMBERED: usize = 512;

/// Workbenches changed by an update. Empty if nothing differs (FIELD 26).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// New or changed workbenches.
    pub changed: Vec<WorkbenchId>,
    /// Removed workbenches.
    pub removed: Vec<WorkbenchId>,
}

impl Changes {
    /// Returns `true` if nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Source of a single workbench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The event stream, or a command. An unknown workbench is kept only if a view shows it or its
    /// list.
    Event,
    /// The response to a poll.
    Answer,
}

/// Known workbenches and lists.
#[derive(Debug, Clone, Default)]
pub struct Workbenches {
    rows: HashMap<WorkbenchId, Workbench>,
    lists: HashMap<WorkspaceId, List>,
    /// Removed workbenches, the newest last.
    removed: VecDeque<Removal>,
    /// Workbenches that views show, whose lists may be unknown.
    followed: HashSet<WorkbenchId>,
}

/// A removed workbench.
#[derive(Debug, Clone)]
struct Removal {
    id: WorkbenchId,
    /// The number of the removal: another workbench may be created under the same id.
    seq: u64,
    /// The person who deleted it, as far as the server reported.
    by: Option<String>,
}

/// The workbenches of one workspace.
#[derive(Debug, Clone, Default)]
struct List {
    ids: HashSet<WorkbenchId>,
    /// The newest list that was applied.
    version: Option<ListVersion>,
    /// `true` if changes arrived that do not fit: only a complete list helps.
    is_torn: bool,
    /// The stream's number up to which the list is complete.
    seq: Option<u64>,
    /// Workbenches that could not be read.
    unreadable: Vec<WorkbenchId>,
    /// Number of rows without a readable id in the last complete list.
    nameless: usize,
}

impl Workbenches {
    /// Returns a workbench, or `None` if it is unknown.
    pub fn get(&self, id: &WorkbenchId) -> Option<&Workbench> {
        self.rows.get(id)
    }

    /// Returns `true` if the stream reported a workbench as deleted.
    pub fn is_deleted(&self, id: &WorkbenchId) -> bool {
        self.get(id).is_none() && self.removed.iter().any(|removal| removal.id == *id)
    }

    /// Returns the person who deleted a workbench, or `None` where that is not known.
    pub fn deleted_by(&self, id: &WorkbenchId) -> Option<&str> {
        let removal = self.removed.iter().rev().find(|removal| removal.id == *id);
        removal?.by.as_deref()
    }

    /// Returns the known workbenches of a workspace, in no order; none before its list was read.
    pub fn of_workspace(&self, workspace: &WorkspaceId) -> impl Iterator<Item = &Workbench> {
        let ids = self.lists.get(workspace).map(|list| &list.ids);
        let ids = ids.into_iter().flatten();
        ids.filter_map(|id| self.rows.get(id))
    }

    /// Returns `true` if a workbench is part of a workspace's list.
    pub fn is_listed(&self, workspace: &WorkspaceId, id: &WorkbenchId) -> bool {
        let list = self.lists.get(workspace);
        list.is_some_and(|list| list.ids.contains(id))
    }

    /// Returns the length of a workspace's list, or `None` before it was read.
    pub fn total(&self, workspace: &WorkspaceId) -> Option<usize> {
        self.lists.get(workspace).map(|list| list.ids.len())
    }

    /// Returns the number of workbenches in a list that could not be read.
    pub fn unreadable(&self, workspace: &WorkspaceId) -> usize {
        let list = self.lists.get(workspace);
        list.map_or(0, |list| list.unreadable.len() + list.nameless)
    }

    /// Returns the polling pace for a list.
    pub fn pace(&self, workspace: &WorkspaceId) -> Pace {
        Pace::of_list(self.of_workspace(workspace))
    }

    /// Returns the version since which changes can be requested, or `None` if only a complete list
    /// helps.
    pub fn since(&self, workspace: &WorkspaceId) -> Option<&ListVersion> {
        let list = self.lists.get(workspace).filter(|list| !list.is_torn)?;
        list.version.as_ref()
    }

    /// Returns the stream's number up to which a list is complete.
    pub fn seq(&self, workspace: &WorkspaceId) -> Option<u64> {
        self.lists.get(workspace)?.seq
    }

    /// Keeps what is reported about a workbench from now on.
    pub fn follow(&mut self, id: &WorkbenchId) {
        self.followed.insert(id.clone());
    }

    /// Applies a list, or the changes of one. Returns `None` if changes do not fit: the complete
    /// list must be requested.
    pub fn apply_list(&mut self, workspace: &WorkspaceId, list: Listing) -> Option<Changes> {
        if list.since.is_some() {
            self.merge(workspace, list)
        } else {
            Some(self.replace(workspace, list))
        }
    }

    /// Applies a single workbench.
    pub fn put(&mut self, mut workbench: Workbench, origin: Origin) -> Changes {
        let mut changes = Changes::default();
        // Lists and events lack them: they would come and go with each answer.
        workbench.spec.env = None;
        workbench.spec.parameters = None;
        let list = self.lists.get(&workbench.workspace_id);
        let is_numbered = workbench.version().0 > 0;
        let has_changed = match (self.get(&workbench.id), list) {
            (Some(known), _) if is_numbered && origin == Origin::Event => {
                workbench.is_newer_than(known)
            }
            (Some(known), _) => workbench.replaces(known),
            // The list must have contained it, so it has been deleted since.
            (None, Some(list)) if list.seq.is_some() => is_after(&workbench, list.seq),
            (None, Some(_)) => true,
            (None, None) => origin == Origin::Answer || self.followed.contains(&workbench.id),
        };
        if has_changed && !self.is_removed(&workbench) {
            changes.changed.push(workbench.id.clone());
            self.insert(workbench);
        }
        changes
    }

    /// Removes a workbench that was deleted with this number, by this person if that is known.
    pub fn remove(&mut self, id: &WorkbenchId, seq: u64, by: Option<String>) -> Changes {
        let mut changes = Changes::default();
        let by = by.or_else(|| self.get(id)?.deleted_by_name.clone());
        if self.get(id).is_some_and(|known| is_after(known, Some(seq))) {
            return changes;
        }
        if self.take(id) {
            changes.removed.push(id.clone());
        }
        for list in self.lists.values_mut() {
            list.unreadable.retain(|unreadable| unreadable != id);
        }
        if self.removed.len() == REMEMBERED {
            self.removed.pop_front();
        }
        let id = id.clone();
        self.removed.push_back(Removal { id, seq, by });
        changes
    }

    /// Forgets a list and its workbenches, except those to keep.
    pub fn evict_list(&mut self, workspace: &WorkspaceId, keep: impl Fn(&WorkbenchId) -> bool) {
        let list = self.lists.remove(workspace).unwrap_or_default();
        for id in list.ids.iter().filter(|id| !keep(id)) {
            self.rows.remove(id);
        }
    }

    /// Forgets a workbench, unless it is part of a known list.
    pub fn evict(&mut self, id: &WorkbenchId) {
        self.followed.remove(id);
        let is_listed = self.lists.values().any(|list| list.ids.contains(id));
        if !is_listed {
            self.rows.remove(id);
        }
    }

    /// Clears all numbers and lists: the server's numbers were reset.
    pub fn clear(&mut self) -> Changes {
        let followed = std::mem::take(&mut self.followed);
        let rows = std::mem::take(self).rows;
        self.followed = followed;
        Changes {
            changed: Vec::new(),
            removed: rows.into_keys().collect(),
        }
    }

    /// Applies a complete list: workbenches missing in it are gone, unless they are newer.
    fn replace(&mut self, workspace: &WorkspaceId, list: Listing) -> Changes {
        let mut changes = Changes::default();
        let known = self.lists.entry(workspace.clone()).or_default();
        if known.is_older(&list) {
            return changes;
        }
        // Numbers only decrease with a restored database: then the list alone is right.
        let is_anew = known.seq > list.seq;
        if is_anew {
            self.removed.clear();
        }
        let listed: HashSet<&WorkbenchId> = list.items.iter().map(|row| &row.id).collect();
        let absent = known.ids.iter().filter(|id| !listed.contains(id));
        let absent: Vec<WorkbenchId> = absent.cloned().collect();
        known.unreadable.clear();
        known.nameless = list.nameless;
        for id in absent {
            let is_later = |row: &Workbench| !is_anew && is_after(row, list.seq);
            if !self.get(&id).is_some_and(is_later) {
                self.take(&id);
                changes.removed.push(id);
            }
        }
        self.apply_rows(workspace, list, is_anew, &mut changes);
        changes
    }

    /// Applies the changes of a list since a version.
    fn merge(&mut self, workspace: &WorkspaceId, list: Listing) -> Option<Changes> {
        let mut changes = Changes::default();
        let known = self.lists.get_mut(workspace)?;
        let is_base = !known.is_torn && known.version == list.since;
        // A row without a readable id may be any of the known ones (FIELD 7).
        if !is_base || list.nameless > 0 {
            let is_known = known.version == list.version && known.version.is_some();
            known.is_torn |= !is_known && !known.is_older(&list);
            return (!known.is_torn).then_some(changes);
        }
        known.unreadable.retain(|id| !list.removed.contains(id));
        for id in &list.removed {
            let is_gone = self.get(id).is_some_and(|row| !is_after(row, list.seq));
            // The workbench may have moved to another workspace.
            let is_here = self
                .get(id)
                .is_some_and(|row| row.workspace_id == *workspace);
            if is_gone && is_here && self.take(id) {
                changes.removed.push(id.clone());
            }
        }
        self.apply_rows(workspace, list, false, &mut changes);
        Some(changes)
    }

    /// Applies the rows of a list and makes it the newest.
    fn apply_rows(
        &mut self,
        workspace: &WorkspaceId,
        list: Listing,
        is_anew: bool,
        changes: &mut Changes,
    ) {
        for id in list.unreadable {
            let is_reported_later = self.get(&id).is_some_and(|row| is_after(row, list.seq))
                || self
                    .removed
                    .iter()
                    .any(|removal| removal.id == id && Some(removal.seq) > list.seq);
            if is_reported_later {
                continue;
            }
            if self.take(&id) {
                changes.removed.push(id.clone());
            }
            let known = self.lists.entry(workspace.clone()).or_default();
            if !known.unreadable.contains(&id) {
                known.unreadable.push(id);
            }
        }
        for row in list.items {
            let has_changed = match self.get(&row.id) {
                Some(known) => (is_anew && row != *known) || row.replaces(known),
                None => true,
            };
            let known = self.lists.entry(workspace.clone()).or_default();
            known.unreadable.retain(|unreadable| *unreadable != row.id);
            if self.is_removed(&row) {
                continue;
            }
            let id = row.id.clone();
            if has_changed {
                self.insert(row);
            }
            let known = self.lists.entry(workspace.clone()).or_default();
            // The workbench may have been known without its list.
            if known.ids.insert(id.clone()) || has_changed {
                changes.changed.push(id);
            }
        }
        let known = self.lists.entry(workspace.clone()).or_default();
        known.version = list.version;
        known.is_torn = false;
        known.seq = list.seq;
    }

    fn insert(&mut self, workbench: Workbench) {
        let id = &workbench.id;
        for (workspace, list) in &mut self.lists {
            if *workspace == workbench.workspace_id {
                list.unreadable.retain(|unreadable| unreadable != id);
                list.ids.insert(id.clone());
            } else {
                list.ids.remove(id);
            }
        }
        self.rows.insert(workbench.id.clone(), workbench);
    }

    /// Removes a workbench from its list. Returns `true` if it was known.
    fn take(&mut self, id: &WorkbenchId) -> bool {
        for list in self.lists.values_mut() {
            list.ids.remove(id);
        }
        self.rows.remove(id).is_some()
    }

    /// Returns `true` if a workbench is reported in a state from before its removal.
    fn is_removed(&self, workbench: &Workbench) -> bool {
        let mut removed = self.removed.iter();
        removed.any(|removal| removal.id == workbench.id && !is_after(workbench, Some(removal.seq)))
    }
}

impl List {
    /// Returns `true` if a list is older than the newest applied one (FIELD 3).
    fn is_older(&self, list: &Listing) -> bool {
        let versions = list.version.as_ref().zip(self.version.as_ref());
        versions.is_some_and(|(version, newest)| version.is_older_than(newest))
    }
}

/// Returns `true` if a workbench reports a change after a number; false without a number.
fn is_after(workbench: &Workbench, seq: Option<u64>) -> bool {
    seq.is_some_and(|seq| workbench.version().0 > seq)
}

#[cfg(test)]
mod tests;
