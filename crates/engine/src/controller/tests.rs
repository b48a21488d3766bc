//! Tests of the loop with a scripted engine.

use super::*;
use crate::connection::{Connection, Unreachable};
use crate::test_support::{self, MemoryStore};
use crate::{ApplyError, StartPreconditions, Target};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::atomic::AtomicUsize;
use tokio::sync::mpsc;
use vestibule_model::app::App;
use vestibule_model::observed::{Exit, Observed, Probe, Runner, StopRequest, Volume};
use vestibule_model::phase::Phase;
use vestibule_model::reconcile::{Action, Cadence};
use vestibule_model::run::RunLog;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Source;
use vestibule_model::workbench::Desired;

/// Result of the engine's next observation.
enum Reaction {
    Panic,
    See(Runner),
}

#[derive(Default)]
struct Script {
    /// The next reconciliations; after them the last one is repeated.
    reactions: Mutex<VecDeque<Reaction>>,
    runner: Mutex<Option<Runner>>,
    applied: Mutex<Vec<Action>>,
    refuse_actions: AtomicUsize,
    observed: AtomicUsize,
    observing: AtomicUsize,
    overlapped: AtomicBool,
    changes: Mutex<Option<mpsc::UnboundedReceiver<WorkbenchId>>>,
}

struct Fake(Arc<Script>);

#[async_trait]
impl Engine for Fake {
    async fn observe(&self, _: &Target) -> Observed {
        let script = &self.0;
        if script.observing.fetch_add(1, Ordering::SeqCst) > 0 {
            script.overlapped.store(true, Ordering::SeqCst);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        script.observing.fetch_sub(1, Ordering::SeqCst);
        script.observed.fetch_add(1, Ordering::SeqCst);
        let reaction = script.reactions.lock().expect("not poisoned").pop_front();
        match reaction {
            Some(Reaction::Panic) => panic!("told to"),
            Some(Reaction::See(runner)) => {
                *script.runner.lock().expect("not poisoned") = Some(runner);
            }
            None => {}
        }
        let runner = script.runner.lock().expect("not poisoned").clone();
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
                action: "do",
                why: "told to".to_owned(),
            });
        }
        self.0
            .applied
            .lock()
            .expect("not poisoned")
            .push(action.clone());
        if *action == Action::StartJob {
            *self.0.runner.lock().expect("not poisoned") = Some(running());
        }
        Ok(())
    }

    fn cadence(&self) -> Cadence {
        Cadence::default()
    }

    fn take_changes(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        self.0.changes.lock().expect("not poisoned").take()
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

fn phase(store: &MemoryStore) -> Option<Phase> {
    store.row(&id()).map(|row| row.record.status.phase)
}

fn command(store: &MemoryStore, desired: Desired) {
    store.command(&id(), |row| row.record.subject.desired = desired);
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
        note: None,
    }
}

fn exited() -> Runner {
    Runner::Exited {
        job_name: "job".to_owned(),
        at: Timestamp::from_millis(0),
        how: Exit::Code(0),
        restarts: 0,
        asked: StopRequest::Gently,
        last_line: None,
    }
}

fn fixture() -> (
    Arc<Script>,
    Arc<MemoryStore>,
    mpsc::UnboundedSender<WorkbenchId>,
) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let script = Script {
        changes: Mutex::new(Some(receiver)),
        ..Script::default()
    };
    let store = MemoryStore::default();
    store.insert(test_support::record(&id(), "app", SystemClock.now()));
    (Arc::new(script), Arc::new(store), sender)
}

fn start(script: &Arc<Script>, store: &Arc<MemoryStore>) -> Controller {
    Controller::start(Arc::new(Fake(Arc::clone(script))), store.clone())
}

/// Waits in the runtime's own time, which is advanced while all tasks sleep.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..100_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("timed out waiting for {what}");
}

#[tokio::test(start_paused = true)]
async fn start_proceeds_and_is_watched_at_the_cadence() {
    let (script, store, _news) = fixture();
    let controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
    assert_eq!(
        *script.applied.lock().expect("not poisoned"),
        [Action::StartJob]
    );
    let before = script.observed.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(51)).await;
    let reactions = script.observed.load(Ordering::SeqCst) - before;
    assert!(
        (9..=11).contains(&reactions),
        "every 5 s, not {reactions} in 51 s"
    );
    controller.shut_down().await;
}

