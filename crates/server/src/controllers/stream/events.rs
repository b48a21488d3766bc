//! Events on the wire.

use crate::clock;
use crate::controllers::auth::access_version;
use crate::store::{RemovedRun, StoreChanges, StoredTransition};
use axum::response::sse::Event;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use vestibule_model::access::{Grant, Permission, Resource, allows};
use vestibule_model::build::Build;
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::run::Run;
use vestibule_model::stream::{
    Acknowledged, BuildRemoved, BuildUpdate, Heartbeat, JournalEntry, RunRemoved, RunUpdate,
    ServerNotice, Snapshot, TabUpdate, WorkbenchUpdate,
};
use vestibule_model::tab::Tab;

/// Number of journal entries up to which a reader of every journal is caught up by events.
const MOST_ENTRIES: usize = 500;

/// The workbenches whose journal entries a reader wants.
pub(super) enum Entries {
    None,
    Of(WorkbenchId),
    All,
}

/// Permissions and filter of a reader.
pub(super) struct View {
    pub(super) grants: Vec<Grant>,
    pub(super) entries: Entries,
    /// The workspace that the reader wants, or `None` for every one.
    pub(super) workspace: Option<WorkspaceId>,
    /// The user, and the acknowledged keys.
    pub(super) user: UserId,
    pub(super) noted: HashSet<String>,
}

impl View {
    fn is_in(&self, workspace: &WorkspaceId) -> bool {
        self.workspace.as_ref().is_none_or(|own| own == workspace)
    }

    fn may_see(&self, workspace: &WorkspaceId, workbench: &WorkbenchId) -> bool {
        let resource = Resource::Workbench(workspace.clone(), workbench.clone());
        self.is_in(workspace) && allows(&self.grants, Permission::WorkbenchRead, &resource)
    }

    /// Returns `true` if a reader of every journal was away for so long that a snapshot is cheaper.
    pub(super) fn is_flooded_by(&self, changes: &StoreChanges) -> bool {
        matches!(self.entries, Entries::All) && changes.entries.len() > MOST_ENTRIES
    }

    /// Returns `true` if the reader wants a journal entry and may see it.
    fn wants(&self, entry: &StoredTransition) -> bool {
        match &self.entries {
            Entries::None => false,
            Entries::Of(id) => entry.workbench_id == *id && self.may_see(&entry.workspace_id, id),
            Entries::All => self.may_see(&entry.workspace_id, &entry.workbench_id),
        }
    }

    /// Returns the snapshot, and for a reader without `workbench` once more as `init`, the name that clients
    /// of the older server wait for.
    pub(super) fn snapshot(&self, seq: u64, mut runs: Vec<Run>) -> Vec<Event> {
        runs.retain(|run| self.may_see(&run.workspace_id, &run.workbench_id));
        runs.iter_mut().for_each(|run| self.mark(run));
        let snapshot = Snapshot { seq, runs };
        let init = matches!(self.entries, Entries::None).then_some("init");
        let names = [Some("snapshot"), init].into_iter().flatten();
        names
            .filter_map(|name| event(name, Some(seq), &snapshot))
            .collect()
    }

    /// Returns the events of some changes, in the order of their numbers.
    pub(super) fn events(&self, changes: &StoreChanges) -> Vec<Event> {
        let mut events: Vec<(u64, Option<Event>)> = Vec::new();
        for entry in changes.entries.iter().filter(|entry| self.wants(entry)) {
            events.push((entry.transition.seq, journal_entry(entry)));
        }
        let may_see = |update: &&WorkbenchUpdate| self.may_see(&update.workspace_id, &update.id);
        for update in changes.workbenches.iter().filter(may_see) {
            let reported = event("workbench-update", Some(update.seq), update);
            events.push((update.seq, reported));
        }
        for run in changes
            .runs
            .iter()
            .filter(|run| self.may_see(&run.workspace_id, &run.workbench_id))
        {
            let mut run = run.clone();
            self.mark(&mut run);
            events.push((run.last_seq, run_update(run)));
        }
        for removed in changes
            .removed
            .iter()
            .filter(|r| self.may_see(&r.workspace_id, &r.workbench_id))
        {
            events.push((removed.seq, run_removed(removed)));
        }
        for gone in changes
            .gone
            .iter()
            .filter(|gone| self.may_see(&gone.workspace_id, &gone.id))
        {
            events.push((gone.seq, event("workbench-removed", Some(gone.seq), gone)));
        }
        for update in changes
            .workspaces
            .iter()
            .filter(|update| self.may_see_workspace(&update.workspace.id))
        {
            let body = event("workspace-update", Some(update.seq), update);
            events.push((update.seq, body));
        }
        for removed in changes
            .removed_workspaces
            .iter()
            .filter(|removed| self.may_see_workspace(&removed.id))
        {
            let body = event("workspace-removed", Some(removed.seq), removed);
            events.push((removed.seq, body));
        }
        let may_see = |tab: &&Tab| self.may_see(&tab.workspace_id, &tab.workbench_id);
        for tab in changes.tabs.iter().filter(may_see) {
            let (seq, tab) = (tab.last_seq, tab.clone());
            let body = event("tab-update", Some(seq), &TabUpdate { seq, tab });
            events.push((seq, body));
        }
        self.of_builds(changes, &mut events);
        events.sort_by_key(|(seq, _)| *seq);
        events.into_iter().filter_map(|(_, event)| event).collect()
    }
}

