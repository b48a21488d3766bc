//! A thousand workbenches that start at once on the real store, and reading a long journal; `cargo
//! xtask bench` runs it.

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use std::collections::HashMap;
use std::io::{Write as _, stdout};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use vestibule_engine::connection::{Connection, Unreachable};
use vestibule_engine::controller::{Commit, Controller, Record, StatusStore, StoreError};
use vestibule_engine::{ApplyError, Engine, StartPreconditions, Target};
use vestibule_model::app::App;
use vestibule_model::ids::{RunId, UserId, WorkbenchId};
use vestibule_model::observed::{Observed, Probe, Runner, Volume};
use vestibule_model::phase::K8sStatus;
use vestibule_model::reconcile::{Action, Cadence, Outcome};
use vestibule_model::replay::replay;
use vestibule_model::run::RunLog;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::NewTransition;
use vestibule_model::workbench::WorkbenchSpec;
use vestibule_server::clock;
use vestibule_server::store::{Actor, Created, NewRow, Store};

/// Number of workbenches that start at once.
const WORKBENCHES: usize = 1_000;
/// Time until each process runs, and from then until it responds.
const STEP: Duration = Duration::from_millis(200);
/// Number of repetitions; the median is printed.
const ROUNDS: usize = 3;
/// Number of entries of the long journal.
const ENTRIES: usize = 100_000;

/// Engine whose processes start after fixed times.
struct Quick {
    started: Mutex<HashMap<WorkbenchId, Instant>>,
    observations: AtomicUsize,
}

