//! The same machine and store under the real controller, which is killed between any two steps: the
//! simulated loop must not drift from the real one.

use super::case::Case;
use super::chance::Chance;
use super::checks;
use super::people::{self, Wish};
use super::server::asked;
use super::setup::cadence;
use super::store::{self, Flaw, Store};
use super::truth;
use super::world::World;
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
use vestibule_engine::{ApplyError, Engine, Prospect, Target};
use vestibule_model::app::App;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Observed;
use vestibule_model::reconcile::{Action, Cadence, Outcome};
use vestibule_model::run::RunLog;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Source;

/// State that survives the server.
struct Lasting {
    world: World,
    store: Store,
    luck: Chance,
    /// Last observation of each workbench.
    seen: BTreeMap<usize, Observed>,
    looks: usize,
    /// Faults found so far.
    faults: Vec<String>,
}

/// Process of the server: engine, store and clock in one.
struct Life {
    lasting: Arc<Mutex<Lasting>>,
    /// The machine's time at its start, and the start.
    began: (i64, Instant),
    news: Mutex<Option<mpsc::UnboundedReceiver<WorkbenchId>>>,
}

impl Life {
    /// Returns the lasting state, advanced to the current time.
    fn lasting(&self) -> MutexGuard<'_, Lasting> {
        let passed = i64::try_from(self.began.1.elapsed().as_millis()).unwrap_or(i64::MAX);
        let mut lasting = self.lasting.lock().expect("nobody panicked with it");
        let now = self.began.0 + passed;
        lasting.world.advance(now);
        lasting
    }

    async fn takes(&self, most: i64) {
        let pause = self.lasting().luck.between(0, most);
        sleep(Duration::from_millis(pause.unsigned_abs())).await;
    }
}

impl Clock for Life {
    fn now(&self) -> Timestamp {
        self.lasting().world.clock()
    }
}

