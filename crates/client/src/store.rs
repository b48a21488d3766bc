//! The reducer of the console's store: the newest known version of every workbench, run, build and
//! workspace, whichever of the event stream, polls and commands reports it, in whatever order.
//!
//! [`crate::version`] decides which of two versions is newer. What an update changed is returned as
//! [`Updates`], so that nothing else is notified.

mod journals;
mod tabs;
mod workbenches;
mod workspaces;

use crate::activity::{Activity, ActivityInput};
use crate::event::Event;
pub use journals::{Journal, Journals};
pub use tabs::Tabs;
use vestibule_model::build::{Build, BuildList};
use vestibule_model::ids::{BuildId, RunId, UserId, WorkbenchId, WorkspaceId};
use vestibule_model::list::List;
use vestibule_model::listing::Listing;
use vestibule_model::run::Run;
use vestibule_model::sorting;
use vestibule_model::stream::Snapshot;
use vestibule_model::tab::Tab;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Transition;
use vestibule_model::workbench::Workbench;
use vestibule_model::workspace::Workspace;
pub use workbenches::{Changes, Origin, Workbenches};
pub use workspaces::Workspaces;

/// A part of the store that views follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A workbench.
    Workbench(WorkbenchId),
    /// The list of a workspace's workbenches.
    Workbenches(WorkspaceId),
    /// A workspace.
    Workspace(WorkspaceId),
    /// The list of workspaces.
    Workspaces,
    /// The builds.
    Builds,
    /// The journal of a run.
    Journal(RunId),
    /// The tabs of a workbench.
    Tabs(WorkbenchId),
    /// The activity indicator.
    Activity,
}

/// Requests that an update requires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refetch {
    /// None.
    #[default]
    Nothing,
    /// The stream started. Data read before may lack changes in between.
    Started {
        /// The stream's number at its start: data read with at least this number is complete.
        seq: u64,
    },
    /// The stream was interrupted for too long to resume: everything must be read again.
    Everything,
}

/// Changes caused by an update. Empty if nothing differs (FIELD 26).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Updates {
    /// Topics to notify.
    pub topics: Vec<Topic>,
    /// The changed workbenches, for lists.
    pub workbenches: Changes,
    /// Workbenches with changes that no event carries: they must be read.
    pub outdated: Vec<WorkbenchId>,
    /// Workspaces that were created or renamed, or whose number of workbenches may differ.
    pub workspaces: Vec<WorkspaceId>,
    /// Required requests.
    pub refetch: Refetch,
}

impl Updates {
    fn of(has_changed: bool, topics: impl IntoIterator<Item = Topic>) -> Self {
        Self {
            topics: topics.into_iter().filter(|_| has_changed).collect(),
            ..Self::default()
        }
    }

    fn of_workbenches(workbenches: Changes) -> Self {
        let all = workbenches.changed.iter().chain(&workbenches.removed);
        Self {
            topics: all.cloned().map(Topic::Workbench).collect(),
            workbenches,
            ..Self::default()
        }
    }
}

impl Updates {
    fn with_workspace(mut self, workspace: &WorkspaceId) -> Self {
        self.workspaces.push(workspace.clone());
        self
    }
}

/// Known entities of the server.
#[derive(Debug, Clone, Default)]
pub struct Entities {
    /// The newest event number, or `None` before the first snapshot.
    seq: Option<u64>,
    workbenches: Workbenches,
    workspaces: Workspaces,
    journals: Journals,
    tabs: Tabs,
    activity: Activity,
}

impl Entities {
    /// Returns the workbenches.
    pub fn workbenches(&self) -> &Workbenches {
        &self.workbenches
    }

    /// Returns the workspaces.
    pub fn workspaces(&self) -> &Workspaces {
        &self.workspaces
    }

    /// Notes that missing entries of a run's journal are requested now. Nothing visible changes.
    pub fn request_journal(&mut self, run: &RunId) -> Updates {
        self.journals.requested(run);
        Updates::default()
    }

    /// Returns the followed journals.
    pub fn journals(&self) -> &Journals {
        &self.journals
    }

