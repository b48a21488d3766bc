//! What goes on, for the header's indicator: what this page has asked for and is not answered yet,
//! together with the server's jobs, builds and runs.
//!
//! Everything that is heard goes into [`Activity::take`], in whatever order and however often it
//! comes; what comes out is the newest truth. A snapshot, or the answer to a request, says how
//! everything stands that it is about: what it does not have is gone, unless it was heard of after
//! the request was sent.
//!
//! One thing is counted once. A request about a workbench and its run are one; so are a start and
//! the build that it waits for.

mod appearance;
mod builds;
mod claims;
mod face;
mod job;
mod label;
mod pace;
#[cfg(test)]
mod properties;
mod registry;
mod runs;
mod speech;
#[cfg(test)]
mod tests;

use crate::build::{Build, BuildList};
use crate::feed::Event;
use crate::ids::{BuildId, RunId, UserId};
use crate::list::List;
use crate::run::Run;
use crate::stream::RECENT;
use crate::time::{Millis, Timestamp};
pub use appearance::{Appearance, LEAST, PATIENCE};
use builds::Builds;
use claims::{Claim, Claims, Standing};
pub use face::{Face, Trust};
pub use job::{Group, JobKey, Open, Registered, Seen, Stage, Subject};
pub use label::{Headline, Label, Request};
pub use registry::Registry;
use runs::Runs;
pub use speech::{Change, LONG_JOB, Speech};
use std::collections::BTreeSet;

/// A job that this page knows of by itself is a ghost when nobody has confirmed it for so long.
pub const UNCONFIRMED: Millis = Millis::from_secs(10);

/// Whose jobs are to be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those that the person began, or that nobody is known to have begun.
    #[default]
    Mine,
    /// All that the person may see.
    Everyone,
}

/// What is heard.
#[derive(Debug, Clone)]
pub enum Input {
    /// Somebody is there.
    SignedIn(UserId),
    /// Nobody is there any more.
    SignedOut,
    /// What this page has asked for and knows by itself, all of it.
    Own(Registry),
    /// The stream tells something.
    Told(Event),
    /// The server's numbers have begun anew: what was told before says nothing.
    Anew,
    /// The newest runs, as the answer to a request.
    Runs {
        /// What [`Activity::ask`] said when it was sent.
        asked: u64,
        /// The answer.
        list: List<Run>,
    },
    /// The newest builds, as the answer to a request.
    Builds {
        /// What [`Activity::ask`] said when it was sent.
        asked: u64,
        /// The answer.
        list: BuildList,
    },
    /// The answer to a request about builds was that nothing is other than at the one before.
    SameBuilds {
        /// What [`Activity::ask`] said when it was sent.
        asked: u64,
    },
    /// All that the person has taken note of.
    Acknowledgements(Vec<String>),
    /// The person takes note of these.
    Acknowledge(Vec<JobKey>),
}

/// Everything that is known to go on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Activity {
    user: Option<UserId>,
    own: Registry,
    /// What of it was registered, and is not told of yet.
    claims: Claims,
    runs: Runs,
    builds: Builds,
    /// None until it is known what was acknowledged: nobody is to be alarmed by an old failure.
    acknowledged: Option<BTreeSet<String>>,
    /// What was acknowledged here, before and after that was known.
    noted: BTreeSet<String>,
    asked: u64,
    changes: Vec<Change>,
}

