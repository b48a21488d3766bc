//! The same machine and store under the real controller, which is killed between any two steps: the
//! simulated loop must not drift from the real one.

use super::case::Case;
use super::checks;
use super::machine::Machine;
use super::people::{self, UserCommand};
use super::rng::SimRng;
use super::server::asked;
use super::setup::cadence;
use super::store::{self, Store, StoreFault};
use super::truth;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use vestibule_engine::clock::Clock;
use vestibule_engine::connection::{Connection, Unreachable};
use vestibule_engine::controller::{Commit, Controller, Record, StatusStore, StoreError};
use vestibule_engine::{ApplyError, Engine, StartPreconditions, Target};
use vestibule_model::app::App;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Observed;
use vestibule_model::reconcile::{Action, Cadence, Outcome};
use vestibule_model::run::RunLog;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Source;

/// State that survives the server.
struct PersistentState {
    machine: Machine,
    store: Store,
    luck: SimRng,
    /// Last observation of each workbench.
    seen: BTreeMap<usize, Observed>,
    rounds: usize,
    /// Faults found so far.
    faults: Vec<String>,
}

/// Process of the server: engine, store and clock in one.
struct ServerProcess {
    persistent: Arc<Mutex<PersistentState>>,
    /// The machine's time at its start, and the start.
    began: (i64, Instant),
    changes: Mutex<Option<mpsc::UnboundedReceiver<WorkbenchId>>>,
}

impl ServerProcess {
    /// Returns the lasting state, advanced to the current time.
    fn persistent(&self) -> MutexGuard<'_, PersistentState> {
        let passed = i64::try_from(self.began.1.elapsed().as_millis()).unwrap_or(i64::MAX);
        let mut persistent = self.persistent.lock().expect("nobody panicked with it");
        let now = self.began.0 + passed;
        persistent.machine.advance(now);
        persistent
    }

    async fn takes(&self, most: i64) {
        let pause = self.persistent().luck.between(0, most);
        sleep(Duration::from_millis(pause.unsigned_abs())).await;
    }
}

impl Clock for ServerProcess {
    fn now(&self) -> Timestamp {
        self.persistent().machine.clock()
    }
}

#[async_trait]
impl Engine for ServerProcess {
    async fn observe(&self, target: &Target) -> Observed {
        let bench = store::number(&target.id);
        let observed = {
            let mut persistent = self.persistent();
            let (run, app, secrets) = asked(target);
            let observed = persistent.machine.observe(bench, run, app, &secrets);
            if persistent.seen.insert(bench, observed.clone()).is_some() {
                let fault = format!("two rounds at workbench {bench} at once");
                persistent.faults.push(fault);
            }
            observed
        };
        self.takes(60).await;
        observed
    }

    async fn apply(&self, target: &Target, action: &Action) -> Result<(), ApplyError> {
        self.takes(5).await;
        let (run, app, _) = asked(target);
        let bench = store::number(&target.id);
        let applied = self.persistent().machine.apply(bench, run, app, action);
        self.takes(20).await;
        applied.map_err(|why| ApplyError { action: "act", why })
    }

    fn cadence(&self) -> Cadence {
        cadence()
    }

    fn take_changes(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        self.changes.lock().expect("nobody panicked with it").take()
    }

    async fn endpoint(&self, _: &Target) -> Result<Connection, Unreachable> {
        Err(Unreachable::NotRunning)
    }

    async fn log(&self, _: &WorkbenchId, _: u64, _: u64, _: usize) -> RunLog {
        RunLog::default()
    }

    async fn prospect(&self, _: &str) -> StartPreconditions {
        StartPreconditions::default()
    }

    async fn apps(&self) -> Vec<App> {
        Vec::new()
    }
}

impl StatusStore for ServerProcess {
    fn load(&self, id: &WorkbenchId) -> Result<Option<Record>, StoreError> {
        let mut persistent = self.persistent.lock().expect("nobody panicked with it");
        persistent.may_fail()?;
        let bench = store::number(id);
        persistent.seen.remove(&bench);
        Ok(persistent.store.load(bench))
    }

    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        let mut persistent = self.persistent.lock().expect("nobody panicked with it");
        persistent.may_fail()?;
        let found = persistent.store.unsettled();
        Ok(found.into_iter().map(store::name).collect())
    }

    fn commit(
        &self,
        record: &Record,
        outcome: &Outcome,
        at: Timestamp,
    ) -> Result<Commit, StoreError> {
        let mut persistent = self.persistent.lock().expect("nobody panicked with it");
        persistent.may_fail()?;
        let bench = store::number(&record.target.id);
        let seen = persistent.seen.remove(&bench);
        let is_current = persistent.store.is_current(bench, record);
        let stored = persistent.store.commit(bench, record, outcome, at);
        if stored {
            if !is_current {
                let fault = format!("{bench}: it does what is not requested any more");
                persistent.faults.push(fault);
            }
            persistent.rounds += 1;
            persistent.judge(bench, record, outcome, seen);
            // It was stored, and the response is lost.
            persistent.may_fail()?;
            return Ok(Commit::Stored);
        }
        Ok(Commit::Overtaken)
    }
}

impl PersistentState {
    fn may_fail(&mut self) -> Result<(), StoreError> {
        if !self.machine.is_steady && self.luck.happens(8) {
            return Err(StoreError("told to".to_owned()));
        }
        Ok(())
    }

