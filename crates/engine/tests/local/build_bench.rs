//! An engine with an app that is built, and its running builds.

use crate::bench::{PATIENCE, kill, pids_with, wait_for};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vestibule_engine::Engine as _;
use vestibule_engine::builds::{Blueprint, BuildOrder, BuildOutcome, Progress};
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_engine::local::{LocalConfig, LocalEngine};
use vestibule_model::ids::BuildId;
use vestibule_model::parameter::Values;

/// Engine with one app, `built`, in a temporary folder.
pub struct BuildBench {
    pub folder: tempfile::TempDir,
    pub engine: Arc<LocalEngine>,
}

/// Running build.
pub struct RunningBuild {
    pub id: BuildId,
    pub cancel: CancellationToken,
    pub progress: UnboundedReceiver<Progress>,
    pub ended: JoinHandle<BuildOutcome>,
}

pub fn config(folder: &Path, steps: &[&[&str]], more: &str) -> LocalConfig {
    let steps: Vec<toml::Value> = steps
        .iter()
        .map(|step| toml::Value::from(step.to_vec()))
        .collect();
    let text = format!(
        "[[app]]\nname = \"built\"\nbuild = {}\ncommand = [\"sh\", \"{{build}}/run\"]\n{more}",
        toml::Value::from(steps)
    );
    let catalogue = Catalogue::parse(Path::new("apps.toml"), &text);
    LocalConfig::new(
        folder,
        catalogue.unwrap_or_else(|error| panic!("{error}")),
        env!("CARGO_BIN_EXE_vestibule_supervise"),
        "http://vestibule.localhost:8080",
        "http://{id}.vestibule.localhost:8080",
    )
}

impl BuildBench {
    pub fn new(steps: &[&[&str]]) -> Self {
        Self::with(steps, |_| {})
    }

    pub fn with(steps: &[&[&str]], change: impl FnOnce(&mut LocalConfig)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = config(folder.path(), steps, "");
        change(&mut config);
        let engine = LocalEngine::new(config).expect("it begins");
        Self { folder, engine }
    }

    /// Returns an engine whose app has more keys in the catalogue.
    pub fn with_keys(steps: &[&[&str]], keys: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = LocalEngine::new(config(folder.path(), steps, keys)).expect("it begins");
        Self { folder, engine }
    }

    pub async fn blueprint(&self) -> Blueprint {
        self.engine
            .blueprint("built", &Values::new())
            .await
            .expect("steps")
    }

    /// Returns the folder of the build.
    pub async fn built(&self) -> PathBuf {
        let builds = self.folder.path().join("builds");
        builds.join(self.blueprint().await.content)
    }

    pub async fn begin(&self, name: &str) -> RunningBuild {
        let (sender, progress) = unbounded_channel();
        let cancel = CancellationToken::new();
        let id = BuildId::new(format!("bld-{name}"));
        let order = BuildOrder {
            id: id.clone(),
            app: "built".to_owned(),
            parameters: Values::new(),
            content: self.blueprint().await.content,
            cancel: cancel.clone(),
            progress: sender,
        };
        let engine = Arc::clone(&self.engine);
        RunningBuild {
            id,
            cancel,
            progress,
            ended: tokio::spawn(async move { engine.build(order).await }),
        }
    }

    pub async fn build(&self, name: &str) -> BuildOutcome {
        self.begin(name).await.end().await
    }

    /// Returns a build's kept output.
    pub async fn log(&self, id: &BuildId) -> String {
        let (mut text, mut at) = (String::new(), 0);
        loop {
            let next = self.engine.build_log(id, Some(at), 100_000).await;
            if next.text.is_empty() {
                return text;
            }
            text.push_str(&next.text);
            at = next.ends_at;
        }
    }

    /// Returns every living process that this engine has started.
    pub fn alive(&self) -> Vec<i32> {
        pids_with(&self.folder.path().to_string_lossy())
    }
}

impl Drop for BuildBench {
    fn drop(&mut self) {
        for pid in self.alive() {
            kill(pid, "-KILL");
        }
    }
}

impl RunningBuild {
    pub async fn end(self) -> BuildOutcome {
        tokio::time::timeout(PATIENCE, self.ended)
            .await
            .expect("it ends")
            .expect("no panic")
    }

    /// Waits for a file that a step creates.
    pub async fn until(&self, file: &Path) {
        wait_for("a step to be under way", || file.exists()).await;
    }
}
