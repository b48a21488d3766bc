//! Interface between the suite and an engine under test.

use async_trait::async_trait;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use vestibule_engine::Engine;
use vestibule_engine::engine_host::{self, HostError};
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// Behaviour of an app. The ground names an app of its catalogue for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// Answers its probe, also without its folder, and ends when it is asked to. A crash is final.
    Serves,
    /// App like `Serves`, started again after a crash, after a pause in which that can be seen.
    Returns,
    /// App whose process is up and never answers.
    Deaf,
    /// App like `Serves` that does not end when it is asked to; it has a grace period of a second.
    Stubborn,
    /// Ends by itself with this code; 0, 1, 2, 7 and 143 are asked for. It is not started again.
    Exits(i32),
    /// App like `Serves` that responds only after [`TestEngineHost::release_app`].
    Late,
    /// Crashes as soon as it is started, with the code 7. It is started again three times.
    Crashes,
    /// Uses up more memory than it may.
    Swells,
    /// Needs a program that is not installed.
    ProgramMissing,
    /// App whose program is there and cannot be started.
    NoProgram,
    /// App like `Serves`, with `KIND` in its environment set to `of-the-app`, and its runs may have
    /// terminals and agents; the agent is the engine's own.
    Sociable,
    /// App like `Serves`, whose runs may have neither terminals nor agents.
    Alone,
    /// Is not in the catalogue.
    Unknown,
}

/// Engine under test and its machine.
#[async_trait]
pub trait TestEngineHost: Send + 'static {
    /// Creates an engine with this host and this number of slots; `None`: no limit. Called again
    /// after [`Self::end`], as by a restarted server.
    async fn begin(&mut self, host: Arc<TestHost>, capacity: Option<usize>) -> Arc<dyn Engine>;

    /// Ends the server. The processes continue.
    async fn end(&mut self);

    /// Returns reasons of stages that a start passes here, and that the table does not have.
    fn passing_reasons(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns `true` if a job is created before there is room for its process, as on a cluster, whose
    /// scheduler needs it.
    fn creates_before_capacity(&self) -> bool {
        false
    }

    /// Returns `true` if an app may be restarted before its end is seen, as by a kubelet, whose first restart
    /// has no pause.
    fn restarts_at_once(&self) -> bool {
        false
    }

    /// Returns the name of an app with this behaviour.
    fn app(&self, app: App) -> &'static str;

    /// Kills the app's process of the current run, as the system might.
    async fn kill(&self, id: &WorkbenchId);

    /// Waits until a process that was killed was started again.
    async fn returned(&self, id: &WorkbenchId);

    /// Suspends the app's process, so that it lives and does not answer.
    async fn hold(&self, id: &WorkbenchId);

    /// Lets the app's process continue; [`App::Late`] answers from then on.
    async fn release_app(&self, id: &WorkbenchId);

    /// Removes the workbench's folder without the engine.
    async fn remove_folder(&self, id: &WorkbenchId);

    /// Lets the machine run short of memory, so that the only workbench is evicted.
    async fn run_short(&self);

    /// Returns a sentence about what is left of a deleted workbench, or `None` if nothing is.
    async fn leavings(&self, id: &WorkbenchId) -> Option<String>;
}

/// Host whose secrets are added during a scenario.
#[derive(Debug, Default)]
pub struct TestHost {
    secrets: Mutex<BTreeSet<String>>,
}

impl TestHost {
    /// Adds a secret.
    pub fn give(&self, name: &str) {
        self.there().insert(name.to_owned());
    }

    fn there(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.secrets.lock().expect("no test panics with the lock")
    }
}

impl engine_host::EngineHost for TestHost {
    fn missing_secrets(&self, _: &WorkspaceId, names: &[String]) -> Result<Vec<String>, HostError> {
        let there = self.there();
        let missing = names.iter().filter(|name| !there.contains(*name));
        Ok(missing.cloned().collect())
    }

    fn secrets(
        &self,
        _: &WorkspaceId,
        names: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HostError> {
        let there = self.there();
        let found = names.iter().filter(|name| there.contains(*name));
        Ok(found.map(|name| (name.clone(), "a value".into())).collect())
    }

    fn issue_run_token(&self, run: &RunId) -> Result<SecretString, HostError> {
        Ok(format!("the token of {run}").into())
    }

    fn last_used(&self, _: &WorkbenchId) -> Option<Timestamp> {
        None
    }
}
