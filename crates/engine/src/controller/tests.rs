//! Tests of the loop, with an engine and a store that do as they are told.

use super::*;
use crate::{ApplyError, Prospect, Target, TargetRun};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use tokio::sync::mpsc;
use vestibule_model::app::App;
use vestibule_model::observed::{Asked, Exit, Observed, Probe, Runner, Volume};
use vestibule_model::phase::Phase;
use vestibule_model::reconcile::{Action, Cadence, Outcome, RunWish, Subject};
use vestibule_model::run::RunLog;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::{Desired, WorkbenchSpec, WorkbenchStatus};

/// What the engine is to do at its next look.
enum Look {
    Panic,
    See(Runner),
}

#[derive(Default)]
struct Script {
    /// Looks to come; after them the last one again.
    looks: Mutex<VecDeque<Look>>,
    runner: Mutex<Option<Runner>>,
    applied: Mutex<Vec<Action>>,
    refuse_actions: AtomicUsize,
    looked: AtomicUsize,
    looking: AtomicUsize,
    overlapped: AtomicBool,
    news: Mutex<Option<mpsc::UnboundedReceiver<WorkbenchId>>>,
}

struct Fake(Arc<Script>);

#[async_trait]
impl Engine for Fake {
    async fn observe(&self, _: &Target) -> Observed {
        let script = &self.0;
        if script.looking.fetch_add(1, Ordering::SeqCst) > 0 {
            script.overlapped.store(true, Ordering::SeqCst);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        script.looking.fetch_sub(1, Ordering::SeqCst);
        script.looked.fetch_add(1, Ordering::SeqCst);
        let look = script.looks.lock().expect("whole").pop_front();
        match look {
            Some(Look::Panic) => panic!("told to"),
            Some(Look::See(runner)) => *script.runner.lock().expect("whole") = Some(runner),
            None => {}
        }
        let runner = script.runner.lock().expect("whole").clone();
        Observed {
            volume: Volume::Bound,
            runner: runner.unwrap_or(Runner::Absent),
            probe: Probe::Succeeded,
            ..Observed::default()
        }
    }

    async fn apply(&self, _: &Target, action: &Action) -> Result<(), ApplyError> {
        let left = &self.0.refuse_actions;
        if left.load(Ordering::SeqCst) > 0 {
            left.fetch_sub(1, Ordering::SeqCst);
            return Err(ApplyError {
                what: "do",
                why: "told to".to_owned(),
            });
        }
        self.0.applied.lock().expect("whole").push(action.clone());
        if *action == Action::StartJob {
            *self.0.runner.lock().expect("whole") = Some(running());
        }
        Ok(())
    }

    fn cadence(&self) -> Cadence {
        Cadence::default()
    }

    fn take_news(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        self.0.news.lock().expect("whole").take()
    }

    async fn endpoint(&self, _: &Target) -> Option<SocketAddr> {
        None
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

/// One workbench, and faults to come.
struct OneRow {
    record: Mutex<Option<Record>>,
    faults: AtomicUsize,
    refusals: AtomicUsize,
}

impl OneRow {
    fn fault(&self) -> Result<(), StoreError> {
        let left = self.faults.load(Ordering::SeqCst);
        if left == 0 {
            return Ok(());
        }
        self.faults.store(left - 1, Ordering::SeqCst);
        Err(StoreError("told to".to_owned()))
    }

    fn phase(&self) -> Option<Phase> {
        let record = self.record.lock().expect("whole");
        record.as_ref().map(|record| record.status.phase.clone())
    }

    fn wish(&self, desired: Desired) {
        if let Some(record) = self.record.lock().expect("whole").as_mut() {
            record.subject.desired = desired;
            record.subject.generation += 1;
        }
    }
}

impl StatusStore for OneRow {
    fn load(&self, _: &WorkbenchId) -> Result<Option<Record>, StoreError> {
        self.fault()?;
        Ok(self.record.lock().expect("whole").clone())
    }

    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        self.fault()?;
        Ok(vec![id()])
    }

    fn commit(&self, record: &Record, outcome: &Outcome, _: Timestamp) -> Result<bool, StoreError> {
        self.fault()?;
        let refusals = self.refusals.load(Ordering::SeqCst);
        if refusals > 0 {
            self.refusals.store(refusals - 1, Ordering::SeqCst);
            return Ok(false);
        }
        let mut stored = self.record.lock().expect("whole");
        let is_current = stored
            .as_ref()
            .is_some_and(|stored| stored.subject.generation == record.subject.generation);
        if !is_current {
            return Ok(false);
        }
        if outcome.forget {
            *stored = None;
        } else if let Some(stored) = stored.as_mut() {
            stored.status = outcome.status.clone();
        }
        Ok(true)
    }
}

fn id() -> WorkbenchId {
    WorkbenchId::from("wb-7k2m9x4q")
}

fn running() -> Runner {
    Runner::Running {
        job_name: "job".to_owned(),
        pod_name: "pod".to_owned(),
        started_at: Timestamp::from_millis(0),
        restarted: None,
    }
}

fn exited() -> Runner {
    Runner::Exited {
        job_name: "job".to_owned(),
        at: Timestamp::from_millis(0),
        how: Exit::Code(0),
        restarts: 0,
        asked: Asked::Gently,
    }
}

fn world() -> (Arc<Script>, Arc<OneRow>, mpsc::UnboundedSender<WorkbenchId>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let script = Script {
        news: Mutex::new(Some(receiver)),
        ..Script::default()
    };
    let record = Record {
        name: "notes".to_owned(),
        target: Target {
            id: id(),
            workspace_id: "ws-bcdfghjk".into(),
            app: "app".to_owned(),
            spec: WorkbenchSpec::default(),
            run: Some(TargetRun {
                id: "run-bcdfghjk".into(),
                number: 1,
            }),
            asked: Some(1),
        },
        subject: Subject {
            generation: 1,
            spec_generation: 1,
            desired: Desired::Running,
            deleting: false,
            run: Some(RunWish {
                number: 1,
                generation: 1,
                asked_at: Timestamp::from_millis(0),
                start_deadline: Timestamp::from_millis(i64::MAX),
                active_deadline: None,
                idle_timeout: None,
            }),
        },
        status: WorkbenchStatus::default(),
    };
    let store = OneRow {
        record: Mutex::new(Some(record)),
        faults: AtomicUsize::new(0),
        refusals: AtomicUsize::new(0),
    };
    (Arc::new(script), Arc::new(store), sender)
}

fn start(script: &Arc<Script>, store: &Arc<OneRow>) -> Controller {
    Controller::start(Arc::new(Fake(Arc::clone(script))), store.clone())
}

/// Waits, in the runtime's own time, which jumps ahead while all sleep.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..100_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("waited in vain for {what}");
}

#[tokio::test(start_paused = true)]
async fn a_start_goes_on_by_itself_and_is_watched_at_the_cadence() {
    let (script, store, _news) = world();
    let controller = start(&script, &store);
    until("it to run", || store.phase() == Some(Phase::Running)).await;
    assert_eq!(*script.applied.lock().expect("whole"), [Action::StartJob]);
    let before = script.looked.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(51)).await;
    let looks = script.looked.load(Ordering::SeqCst) - before;
    assert!((9..=11).contains(&looks), "every 5 s, not {looks} in 51 s");
    controller.shut_down().await;
}

