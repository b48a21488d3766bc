//! Activity: the server's runs and builds together with this page's pending commands, as the
//! header's indicator and its panel show them.
//!
//! [`Activity::take`] applies reports in any order and any number of times; the newest version of
//! each job remains. A snapshot or the response to a request is authoritative: jobs missing in it
//! are gone, unless they were reported after the request was sent.
//!
//! Each job counts once. A command to a workbench and its run are one job; so are a start and the
//! build that it waits for.

mod announcements;
mod appearance;
mod builds;
mod commands;
mod face;
mod headline;
mod input;
mod job;
mod label;
#[cfg(test)]
mod properties;
mod runs;
mod stage;
#[cfg(test)]
mod tests;
mod views;

use crate::event::Event;
use crate::poll::Pace;
pub use announcements::{AnnouncementQueue, JobChange, LONG_JOB};
pub use appearance::{Appearance, LEAST, PATIENCE};
use builds::Builds;
pub use commands::UNCONFIRMED;
use commands::{PendingCommands, Provisional, Reported};
pub use face::{IndicatorContent, Trust};
pub use headline::{Headline, LeadJob};
pub use input::{ActivityInput, JobScope};
pub use job::{JobGroup, JobKey, JobSubject, JobView, Open, Registered};
pub use label::{Label, Request, WorkbenchCommand};
use runs::Runs;
pub use stage::JobStage;
use std::collections::BTreeSet;
use vestibule_model::build::Build;
use vestibule_model::ids::{BuildId, RunId, UserId, WorkbenchId};
use vestibule_model::run::Run;
use vestibule_model::stream::RECENT;
use vestibule_model::time::Timestamp;

/// Known jobs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Activity {
    user: Option<UserId>,
    commands: PendingCommands,
    runs: Runs,
    builds: Builds,
    /// `None` until the acknowledgements were read: an old failure must not alarm the user.
    acknowledged: Option<BTreeSet<String>>,
    /// Acknowledgements of this page, before and after the others were read.
    noted: BTreeSet<String>,
    asked: u64,
    changes: Vec<JobChange>,
}

impl Activity {
    /// Starts over for another user, or for none.
    pub fn sign_in(&mut self, user: Option<UserId>) {
        if user.is_none() {
            *self = Self::default();
        } else if self.user != user {
            *self = Self {
                user,
                commands: std::mem::take(&mut self.commands),
                asked: self.asked,
                ..Self::default()
            };
        }
    }

    /// Returns the number for a request that is about to be sent.
    pub fn ask(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// Returns the number of the newest request.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// Returns the known runs.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.all()
    }

    /// Returns the run of a workbench with this number.
    pub fn run_of(&self, workbench: &WorkbenchId, number: u64) -> Option<&Run> {
        self.runs
            .all()
            .find(|run| run.number == number && run.workbench_id == *workbench)
    }

    /// Returns the known builds.
    pub fn builds(&self) -> impl Iterator<Item = &Build> {
        self.builds.all()
    }

    /// Returns a build, or `None` if it is unknown or gone.
    pub fn build(&self, id: &BuildId) -> Option<&Build> {
        self.builds.get(id)
    }

    /// Returns `true` if the server reported that a build was removed.
    pub fn is_removed(&self, id: &BuildId) -> bool {
        self.builds.is_removed(id)
    }

    /// Returns the polling pace for builds. `may_come` is false if no app has build steps.
    pub fn pace_of_builds(&self, may_come: bool) -> Pace {
        if self.builds.all().any(Build::is_open) {
            Pace::Busy
        } else if may_come {
            Pace::Steady
        } else {
            Pace::Ended
        }
    }