impl View {
    fn may_see_builds(&self, workspace: &WorkspaceId) -> bool {
        let resource = Resource::Workspace(workspace.clone());
        self.is_in(workspace) && allows(&self.grants, Permission::WorkbenchRead, &resource)
    }

    fn may_see_workspace(&self, workspace: &WorkspaceId) -> bool {
        let resource = Resource::Workspace(workspace.clone());
        self.is_in(workspace) && allows(&self.grants, Permission::WorkspaceRead, &resource)
    }

    fn mark(&self, run: &mut Run) {
        run.acknowledged = self.noted.contains(&run.key());
    }

    /// Applies the user's acknowledgements from other devices.
    pub(super) fn note(&mut self, changes: &StoreChanges) {
        let own = changes
            .noted
            .iter()
            .filter(|noted| noted.user_id == self.user);
        self.noted.extend(own.map(|noted| noted.key.clone()));
    }

    fn of_builds(&self, changes: &StoreChanges, events: &mut Vec<(u64, Option<Event>)>) {
        let seen = |build: &Build| self.may_see_builds(&build.workspace_id);
        for (seq, build) in changes.builds.iter().filter(|(_, build)| seen(build)) {
            let mut build = build.clone();
            build.acknowledged = self.noted.contains(&build.key());
            let body = BuildUpdate { seq: *seq, build };
            events.push((*seq, event("build-update", Some(*seq), &body)));
        }
        let removed = changes.removed_builds.iter();
        for removed in removed.filter(|r| self.may_see_builds(&r.workspace_id)) {
            let (seq, id) = (removed.seq, removed.id.clone());
            let body = BuildRemoved { seq, id };
            events.push((seq, event("build-removed", Some(seq), &body)));
        }
        let own = changes
            .noted
            .iter()
            .filter(|noted| noted.user_id == self.user);
        let mut by_number: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for noted in own {
            by_number
                .entry(noted.seq)
                .or_default()
                .push(noted.key.clone());
        }
        for (seq, keys) in by_number {
            let body = Acknowledged { seq, keys };
            events.push((seq, event("acknowledged", Some(seq), &body)));
        }
    }
}

/// Returns a sign of life. It is a named event, because pages cannot see comments (FIELD 30).
pub(super) fn heartbeat(grants: &[Grant], notices: Vec<ServerNotice>) -> Option<Event> {
    event(
        "heartbeat",
        None,
        &Heartbeat {
            server_time: clock::now(),
            access_version: access_version(grants),
            notices,
        },
    )
}

fn journal_entry(entry: &StoredTransition) -> Option<Event> {
    let seq = entry.transition.seq;
    event(
        "transition",
        Some(seq),
        &JournalEntry {
            seq,
            transition: entry.transition.clone(),
        },
    )
}

fn run_update(run: Run) -> Option<Event> {
    let seq = run.last_seq;
    event("run-update", Some(seq), &RunUpdate { seq, run })
}

fn run_removed(removed: &RemovedRun) -> Option<Event> {
    let body = RunRemoved {
        seq: removed.seq,
        id: removed.run_id.clone(),
    };
    event("run-removed", Some(removed.seq), &body)
}

fn event(name: &'static str, seq: Option<u64>, body: &impl Serialize) -> Option<Event> {
    let event = Event::default().event(name);
    let event = match seq {
        Some(seq) => event.id(seq.to_string()),
        None => event,
    };
    event
        .json_data(body)
        .inspect_err(|error| tracing::error!(name, %error, "an event could not be written"))
        .ok()
}
