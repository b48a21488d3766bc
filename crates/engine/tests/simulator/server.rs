//! Simulated server: its memory, and the steps of its reconciliations. It may crash between any two steps.

use super::case::Case;
use super::checks::{self, NO_BUSY_LOOP, NOTHING_STUCK, ONE_PROCESS, Verdict};
use super::setup::{LoopFault, cadence};
use super::sim::{Event, Sim};
use std::collections::{BTreeMap, BTreeSet};
use vestibule_engine::Target;
use vestibule_engine::controller::Record;
use vestibule_engine::controller::timing::{NextStep, ReconcileOutcome, ReconcileTiming};
use vestibule_model::observed::Observed;
use vestibule_model::reconcile::{Action, Outcome};

/// Number of rounds at one workbench within ten seconds that is too many.
const MOST_ROUNDS: usize = 120;
/// Longest pause between two rounds at an unsettled workbench.
const LONGEST_PAUSE: i64 = 30_000;

/// Memory of a server, which a crash loses.
#[derive(Default)]
pub struct Server {
    active: BTreeMap<usize, Task>,
    /// Workbenches that were unsettled at its start and have no stored observation since.
    recovering: BTreeSet<usize>,
}

/// Task of one workbench.
struct Task {
    timing: ReconcileTiming,
    is_woken: bool,
    /// The event it waits for; others are obsolete.
    token: u64,
    at: ServerStep,
    window: (i64, usize),
}

enum ServerStep {
    Pause,
    Load,
    Observe(Box<Record>),
    Commit(Box<Record>, Box<Observed>),
    Act(Box<Record>, Box<Outcome>, usize),
}

impl Server {
    /// Returns `true` if a workbench has a task.
    pub fn has_task(&self, bench: usize) -> bool {
        self.active.contains_key(&bench)
    }
}

impl Sim {
    /// Starts the server, which rounds at every unsettled workbench.
    pub fn boot(&mut self) -> Verdict {
        self.server = Some(Server::default());
        self.machine.changes.clear();
        if self.setup.loop_fault != LoopFault::SkipsRecovery {
            for bench in self.store.unsettled() {
                let after_restart = self.setup.loop_fault != LoopFault::HidesRestart;
                self.spawn_or_wake(bench, after_restart);
                if let Some(server) = self.server.as_mut() {
                    server.recovering.insert(bench);
                }
            }
        }
        let server = self.server.as_ref();
        let forgotten = self.store.rows.iter().enumerate().find(|(bench, row)| {
            let is_settled = row.as_ref().is_none_or(checks::is_settled);
            !is_settled && !server.is_some_and(|server| server.has_task(*bench))
        });
        match forgotten {
            Some((bench, row)) => {
                self.guilty = bench;
                Err((
                    checks::RESTART_LOSES_NOTHING,
                    format!("nobody rounds at {row:?}"),
                ))
            }
            None => Ok(()),
        }
    }

    /// Wakes the task of a workbench.
    pub fn enqueue(&mut self, bench: usize) {
        self.spawn_or_wake(bench, false);
    }

    fn spawn_or_wake(&mut self, bench: usize, after_restart: bool) {
        let Some(server) = self.server.as_mut() else {
            return;
        };
        if let Some(task) = server.active.get_mut(&bench) {
            task.is_woken = true;
            if matches!(task.at, ServerStep::Pause) {
                self.next(bench, ServerStep::Load, 0);
            }
            return;
        }
        let task = Task {
            timing: ReconcileTiming::new(after_restart),
            is_woken: false,
            token: 0,
            at: ServerStep::Load,
            window: (self.now, 0),
        };
        server.active.insert(bench, task);
        self.next(bench, ServerStep::Load, 0);
    }

    /// Plans the next step of a workbench.
    fn next(&mut self, bench: usize, at: ServerStep, pause: i64) {
        let token = self.plan_token();
        if let Some(server) = self.server.as_mut()
            && let Some(task) = server.active.get_mut(&bench)
        {
            task.at = at;
            task.token = token;
            let epoch = self.epoch;
            self.plan(pause, Event::Step(epoch, bench, token));
        }
    }

