//! What the events say, put together: the newest of each run and workbench, in whatever order and
//! however often it was told.

use crate::ids::{RunId, WorkbenchId, WorkspaceId};
use crate::phase::{K8sStatus, Phase};
use crate::run::Run;
use crate::stream::{
    Acknowledged, BuildRemoved, BuildUpdate, RunRemoved, RunUpdate, Snapshot, WorkbenchRemoved,
    WorkbenchUpdate, WorkspaceNews,
};

/// How many runs of one workbench that have ended are remembered.
const PAST: usize = 4;

/// For how many removed runs and workbenches, and for how many workspaces of which was told, that is
/// remembered, so that a late update revives none.
const REMEMBERED: usize = 512;

/// An event of the stream, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// How everything stands. It replaces what is known, and drives out ghosts.
    Snapshot(Snapshot),
    /// A run as it is now.
    RunUpdate(Box<RunUpdate>),
    /// A run that is gone.
    RunRemoved(RunRemoved),
    /// The words that sum a workbench up.
    WorkbenchUpdate(WorkbenchUpdate),
    /// A workbench that is gone.
    WorkbenchRemoved(WorkbenchRemoved),
    /// A workspace that came, got another name or is gone.
    Workspace(WorkspaceNews),
    /// A build as it is now.
    BuildUpdate(Box<BuildUpdate>),
    /// A build that is gone.
    BuildRemoved(BuildRemoved),
    /// What the reader has taken note of.
    Acknowledged(Acknowledged),
}

impl Event {
    /// Reads an event; heartbeats, events of newer versions and garbled ones are none.
    pub fn read(kind: &str, data: &str) -> Option<Self> {
        match kind {
            "snapshot" => serde_json::from_str(data).map(Self::Snapshot).ok(),
            "run-update" => serde_json::from_str(data)
                .map(|update| Self::RunUpdate(Box::new(update)))
                .ok(),
            "run-removed" => serde_json::from_str(data).map(Self::RunRemoved).ok(),
            "workbench-update" => serde_json::from_str(data).map(Self::WorkbenchUpdate).ok(),
            "workbench-removed" => serde_json::from_str(data).map(Self::WorkbenchRemoved).ok(),
            "workspace-update" => serde_json::from_str(data)
                .map(Self::Workspace)
                .ok()
                // A name that cannot be read is no removal.
                .filter(|event| !matches!(event, Self::Workspace(news) if news.name.is_none())),
            "workspace-removed" => serde_json::from_str(data)
                .map(|news| Self::Workspace(WorkspaceNews { name: None, ..news }))
                .ok(),
            "build-update" => serde_json::from_str(data)
                .map(|update| Self::BuildUpdate(Box::new(update)))
                .ok(),
            "build-removed" => serde_json::from_str(data).map(Self::BuildRemoved).ok(),
            "acknowledged" => serde_json::from_str(data).map(Self::Acknowledged).ok(),
            _ => None,
        }
    }
}

/// What views may want to look at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A workbench has changed.
    Workbench {
        /// Which.
        id: WorkbenchId,
        /// Where it belongs.
        workspace: WorkspaceId,
        /// Its generation; 0 where the event does not tell.
        generation: u64,
        /// Its last change.
        seq: u64,
    },
    /// A run is gone.
    Removed(RunId),
    /// A workbench is gone.
    Gone {
        /// Which.
        id: WorkbenchId,
        /// When it went.
        seq: u64,
    },
    /// A workspace came, got another name or is gone.
    Workspace {
        /// Which.
        id: WorkspaceId,
        /// What it is called now; none where it is gone.
        name: Option<String>,
    },
    /// Everything is told from now on, and of what was before, only what the runs tell.
    Beginning,
    /// A build has changed.
    Builds,
    /// It is not known what has happened in the meantime.
    Everything,
}

/// The newest that is known of a workbench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// The workbench.
    pub id: WorkbenchId,
    /// Raised with every wish.
    pub generation: u64,
    /// Its last change.
    pub seq: u64,
    /// The one word for it.
    pub k8s_status: K8sStatus,
    /// Where it is in its life.
    pub phase: Phase,
}

/// The runs and workbenches that the stream has told about.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The newest number that is part of it; none until there was a snapshot.
    seq: Option<u64>,
    /// In the order of their ids.
    runs: Vec<Run>,
    /// In the order of their ids.
    newest: Vec<Newest>,
    /// The newest last.
    removed: Vec<RunId>,
    /// With the numbers at which they went: under the same name another may be made. The newest last.
    gone: Vec<(WorkbenchId, u64)>,
    /// The workspaces of which was told, with the numbers of that. The newest last.
    workspaces: Vec<(WorkspaceId, u64)>,
}

impl Standing {
    /// The runs that are active or ended a short while ago.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The newest that is known of a workbench.
    pub fn newest(&self, id: &WorkbenchId) -> Option<&Newest> {
        let place = self.newest.binary_search_by(|one| one.id.cmp(id)).ok()?;
        self.newest.get(place)
    }