    fn judge(&mut self, bench: usize, record: &Record, outcome: &Outcome, seen: Option<Observed>) {
        let after_restart = outcome
            .transitions
            .iter()
            .any(|entry| entry.source == Source::Recovery);
        let observed = seen.map(|seen| Observed {
            after_restart,
            ..seen
        });
        let Some(observed) = observed else {
            self.faults
                .push(format!("{bench}: stored without an observation"));
            return;
        };
        let case = Case {
            subject: &record.subject,
            before: &record.status,
            observed: &observed,
            outcome,
        };
        let row = self.store.rows[bench].as_ref();
        let judged = case
            .judge()
            .and_then(|()| row.map_or(Ok(()), checks::judge_row));
        if let Err((rule, what)) = judged {
            self.faults.push(format!("{bench}: {rule}: {what}"));
        }
    }
}

/// Runs one server for so long. Unfinished work is dropped.
fn live(persistent: &Arc<Mutex<PersistentState>>, seconds: u64, is_calm: bool) {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (sender, receiver) = mpsc::unbounded_channel();
        let began = persistent.lock().expect("not poisoned").machine.now;
        let life = Arc::new(ServerProcess {
            persistent: Arc::clone(persistent),
            began: (began, Instant::now()),
            changes: Mutex::new(Some(receiver)),
        });
        let controller = Controller::start_with_clock(life.clone(), life.clone(), life.clone());
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            sleep(Duration::from_millis(100)).await;
            for bench in std::mem::take(&mut life.persistent().machine.changes) {
                sender.send(store::name(bench)).expect("the loop listens");
            }
            if !is_calm {
                stir(&life, &controller);
            }
        }
        if is_calm {
            compare(&life, &controller);
        }
    });
    end(runtime);
}

/// Waits for running calls to the store; everything else is dropped.
fn end(runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_secs(60));
}

/// Draws commands and obstacles.
fn stir(life: &ServerProcess, controller: &Controller) {
    let mut persistent = life.persistent();
    let PersistentState {
        machine,
        store,
        luck,
        ..
    } = &mut *persistent;
    let bench = luck.below(machine.workbenches.len());
    if luck.happens(400) {
        let command = UserCommand::draw(luck, store.rows[bench].is_some());
        let asked = command.ask(store, machine, bench);
        // A server killed here has published nothing.
        if asked.is_ok() && !luck.happens(30) {
            controller.enqueue(&store::name(bench));
        }
    }
    if luck.happens(30) {
        people::add_obstacle(machine, luck);
    }
    if luck.happens(60) {
        let steady = machine.is_steady;
        machine.heal();
        machine.is_steady = steady;
    }
    if luck.happens(3) {
        machine.skew += luck.between(-60_000, 60_000);
    }
}

fn compare(life: &ServerProcess, controller: &Controller) {
    let mut persistent = life.persistent();
    let benches = persistent.machine.workbenches.len();
    let mut active = 0;
    for bench in 0..benches {
        let row = persistent.store.rows[bench].as_ref();
        let goes_on = row.is_some_and(|row| !checks::is_settled(row));
        active += usize::from(goes_on);
        let compared = truth::compare(&persistent.machine, &persistent.store, bench, true);
        if let Err(what) = compared {
            persistent.faults.push(format!("{bench}: {what}"));
        }
    }
    if controller.active_count() != active {
        let what = format!("{} reconciled, {active} go on", controller.active_count());
        persistent.faults.push(what);
    }
}

/// Runs many servers and an undisturbed one at the end; returns the number of rounds and the faults.
fn lives(seed: u64, store_fault: StoreFault) -> (usize, Vec<String>) {
    let benches = 25;
    let mut luck = SimRng::new(seed, 9);
    let persistent = Arc::new(Mutex::new(PersistentState {
        machine: Machine::new(seed, benches),
        store: Store::new(benches, store_fault),
        luck: SimRng::new(seed, 4),
        seen: BTreeMap::new(),
        rounds: 0,
        faults: Vec::new(),
    }));
    for _ in 0..12 {
        let seconds = luck.between(1, 25).unsigned_abs();
        live(&persistent, seconds, false);
        let mut persistent = persistent.lock().expect("not poisoned");
        let until = persistent.machine.now + luck.between(0, 8_000);
        persistent.machine.advance(until);
        persistent.seen.clear();
    }
    persistent.lock().expect("not poisoned").machine.heal();
    live(&persistent, 240, true);
    let mut persistent = persistent.lock().expect("not poisoned");
    let misdeed = persistent.machine.misdeed.take();
    let mut faults = std::mem::take(&mut persistent.faults);
    faults.extend(misdeed.map(|(bench, what)| format!("{bench}: {what}")));
    (persistent.rounds, faults)
}

/// Restarts of a server lose nothing, leave nothing pending and report nothing unobserved (FIELD 11,
/// 13, 21, 28).
#[test]
fn real_loop_holds_over_many_restarts() {
    let mut all = 0;
    for seed in 0..crate::worlds() / 15 {
        let (rounds, faults) = lives(seed, StoreFault::None);
        assert!(faults.is_empty(), "seed {seed}: {faults:#?}");
        all += rounds;
    }
    assert!(all > 4_000, "only {all} rounds");
}

#[test]
fn broken_store_is_noticed_under_the_real_loop() {
    for store_fault in [
        StoreFault::IgnoresNewerCommands,
        StoreFault::ForgetsJournal,
        StoreFault::ListsNothing,
    ] {
        let noticed = (0..8).any(|seed| !lives(seed, store_fault).1.is_empty());
        assert!(noticed, "{store_fault:?} passes for whole");
    }
}
