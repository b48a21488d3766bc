//! A workbench bench: an engine and a controller on a folder of their own, and a store in memory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_engine::controller::{Controller, Record, StatusStore, StoreError};
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_engine::local::{LocalConfig, LocalEngine};
use vestibule_engine::{Engine as _, Target, TargetRun};
use vestibule_model::condition::ConditionType;
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reconcile::{Outcome, RunWish, Subject};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::NewTransition;
use vestibule_model::workbench::{Desired, WorkbenchSpec, WorkbenchStatus};

/// Longer than anything takes here, even on a slow and busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A workbench in the store.
#[derive(Clone)]
pub struct Row {
    pub record: Record,
    pub k8s_status: K8sStatus,
    pub exit_code: Option<i32>,
    pub journal: Vec<NewTransition>,
}

/// A store in memory, with the rules of the real one.
#[derive(Default)]
pub struct MemoryStore {
    rows: Mutex<HashMap<WorkbenchId, Row>>,
    turns: AtomicU64,
}

impl MemoryStore {
    fn rows(&self) -> MutexGuard<'_, HashMap<WorkbenchId, Row>> {
        self.rows.lock().expect("no test panics with the lock")
    }
}

impl StatusStore for MemoryStore {
    fn load(&self, id: &WorkbenchId) -> Result<Option<Record>, StoreError> {
        let mut record = self.rows().get(id).map(|row| row.record.clone());
        if let Some(record) = &mut record
            && (record.subject.deleting || record.subject.desired != Desired::Running)
        {
            record.target.asked = None;
        }
        Ok(record)
    }

    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        let rows = self.rows();
        let mut ids: Vec<_> = rows.keys().cloned().collect();
        ids.sort_by_key(|id| rows[id].record.target.asked);
        Ok(ids)
    }

    fn commit(&self, record: &Record, outcome: &Outcome, _: Timestamp) -> Result<bool, StoreError> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&record.target.id) else {
            return Ok(false);
        };
        let is_current = row.record.subject.generation == record.subject.generation
            && row.record.target.run == record.target.run;
        if !is_current {
            return Ok(false);
        }
        if outcome.forget {
            rows.remove(&record.target.id);
            return Ok(true);
        }
        row.record.status = outcome.status.clone();
        row.k8s_status = outcome.k8s_status.clone();
        row.exit_code = outcome.exit_code.or(row.exit_code);
        row.journal.extend(outcome.transitions.iter().cloned());
        Ok(true)
    }
}

type Configure = Box<dyn Fn(&mut LocalConfig) + Send>;

/// Everything a test needs.
pub struct Bench {
    folder: tempfile::TempDir,
    catalogue: String,
    pub store: Arc<MemoryStore>,
    pub limit: Option<usize>,
    /// What else the engine is to be told.
    pub configure: Configure,
    server: Option<Server>,
}

struct Server {
    engine: Arc<LocalEngine>,
    controller: Controller,
}

impl Bench {
    /// A server with these apps, on an empty folder.
    pub fn new(catalogue: &str) -> Self {
        let mut bench = Self::not_started(catalogue);
        bench.start_server();
        bench
    }