impl Activity {
    /// A request about runs or builds is about to be sent: its number.
    pub fn ask(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// Takes in what is heard.
    pub fn take(&mut self, input: Input, now: Timestamp) {
        match input {
            Input::SignedIn(user) if self.user.as_ref() != Some(&user) => {
                let asked = self.asked;
                let own = std::mem::take(&mut self.own);
                *self = Self {
                    user: Some(user),
                    own,
                    asked,
                    ..Self::default()
                };
            }
            Input::SignedIn(_) => {}
            Input::SignedOut => *self = Self::default(),
            Input::Own(own) => {
                let (runs, builds) = (&self.runs, &self.builds);
                self.claims.follow(&self.own, &own, self.asked, |key| {
                    standing(runs, builds, key)
                });
                self.own = own;
            }
            Input::Told(event) => self.told(event, now),
            Input::Anew => {
                self.runs.begin_anew();
                self.claims = Claims::default();
            }
            Input::Runs { asked, list } => {
                let is_all = list.next_cursor.is_none() && list.unreadable == 0;
                let before = self.stages_of_runs(list.items.iter());
                if self.runs.answer(asked, &list.items, is_all) {
                    self.forget(|claim| !claim.registered.key.is_build() && claim.asked < asked);
                    self.note_runs(before);
                }
            }
            Input::Builds { asked, list } => {
                let were_known = self.builds.are_known();
                let before = self.stages_of_builds(list.builds.iter());
                if self.builds.answer(asked, self.asked, &list) {
                    self.forget(|claim| claim.registered.key.is_build() && claim.asked < asked);
                    self.note_builds(before, were_known);
                }
            }
            Input::SameBuilds { asked } => self.builds.same(asked),
            Input::Acknowledgements(keys) => {
                self.acknowledged = Some(keys.into_iter().collect());
            }
            Input::Acknowledge(keys) => {
                let keys = keys.into_iter().map(|key| key.as_str().to_owned());
                self.noted.extend(keys);
            }
        }
        self.runs.prune(|run| {
            let is_old = run.finished_at.is_some_and(|end| now.since(end) > RECENT);
            !is_old || Stage::of_run(run).is_failure()
        });
        let (runs, builds) = (&self.runs, &self.builds);
        self.claims.settle(|key| standing(runs, builds, key));
    }

    /// What has changed since this was asked last, to be said and told.
    pub fn changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// What the header says; none while nothing goes on.
    pub fn headline(&self, scope: Scope, now: Timestamp) -> Option<Headline> {
        Headline::of(self.seen(scope, now).into_iter())
    }

    /// Whether a job of the person's own is under way.
    pub fn has_own_work(&self, now: Timestamp) -> bool {
        let is_job = |seen: &Seen<'_>| !matches!(seen.subject, Subject::Request(_));
        let mut all = self.seen(Scope::Mine, now).into_iter();
        all.any(|seen| is_job(&seen) && seen.stage.is_busy())
    }

    /// When what is seen changes by itself; none while that is not so.
    pub fn changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.claims.ends_at(now)
    }

    /// Everything that goes on or has ended a short while ago; failures stay until they are
    /// acknowledged. The most important comes first.
    pub fn jobs(&self, scope: Scope, now: Timestamp) -> Vec<Seen<'_>> {
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

