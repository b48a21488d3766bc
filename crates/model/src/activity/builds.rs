//! The builds, as requests and the stream tell of them: the newest truth about each.

use crate::build::{Build, BuildList, BuildStatus};
use crate::ids::BuildId;
use crate::time::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet, VecDeque};

/// For how many builds that are gone it is remembered that they are.
const REMEMBERED: usize = 512;

/// A build, and when it was heard of.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    build: Build,
    /// The newest request at that time: the answer to a later one knows of it.
    asked: u64,
    /// Whether the newest answer that must have it had it. What it had not is gone, and news of it
    /// that comes late revives nothing; only another answer does.
    is_there: bool,
}

/// The builds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Builds {
    known: BTreeMap<BuildId, Heard>,
    /// The newest request that was answered; an older one's answer says nothing (FIELD 25).
    answered: Option<u64>,
    gone: VecDeque<BuildId>,
}

impl Builds {
    pub(super) fn all(&self) -> impl Iterator<Item = &Build> {
        let there = self.known.values().filter(|heard| heard.is_there);
        there.map(|heard| &heard.build)
    }

    pub(super) fn get(&self, id: &BuildId) -> Option<&Build> {
        let known = self.known.get(id).filter(|heard| heard.is_there);
        known.map(|heard| &heard.build)
    }

    /// Whether it is known how builds stand.
    pub(super) fn are_known(&self) -> bool {
        self.answered.is_some()
    }

    /// Whether asking may tell news of a build that was spoken of when this was the newest request.
    /// Of one that is not known, the answer to a later request would have told.
    pub(super) fn may_be_told(&self, id: &BuildId, heard: u64) -> bool {
        match self.get(id) {
            Some(build) => build.is_open(),
            None => self.answered <= Some(heard),
        }
    }

    /// The answer to a request was the same as the one before.
    pub(super) fn same(&mut self, asked: u64) {
        self.answered = self.answered.max(Some(asked));
    }

    /// A build as it is now.
    pub(super) fn update(&mut self, build: &Build, asked: u64) {
        if self.gone.contains(&build.id) {
            return;
        }
        if let Some(known) = self.known.get_mut(&build.id) {
            known.asked = known.asked.max(asked);
            let acknowledged = known.build.acknowledged || build.acknowledged;
            if age(build) > age(&known.build) {
                known.build = build.clone();
            }
            known.build.acknowledged = acknowledged;
            return;
        }
        let heard = Heard {
            build: build.clone(),
            asked,
            is_there: true,
        };
        self.known.insert(build.id.clone(), heard);
    }

    /// A build is gone, for good.
    pub(super) fn remove(&mut self, id: &BuildId) {
        self.known.remove(id);
        if !self.gone.contains(id) {
            if self.gone.len() == REMEMBERED {
                self.gone.pop_front();
            }
            self.gone.push_back(id.clone());
        }
    }

    /// The answer to a request, heard when another was the newest: the newest builds. What would be
    /// among them and is not, is gone. Answers whether it was of use.
    pub(super) fn answer(&mut self, asked: u64, newest: u64, list: &BuildList) -> bool {
        if self.answered > Some(asked) {
            return false;
        }
        self.answered = Some(asked);
        let told: HashSet<&BuildId> = list.builds.iter().map(|build| &build.id).collect();
        let is_all = list.next_cursor.is_none();
        let oldest = list.builds.iter().filter_map(|build| build.created_at);
        let oldest = oldest.min();
        let newest = newest.max(asked);
        for (id, heard) in &mut self.known {
            let is_newer = heard.build.created_at > oldest && oldest.is_some();
            // What was sent before it was heard of may have been looked after before that, too.
            let is_judged = heard.asked < asked && (is_all || is_newer);
            if told.contains(id) {
                heard.is_there |= heard.asked < asked;
            } else if heard.is_there && is_judged {
                heard.is_there = false;
                heard.asked = newest;
            }
        }
        for build in &list.builds {
            self.update(build, newest);
        }
        if self.known.len() > REMEMBERED {
            self.known.retain(|_, heard| heard.is_there);
        }
        true
    }
}

/// How far a build has come. It only ever goes on: whichever of two tellings is further is the
/// newer one.
fn age(build: &Build) -> (u8, bool, usize, Option<Timestamp>, u64, Reverse<u32>) {
    let status = match build.status {
        // A word of a later version stands between those that we know.
        BuildStatus::Pending => 0,
        BuildStatus::Unknown(_) => 1,
        BuildStatus::Running => 2,
        BuildStatus::Succeeded | BuildStatus::Failed | BuildStatus::Cancelled => 3,
    };
    let steps = &build.steps;
    let begun = steps.iter().filter(|step| step.started_at.is_some());
    let ended = steps.iter().filter(|step| step.finished_at.is_some());
    let place = build.queue_position.unwrap_or(u32::MAX);
    (
        status,
        build.cancel_requested_at.is_some(),
        begun.count() + ended.count(),
        build.finished_at,
        build.log_bytes,
        Reverse(place),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::tests::{activity, build, builds};
    use crate::activity::{Group, Label, Scope, Stage};
    use crate::fixtures::BEGIN;

    /// FIELD 25: a wish to end a build is not forgotten by an answer from before it.
    #[test]
    fn field_25_a_build_that_is_to_end_says_so_until_it_has() {
        let under_way = build(1, BuildStatus::Running);
        let cancelling = Build {
            cancel_requested_at: Some(BEGIN),
            ..under_way.clone()
        };
        let mut activity = activity();
        let mut says = |asked, told: &Build| {
            activity.take(builds(asked, vec![told.clone()]), BEGIN);
            let jobs = activity.jobs(Scope::Mine, BEGIN);
            let label = activity.headline(Scope::Mine, BEGIN).map(|said| said.label);
            (jobs[0].stage, jobs[0].group(), label)
        };
        let building = (Stage::Building, Group::UnderWay, Some(Label::Building));
        assert_eq!(says(1, &under_way), building);
        let ending = (Stage::Cancelling, Group::UnderWay, Some(Label::Cancelling));
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
        assert_eq!(says(4, &ended), (Stage::Cancelled, Group::Over, None));
    }
}
