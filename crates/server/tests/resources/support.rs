//! A server's store, engine and controller on an API server of the test.

use crate::api_server::ApiServer;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use vestibule_engine::controller::Controller;
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_kubernetes::engine::{Access, KubernetesConfig, KubernetesEngine};
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::workbench::{Workbench, WorkbenchSpec};
use vestibule_server::clock;
use vestibule_server::command_store::{CommandError, CommandStore as _};
use vestibule_server::notices::Notices;
use vestibule_server::resources::{ResourceStatuses, Resources};
use vestibule_server::store::{Actor, Command, Created, NewRow, Store};

/// Time after which a wait has failed, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause between two reviews of missing rights.
const REVIEWS: Duration = Duration::from_millis(50);
/// Kind of the resources, as addresses have it.
pub const SESSIONS: &str = "agenticsessions";

const CATALOGUE: &str = r#"
[[app]]
name = "welcome"
title = "Welcome"
image = "vestibule.test/vestibule"
command = ["{vestibule}", "app", "welcome", "--port", "{port}"]
"#;

pub struct Server {
    pub api: ApiServer,
    pub store: Arc<Store>,
    pub notices: Notices,
    resources: Arc<Resources>,
    controller: Controller,
    folder: TempDir,
    address: String,
    observe_only: bool,
}

impl Server {
    /// Starts an API server with the namespace `team`, and a server that adopts it.
    pub async fn start() -> Self {
        let (api, address) = ApiServer::start().await;
        let labels = json!({ "vestibule.dev/workspace": "true" });
        api.create(
            "namespaces",
            "",
            json!({ "metadata": { "name": "team", "labels": labels } }),
        );
        let unlabelled = json!({ "metadata": { "name": "other" } });
        api.create("namespaces", "", unlabelled);
        let folder = tempfile::tempdir().expect("a folder");
        Self::begin(api, address, folder, false)
            .await
            .adopts(&workspace())
            .await
    }