    pub fn not_started(catalogue: &str) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            catalogue: catalogue.to_owned(),
            store: Arc::default(),
            limit: None,
            configure: Box::new(|_| {}),
            server: None,
        }
    }

    pub fn start_server(&mut self) {
        let supervisor = env!("CARGO_BIN_EXE_vestibule_supervise");
        let catalogue = Catalogue::parse(Path::new("apps.toml"), &self.catalogue)
            .unwrap_or_else(|error| panic!("{error}"));
        let mut config = LocalConfig::new(
            self.folder.path(),
            catalogue,
            supervisor,
            "http://vestibule.localhost:8080",
            "http://{id}.vestibule.localhost:8080",
        );
        config.supervisor = vec![supervisor.into()];
        config.max_processes = self.limit;
        config.restart_pause = Duration::from_millis(100);
        (self.configure)(&mut config);
        let engine = LocalEngine::new(config).expect("it begins");
        let controller = Controller::start(engine.clone(), self.store.clone());
        self.server = Some(Server { engine, controller });
    }

    /// The server ends; its workbenches do not.
    pub async fn end_server(&mut self) {
        if let Some(server) = self.server.take() {
            server.controller.shut_down().await;
            server.engine.shut_down();
        }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("it was started")
    }

    pub fn engine(&self) -> &LocalEngine {
        &self.server().engine
    }

    pub fn controller(&self) -> &Controller {
        &self.server().controller
    }

    /// Creates a workbench and starts it.
    pub fn start(&self, name: &str, app: &str) -> WorkbenchId {
        self.create(name, app, |_| {})
    }

    /// Creates a workbench whose first start may take so long.
    pub fn create(&self, name: &str, app: &str, change: impl FnOnce(&mut Record)) -> WorkbenchId {
        let id = WorkbenchId::new(format!("wb-{name}"));
        let run = TargetRun {
            id: RunId::new(format!("run-{name}-{}-1", self.folder_name())),
            number: 1,
        };
        let mut record = Record {
            name: name.to_owned(),
            target: Target {
                id: id.clone(),
                workspace_id: WorkspaceId::new("ws-test"),
                app: app.to_owned(),
                spec: WorkbenchSpec::default(),
                run: Some(run),
                asked: Some(self.turn()),
            },
            subject: Subject {
                generation: 1,
                spec_generation: 1,
                desired: Desired::Running,
                deleting: false,
                run: Some(RunWish {
                    number: 1,
                    generation: 1,
                    asked_at: SystemClock.now(),
                    start_deadline: SystemClock.now() + Millis::from_secs(300),
                    active_deadline: None,
                    idle_timeout: None,
                }),
            },
            status: WorkbenchStatus::default(),
        };
        change(&mut record);
        let row = Row {
            record,
            k8s_status: K8sStatus::default(),
            exit_code: None,
            journal: Vec::new(),
        };
        self.store.rows().insert(id.clone(), row);
        if let Some(server) = &self.server {
            server.controller.poke(&id);
        }
        id
    }

    /// The next one's.
    fn turn(&self) -> u64 {
        self.store.turns.fetch_add(1, Ordering::Relaxed)
    }

    fn folder_name(&self) -> String {
        let name = self.folder.path().file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Wishes something.
    pub fn wish(&self, id: &WorkbenchId, wish: impl FnOnce(&mut Record)) {
        if let Some(row) = self.store.rows().get_mut(id) {
            row.record.subject.generation += 1;
            wish(&mut row.record);
        }
        if let Some(server) = &self.server {
            server.controller.poke(id);
        }
    }

    pub fn stop(&self, id: &WorkbenchId) {
        self.wish(id, |record| record.subject.desired = Desired::Stopped);
    }

    pub fn delete(&self, id: &WorkbenchId) {
        self.wish(id, |record| record.subject.deleting = true);
    }

    /// Starts a workbench again.
    pub fn start_again(&self, id: &WorkbenchId) {
        let turn = self.turn();
        self.wish(id, |record| {
            let number = record.target.run.as_ref().map_or(0, |run| run.number) + 1;
            record.subject.desired = Desired::Running;
            record.target.asked = Some(turn);
            record.target.run = Some(TargetRun {
                id: RunId::new(format!("run-{id}-{}-{number}", self.folder_name())),
                number,
            });
            record.subject.run = Some(RunWish {
                number,
                generation: record.subject.generation,
                asked_at: SystemClock.now(),
                start_deadline: SystemClock.now() + Millis::from_secs(300),
                active_deadline: None,
                idle_timeout: None,
            });
        });
    }

    pub fn row(&self, id: &WorkbenchId) -> Option<Row> {
        self.store.rows().get(id).cloned()
    }

    /// Waits until the row is as wanted; says what it is instead when it does not get there.
    pub async fn until(&self, id: &WorkbenchId, what: &str, wanted: impl Fn(&Row) -> bool) -> Row {
        let begin = Instant::now();
        loop {
            let row = self.row(id).expect("the workbench is there");
            if wanted(&row) {
                return row;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "{id} is not {what}: {:#?}",
                row.record.status
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn until_running(&self, id: &WorkbenchId) -> Row {
        self.until(id, "running", |row| row.k8s_status == K8sStatus::Running)
            .await
    }

    pub async fn until_phase(&self, id: &WorkbenchId, phase: Phase) -> Row {
        self.until(id, phase.as_str(), |row| {
            row.record.status.phase == phase && Some(row.record.status.run_number) == row.number()
        })
        .await
    }

    pub async fn until_forgotten(&self, id: &WorkbenchId) {
        wait_for("the workbench to be forgotten", || self.row(id).is_none()).await;
    }

    pub fn workbench_folder(&self, id: &WorkbenchId) -> PathBuf {
        self.folder.path().join("workbenches").join(id.as_str())
    }

    pub fn run_folder(&self, id: &WorkbenchId, number: u64) -> PathBuf {
        self.workbench_folder(id)
            .join("runs")
            .join(number.to_string())
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A number in one of a run's records.
    pub fn recorded(&self, id: &WorkbenchId, file: &str, key: &str) -> Option<i32> {
        let text = std::fs::read(self.run_folder(id, 1).join(file)).ok()?;
        let value: serde_json::Value = serde_json::from_slice(&text).ok()?;
        i32::try_from(value.get(key)?.as_i64()?).ok()
    }

    pub fn pid(&self, id: &WorkbenchId) -> i32 {
        self.recorded(id, "process.json", "pid").expect("a process")
    }

    pub fn supervisor(&self, id: &WorkbenchId) -> i32 {
        let pid = self.recorded(id, "process.json", "supervisor");
        pid.expect("a supervisor")
    }

    /// What the workbench's process has printed.
    pub async fn output(&self, id: &WorkbenchId) -> String {
        self.engine().log(id, 1, 0, 64 * 1024).await.text
    }
}

impl Drop for Bench {
    /// Nothing outlives a test, passed or failed.
    fn drop(&mut self) {
        for pid in pids_with(&self.folder.path().to_string_lossy()) {
            kill(pid, "-KILL");
        }
    }
}

impl Row {
    pub fn number(&self) -> Option<u64> {
        self.record.target.run.as_ref().map(|run| run.number)
    }

    pub fn reason(&self, kind: &ConditionType) -> &str {
        self.record
            .status
            .condition(kind)
            .map_or("", |c| c.reason.as_str())
    }

    pub fn message(&self, kind: &ConditionType) -> &str {
        self.record
            .status
            .condition(kind)
            .map_or("", |c| c.message.as_str())
    }

    /// Whether the journal ever had this condition as True.
    pub fn was_ever_true(&self, kind: &ConditionType) -> bool {
        use vestibule_model::condition::ConditionStatus;
        self.journal.iter().any(|entry| {
            entry.condition.as_ref() == Some(kind) && entry.to == Some(ConditionStatus::True)
        })
    }
}

pub async fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Sends a signal, by the system's own program.
pub fn kill(pid: i32, signal: &str) {
    // It may have ended in the meantime.
    let _ = std::process::Command::new("kill")
        .args([signal, &pid.to_string()])
        .stderr(std::process::Stdio::null())
        .status();
}

/// Whether there is such a process, and not merely its remains.
pub fn is_alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit_once(')').map(|(_, rest)| rest.to_owned()))
        .is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Every process whose command line or environment has this text.
pub fn pids_with(text: &str) -> Vec<i32> {
    let has = |file: String| {
        std::fs::read(file).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text))
    };
    std::fs::read_dir("/proc")
        .expect("Linux")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != i32::try_from(std::process::id()).unwrap_or_default())
        .filter(|pid| has(format!("/proc/{pid}/environ")) || has(format!("/proc/{pid}/cmdline")))
        .filter(|pid| is_alive(*pid))
        .collect()
}