#[async_trait]
impl Engine for Quick {
    async fn observe(&self, target: &Target) -> Observed {
        self.observations.fetch_add(1, Ordering::Relaxed);
        let started = self
            .started
            .lock()
            .expect("not poisoned")
            .get(&target.id)
            .copied();
        let job_name = format!("{}-run-1", target.id);
        let runner = match started.map(|at| at.elapsed()) {
            None => Runner::Absent,
            Some(passed) if passed < STEP => Runner::Starting { job_name },
            Some(_) => Runner::Running {
                pod_name: format!("{job_name}-pid-1"),
                job_name,
                started_at: Timestamp::from_millis(0),
                restarted: None,
                note: None,
            },
        };
        let probe = match started.map(|at| at.elapsed()) {
            Some(passed) if passed >= 2 * STEP => Probe::Succeeded,
            _ => Probe::NotTried,
        };
        Observed {
            volume: Volume::Bound,
            runner,
            probe,
            ..Observed::default()
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Result<(), ApplyError> {
        if *action == Action::StartJob {
            let mut started = self.started.lock().expect("not poisoned");
            started.insert(target.id.clone(), Instant::now());
        }
        Ok(())
    }

    fn cadence(&self) -> Cadence {
        Cadence::default()
    }

    fn take_changes(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        None
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

/// The real store with a count of its writes.
struct Counted {
    store: Arc<Store>,
    writes: AtomicUsize,
    ready: AtomicUsize,
}

impl StatusStore for Counted {
    fn load(&self, id: &WorkbenchId) -> Result<Option<Record>, StoreError> {
        StatusStore::load(&*self.store, id)
    }

    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        StatusStore::unsettled(&*self.store)
    }

    fn commit(
        &self,
        record: &Record,
        outcome: &Outcome,
        at: Timestamp,
    ) -> Result<Commit, StoreError> {
        let committed = StatusStore::commit(&*self.store, record, outcome, at)?;
        let stored = committed.is_stored();
        if stored && outcome.status != record.status {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        let was_ready = record.status.ready_time.is_some();
        if stored && !was_ready && outcome.k8s_status == K8sStatus::Running {
            self.ready.fetch_add(1, Ordering::Release);
        }
        Ok(committed)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(start_all().await?);
    }
    rounds.sort_by_key(|round| round.0);
    let (time, writes, observations) = rounds[ROUNDS / 2];
    let seconds = time.as_secs_f64();
    print_figure(
        "1,000 workbenches start at once, all Ready",
        &format!("{seconds:.2} s (of {ROUNDS})"),
    )?;
    let rate = writes as f64 / seconds;
    print_figure(
        "  status commits while they do",
        &format!("{rate:.0} a second ({writes} in all, {observations} observations)"),
    )?;
    read_back()
}

/// Starts all workbenches; returns the time until the last one was ready, and the numbers of writes
/// and observations.
async fn start_all() -> Result<(Duration, usize, usize)> {
    let dir = tempfile::tempdir()?;
    let store = Arc::new(Store::open(dir.path())?);
    for number in 0..WORKBENCHES {
        make(&store, number)?;
    }
    let engine = Arc::new(Quick {
        started: Mutex::default(),
        observations: AtomicUsize::new(0),
    });
    let counted = Arc::new(Counted {
        store,
        writes: AtomicUsize::new(0),
        ready: AtomicUsize::new(0),
    });
    let began = Instant::now();
    let controller = Controller::start(engine.clone(), counted.clone());
    while counted.ready.load(Ordering::Acquire) < WORKBENCHES {
        ensure!(began.elapsed().as_secs() < 60, "they do not become Ready");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let time = began.elapsed();
    controller.shut_down().await;
    let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
    Ok((time, count(&counted.writes), count(&engine.observations)))
}

/// Creates a workbench that starts; returns it with its run.
fn make(store: &Store, number: usize) -> Result<(WorkbenchId, RunId)> {
    let now = clock::now();
    let by = UserId::from("u-bcdfghjk");
    let workspace_id = match store.workspaces()?.first() {
        Some(workspace) => workspace.id.clone(),
        None => {
            store
                .create_workspace("Bench", &Actor::local(&by, "admin", now))?
                .context("it was not made")?
                .id
        }
    };
    let id = WorkbenchId::new(format!("wb-bench{number:06}"));
    let made = store.create_workbench(
        &NewRow {
            id: id.clone(),
            workspace_id,
            name: format!("Workbench {number}"),
            app: "welcome".to_owned(),
            spec: WorkbenchSpec::default(),
            start: true,
            task: None,
            by: by.clone(),
            username: "admin".to_owned(),
        },
        &Actor::local(&by, "admin", now),
    )?;
    let Created::New(made) = made else {
        anyhow::bail!("a workbench of this name was there before");
    };
    Ok((id, made.run.context("it has no run")?.id))
}

/// Reads a long journal page by page, and replays it.
fn read_back() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let store = Store::open(dir.path())?;
    let (id, run) = make(&store, 0)?;
    let record = StatusStore::load(&store, &id)?.context("the workbench is gone")?;
    let outcome = vestibule_model::reconcile::reconcile(
        &record.subject,
        &record.status,
        &Observed::default(),
        &Cadence::default(),
        clock::now(),
    );
    let entries = outcome.transitions.iter().cycle();
    let entries: Vec<NewTransition> = entries.take(ENTRIES).cloned().collect();
    let outcome = Outcome {
        transitions: entries,
        ..outcome
    };
    StatusStore::commit(&store, &record, &outcome, clock::now())?;

    let mut times = Vec::new();
    for _ in 0..7 {
        let began = Instant::now();
        let (mut journal, mut after, mut more) = (Vec::new(), 0, true);
        while more {
            let page;
            (page, more) = store.journal(&run, after)?;
            after = page.last().map_or(after, |entry| entry.seq);
            journal.extend(page);
        }
        ensure!(journal.len() > ENTRIES, "entries are missing");
        ensure!(!replay(&journal).conditions.is_empty(), "it tells nothing");
        times.push(began.elapsed());
    }
    times.sort();
    let time = times[times.len() / 2];
    print_figure(
        "Journal of 100,000 entries, read and replayed",
        &format!("{} ms (of {})", time.as_millis(), times.len()),
    )
}

fn print_figure(what: &str, figure: &str) -> Result<()> {
    writeln!(stdout(), "{what:50} {figure}").context("failed to write")
}