    async fn begin(api: ApiServer, address: String, folder: TempDir, observe_only: bool) -> Self {
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{ "name": "test", "cluster": { "server": address } }],
            "users": [{ "name": "test", "user": {} }],
            "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "test" } }],
        });
        let file = folder.path().join("kubeconfig");
        std::fs::write(&file, kubeconfig.to_string()).expect("a file");
        let access = Access::find(Some(&file), None).await.expect("a cluster");
        let store = Arc::new(Store::open(folder.path()).expect("a store"));
        let catalogue = Catalogue::parse(Path::new("catalogue"), CATALOGUE).expect("a catalogue");
        let (image, console) = ("vestibule.test/vestibule", "http://localhost");
        let engine = KubernetesEngine::new(KubernetesConfig {
            observe_only,
            ..KubernetesConfig::new(access.client().clone(), catalogue, image, console, console)
        });
        let resources = Resources::watch(store.clone(), engine.clone()).expect("the store works");
        let statuses = Arc::new(ResourceStatuses::new(resources.clone()));
        let controller = Controller::start(engine, statuses);
        resources.follow(&controller);
        let notices = Notices::default();
        resources.follow_rights(notices.clone(), None, REVIEWS);
        Self {
            api,
            store,
            notices,
            resources,
            controller,
            folder,
            address,
            observe_only,
        }
    }

    /// Waits until a workspace is there.
    async fn adopts(self, id: &WorkspaceId) -> Self {
        self.until("an adopted namespace", || {
            self.store.workspace(id).expect("works")
        })
        .await;
        self
    }

    /// Ends the server, does something, and starts it again.
    pub async fn during_an_outage(self, work: impl FnOnce(&ApiServer)) -> Self {
        self.until_adopted(&workspace(), work).await
    }

    /// Ends the server, does something, and starts it again, until a workspace is there.
    pub async fn until_adopted(self, id: &WorkspaceId, work: impl FnOnce(&ApiServer)) -> Self {
        let (api, address, folder, observe_only) = self.end().await;
        work(&api);
        let server = Self::begin(api, address, folder, observe_only).await;
        server.adopts(id).await
    }

    /// Ends the server, and starts another one without its database.
    pub async fn without_database(self) -> Self {
        let (api, address, _, observe_only) = self.end().await;
        let folder = tempfile::tempdir().expect("a folder");
        let server = Self::begin(api, address, folder, observe_only).await;
        server.adopts(&workspace()).await
    }

    /// Ends the server, and starts one that only observes.
    pub async fn observing(self) -> Self {
        let (api, address, folder, _) = self.end().await;
        let server = Self::begin(api, address, folder, true).await;
        server.adopts(&workspace()).await
    }

    async fn end(self) -> (ApiServer, String, TempDir, bool) {
        self.resources.shut_down();
        self.controller.shut_down().await;
        (self.api, self.address, self.folder, self.observe_only)
    }

    /// Creates a resource, as kubectl does.
    pub fn apply(&self, name: &str, spec: Value) {
        let object = json!({
            "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession",
            "metadata": { "name": name }, "spec": spec,
        });
        self.api.create(SESSIONS, "team", object);
    }

    pub fn patch(&self, name: &str, patch: &Value) {
        self.api
            .patch("kubectl-patch", SESSIONS, "team", name, patch);
    }

    pub fn resource(&self, name: &str) -> Option<Value> {
        self.api.get(SESSIONS, "team", name)
    }

    /// Returns the only workbench.
    pub fn workbench(&self) -> Option<Workbench> {
        let mut all = self.store.workbenches(&workspace()).expect("works");
        assert!(all.len() <= 1, "{all:?}");
        all.pop()
    }

    /// Returns the sentences of the journal of the current run.
    pub fn journal(&self, workbench: &Workbench) -> Vec<String> {
        let run = workbench.run.as_ref().expect("a run");
        let (found, _) = self.store.journal(&run.id, 0).expect("works");
        found.into_iter().map(|one| one.message).collect()
    }

    /// Creates a workbench in the console.
    pub async fn create(&self, id: &str, name: &str) -> Result<Created, CommandError> {
        let new = NewRow {
            id: id.into(),
            workspace_id: workspace(),
            name: name.to_owned(),
            app: "welcome".to_owned(),
            spec: WorkbenchSpec {
                env: Some([("A".to_owned(), "1".to_owned())].into()),
                parameters: Some([].into()),
                ..WorkbenchSpec::default()
            },
            start: true,
            task: None,
            by: UserId::new("u-ada"),
            username: "ada".to_owned(),
        };
        let made = self.resources.create(new, ada()).await?;
        if let Created::New(made) = &made {
            self.controller.enqueue(&made.id);
        }
        Ok(made)
    }

    /// Sends a command of the console.
    pub async fn command(
        &self,
        id: &WorkbenchId,
        command: Command,
    ) -> Result<Workbench, CommandError> {
        let done = self.resources.carry_out(id, command, ada()).await?;
        self.controller.enqueue(id);
        Ok(*done)
    }

    /// Deletes the workspace in the console, and returns the workbenches that are in the way.
    pub async fn delete_workspace(&self) -> Result<u64, CommandError> {
        let deleted = self.resources.delete_workspace(&workspace(), ada()).await?;
        Ok(deleted.expect("a workspace").total)
    }

    /// Waits until something is there, and returns it.
    pub async fn until<T>(&self, what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = probe() {
                return found;
            }
            if begin.elapsed() > PATIENCE {
                let shown = self.api.names(SESSIONS, "team");
                let shown = shown.iter().map(|name| self.resource(name));
                panic!(
                    "no {what}: {:#?} {:#?}",
                    self.workbench(),
                    shown.collect::<Vec<_>>()
                );
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the only workbench and its resource show a phase.
    pub async fn shows(&self, resource: &str, phase: &str) -> Workbench {
        self.until(&format!("{phase} of {resource}"), || {
            let workbench = self.workbench()?;
            let shown = self.resource(resource)?;
            // Before the first observation a phase is only supposed.
            let is_observed = !workbench.status.conditions.is_empty();
            let is_shown = shown["status"]["phase"] == phase
                && is_observed
                && shown["status"]["runNumber"] == workbench.status.run_number
                && shown["status"]["observedGeneration"] == shown["metadata"]["generation"];
            (is_shown && workbench.status.phase.as_str() == phase).then_some(workbench)
        })
        .await
    }
}

pub fn workspace() -> WorkspaceId {
    WorkspaceId::new("ws-team")
}

/// Returns a user of the console.
fn ada() -> Actor {
    Actor::local(&UserId::new("u-ada"), "ada", clock::now())
}