    /// Runs one step of a observation.
    pub fn step(&mut self, bench: usize, token: u64) -> Verdict {
        let Some(task) = self
            .server
            .as_mut()
            .and_then(|server| server.active.get_mut(&bench))
            .filter(|task| task.token == token)
        else {
            return Ok(());
        };
        match std::mem::replace(&mut task.at, ServerStep::Pause) {
            ServerStep::Pause | ServerStep::Load => {
                task.is_woken = false;
                let now = self.now;
                let (since, rounds) = &mut task.window;
                if now - *since > 10_000 {
                    (*since, *rounds) = (now, 0);
                }
                *rounds += 1;
                if *rounds > MOST_ROUNDS {
                    return Err((NO_BUSY_LOOP, format!("{rounds} rounds since {since}")));
                }
                self.load(bench)
            }
            ServerStep::Observe(record) => {
                let after_restart = task.timing.is_after_restart();
                let observed = Box::new(Observed {
                    after_restart,
                    ..self.observe(bench, &record)
                });
                let probe = self.luck.between(1, 60) + self.slow(800);
                self.next(bench, ServerStep::Commit(record, observed), probe);
                Ok(())
            }
            ServerStep::Commit(record, observed) => self.commit(bench, record, &observed),
            ServerStep::Act(record, outcome, done) => self.act(bench, record, outcome, done),
        }
    }

    /// Draws a duration, which is long now and then.
    fn slow(&mut self, most: i64) -> i64 {
        if self.luck.happens(30) {
            self.luck.between(0, most)
        } else {
            0
        }
    }

    fn fails(&mut self) -> bool {
        !self.is_calm() && self.luck.happens(8)
    }

    fn load(&mut self, bench: usize) -> Verdict {
        if self.fails() {
            return self.reconciled(bench, ReconcileOutcome::Broken);
        }
        match self.store.load(bench) {
            None => self.reconciled(bench, ReconcileOutcome::Settled),
            Some(record) => {
                let pause = self.luck.between(0, 4);
                self.next(bench, ServerStep::Observe(Box::new(record)), pause);
                Ok(())
            }
        }
    }

    fn observe(&mut self, bench: usize, record: &Record) -> Observed {
        let (run, app, secrets) = asked(&record.target);
        self.machine.observe(bench, run, app, &secrets)
    }

    fn commit(&mut self, bench: usize, record: Box<Record>, observed: &Observed) -> Verdict {
        let now = self.machine.clock();
        let outcome = (self.setup.rule)(&record.subject, &record.status, observed, &cadence(), now);
        self.tally.rounds += 1;
        if self.fails() {
            return self.reconciled(bench, ReconcileOutcome::Broken);
        }
        let was_over = self.run_is_over(bench, &record);
        let is_current = self.store.is_current(bench, &record);
        if !self.store.commit(bench, &record, &outcome, now) {
            self.tally.overtaken += 1;
            self.trace_line(bench, || "refused: there is a newer command".to_owned());
            return self.reconciled(bench, ReconcileOutcome::Overtaken);
        }
        if !outcome.transitions.is_empty() || !outcome.actions.is_empty() || outcome.forget {
            self.trace_line(bench, || summary_line(observed, &outcome));
        }
        if !is_current {
            return Err((
                checks::STOP_IS_HONOURED,
                "it does what is not requested any more".to_owned(),
            ));
        }
        self.tally.ends += usize::from(!was_over && outcome.status.phase.is_terminal());
        self.judge(bench, &record, observed, &outcome)?;
        if self.fails() {
            // It was stored, and the answer was lost.
            return self.reconciled(bench, ReconcileOutcome::Broken);
        }
        if outcome.forget {
            return self.done(bench, &outcome);
        }
        let pause = self.luck.between(0, 3) + self.slow(1_500);
        self.next(bench, ServerStep::Act(record, Box::new(outcome), 0), pause);
        self.crash_by_chance();
        Ok(())
    }

    /// Checks what was stored.
    fn judge(
        &mut self,
        bench: usize,
        record: &Record,
        observed: &Observed,
        outcome: &Outcome,
    ) -> Verdict {
        Case {
            subject: &record.subject,
            before: &record.status,
            observed,
            outcome,
        }
        .judge()?;
        let recovering = self.server.as_mut().map(|server| &mut server.recovering);
        if recovering.is_some_and(|them| them.remove(&bench)) && !observed.after_restart {
            let what = "the first observation after a restart passes for any other".to_owned();
            return Err((checks::RESTART_LOSES_NOTHING, what));
        }
        for entry in &outcome.transitions {
            *self.tally.reasons.entry(entry.reason.clone()).or_default() += 1;
        }
        if !outcome.transitions.is_empty() || outcome.status != record.status {
            self.tally.commits += 1;
            if let Some(row) = &self.store.rows[bench] {
                checks::judge_row(row)?;
            }
        }
        self.tally.removed += usize::from(outcome.forget);
        Ok(())
    }