    /// The newest number that is part of it; none until there was a snapshot.
    pub fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// How things stand, for a tab that has just begun to follow.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.seq.map(|seq| Snapshot {
            seq,
            runs: self.runs.clone(),
        })
    }

    /// Takes in a snapshot of another tab. It is as good as the server's, but not newer: what it
    /// does not tell is not gone, and an older one is dropped.
    pub fn take_over(&mut self, snapshot: Snapshot) -> Vec<News> {
        if self.seq > Some(snapshot.seq) {
            return Vec::new();
        }
        let is_first = self.seq.is_none();
        let mut news = self.replace(snapshot);
        news.extend(is_first.then_some(News::Beginning));
        news
    }

    /// Takes in an event; says what views may want to look at again.
    pub fn take(&mut self, event: Event) -> Vec<News> {
        let news = match event {
            Event::Snapshot(snapshot) => {
                let is_first = self.seq.is_none();
                let mut news = self.replace(snapshot);
                return if is_first {
                    news.push(News::Beginning);
                    news
                } else {
                    vec![News::Everything]
                };
            }
            Event::RunUpdate(update) => {
                self.reach(update.seq);
                self.put(update.run)
            }
            Event::RunRemoved(removed) => {
                self.reach(removed.seq);
                self.remove(removed.id)
            }
            Event::WorkbenchUpdate(update) => {
                self.reach(update.seq);
                self.note(update)
            }
            Event::WorkbenchRemoved(removed) => {
                self.reach(removed.seq);
                self.forget(removed)
            }
            Event::Workspace(news) => {
                self.reach(news.seq);
                self.tell(news)
            }
            Event::BuildUpdate(update) => {
                self.reach(update.seq);
                Some(News::Builds)
            }
            Event::BuildRemoved(removed) => {
                self.reach(removed.seq);
                Some(News::Builds)
            }
            Event::Acknowledged(acknowledged) => {
                self.reach(acknowledged.seq);
                None
            }
        };
        news.into_iter().collect()
    }

    /// What was told before the first snapshot counts, but says nothing of the rest.
    fn reach(&mut self, seq: u64) {
        self.seq = self.seq.map(|known| known.max(seq));
    }

    fn replace(&mut self, snapshot: Snapshot) -> Vec<News> {
        self.seq = Some(snapshot.seq);
        self.runs.clear();
        self.newest.clear();
        self.removed.clear();
        self.gone.clear();
        self.workspaces.clear();
        snapshot
            .runs
            .into_iter()
            .filter_map(|run| self.put(run))
            .collect()
    }

    fn put(&mut self, run: Run) -> Option<News> {
        let news = News::Workbench {
            id: run.workbench_id.clone(),
            workspace: run.workspace_id.clone(),
            generation: 0,
            seq: run.last_seq,
        };
        match self.runs.binary_search_by(|one| one.id.cmp(&run.id)) {
            Ok(place) if self.runs[place].last_seq >= run.last_seq => return None,
            Ok(place) => self.runs[place] = run,
            Err(_) if self.removed.contains(&run.id) => return None,
            Err(place) => self.runs.insert(place, run),
        }
        if let News::Workbench { id, .. } = &news {
            self.let_go_of_past(id);
        }
        Some(news)
    }

    /// A page stays open for days, and a workbench may be started any number of times.
    fn let_go_of_past(&mut self, id: &WorkbenchId) {
        let has_ended = |run: &Run| run.workbench_id == *id && run.finished_at.is_some();
        let ended = self.runs.iter().filter(|run| has_ended(run));
        let mut numbers: Vec<u64> = ended.map(|run| run.number).collect();
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        if let Some(oldest) = numbers.get(PAST - 1).filter(|_| numbers.len() > PAST) {
            self.runs
                .retain(|run| !has_ended(run) || run.number >= *oldest);
        }
    }

    fn remove(&mut self, id: RunId) -> Option<News> {
        if self.removed.contains(&id) {
            return None;
        }
        if let Ok(place) = self.runs.binary_search_by(|one| one.id.cmp(&id)) {
            self.runs.remove(place);
        }
        remember(&mut self.removed, id.clone());
        Some(News::Removed(id))
    }

    fn forget(&mut self, removed: WorkbenchRemoved) -> Option<News> {
        if self.is_gone(&removed.id, removed.seq) {
            return None;
        }
        if let Ok(place) = self.newest.binary_search_by(|one| one.id.cmp(&removed.id)) {
            if self.newest[place].seq > removed.seq {
                return None;
            }
            self.newest.remove(place);
        }
        remember(&mut self.gone, (removed.id.clone(), removed.seq));
        Some(News::Gone {
            id: removed.id,
            seq: removed.seq,
        })
    }

    fn tell(&mut self, news: WorkspaceNews) -> Option<News> {
        let WorkspaceNews { seq, id, name } = news;
        let mut known = self.workspaces.iter();
        if known.any(|(of, at)| *of == id && *at >= seq) {
            return None;
        }
        self.workspaces.retain(|(of, _)| *of != id);
        remember(&mut self.workspaces, (id.clone(), seq));
        Some(News::Workspace { id, name })
    }

    /// Whether what is told under this number is of a workbench that went since.
    fn is_gone(&self, id: &WorkbenchId, seq: u64) -> bool {
        self.gone.iter().any(|(gone, at)| gone == id && *at >= seq)
    }

    fn note(&mut self, update: WorkbenchUpdate) -> Option<News> {
        let fresh = Newest {
            id: update.id.clone(),
            generation: update.generation,
            seq: update.seq,
            k8s_status: update.k8s_status,
            phase: update.phase,
        };
        match self.newest.binary_search_by(|one| one.id.cmp(&fresh.id)) {
            Ok(place) => {
                let known = &mut self.newest[place];
                if (known.seq, known.generation) >= (fresh.seq, fresh.generation) {
                    return None;
                }
                *known = fresh;
            }
            Err(_) if self.is_gone(&fresh.id, fresh.seq) => return None,
            Err(place) => self.newest.insert(place, fresh),
        }
        Some(News::Workbench {
            id: update.id,
            workspace: update.workspace_id,
            generation: update.generation,
            seq: update.seq,
        })
    }
}

fn remember<T>(gone: &mut Vec<T>, one: T) {
    if gone.len() == REMEMBERED {
        gone.remove(0);
    }
    gone.push(one);
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