    /// Returns the tabs.
    pub fn tabs(&self) -> &Tabs {
        &self.tabs
    }

    /// Runs, builds and pending commands, as the activity indicator shows them.
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Returns a build, or `None` if it is unknown or removed.
    pub fn build(&self, id: &BuildId) -> Option<&Build> {
        self.activity.build(id)
    }

    /// Returns the known builds of a workspace, the newest first.
    pub fn builds_of(&self, workspace: &WorkspaceId) -> Vec<&Build> {
        let all = self.activity.builds();
        let mut builds: Vec<&Build> = all
            .filter(|build| build.workspace_id == *workspace)
            .collect();
        sorting::sort_by(&mut builds, |a, b| {
            (b.created_at, &b.id).cmp(&(a.created_at, &a.id))
        });
        builds
    }

    /// Returns the later build that succeeded where a build failed.
    pub fn successor_of(&self, id: &BuildId) -> Option<&Build> {
        let build = self.build(id)?;
        let again = self.activity.builds().filter(|one| build.is_redone_by(one));
        again.max_by_key(|one| one.created_at)
    }

    /// Returns the number for a request that is about to be sent: its response affects only older
    /// reports.
    pub fn ask(&mut self) -> u64 {
        self.activity.ask()
    }

    /// Returns the newest event number, or `None` before the first snapshot.
    pub fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// Returns the state for a tab that begins to follow this one.
    pub fn snapshot(&self) -> Option<Snapshot> {
        let runs = self.activity.runs().cloned().collect();
        self.seq.map(|seq| Snapshot { seq, runs })
    }

    /// Applies an event of the stream.
    pub fn apply(&mut self, event: Event, now: Timestamp) -> Updates {
        if let Event::Snapshot(snapshot) = event {
            return self.apply_snapshot(snapshot, now);
        }
        self.seq = self.seq.map(|known| known.max(event.seq()));
        let activity = || Updates::of(true, [Topic::Activity]);
        let builds = || Updates::of(true, [Topic::Activity, Topic::Builds]);
        let updates = match &event {
            Event::WorkbenchUpdate(update) => {
                let updates = match &update.workbench {
                    Some(workbench) => self.put_workbench((**workbench).clone(), Origin::Event),
                    None => Updates {
                        outdated: vec![update.id.clone()],
                        ..Updates::default()
                    },
                };
                updates.with_workspace(&update.workspace_id)
            }
            Event::WorkbenchRemoved(removed) => {
                let by = removed.deleted_by_name.clone();
                let changes = self.workbenches.remove(&removed.id, removed.seq, by);
                Updates::of_workbenches(changes).with_workspace(&removed.workspace_id)
            }
            Event::WorkspaceUpdate(update) => {
                let id = update.workspace.id.clone();
                let last = Some(update.workspace.clone());
                self.apply_workspace(update.seq, id, last)
            }
            Event::WorkspaceRemoved(removed) => {
                self.apply_workspace(removed.seq, removed.id.clone(), None)
            }
            Event::Transition(entry) => {
                let entry = entry.transition.clone();
                let run = entry.run_id.clone();
                Updates::of(self.journals.apply(entry), [Topic::Journal(run)])
            }
            Event::TabUpdate(update) => self.put_tab(update.tab.clone()),
            Event::BuildUpdate(_) | Event::BuildRemoved(_) => builds(),
            Event::RunRemoved(removed) => {
                self.journals.evict(&removed.id);
                activity()
            }
            Event::RunUpdate(_) | Event::Acknowledged(_) | Event::Snapshot(_) => activity(),
        };
        if updates.topics.contains(&Topic::Activity) {
            self.activity.take(ActivityInput::Event(event), now);
        }
        updates
    }

    fn apply_workspace(
        &mut self,
        seq: u64,
        id: WorkspaceId,
        workspace: Option<Workspace>,
    ) -> Updates {
        let topics = [Topic::Workspace(id.clone()), Topic::Workspaces];
        let affected = id.clone();
        let asked = self.activity.asked();
        Updates::of(self.workspaces.apply(seq, id, workspace, asked), topics)
            .with_workspace(&affected)
    }