    fn told(&mut self, event: Event, now: Timestamp) {
        let asked = self.asked;
        match event {
            Event::Snapshot(snapshot) => {
                let before = self.stages_of_runs(snapshot.runs.iter());
                if self.runs.replace(&snapshot, asked, now) {
                    self.forget(|Claim { registered, .. }| {
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
                self.forget(|claim| claim.registered.key.is_of_run(&removed.id));
            }
            Event::BuildUpdate(update) => {
                let before = self.builds.get(&update.build.id).map(Stage::of_build);
                self.builds.update(&update.build, asked);
                let known = self.builds.get(&update.build.id);
                self.changes
                    .extend(known.and_then(|build| Change::of_build(build, before)));
            }
            Event::BuildRemoved(removed) => {
                self.builds.remove(&removed.id);
                self.forget(|claim| claim.registered.key.is_of_build(&removed.id));
            }
            Event::Acknowledged(acknowledged) => self.noted.extend(acknowledged.keys),
            Event::WorkbenchUpdate(_) | Event::WorkbenchRemoved(_) | Event::Workspace(_) => {}
        }
    }

    /// Forgets what must have been told by now, and is not known.
    fn forget(&mut self, must_be_told: impl Fn(&Claim) -> bool) {
        let (runs, builds) = (&self.runs, &self.builds);
        self.claims
            .forget(must_be_told, |key| standing(runs, builds, key));
    }

    fn seen(&self, scope: Scope, now: Timestamp) -> Vec<Seen<'_>> {
        let mut absorbed = BTreeSet::new();
        let mut seen = Vec::new();
        for run in self.runs.all() {
            // Its workbench has another since: this one has ended, as will be told.
            let is_past = !Stage::of_run(run).is_over()
                && (self.claims.follow_run(run, now)
                    || self.runs.all().any(|one| job::is_next_run(run, one)));
            if !is_past {
                seen.push(self.seen_run(run, now, &mut absorbed));
            }
        }
        for build in self.builds.all() {
            seen.push(self.seen_build(build, now));
        }
        seen.retain(|one| scope == Scope::Everyone || one.is_mine);
        let open = self.own.open().filter(|open| !absorbed.contains(&open.id));
        let claims = self.claims.believed(now);
        let claims = claims.filter(|one| standing(&self.runs, &self.builds, &one.key).is_none());
        let untold = claims.map(Seen::registered).chain(open.map(Seen::request));
        let rest = seen.len();
        for one in untold {
            // What is wished of one workbench is one thing, as it is once the server tells of it.
            let is_same = |other: &&mut Seen<'_>| one.is_wish_like(other);
            match seen[rest..].iter_mut().find(is_same) {
                None => seen.push(one),
                Some(other) if one.stage == Stage::Stopping => *other = one,
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
    ) -> Seen<'a> {
        let is_mine = run.started_by.is_none() || run.started_by == self.user;
        let build = run.build_id.as_ref().and_then(|id| self.builds.get(id));
        let mut stage = Stage::of_run(run);
        if stage.is_start() && build.is_some_and(|build| build.is_open()) {
            stage = Stage::Waiting;
        }
        let claimed = self.claims.stage(|key| key.is_of_run(&run.id), now);
        stage = claimed.unwrap_or(stage);
        let is_over = stage.is_over();
        let open = || self.own.open().filter(|open| open.is_about(run));
        // The run that they are for; or what comes after it, of which nothing is told yet.
        let is_asked_for = !is_over || open().any(|open| open.puts(run).is_none());
        for open in open().filter(|_| is_asked_for) {
            if !is_over && open.puts(run) == Some(Stage::Stopping) {
                stage = Stage::Stopping;
            }
            absorbed.insert(open.id);
        }
        // What the build failed of is told by the build.
        let is_told = build.is_some_and(|build| {
            let ended_badly = matches!(Stage::of_build(build), Stage::Failed | Stage::Cancelled);
            ended_badly && (build.requested_by.is_none() || build.requested_by == self.user)
        });
        let needs_attention = stage.is_failure()
            && is_mine
            && !is_told
            && !run.acknowledged
            && self.is_unnoted(&run.key())
            && !self.runs.all().any(|one| job::is_next_run(run, one));
        Seen {
            subject: Subject::Run(run),
            stage,
            is_mine,
            needs_attention,
            redone: None,
        }
    }

    fn seen_build<'a>(&'a self, build: &'a Build, now: Timestamp) -> Seen<'a> {
        let is_mine = build.requested_by.is_none() || build.requested_by == self.user;
        let stage = self.claims.stage(|key| key.is_of_build(&build.id), now);
        let stage = stage.unwrap_or(Stage::of_build(build));
        let needs_attention = stage == Stage::Failed
            && is_mine
            && !build.acknowledged
            && self.is_unnoted(&build.key())
            && !self.builds.all().any(|one| build.is_followed_by(one));
        let again = self.builds.all().filter(|one| build.is_redone_by(one));
        Seen {
            subject: Subject::Build(build),
            stage,
            is_mine,
            needs_attention,
            redone: again.max_by_key(|one| one.created_at),
        }
    }

    /// Whether the person has not taken note of it, as far as that is known.
    fn is_unnoted(&self, key: &str) -> bool {
        let known = self.acknowledged.as_ref();
        known.is_some_and(|known| !known.contains(key)) && !self.noted.contains(key)
    }

    fn run_stage(&self, id: &RunId) -> Option<Stage> {
        self.runs.get(id).map(Stage::of_run)
    }

    fn stages_of_runs<'a>(
        &self,
        runs: impl Iterator<Item = &'a Run>,
    ) -> Vec<(RunId, Option<Stage>)> {
        runs.map(|run| (run.id.clone(), self.run_stage(&run.id)))
            .collect()
    }

    fn stages_of_builds<'a>(
        &self,
        builds: impl Iterator<Item = &'a Build>,
    ) -> Vec<(BuildId, Option<Stage>)> {
        let stage = |id| self.builds.get(id).map(Stage::of_build);
        builds
            .map(|build| (build.id.clone(), stage(&build.id)))
            .collect()
    }

    /// What had never been heard of before may have been so for long, and is not said.
    fn note_runs(&mut self, before: Vec<(RunId, Option<Stage>)>) {
        for (id, before) in before {
            if before.is_some() {
                self.note_run(&id, before);
            }
        }
    }

    fn note_run(&mut self, id: &RunId, before: Option<Stage>) {
        let known = self.runs.get(id);
        let change = known.and_then(|run| Change::of_run(run, before));
        self.changes.extend(change);
    }

    fn note_builds(&mut self, before: Vec<(BuildId, Option<Stage>)>, were_known: bool) {
        for (id, before) in before {
            let known = self.builds.get(&id).filter(|_| were_known);
            let change = known.and_then(|build| Change::of_build(build, before));
            self.changes.extend(change);
        }
    }
}

/// How a job stands by what the server has told.
fn standing(runs: &Runs, builds: &Builds, key: &JobKey) -> Standing {
    let run = runs.all().find(|run| key.is_of_run(&run.id));
    let run = run.map(|run| (Stage::of_run(run), run.last_seq));
    let build = builds.all().find(|build| key.is_of_build(&build.id));
    run.or(build.map(|build| (Stage::of_build(build), 0)))
}
