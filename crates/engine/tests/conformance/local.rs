//! The suite on the local engine, with real processes in a temporary folder.

use crate::suite::{App, TestEngineHost, TestHost, conform_all};
use async_trait::async_trait;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use vestibule_engine::Engine;
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_engine::local::{Isolation, LocalConfig, LocalEngine, MemoryGauge};
use vestibule_model::ids::WorkbenchId;

const APPS: &str = include_str!("apps.toml");

mod without_isolation {
    use super::*;
    conform_all!(Local::new(Isolation::None), cfg(unix));
}

/// The same where this machine has no sandbox.
mod in_a_sandbox {
    use super::*;
    conform_all!(Local::new(Isolation::Auto), cfg(unix));
}

/// Memory of the machine, set by a scenario.
#[derive(Debug, Default)]
struct Gauge {
    is_short: AtomicBool,
}

impl MemoryGauge for Gauge {
    fn available(&self) -> Option<u64> {
        Some(if self.is_short.load(Ordering::Relaxed) {
            0
        } else {
            u64::MAX
        })
    }
}

struct Local {
    isolation: Isolation,
    folder: tempfile::TempDir,
    gauge: Arc<Gauge>,
    engine: Option<Arc<LocalEngine>>,
}

impl Local {
    fn new(isolation: Isolation) -> Self {
        Self {
            isolation,
            folder: tempfile::tempdir().expect("a folder"),
            gauge: Arc::default(),
            engine: None,
        }
    }

    fn workbench(&self, id: &WorkbenchId) -> PathBuf {
        self.folder.path().join("workbenches").join(id.as_str())
    }

    /// Returns the record of the first run's process.
    fn process(&self, id: &WorkbenchId) -> serde_json::Value {
        let record = self.workbench(id).join("runs/1/process.json");
        let record = std::fs::read(record).expect("a record of its process");
        serde_json::from_slice(&record).expect("JSON")
    }

    /// Sends the app's process of the first run a signal.
    fn signal(&self, id: &WorkbenchId, signal: Signal) {
        let pid = self.process(id)["pid"].as_i64().expect("a process");
        let pid = i32::try_from(pid).expect("a process's number");
        kill(Pid::from_raw(pid), signal).expect("it is there");
    }

    fn processes(&self) -> Vec<i32> {
        let text = self.folder.path().to_string_lossy().into_owned();
        let has = |file: String| {
            std::fs::read(file).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(&text))
        };
        std::fs::read_dir("/proc")
            .expect("Linux")
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid| {
                has(format!("/proc/{pid}/environ")) || has(format!("/proc/{pid}/cmdline"))
            })
            .collect()
    }
}

#[async_trait]
impl TestEngineHost for Local {
    async fn begin(&mut self, host: Arc<TestHost>, capacity: Option<usize>) -> Arc<dyn Engine> {
        let supervisor = env!("CARGO_BIN_EXE_vestibule_supervise");
        let catalogue = Catalogue::parse(Path::new("apps.toml"), APPS).expect("a catalogue");
        let config = LocalConfig {
            isolation: self.isolation,
            supervisor: vec![supervisor.into()],
            max_processes: capacity,
            restart_pause: Duration::from_millis(500),
            least_memory_mb: 100,
            memory: self.gauge.clone(),
            host,
            ..LocalConfig::new(
                self.folder.path(),
                catalogue,
                supervisor,
                "http://vestibule.localhost:8080",
                "http://{id}.vestibule.localhost:8080",
            )
        };
        let engine = LocalEngine::new(config).expect("it begins");
        self.engine = Some(engine.clone());
        engine
    }

    async fn end(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.shut_down();
        }
    }

    fn app(&self, app: App) -> &'static str {
        match app {
            App::Serves => "serves",
            App::Returns => "returns",
            App::Deaf => "deaf",
            App::Stubborn => "stubborn",
            App::Exits(0) => "exits-0",
            App::Exits(1) => "exits-1",
            App::Exits(2) => "exits-2",
            App::Exits(143) => "exits-143",
            App::Exits(_) => "exits-7",
            App::Late => "late",
            App::Crashes => "crashes",
            App::Swells => "swells",
            App::ProgramMissing => "program-missing",
            App::NoProgram => "no-program",
            App::Sociable => "sociable",
            App::Alone => "alone",
            App::Unknown => "no-such-app",
        }
    }

    async fn kill(&self, id: &WorkbenchId) {
        self.signal(id, Signal::SIGKILL);
    }

    async fn returned(&self, id: &WorkbenchId) {
        while self.process(id)["restarts"] != 1 || self.process(id)["pid"].is_null() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn hold(&self, id: &WorkbenchId) {
        self.signal(id, Signal::SIGSTOP);
    }

    async fn release_app(&self, id: &WorkbenchId) {
        std::fs::write(self.workbench(id).join("files/go"), "").expect("its folder is there");
        self.signal(id, Signal::SIGCONT);
    }

    async fn run_short(&self) {
        self.gauge.is_short.store(true, Ordering::Relaxed);
    }

    async fn remove_folder(&self, id: &WorkbenchId) {
        std::fs::remove_dir_all(self.workbench(id).join("files")).expect("it was there");
    }

    async fn leavings(&self, id: &WorkbenchId) -> Option<String> {
        let folder = self.workbench(id);
        if folder.exists() {
            return Some(format!("{} is there", folder.display()));
        }
        let processes = self.processes();
        (!processes.is_empty()).then(|| format!("processes are left: {processes:?}"))
    }
}

impl Drop for Local {
    /// Kills what is left, whether the test passed or failed.
    fn drop(&mut self) {
        for pid in self.processes() {
            // It may have ended in the meantime.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}