    /// Applies a report.
    pub fn take(&mut self, input: ActivityInput, now: Timestamp) {
        let (runs, builds) = (&self.runs, &self.builds);
        let reported = |key: &JobKey| reported(runs, builds, key);
        match input {
            ActivityInput::Begin {
                id,
                request,
                workbench,
            } => self.commands.begin(Open::new(id, request, workbench, now)),
            ActivityInput::Settle(id) => self.commands.settle(id),
            ActivityInput::Answer(workbench) => {
                self.commands
                    .answered(&workbench, self.asked, now, reported);
            }
            ActivityInput::Event(event) => self.apply_event(event, now),
            ActivityInput::Anew => {
                self.runs.reset_numbers();
                self.commands.forget_all();
            }
            ActivityInput::Runs { asked, list } => {
                let is_all = list.next_cursor.is_none() && list.unreadable == 0;
                let before = self.stages_of_runs(list.items.iter());
                if self.runs.answer(asked, &list.items, is_all) {
                    self.forget(|one| !one.registered.key.is_build() && one.asked < asked);
                    self.note_runs(before);
                }
            }
            ActivityInput::Builds {
                asked,
                workspace,
                list,
            } => {
                let were_known = self.builds.are_known();
                let before = self.stages_of_builds(list.builds.iter());
                if self
                    .builds
                    .answer(asked, self.asked, workspace.as_ref(), &list)
                {
                    let is_of_all = workspace.is_none();
                    self.forget(|one| {
                        is_of_all && one.registered.key.is_build() && one.asked < asked
                    });
                    self.note_builds(before, were_known);
                }
            }
            ActivityInput::Build(build) => {
                self.update_build(&build);
                self.builds.put(&build, self.asked);
            }
            ActivityInput::Acknowledgements(keys) => {
                self.acknowledged = Some(keys.into_iter().collect());
            }
            ActivityInput::Acknowledge(keys) => {
                let keys = keys.into_iter().map(|key| key.as_str().to_owned());
                self.noted.extend(keys);
            }
        }
        self.runs.prune(|run| {
            let is_old = run.finished_at.is_some_and(|end| now.since(end) > RECENT);
            !is_old || JobStage::of_run(run).is_failure()
        });
        let (runs, builds) = (&self.runs, &self.builds);
        self.commands
            .confirm(|key| self::reported(runs, builds, key));
    }

    /// Returns the changes since the last call, to be announced.
    pub fn changes(&mut self) -> Vec<JobChange> {
        std::mem::take(&mut self.changes)
    }

    /// Returns the header's summary, or `None` while nothing is in progress.
    pub fn headline(&self, scope: JobScope, now: Timestamp) -> Option<Headline> {
        let name_of = |id: &WorkbenchId| {
            let mut runs = self.runs.all().filter(|run| run.workbench_id == *id);
            runs.find_map(|run| run.name.clone())
        };
        Headline::of(self.seen(scope, now).into_iter(), name_of)
    }

    /// Returns `true` if a job of the user's own is in progress.
    pub fn has_own_work(&self, now: Timestamp) -> bool {
        let is_job = |seen: &JobView<'_>| !matches!(seen.subject, JobSubject::Request(_));
        let mut all = self.seen(JobScope::Mine, now).into_iter();
        all.any(|seen| is_job(&seen) && seen.stage.is_busy())
    }

