//! Jobs as they are shown: a command and its run are one job.

use super::job::{self, JobSubject, JobView};
use super::stage::JobStage;
use super::{Activity, JobScope, reported};
use std::collections::BTreeSet;
use vestibule_model::build::Build;
use vestibule_model::run::Run;
use vestibule_model::time::Timestamp;

impl Activity {
    /// Returns the jobs as they are shown, each once.
    pub(super) fn seen(&self, scope: JobScope, now: Timestamp) -> Vec<JobView<'_>> {
        let mut absorbed = BTreeSet::new();
        let mut seen = Vec::new();
        for run in self.runs.all() {
            // The workbench has a later run: this one has ended, as a report will show.
            let is_past = !JobStage::of_run(run).is_over()
                && (self.commands.follow_run(run, now)
                    || self.runs.all().any(|one| job::is_next_run(run, one)));
            if !is_past {
                seen.push(self.seen_run(run, now, &mut absorbed));
            }
        }
        for build in self.builds.all() {
            seen.push(self.seen_build(build, now));
        }
        seen.retain(|one| scope == JobScope::Everyone || one.is_mine);
        let open = self
            .commands
            .open()
            .filter(|open| !absorbed.contains(&open.id));
        let answered = self.commands.registered(now);
        let answered =
            answered.filter(|one| reported(&self.runs, &self.builds, &one.key).is_none());
        let untold = answered
            .map(JobView::registered)
            .chain(open.map(JobView::request));
        let rest = seen.len();
        for one in untold {
            // Commands to one workbench and its run are merged into one job.
            let is_same = |other: &&mut JobView<'_>| one.is_same_command(other);
            match seen[rest..].iter_mut().find(is_same) {
                None => seen.push(one),
                Some(other) if other.stage == JobStage::Restarting => {}
                Some(other) if matches!(one.stage, JobStage::Stopping | JobStage::Restarting) => {
                    *other = one;
                }
                Some(_) => {}
            }
        }
        seen
    }

    fn seen_run<'a>(
        &'a self,
        run: &'a Run,
        now: Timestamp,
        absorbed: &mut BTreeSet<u64>,
    ) -> JobView<'a> {
        let is_mine = run.started_by.is_none() || run.started_by == self.user;
        let build = run.build_id.as_ref().and_then(|id| self.builds.get(id));
        let mut stage = JobStage::of_run(run);
        if stage.is_start() && build.is_some_and(|build| build.is_open()) {
            stage = JobStage::Waiting;
        }
        let claimed = self.commands.stage(|key| key.is_of_run(&run.id), now);
        stage = claimed.unwrap_or(stage);
        let is_over = stage.is_over();
        let open = || self.commands.open().filter(|open| open.is_about(run));
        // Its run, or a later one of which nothing is reported yet.
        let is_asked_for = !is_over || open().any(|open| open.puts(run).is_none());
        if !is_over {
            let asked = |stage| open().any(|open| open.puts(run) == Some(stage));
            // A restart sends a stop and a start of its own.
            let mut commands = [JobStage::Restarting, JobStage::Stopping].into_iter();
            stage = commands.find(|stage| asked(*stage)).unwrap_or(stage);
        }
        absorbed.extend(open().filter(|_| is_asked_for).map(|open| open.id));
        // The build reports the failure.
        let is_told = build.is_some_and(|build| {
            let ended_badly = matches!(
                JobStage::of_build(build),
                JobStage::Failed | JobStage::Cancelled
            );
            ended_badly && (build.requested_by.is_none() || build.requested_by == self.user)
        });
        let needs_attention = stage.is_failure()
            && is_mine
            && !is_told
            && !run.acknowledged
            && self.is_unnoted(&run.key())
            && !self.runs.all().any(|one| job::is_next_run(run, one));
        JobView {
            subject: JobSubject::Run(run),
            stage,
            is_mine,
            needs_attention,
            redone: None,
        }
    }

    fn seen_build<'a>(&'a self, build: &'a Build, now: Timestamp) -> JobView<'a> {
        let is_mine = build.requested_by.is_none() || build.requested_by == self.user;
        let stage = self.commands.stage(|key| key.is_of_build(&build.id), now);
        let stage = stage.unwrap_or(JobStage::of_build(build));
        let needs_attention = stage == JobStage::Failed
            && is_mine
            && !build.acknowledged
            && self.is_unnoted(&build.key())
            && !self.builds.all().any(|one| build.is_followed_by(one));
        let again = self.builds.all().filter(|one| build.is_redone_by(one));
        JobView {
            subject: JobSubject::Build(build),
            stage,
            is_mine,
            needs_attention,
            redone: again.max_by_key(|one| one.created_at),
        }
    }
}