    /// Applies the state of another tab of this browser. It is as good as the server's, but not
    /// newer: an older one is dropped.
    pub fn join(&mut self, snapshot: Snapshot, now: Timestamp) -> Updates {
        if self.seq > Some(snapshot.seq) {
            return Updates::default();
        }
        let is_first = self.seq.is_none();
        let mut updates = self.apply_snapshot(snapshot, now);
        if !is_first {
            updates.refetch = Refetch::Nothing;
        }
        updates
    }

    fn apply_snapshot(&mut self, snapshot: Snapshot, now: Timestamp) -> Updates {
        let seq = snapshot.seq;
        let mut updates = Updates::default();
        if self.seq > Some(seq) {
            // A restored database reuses numbers: known numbers are void.
            updates = Updates::of_workbenches(self.workbenches.clear());
            self.workspaces.clear();
            self.journals.clear();
            self.tabs.clear();
            self.activity.take(ActivityInput::Anew, now);
        }
        self.journals.interrupt();
        updates.refetch = match self.seq {
            None => Refetch::Started { seq },
            Some(_) => Refetch::Everything,
        };
        self.seq = Some(seq);
        updates.outdated = self.outdated(&snapshot.runs);
        self.activity
            .take(ActivityInput::Event(Event::Snapshot(snapshot)), now);
        updates.topics.push(Topic::Activity);
        updates
    }

    /// Returns the known workbenches of which these runs show newer changes.
    fn outdated(&self, runs: &[Run]) -> Vec<WorkbenchId> {
        let is_outdated = |run: &&Run| {
            let known = self.workbenches.get(&run.workbench_id);
            known.is_some_and(|known| run.last_seq > known.version().0)
        };
        let outdated = runs.iter().filter(is_outdated);
        outdated.map(|run| run.workbench_id.clone()).collect()
    }

    /// Applies a single workbench.
    pub fn put_workbench(&mut self, workbench: Workbench, origin: Origin) -> Updates {
        Updates::of_workbenches(self.workbenches.put(workbench, origin))
    }

    /// Applies a list of workbenches, complete or the changes since a version. Returns `None` if
    /// the changes do not fit and the complete list must be requested.
    pub fn put_workbenches(&mut self, workspace: &WorkspaceId, list: Listing) -> Option<Updates> {
        let before = (
            self.workbenches.total(workspace),
            self.workbenches.unreadable(workspace),
        );
        let mut updates = Updates::of_workbenches(self.workbenches.apply_list(workspace, list)?);
        let after = (
            self.workbenches.total(workspace),
            self.workbenches.unreadable(workspace),
        );
        if before != after || !updates.workbenches.is_empty() {
            updates.topics.push(Topic::Workbenches(workspace.clone()));
        }
        Some(updates)
    }

    /// Applies the response to the request for a workspace.
    pub fn put_workspace(&mut self, workspace: Workspace, asked: u64) -> Updates {
        let id = workspace.id.clone();
        let has_changed = self.workspaces.put(workspace, asked);
        Updates::of(has_changed, [Topic::Workspace(id), Topic::Workspaces])
    }

    /// Applies the response to the request for the list of workspaces.
    pub fn put_workspaces(&mut self, list: Vec<Workspace>, asked: u64) -> Updates {
        let ids: Vec<_> = list
            .iter()
            .map(|one| Topic::Workspace(one.id.clone()))
            .collect();
        let has_changed = self.workspaces.answer(list, asked);
        Updates::of(has_changed, ids.into_iter().chain([Topic::Workspaces]))
    }

    /// Applies a single build, the response to a request or a command.
    pub fn put_build(&mut self, build: Build, now: Timestamp) -> Updates {
        self.activity
            .take(ActivityInput::Build(Box::new(build)), now);
        Updates::of(true, [Topic::Activity, Topic::Builds])
    }