    /// Returns the time at which the display changes without a report, or `None`.
    pub fn changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.commands.expires_at(now)
    }

    /// Returns every job that is in progress or ended recently; failures stay until they are
    /// acknowledged. The most important comes first.
    pub fn jobs(&self, scope: JobScope, now: Timestamp) -> Vec<JobView<'_>> {
        let mut jobs = self.seen(scope, now);
        jobs.retain(|job| {
            let ended = job.ended().or(job.since());
            let is_recent = ended.is_none_or(|ended| now.since(ended) <= RECENT);
            !job.stage.is_over() || job.needs_attention || is_recent
        });
        jobs.sort_by_cached_key(|job| {
            let newest = job.ended().or(job.since()).map(|at| -at.as_millis());
            let place = job.queue_position().unwrap_or(0);
            (job.group(), place, newest, job.key())
        });
        jobs
    }

    fn apply_event(&mut self, event: Event, now: Timestamp) {
        let asked = self.asked;
        match event {
            Event::Snapshot(snapshot) => {
                let before = self.stages_of_runs(snapshot.runs.iter());
                if self.runs.replace(&snapshot, asked, now) {
                    self.forget(|Provisional { registered, .. }| {
                        !registered.key.is_build() && registered.seq <= snapshot.seq
                    });
                    self.note_runs(before);
                }
            }
            Event::RunUpdate(update) => {
                let before = self.run_stage(&update.run.id);
                let id = update.run.id.clone();
                self.runs.update(&update, asked);
                self.note_run(&id, before);
            }
            Event::RunRemoved(removed) => {
                self.runs.remove(&removed.id);
                self.forget(|one| one.registered.key.is_of_run(&removed.id));
            }
            Event::BuildUpdate(update) => self.update_build(&update.build),
            Event::BuildRemoved(removed) => {
                self.builds.remove(&removed.id);
                self.forget(|one| one.registered.key.is_of_build(&removed.id));
            }
            Event::Acknowledged(acknowledged) => self.noted.extend(acknowledged.keys),
            Event::WorkbenchUpdate(_)
            | Event::WorkbenchRemoved(_)
            | Event::WorkspaceUpdate(_)
            | Event::WorkspaceRemoved(_)
            | Event::TabUpdate(_)
            | Event::Transition(_) => {}
        }
    }

    fn update_build(&mut self, build: &Build) {
        let before = self.builds.get(&build.id).map(JobStage::of_build);
        self.builds.update(build, self.asked);
        let known = self.builds.get(&build.id);
        self.changes
            .extend(known.and_then(|build| JobChange::of_build(build, before)));
    }

    /// Removes the provisional jobs that a complete list should contain and does not.
    fn forget(&mut self, is_judged: impl Fn(&Provisional) -> bool) {
        let (runs, builds) = (&self.runs, &self.builds);
        self.commands
            .forget(is_judged, |key| reported(runs, builds, key));
    }

    /// Returns `true` if the job is known not to be acknowledged.
    fn is_unnoted(&self, key: &str) -> bool {
        let known = self.acknowledged.as_ref();
        known.is_some_and(|known| !known.contains(key)) && !self.noted.contains(key)
    }

    fn run_stage(&self, id: &RunId) -> Option<JobStage> {
        self.runs.get(id).map(JobStage::of_run)
    }

    fn stages_of_runs<'a>(
        &self,
        runs: impl Iterator<Item = &'a Run>,
    ) -> Vec<(RunId, Option<JobStage>)> {
        runs.map(|run| (run.id.clone(), self.run_stage(&run.id)))
            .collect()
    }

    fn stages_of_builds<'a>(
        &self,
        builds: impl Iterator<Item = &'a Build>,
    ) -> Vec<(BuildId, Option<JobStage>)> {
        let stage = |id| self.builds.get(id).map(JobStage::of_build);
        builds
            .map(|build| (build.id.clone(), stage(&build.id)))
            .collect()
    }

    /// Jobs that were never reported before may be old, and are not announced.
    fn note_runs(&mut self, before: Vec<(RunId, Option<JobStage>)>) {
        for (id, before) in before {
            if before.is_some() {
                self.note_run(&id, before);
            }
        }
    }

    fn note_run(&mut self, id: &RunId, before: Option<JobStage>) {
        let known = self.runs.get(id);
        let change = known.and_then(|run| JobChange::of_run(run, before));
        self.changes.extend(change);
    }

    fn note_builds(&mut self, before: Vec<(BuildId, Option<JobStage>)>, were_known: bool) {
        for (id, before) in before {
            let known = self.builds.get(&id).filter(|_| were_known);
            let change = known.and_then(|build| JobChange::of_build(build, before));
            self.changes.extend(change);
        }
    }
}

/// Returns the stage of a job as the server reported it.
fn reported(runs: &Runs, builds: &Builds, key: &JobKey) -> Reported {
    let run = runs.all().find(|run| key.is_of_run(&run.id));
    let run = run.map(|run| (JobStage::of_run(run), run.last_seq));
    let build = builds.all().find(|build| key.is_of_build(&build.id));
    run.or(build.map(|build| (JobStage::of_build(build), 0)))
}
