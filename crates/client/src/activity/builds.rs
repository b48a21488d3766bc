//! The builds reported by requests and the stream: the newest version of each.

use crate::version::Versioned as _;
use std::collections::{BTreeMap, HashSet, VecDeque};
use vestibule_model::build::{Build, BuildList};
use vestibule_model::ids::{BuildId, WorkspaceId};

/// Number of removed builds that are remembered.
const REMEMBERED: usize = 512;

/// A build with the request at its report.
#[derive(Debug, Clone, PartialEq)]
struct KnownBuild {
    build: Build,
    /// The newest request at that time: responses to later ones include the build.
    asked: u64,
    /// `true` if the newest relevant response contained it. If not, it is gone: a late event does
    /// not revive it, only another response does.
    is_there: bool,
}

/// The known builds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Builds {
    known: BTreeMap<BuildId, KnownBuild>,
    /// The newest request for all builds that was answered; responses to older ones are dropped
    /// (FIELD 25).
    answered: Option<u64>,
    gone: VecDeque<BuildId>,
}

impl Builds {
    pub(super) fn all(&self) -> impl Iterator<Item = &Build> {
        let there = self.known.values().filter(|known| known.is_there);
        there.map(|known| &known.build)
    }

    pub(super) fn get(&self, id: &BuildId) -> Option<&Build> {
        let known = self.known.get(id).filter(|known| known.is_there);
        known.map(|known| &known.build)
    }

    /// Returns `true` if the builds were read.
    pub(super) fn are_known(&self) -> bool {
        self.answered.is_some()
    }

    /// Applies a report of one build.
    pub(super) fn update(&mut self, build: &Build, asked: u64) {
        if self.gone.contains(&build.id) {
            return;
        }
        if let Some(known) = self.known.get_mut(&build.id) {
            known.asked = known.asked.max(asked);
            let acknowledged = known.build.acknowledged || build.acknowledged;
            if build.is_newer_than(&known.build) {
                known.build = build.clone();
            }
            known.build.acknowledged = acknowledged;
            return;
        }
        let known = KnownBuild {
            build: build.clone(),
            asked,
            is_there: true,
        };
        self.known.insert(build.id.clone(), known);
    }

    /// Applies the response to a request or command about one build.
    pub(super) fn put(&mut self, build: &Build, asked: u64) {
        self.update(build, asked);
        if let Some(known) = self.known.get_mut(&build.id) {
            known.is_there = true;
        }
    }

    /// Removes a build for good.
    pub(super) fn remove(&mut self, id: &BuildId) {
        self.known.remove(id);
        if !self.gone.contains(id) {
            if self.gone.len() == REMEMBERED {
                self.gone.pop_front();
            }
            self.gone.push_back(id.clone());
        }
    }

    /// Returns `true` if a build was removed.
    pub(super) fn is_removed(&self, id: &BuildId) -> bool {
        self.gone.contains(id)
    }

    /// Applies the response to a request for the newest builds, of one workspace or of all;
    /// `newest` is the number of the newest request. Builds that should be among them and are not,
    /// are gone. Returns `true` if the response was current.
    pub(super) fn answer(
        &mut self,
        asked: u64,
        newest: u64,
        workspace: Option<&WorkspaceId>,
        list: &BuildList,
    ) -> bool {
        if workspace.is_none() {
            if self.answered > Some(asked) {
                return false;
            }
            self.answered = Some(asked);
        }
        let reported: HashSet<&BuildId> = list.builds.iter().map(|build| &build.id).collect();
        let is_all = list.next_cursor.is_none();
        let oldest = list.builds.iter().filter_map(|build| build.created_at);
        let oldest = oldest.min();
        let newest = newest.max(asked);
        for (id, known) in &mut self.known {
            let is_newer = known.build.created_at > oldest && oldest.is_some();
            // A request from before the report may also have been answered before it.
            let is_of_list = workspace.is_none_or(|of| known.build.workspace_id == *of);
            let is_judged = known.asked < asked && is_of_list && (is_all || is_newer);
            if reported.contains(id) {
                known.is_there |= known.asked < asked;
            } else if known.is_there && is_judged {
                known.is_there = false;
                known.asked = newest;
            }
        }
        for build in &list.builds {
            self.update(build, newest);
        }
        if self.known.len() > REMEMBERED {
            self.known.retain(|_, known| known.is_there);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::tests::{activity, build, builds};
    use crate::activity::{JobGroup, JobScope, JobStage, Label};
    use crate::fixtures::BEGIN;
    use vestibule_model::build::BuildStatus;

    /// FIELD 25: an older response does not undo a requested cancellation.
    #[test]
    fn field_25_build_is_shown_as_cancelling_until_it_ends() {
        let under_way = build(1, BuildStatus::Running);
        let cancelling = Build {
            cancel_requested_at: Some(BEGIN),
            ..under_way.clone()
        };
        let mut activity = activity();
        let mut says = |asked, reported: &Build| {
            activity.take(builds(asked, vec![reported.clone()]), BEGIN);
            let jobs = activity.jobs(JobScope::Mine, BEGIN);
            let label = activity
                .headline(JobScope::Mine, BEGIN)
                .and_then(|text| Some(text.lead?.label));
            (jobs[0].stage, jobs[0].group(), label)
        };
        let building = (
            JobStage::Building,
            JobGroup::UnderWay,
            Some(Label::Building),
        );
        assert_eq!(says(1, &under_way), building);
        let ending = (
            JobStage::Cancelling,
            JobGroup::UnderWay,
            Some(Label::Cancelling),
        );
        assert_eq!(says(2, &cancelling), ending);
        let more = Build {
            log_bytes: 512,
            ..under_way
        };
        assert_eq!(says(3, &more), ending, "told by a server that is behind");
        let ended = Build {
            status: BuildStatus::Cancelled,
            finished_at: Some(BEGIN),
            ..cancelling
        };
        assert_eq!(says(4, &ended), (JobStage::Cancelled, JobGroup::Over, None));
    }
}