    /// Applies the response to the request for the newest builds, of one workspace or of all.
    pub fn put_builds(
        &mut self,
        workspace: Option<WorkspaceId>,
        list: BuildList,
        asked: u64,
        now: Timestamp,
    ) -> Updates {
        let input = ActivityInput::Builds {
            asked,
            workspace,
            list,
        };
        self.activity.take(input, now);
        Updates::of(true, [Topic::Activity, Topic::Builds])
    }

    /// Applies the response to the request for the newest runs.
    pub fn put_runs(&mut self, list: List<Run>, asked: u64, now: Timestamp) -> Updates {
        let outdated = self.outdated(&list.items);
        self.activity.take(ActivityInput::Runs { asked, list }, now);
        Updates {
            outdated,
            ..Updates::of(true, [Topic::Activity])
        }
    }

    /// Applies an input that concerns the activity alone: user, commands, acknowledgements.
    pub fn update_activity(&mut self, input: ActivityInput, now: Timestamp) -> Updates {
        self.activity.take(input, now);
        Updates::of(true, [Topic::Activity])
    }

    /// Applies a tab that the stream or a command reports.
    pub fn put_tab(&mut self, tab: Tab) -> Updates {
        let topic = Topic::Tabs(tab.workbench_id.clone());
        let asked = self.activity.asked();
        Updates::of(self.tabs.put(tab, asked), [topic])
    }

    /// Applies the response to the request for a workbench's tabs.
    pub fn put_tabs(&mut self, workbench: &WorkbenchId, list: Vec<Tab>, asked: u64) -> Updates {
        let has_changed = self.tabs.answer(workbench, list, asked);
        Updates::of(has_changed, [Topic::Tabs(workbench.clone())])
    }

    /// Applies a change that this window makes to the tabs of a workbench before the server answers.
    pub fn change_tabs(
        &mut self,
        workbench: &WorkbenchId,
        change: impl FnOnce(&mut Tabs),
    ) -> Updates {
        change(&mut self.tabs);
        Updates::of(true, [Topic::Tabs(workbench.clone())])
    }

    /// Applies the response to the request for a run's journal; see [`Journals::answer`].
    pub fn put_journal(
        &mut self,
        run: &RunId,
        entries: Vec<Transition>,
        end: Option<u64>,
    ) -> Updates {
        // Views also depend on the number up to which the journal is complete.
        self.journals.answer(run, entries, end);
        Updates::of(true, [Topic::Journal(run.clone())])
    }

    /// Returns the changes of jobs since the last call, to be announced.
    pub fn take_announcements(&mut self) -> Vec<crate::activity::JobChange> {
        self.activity.changes()
    }

    /// Begins to follow a topic for a view.
    pub fn follow(&mut self, topic: &Topic) {
        match topic {
            Topic::Journal(run) => self.journals.follow(run),
            Topic::Workbench(id) => self.workbenches.follow(id),
            _ => {}
        }
    }

    /// Removes the entities of a topic that no view follows. `is_followed` tests the others.
    pub fn evict(&mut self, topic: &Topic, is_followed: impl Fn(&Topic) -> bool) {
        match topic {
            Topic::Workbench(id) => self.workbenches.evict(id),
            Topic::Workbenches(workspace) => {
                let keep = |id: &WorkbenchId| is_followed(&Topic::Workbench(id.clone()));
                self.workbenches.evict_list(workspace, keep);
            }
            Topic::Workspace(id) => self.workspaces.evict(id),
            Topic::Journal(run) => self.journals.evict(run),
            Topic::Tabs(workbench) => self.tabs.evict(workbench),
            Topic::Workspaces | Topic::Builds | Topic::Activity => {}
        }
    }

    /// Clears the store for another user, or for none.
    pub fn sign_in(&mut self, user: Option<UserId>) {
        let mut activity = std::mem::take(&mut self.activity);
        activity.sign_in(user);
        let mut journals = std::mem::take(&mut self.journals);
        journals.clear();
        let mut workbenches = std::mem::take(&mut self.workbenches);
        workbenches.clear();
        *self = Self {
            activity,
            // Views may follow them already.
            journals,
            workbenches,
            ..Self::default()
        };
    }
}

#[cfg(test)]
#[path = "store/tests.rs"]
mod tests;
