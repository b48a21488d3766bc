//! Execution of one scenario on a ground.

use super::check;
use super::ground::{App, TestEngineHost, TestHost};
use super::scenario::{Do, End, Given, Last, Scenario, USUAL};
use super::table;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vestibule_engine::Engine;
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_engine::controller::Controller;
use vestibule_engine::test_support::{MemoryStore, Row, desired_run, record, target_run};
use vestibule_model::condition::ConditionType;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::phase::Phase;
use vestibule_model::reason;
use vestibule_model::time::Millis;
use vestibule_model::workbench::Desired;

/// Longer than anything takes here, even on a slow and busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a scenario; panics with the difference if something else was observed.
pub async fn play(name: &str, ground: impl TestEngineHost) {
    let scenario = table::all()
        .find(|scenario| scenario.name == name)
        .unwrap_or_else(|| panic!("the table has no {name:?}"));
    let mut bench = Bench::new(ground, scenario.given.capacity);
    bench.begin().await;
    if scenario.given.another {
        let other = bench.other.clone();
        bench.start(&other, App::Deaf, &USUAL);
        bench
            .until(&other, "up", |row| {
                row.record.status.phase == Phase::Running
            })
            .await;
    }
    let id = bench.id.clone();
    bench.start(&id, scenario.app, &scenario.given);
    for event in &scenario.then {
        bench.apply(event).await;
    }
    bench.expect(&scenario).await;
    bench.clear_up().await;
}

/// Engine under test, its controller and its store.
pub(super) struct Bench {
    ground: Box<dyn TestEngineHost>,
    host: Arc<TestHost>,
    store: Arc<MemoryStore>,
    capacity: Option<usize>,
    engine: Option<Arc<dyn Engine>>,
    controller: Option<Controller>,
    /// The workbench that a scenario is about.
    pub(super) id: WorkbenchId,
    other: WorkbenchId,
}

impl Bench {
    /// Creates a bench without an engine.
    pub(super) fn new(ground: impl TestEngineHost, capacity: Option<usize>) -> Self {
        Self {
            ground: Box::new(ground),
            host: Arc::default(),
            store: Arc::new(MemoryStore::checked(check::faults)),
            capacity,
            engine: None,
            controller: None,
            id: WorkbenchId::from("wb-subject"),
            other: WorkbenchId::from("wb-another"),
        }
    }

    /// Returns the engine, which must have begun.
    pub(super) fn engine(&self) -> &dyn Engine {
        self.engine.as_deref().expect("the engine has begun")
    }

    /// Creates the engine, as a server that starts.
    pub(super) async fn begin(&mut self) {
        let host = Arc::clone(&self.host);
        let engine = self.ground.begin(host, self.capacity).await;
        self.engine = Some(Arc::clone(&engine));
        self.controller = Some(Controller::start(engine, self.store.clone()));
    }

    /// Ends the server.
    pub(super) async fn end(&mut self) {
        self.engine = None;
        if let Some(controller) = self.controller.take() {
            controller.shut_down().await;
            self.ground.end().await;
        }
    }

    /// Starts a workbench with an app of this behaviour.
    pub(super) fn start(&self, id: &WorkbenchId, app: App, given: &Given) {
        let now = SystemClock.now();
        let mut record = record(id, self.ground.app(app), now);
        let secrets = given.secrets.iter().map(|name| (*name).to_owned());
        record.target.spec.secrets = secrets.collect();
        if let Some(run) = &mut record.subject.run {
            run.start_deadline = now + Millis(given.start_ms);
            run.active_deadline = given.active_ms.map(Millis);
            run.idle_timeout = given.idle_ms.map(Millis);
        }
        self.store.insert(record);
        self.enqueue(id);
    }

    /// Wakes the controller, as the server does after every command.
    fn enqueue(&self, id: &WorkbenchId) {
        if let Some(controller) = &self.controller {
            controller.enqueue(id);
        }
    }

    fn command(&self, id: &WorkbenchId, change: impl FnOnce(&mut Row)) {
        self.store.command(id, change);
        self.enqueue(id);
    }

    fn stop(&self, id: &WorkbenchId) {
        self.command(id, |row| row.record.subject.desired = Desired::Stopped);
    }

    fn delete(&self, id: &WorkbenchId) {
        self.command(id, |row| row.record.subject.deleting = true);
    }

    fn start_again(&self, id: &WorkbenchId) {
        self.command(id, |row| {
            let subject = &mut row.record.subject;
            let number = subject.run.as_ref().map_or(0, |run| run.number) + 1;
            subject.desired = Desired::Running;
            subject.run = Some(desired_run(number, subject.generation, SystemClock.now()));
            row.record.target.run = Some(target_run(id, number));
            row.exit_code = None;
            row.journal.clear();
        });
    }

