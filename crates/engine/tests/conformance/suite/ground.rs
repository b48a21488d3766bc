//! What the suite asks of whoever brings an engine.

use async_trait::async_trait;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use vestibule_engine::Engine;
use vestibule_engine::house::{self, HouseError};
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// How the app of a scenario behaves. The ground names an app of its catalogue for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// Answers its probe, also without its folder, and ends when it is asked to. A crash is final.
    Serves,
    /// As `Serves`, and started again after a crash, after a pause in which that can be seen.
    Returns,
    /// Its process is up and never answers.
    Deaf,
    /// As `Serves`, and it does not end when it is asked to; it has a grace period of a second.
    Stubborn,
    /// Ends by itself with this code; 0, 1, 2, 7 and 143 are asked for. It is not started again.
    Exits(i32),
    /// As `Serves`, and answers only once it is let go.
    Late,
    /// Crashes as soon as it is started, with the code 7. It is started again three times.
    Crashes,
    /// Uses up more memory than it may.
    Swells,
    /// Needs a program that is nowhere.
    ProgramMissing,
    /// Its program is there and cannot be started.
    NoProgram,
    /// Is not in the catalogue.
    Unknown,
}

/// An engine that can be tried, with what it stands on.
#[async_trait]
pub trait Ground: Send + 'static {
    /// Makes an engine on what is there, with this house and room for so many processes; none: for
    /// as many as there are. Called again after [`Self::end`], as by a server that comes back.
    async fn begin(&mut self, house: Arc<House>, room: Option<usize>) -> Arc<dyn Engine>;

    /// The server is gone. What runs goes on.
    async fn end(&mut self);

    /// The name of an app that behaves like this.
    fn app(&self, app: App) -> &'static str;

    /// Kills the app's process of the current run, as the system might.
    async fn kill(&self, id: &WorkbenchId);

    /// Waits until a process that was killed was started again.
    async fn returned(&self, id: &WorkbenchId);

    /// Holds the app's process up, so that it lives and answers nothing.
    async fn hold(&self, id: &WorkbenchId);

    /// Lets the app's process go on; one that was told to wait for that answers from now on.
    async fn let_go(&self, id: &WorkbenchId);

    /// Removes the workbench's folder behind everybody's back.
    async fn remove_folder(&self, id: &WorkbenchId);

    /// Has the machine run short, so that the workbench, the only one there, is evicted.
    async fn run_short(&self);

    /// What is left of a workbench that was deleted, as a sentence; none if nothing is.
    async fn leavings(&self, id: &WorkbenchId) -> Option<String>;
}

/// A house whose secrets come when they are given.
#[derive(Debug, Default)]
pub struct House {
    secrets: Mutex<BTreeSet<String>>,
}

impl House {
    /// From now on there is such a secret.
    pub fn give(&self, name: &str) {
        self.there().insert(name.to_owned());
    }

    fn there(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.secrets.lock().expect("no test panics with the lock")
    }
}

impl house::House for House {
    fn missing_secrets(
        &self,
        _: &WorkspaceId,
        names: &[String],
    ) -> Result<Vec<String>, HouseError> {
        let there = self.there();
        let missing = names.iter().filter(|name| !there.contains(*name));
        Ok(missing.cloned().collect())
    }

    fn secrets(
        &self,
        _: &WorkspaceId,
        names: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HouseError> {
        let there = self.there();
        let found = names.iter().filter(|name| there.contains(*name));
        Ok(found.map(|name| (name.clone(), "a value".into())).collect())
    }

    fn issue_run_token(&self, run: &RunId) -> Result<SecretString, HouseError> {
        Ok(format!("the token of {run}").into())
    }

    fn last_used(&self, _: &WorkbenchId) -> Option<Timestamp> {
        None
    }
}