    fn run_is_over(&self, bench: usize, record: &Record) -> bool {
        let row = self.store.rows[bench].as_ref();
        let number = record.subject.run.as_ref().map_or(0, |run| run.number);
        row.filter(|row| row.run_number == number)
            .and_then(|row| row.run())
            .is_none_or(|run| run.finished_at.is_some())
    }

    fn act(
        &mut self,
        bench: usize,
        record: Box<Record>,
        outcome: Box<Outcome>,
        done: usize,
    ) -> Verdict {
        let Some(action) = outcome.actions.get(done).cloned() else {
            return self.done(bench, &outcome);
        };
        if action == Action::StartJob && self.run_is_over(bench, &record) {
            return Err((ONE_PROCESS, "a run that is over is started".to_owned()));
        }
        let applied = self.apply(bench, &record, &action);
        self.trace_line(bench, || format!("{action:?}: {applied:?}"));
        self.crash_by_chance();
        if applied.is_err() {
            return self.reconciled(bench, ReconcileOutcome::ActionFailed);
        }
        let pause = self.luck.between(0, 10) + self.slow(500);
        self.next(bench, ServerStep::Act(record, outcome, done + 1), pause);
        Ok(())
    }

    fn apply(&mut self, bench: usize, record: &Record, action: &Action) -> Result<(), String> {
        self.tally.starts += usize::from(*action == Action::StartJob);
        let (run, app, _) = asked(&record.target);
        self.machine.apply(bench, run, app, action)
    }

    fn done(&mut self, bench: usize, outcome: &Outcome) -> Verdict {
        let server = self.server.as_ref();
        let reconciled = server
            .and_then(|server| server.active.get(&bench))
            .map(|task| task.timing.of(outcome));
        match reconciled {
            Some(reconciled) => self.reconciled(bench, reconciled),
            None => Ok(()),
        }
    }

    fn reconciled(&mut self, bench: usize, reconciled: ReconcileOutcome) -> Verdict {
        let Some(server) = self.server.as_mut() else {
            return Ok(());
        };
        let Some(task) = server.active.get_mut(&bench) else {
            return Ok(());
        };
        let is_woken = task.is_woken;
        match task.timing.after(reconciled) {
            NextStep::Rest if !is_woken => {
                server.active.remove(&bench);
                self.trace_line(bench, || "nothing is going on any more".to_owned());
                let row = self.store.rows[bench].as_ref();
                if row.is_some_and(|row| !checks::is_settled(row)) && !self.is_poked(bench) {
                    return Err((NOTHING_STUCK, format!("nobody rounds at {row:?}")));
                }
            }
            NextStep::Pause(pause) if !is_woken => {
                let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
                if pause > LONGEST_PAUSE {
                    return Err((NOTHING_STUCK, format!("nobody rounds for {pause} ms")));
                }
                let slips = self.setup.loop_fault == LoopFault::NeverPauses;
                self.next(bench, ServerStep::Pause, if slips { 0 } else { pause });
            }
            NextStep::Rest | NextStep::Immediate | NextStep::Pause(_) => {
                self.next(bench, ServerStep::Load, 0);
            }
        }
        Ok(())
    }
}

/// Returns the run, the app and the secrets of a target.
pub fn asked(target: &Target) -> (Option<u64>, usize, Vec<usize>) {
    let secrets = target.spec.secrets.iter();
    let secrets = secrets.filter_map(|name| name.trim_start_matches("SECRET_").parse().ok());
    (
        target.run.as_ref().map(|run| run.number),
        target.app.parse().unwrap_or(0),
        secrets.collect(),
    )
}

fn summary_line(observed: &Observed, outcome: &Outcome) -> String {
    let changes: Vec<String> = outcome
        .transitions
        .iter()
        .map(|entry| {
            let kind = entry.condition.as_ref().map_or("", |kind| kind.as_str());
            let to = entry.to.as_ref().map_or("", |to| to.as_str());
            format!("{kind}={to}/{}", entry.reason)
        })
        .collect();
    format!(
        "sees {:?} {:?} {:?} {:?} {:?} {:?}; is {} [{}] does {:?}, again in {:?}{}",
        observed.volume,
        observed.secrets,
        observed.app,
        observed.capacity,
        observed.runner,
        observed.probe,
        outcome.status.phase,
        changes.join(", "),
        outcome.actions,
        outcome.requeue_after.map(|pause| pause.0),
        if outcome.forget { ", forgotten" } else { "" },
    )
}