#[tokio::test(start_paused = true)]
async fn an_ended_one_costs_nothing_until_it_is_poked() {
    let (script, store, news) = world();
    let controller = start(&script, &store);
    until("it to run", || store.phase() == Some(Phase::Running)).await;
    script
        .looks
        .lock()
        .expect("whole")
        .push_back(Look::See(exited()));
    news.send(id()).expect("somebody listens");
    until("it to complete", || store.phase() == Some(Phase::Completed)).await;
    until("its task to end", || controller.active_count() == 0).await;
    let looked = script.looked.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(script.looked.load(Ordering::SeqCst), looked);
    controller.poke(&id());
    until("the next look", || {
        script.looked.load(Ordering::SeqCst) > looked
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_store_are_retried_until_they_pass() {
    let (script, store, _news) = world();
    store.faults.store(12, Ordering::SeqCst);
    let _controller = start(&script, &store);
    until("it to run", || store.phase() == Some(Phase::Running)).await;
}

#[tokio::test(start_paused = true)]
async fn a_look_that_panics_costs_one_look_and_not_the_workbench() {
    let (script, store, _news) = world();
    script
        .looks
        .lock()
        .expect("whole")
        .extend([Look::Panic, Look::Panic]);
    let _controller = start(&script, &store);
    until("it to run", || store.phase() == Some(Phase::Running)).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_commit_does_nothing_and_looks_again_at_once() {
    let (script, store, _news) = world();
    store.refusals.store(3, Ordering::SeqCst);
    let begin = tokio::time::Instant::now();
    let _controller = start(&script, &store);
    until("it to run", || store.phase() == Some(Phase::Running)).await;
    assert!(begin.elapsed() < Duration::from_millis(100), "no pauses");
    assert_eq!(*script.applied.lock().expect("whole"), [Action::StartJob]);
}

#[tokio::test(start_paused = true)]
async fn commits_refused_without_end_are_not_a_busy_loop() {
    let (script, store, _news) = world();
    store.refusals.store(usize::MAX, Ordering::SeqCst);
    let _controller = start(&script, &store);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let looks = script.looked.load(Ordering::SeqCst);
    assert!(looks < 100, "{looks} looks in 10 s");
}

#[tokio::test(start_paused = true)]
async fn a_failed_action_is_tried_again() {
    let (script, store, _news) = world();
    script.refuse_actions.store(3, Ordering::SeqCst);
    let _controller = start(&script, &store);
    until("it to run", || store.phase() == Some(Phase::Running)).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_done_in_vain_is_not_done_without_a_pause() {
    let (script, store, _news) = world();
    let controller = start(&script, &store);
    until("it to run", || store.phase() == Some(Phase::Running)).await;
    store.wish(Desired::Stopped);
    controller.poke(&id());
    tokio::time::sleep(Duration::from_secs(20)).await;
    let stops = script.applied.lock().expect("whole").len() - 1;
    assert!((10..=25).contains(&stops), "{stops} in 20 s");
    assert_eq!(store.phase(), Some(Phase::Stopping));
    script
        .looks
        .lock()
        .expect("whole")
        .push_back(Look::See(exited()));
    until("it to stop", || store.phase() == Some(Phase::Stopped)).await;
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_pokes_never_makes_two_looks_at_once_and_none_is_missed() {
    let (script, store, _news) = world();
    let controller = start(&script, &store);
    for i in 0..500 {
        if i == 499 {
            store.wish(Desired::Stopped);
            *script.runner.lock().expect("whole") = Some(exited());
        }
        controller.poke(&id());
        tokio::task::yield_now().await;
    }
    until("it to be over", || {
        store.phase().is_some_and(|phase| phase.is_terminal())
    })
    .await;
    until("its task to end", || controller.active_count() == 0).await;
    assert!(!script.overlapped.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn after_the_shutdown_nobody_looks_any_more() {
    let (script, store, _news) = world();
    let controller = start(&script, &store);
    until("it to run", || store.phase() == Some(Phase::Running)).await;
    controller.shut_down().await;
    let looked = script.looked.load(Ordering::SeqCst);
    controller.poke(&id());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(script.looked.load(Ordering::SeqCst), looked);
}