#[tokio::test(start_paused = true)]
async fn ended_workbench_costs_nothing_until_it_is_poked() {
    let (script, store, changes) = fixture();
    let controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
    script
        .reactions
        .lock()
        .expect("not poisoned")
        .push_back(Reaction::See(exited()));
    changes.send(id()).expect("the controller listens");
    until("it to complete", || phase(&store) == Some(Phase::Completed)).await;
    until("its task to end", || controller.active_count() == 0).await;
    let observed = script.observed.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(script.observed.load(Ordering::SeqCst), observed);
    controller.enqueue(&id());
    until("the next observation", || {
        script.observed.load(Ordering::SeqCst) > observed
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn command_before_the_recovery_hides_no_restart() {
    let (script, store, _news) = fixture();
    let controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
    controller.shut_down().await;
    *script.runner.lock().expect("not poisoned") = Some(exited());
    let controller = start(&script, &store);
    // The recovery has not begun: its task runs at the next await.
    controller.enqueue(&id());
    until("it to complete", || phase(&store) == Some(Phase::Completed)).await;
    let journal = store.row(&id()).expect("a row").journal;
    let end = journal.last().expect("an entry");
    assert_eq!(end.source, Source::Recovery, "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn failures_of_the_store_are_retried() {
    let (script, store, _news) = fixture();
    store.fail_next(12);
    let _controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
}

#[tokio::test(start_paused = true)]
async fn panic_costs_one_reconciliation_and_not_the_workbench() {
    let (script, store, _news) = fixture();
    script
        .reactions
        .lock()
        .expect("not poisoned")
        .extend([Reaction::Panic, Reaction::Panic]);
    let _controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
}

/// A log whose writer panics at every message, as on a full disk.
struct BrokenLog;

impl tracing::Subscriber for BrokenLog {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        if event.metadata().target().starts_with("vestibule_engine") {
            panic!("no space left on device");
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn workbench_stays_watched_while_the_log_cannot_be_written() {
    let (script, store, _news) = fixture();
    // The list of unsettled workbenches, then the first reconciliation: both are logged as failed.
    store.fail_next(2);
    script
        .reactions
        .lock()
        .expect("not poisoned")
        .push_back(Reaction::Panic);
    let _broken = tracing::subscriber::set_default(BrokenLog);
    let controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
    command(&store, Desired::Stopped);
    script
        .reactions
        .lock()
        .expect("not poisoned")
        .push_back(Reaction::Panic);
    controller.enqueue(&id());
    until("it to be asked to stop", || {
        script
            .applied
            .lock()
            .expect("not poisoned")
            .contains(&Action::StopJob)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn task_that_ends_by_a_panic_leaves_no_entry_behind() {
    let (script, store, _news) = fixture();
    let controller = start(&script, &store);
    controller.shut_down().await;
    assert_eq!(controller.active_count(), 0);
    let shared = Arc::clone(&controller.shared);
    let task = tokio::spawn(async move {
        let (id, waker) = (id(), Arc::new(Waker::default()));
        shared.active().insert(id.clone(), Arc::clone(&waker));
        let _entry = ActiveEntry {
            shared: &shared,
            id: &id,
            waker: &waker,
        };
        panic!("told to");
    });
    assert!(task.await.is_err());
    assert_eq!(controller.active_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn refused_commit_acts_on_nothing_and_reconciles_again_at_once() {
    let (script, store, _news) = fixture();
    store.refuse_next(3);
    let begin = tokio::time::Instant::now();
    let _controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
    assert!(begin.elapsed() < Duration::from_millis(100), "no pauses");
    assert_eq!(
        *script.applied.lock().expect("not poisoned"),
        [Action::StartJob]
    );
}

#[tokio::test(start_paused = true)]
async fn endless_refusals_are_no_busy_loop() {
    let (script, store, _news) = fixture();
    store.refuse_next(usize::MAX);
    let _controller = start(&script, &store);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let reactions = script.observed.load(Ordering::SeqCst);
    assert!(reactions < 100, "{reactions} reactions in 10 s");
}

#[tokio::test(start_paused = true)]
async fn failed_action_is_retried() {
    let (script, store, _news) = fixture();
    script.refuse_actions.store(3, Ordering::SeqCst);
    let _controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
}

#[tokio::test(start_paused = true)]
async fn repeated_actions_have_pauses() {
    let (script, store, _news) = fixture();
    let controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
    command(&store, Desired::Stopped);
    controller.enqueue(&id());
    tokio::time::sleep(Duration::from_secs(20)).await;
    let stops = script.applied.lock().expect("not poisoned").len() - 1;
    assert!((10..=25).contains(&stops), "{stops} in 20 s");
    assert_eq!(phase(&store), Some(Phase::Stopping));
    script
        .reactions
        .lock()
        .expect("not poisoned")
        .push_back(Reaction::See(exited()));
    until("it to stop", || phase(&store) == Some(Phase::Stopped)).await;
}

#[tokio::test(start_paused = true)]
async fn requests_never_overlap_reconciliations_and_none_is_missed() {
    let (script, store, _news) = fixture();
    let controller = start(&script, &store);
    for i in 0..500 {
        if i == 499 {
            command(&store, Desired::Stopped);
            *script.runner.lock().expect("not poisoned") = Some(exited());
        }
        controller.enqueue(&id());
        tokio::task::yield_now().await;
    }
    until("it to be over", || {
        phase(&store).is_some_and(|phase| phase.is_terminal())
    })
    .await;
    until("its task to end", || controller.active_count() == 0).await;
    assert!(!script.overlapped.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn no_reconciliation_begins_after_the_shutdown() {
    let (script, store, _news) = fixture();
    let controller = start(&script, &store);
    until("it to run", || phase(&store) == Some(Phase::Running)).await;
    controller.shut_down().await;
    let observed = script.observed.load(Ordering::SeqCst);
    controller.enqueue(&id());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(script.observed.load(Ordering::SeqCst), observed);
}