    /// Applies an event to the workbench.
    pub(super) async fn apply(&mut self, event: &Do) {
        let id = &self.id.clone();
        match event {
            Do::Until(kind, reason) => {
                let what = format!("{kind} {reason}");
                self.until(id, &what, |row| {
                    let condition = row.record.status.condition(kind);
                    condition.is_some_and(|condition| condition.reason == *reason)
                })
                .await;
            }
            Do::UntilMessage(kind, words) => {
                let what = format!("{kind}: {words:?}");
                self.until(id, &what, |row| {
                    row.journal.iter().any(|entry| {
                        entry.condition.as_ref() == Some(kind) && entry.message.contains(words)
                    })
                })
                .await;
            }
            Do::UntilDown => {
                let may_be_missed = self.ground.restarts_at_once();
                self.until(id, "down after a crash", |row| {
                    let ready = row.record.status.condition(&ConditionType::Ready);
                    let is_down =
                        ready.is_some_and(|ready| ready.reason == reason::CRASH_LOOP_BACK_OFF);
                    let mut messages = row.journal.iter().map(|entry| &entry.message);
                    is_down
                        || may_be_missed && messages.any(|text| text.contains("was started again"))
                })
                .await;
            }
            Do::UntilPhase(phase) => {
                self.until(id, phase.as_str(), |row| row.record.status.phase == *phase)
                    .await;
            }
            Do::Stop => self.stop(id),
            Do::StartAgain => self.start_again(id),
            Do::Extend => self.command(id, |row| {
                if let Some(run) = &mut row.record.subject.run {
                    run.start_deadline = SystemClock.now() + Millis(USUAL.start_ms);
                }
            }),
            Do::Edit => self.command(id, |row| {
                let (subject, spec) = (&mut row.record.subject, &mut row.record.target.spec);
                subject.spec_generation = subject.generation;
                spec.env
                    .get_or_insert_default()
                    .insert("EDITED".to_owned(), "1".to_owned());
            }),
            Do::Delete => self.delete(id),
            Do::StopTheOther => self.stop(&self.other),
            Do::GiveSecret(name) => {
                self.host.give(name);
                self.enqueue(id);
            }
            Do::Kill => self.ground.kill(id).await,
            Do::KillAndWait => {
                self.ground.kill(id).await;
                self.ground.returned(id).await;
            }
            Do::Hold => self.ground.hold(id).await,
            Do::LetGo => self.ground.release_app(id).await,
            Do::RunShort => self.ground.run_short().await,
            Do::RemoveFolder => self.ground.remove_folder(id).await,
            Do::EndServer => self.end().await,
            Do::BeginServer => self.begin().await,
        }
    }

    async fn expect(&self, scenario: &Scenario) {
        match &scenario.end {
            End::Gone => self.until_gone(&self.id).await,
            End::As(last) => {
                let row = self.until(&self.id, "at its end", |row| last.is(row)).await;
                let with_job = scenario.seen_with_job.as_ref();
                let with_job = with_job.filter(|_| self.ground.creates_before_capacity());
                let expected = with_job.unwrap_or(&scenario.seen);
                let differences = expected.differences(&row.journal, self.ground.passing_reasons());
                assert!(differences.is_empty(), "{}", differences.join("\n"));
                assert_eq!(check::faults(&row), Vec::<String>::new());
            }
        }
    }

    /// Deletes the workbenches, of which nothing may be left, and checks what was stored of them.
    pub(super) async fn clear_up(&mut self) {
        for id in [&self.id, &self.other] {
            self.delete(id);
        }
        for id in [&self.id, &self.other] {
            self.until_gone(id).await;
        }
        self.end().await;
        assert_eq!(self.store.faults(), Vec::<String>::new());
    }

    async fn until_gone(&self, id: &WorkbenchId) {
        let begin = Instant::now();
        loop {
            let left = match self.store.row(id) {
                Some(row) => Some(format!("{row:#?}")),
                None => self.ground.leavings(id).await,
            };
            let Some(left) = left else { return };
            assert!(begin.elapsed() < PATIENCE, "{id} is not gone: {left}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until the row is as wanted; panics with the row if it times out.
    async fn until(&self, id: &WorkbenchId, what: &str, wanted: impl Fn(&Row) -> bool) -> Row {
        let begin = Instant::now();
        loop {
            let row = self.store.row(id).expect("the workbench is there");
            if wanted(&row) {
                return row;
            }
            assert!(begin.elapsed() < PATIENCE, "{id} is not {what}: {row:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Last {
    fn is(&self, row: &Row) -> bool {
        let status = &row.record.status;
        let ended_by = status.conditions.iter().find(|c| {
            use vestibule_model::condition::ConditionType::{Completed, Failed};
            c.is_true() && matches!(c.kind, Completed | Failed)
        });
        let cause = ended_by
            .map(|c| c.reason.as_str())
            .or(status.stopped_reason.as_deref());
        let subject = &row.record.subject;
        let run = subject.run.as_ref().map_or(0, |run| run.number);
        status.run_number == run
            && status.phase == self.phase
            && row.k8s_status == self.k8s_status
            && cause == self.cause
            && row.exit_code == self.exit_code
            && (status.observed_generation == subject.generation) == self.answers
    }
}
