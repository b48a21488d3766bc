//! Test bench: an engine and a controller on a folder of their own, and a store in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_engine::controller::{Controller, Record};
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_engine::local::{LocalConfig, LocalEngine};
pub use vestibule_engine::test_support::Row;
use vestibule_engine::test_support::{MemoryStore, desired_run, record};
use vestibule_engine::{Engine as _, TargetRun};
use vestibule_model::ids::{RunId, WorkbenchId};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::workbench::Desired;

/// Longer than anything takes here, even on a slow and busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

type Configure = Box<dyn Fn(&mut LocalConfig) + Send>;

/// An engine, a controller and their store.
pub struct Bench {
    folder: tempfile::TempDir,
    catalogue: String,
    pub store: Arc<MemoryStore>,
    turns: AtomicU64,
    pub limit: Option<usize>,
    /// Changes further settings of the engine.
    pub configure: Configure,
    server: Option<Server>,
}

struct Server {
    engine: Arc<LocalEngine>,
    controller: Controller,
}

impl Bench {
    /// Starts a server with these apps, on an empty folder.
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
            turns: AtomicU64::default(),
            limit: None,
            configure: Box::new(|_| {}),
            server: None,
        }
    }

    /// Sets the apps of the next server.
    pub fn set_catalogue(&mut self, catalogue: &str) {
        catalogue.clone_into(&mut self.catalogue);
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

    /// Ends the server, but not its workbenches.
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

    /// Creates a workbench with a changed record and starts it.
    pub fn create(&self, name: &str, app: &str, change: impl FnOnce(&mut Record)) -> WorkbenchId {
        let id = WorkbenchId::new(format!("wb-{name}"));
        let mut record = record(&id, app, SystemClock.now());
        record.target.run = Some(self.target_run(&id, 1));
        record.target.asked = Some(self.turn());
        change(&mut record);
        self.store.insert(record);
        if let Some(server) = &self.server {
            server.controller.enqueue(&id);
        }
        id
    }

    /// Returns the next turn in the queue.
    fn turn(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns a run whose id is unique on this machine, so that its processes are found by it.
    fn target_run(&self, id: &WorkbenchId, number: u64) -> TargetRun {
        TargetRun {
            id: RunId::new(format!("run-{id}-{}-{number}", self.folder_name())),
            number,
        }
    }

    fn folder_name(&self) -> String {
        let name = self.folder.path().file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Gives a command, as the server does.
    pub fn command(&self, id: &WorkbenchId, change: impl FnOnce(&mut Record)) {
        self.store.command(id, |row| change(&mut row.record));
        if let Some(server) = &self.server {
            server.controller.enqueue(id);
        }
    }

    pub fn stop(&self, id: &WorkbenchId) {
        self.command(id, |record| record.subject.desired = Desired::Stopped);
    }

    pub fn delete(&self, id: &WorkbenchId) {
        self.command(id, |record| record.subject.deleting = true);
    }

    /// Starts a workbench again.
    pub fn start_again(&self, id: &WorkbenchId) {
        let turn = self.turn();
        self.command(id, |record| {
            let number = record.target.run.as_ref().map_or(0, |run| run.number) + 1;
            record.subject.desired = Desired::Running;
            record.target.asked = Some(turn);
            record.target.run = Some(self.target_run(id, number));
            let generation = record.subject.generation;
            record.subject.run = Some(desired_run(number, generation, SystemClock.now()));
        });
    }

    pub fn row(&self, id: &WorkbenchId) -> Option<Row> {
        self.store.row(id)
    }

    /// Waits until the row is as wanted; panics with the row if it times out.
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
            row.record.status.phase == phase
                && Some(row.record.status.run_number) == row.run_number()
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

    /// Returns a number in one of a run's records.
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

    /// Returns the output of the workbench's process.
    pub async fn output(&self, id: &WorkbenchId) -> String {
        self.engine().log(id, 1, 0, 64 * 1024).await.text
    }
}

impl Drop for Bench {
    /// Kills what is left, whether the test passed or failed.
    fn drop(&mut self) {
        for pid in pids_with(&self.folder.path().to_string_lossy()) {
            kill(pid, "-KILL");
        }
    }
}

pub async fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "timed out waiting for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Sends a signal with the system's own program.
pub fn kill(pid: i32, signal: &str) {
    // It may have ended in the meantime.
    let _ = std::process::Command::new("kill")
        .args([signal, &pid.to_string()])
        .stderr(std::process::Stdio::null())
        .status();
}

/// Returns `true` if there is such a process, and no zombie.
pub fn is_alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit_once(')').map(|(_, rest)| rest.to_owned()))
        .is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Returns every process whose command line or environment contains this text.
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