#[async_trait]
impl Engine for Life {
    async fn observe(&self, target: &Target) -> Observed {
        let bench = store::number(&target.id);
        let observed = {
            let mut lasting = self.lasting();
            let (run, app, secrets) = asked(target);
            let observed = lasting.world.observe(bench, run, app, &secrets);
            if lasting.seen.insert(bench, observed.clone()).is_some() {
                let fault = format!("two looks at workbench {bench} at once");
                lasting.faults.push(fault);
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
        let applied = self.lasting().world.apply(bench, run, app, action);
        self.takes(20).await;
        applied.map_err(|why| ApplyError { action: "act", why })
    }

    fn cadence(&self) -> Cadence {
        cadence()
    }

    fn take_news(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        self.news.lock().expect("nobody panicked with it").take()
    }

    async fn endpoint(&self, _: &Target) -> Result<Connection, Unreachable> {
        Err(Unreachable::NotRunning)
    }

    async fn log(&self, _: &WorkbenchId, _: u64, _: u64, _: usize) -> RunLog {
        RunLog::default()
    }

    async fn prospect(&self, _: &str) -> Prospect {
        Prospect::default()
    }

    async fn apps(&self) -> Vec<App> {
        Vec::new()
    }
}

impl StatusStore for Life {
    fn load(&self, id: &WorkbenchId) -> Result<Option<Record>, StoreError> {
        let mut lasting = self.lasting.lock().expect("nobody panicked with it");
        lasting.may_fail()?;
        let bench = store::number(id);
        lasting.seen.remove(&bench);
        Ok(lasting.store.load(bench))
    }

    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        let mut lasting = self.lasting.lock().expect("nobody panicked with it");
        lasting.may_fail()?;
        let found = lasting.store.unsettled();
        Ok(found.into_iter().map(store::name).collect())
    }

    fn commit(
        &self,
        record: &Record,
        outcome: &Outcome,
        at: Timestamp,
    ) -> Result<Commit, StoreError> {
        let mut lasting = self.lasting.lock().expect("nobody panicked with it");
        lasting.may_fail()?;
        let bench = store::number(&record.target.id);
        let seen = lasting.seen.remove(&bench);
        let is_current = lasting.store.is_current(bench, record);
        let stored = lasting.store.commit(bench, record, outcome, at);
        if stored {
            if !is_current {
                let fault = format!("{bench}: it does what is not wished any more");
                lasting.faults.push(fault);
            }
            lasting.looks += 1;
            lasting.judge(bench, record, outcome, seen);
            // It was stored, and the response is lost.
            lasting.may_fail()?;
            return Ok(Commit::Stored);
        }
        Ok(Commit::Overtaken)
    }
}

impl Lasting {
    fn may_fail(&mut self) -> Result<(), StoreError> {
        if !self.world.is_steady && self.luck.happens(8) {
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
            self.faults.push(format!("{bench}: stored without a look"));
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
fn live(lasting: &Arc<Mutex<Lasting>>, seconds: u64, is_calm: bool) {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (sender, receiver) = mpsc::unbounded_channel();
        let began = lasting.lock().expect("whole").world.now;
        let life = Arc::new(Life {
            lasting: Arc::clone(lasting),
            began: (began, Instant::now()),
            news: Mutex::new(Some(receiver)),
        });
        let controller = Controller::start_with_clock(life.clone(), life.clone(), life.clone());
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            sleep(Duration::from_millis(100)).await;
            for bench in std::mem::take(&mut life.lasting().world.news) {
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
fn stir(life: &Life, controller: &Controller) {
    let mut lasting = life.lasting();
    let Lasting {
        world, store, luck, ..
    } = &mut *lasting;
    let bench = luck.below(world.places.len());
    if luck.happens(400) {
        let wish = Wish::draw(luck, store.rows[bench].is_some());
        let asked = wish.ask(store, world, bench);
        // A server killed here has published nothing.
        if asked.is_ok() && !luck.happens(30) {
            controller.enqueue(&store::name(bench));
        }
    }
    if luck.happens(30) {
        people::trouble(world, luck);
    }
    if luck.happens(60) {
        let steady = world.is_steady;
        world.heal();
        world.is_steady = steady;
    }
    if luck.happens(3) {
        world.skew += luck.between(-60_000, 60_000);
    }
}

fn compare(life: &Life, controller: &Controller) {
    let mut lasting = life.lasting();
    let benches = lasting.world.places.len();
    let mut active = 0;
    for bench in 0..benches {
        let row = lasting.store.rows[bench].as_ref();
        let goes_on = row.is_some_and(|row| !checks::is_settled(row));
        active += usize::from(goes_on);
        let compared = truth::compare(&lasting.world, &lasting.store, bench, true);
        if let Err(what) = compared {
            lasting.faults.push(format!("{bench}: {what}"));
        }
    }
    if controller.active_count() != active {
        let what = format!("{} looked at, {active} go on", controller.active_count());
        lasting.faults.push(what);
    }
}

/// Runs many servers and an undisturbed one at the end; returns the number of looks and the faults.
fn lives(seed: u64, flaw: Flaw) -> (usize, Vec<String>) {
    let benches = 25;
    let mut luck = Chance::new(seed, 9);
    let lasting = Arc::new(Mutex::new(Lasting {
        world: World::new(seed, benches),
        store: Store::new(benches, flaw),
        luck: Chance::new(seed, 4),
        seen: BTreeMap::new(),
        looks: 0,
        faults: Vec::new(),
    }));
    for _ in 0..12 {
        let seconds = luck.between(1, 25).unsigned_abs();
        live(&lasting, seconds, false);
        let mut lasting = lasting.lock().expect("whole");
        let until = lasting.world.now + luck.between(0, 8_000);
        lasting.world.advance(until);
        lasting.seen.clear();
    }
    lasting.lock().expect("whole").world.heal();
    live(&lasting, 240, true);
    let mut lasting = lasting.lock().expect("whole");
    let misdeed = lasting.world.misdeed.take();
    let mut faults = std::mem::take(&mut lasting.faults);
    faults.extend(misdeed.map(|(bench, what)| format!("{bench}: {what}")));
    (lasting.looks, faults)
}

/// Restarts of a server lose nothing, leave nothing pending and report nothing unobserved (FIELD 11,
/// 13, 21, 28).
#[test]
fn real_loop_holds_over_many_restarts() {
    let mut all = 0;
    for seed in 0..crate::worlds() / 15 {
        let (looks, faults) = lives(seed, Flaw::None);
        assert!(faults.is_empty(), "seed {seed}: {faults:#?}");
        all += looks;
    }
    assert!(all > 4_000, "only {all} looks");
}

#[test]
fn broken_store_is_noticed_under_the_real_loop() {
    for flaw in [
        Flaw::IgnoresNewerWishes,
        Flaw::ForgetsJournal,
        Flaw::ListsNothing,
    ] {
        let noticed = (0..8).any(|seed| !lives(seed, flaw).1.is_empty());
        assert!(noticed, "{flaw:?} passes for whole");
    }
}
