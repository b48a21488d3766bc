//! A control plane for all tests of this process, and a server's parts for each of them.

use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use vestibule_cluster::{Cluster, Options, Programs};
use vestibule_engine::controller::Controller;
use vestibule_engine::local::catalogue::Catalogue;
use vestibule_kubernetes::engine::{Access, KubernetesConfig, KubernetesEngine};
use vestibule_kubernetes::resource;
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::workbench::{Workbench, WorkbenchSpec};
use vestibule_server::clock;
use vestibule_server::command_store::{CommandError, CommandStore as _};
use vestibule_server::notices::Notices;
use vestibule_server::resources::{ResourceStatuses, Resources};
use vestibule_server::store::{Actor, Command, Created, NewRow, Store};
use vestibule_server::tokens;

/// Time after which a wait has failed, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pause between two reviews of missing rights.
const REVIEWS: Duration = Duration::from_millis(200);

pub const CATALOGUE: &str = r#"
[[app]]
name = "welcome"
title = "Welcome"
image = "vestibule.test/vestibule"
command = ["{vestibule}", "app", "welcome", "--port", "{port}"]
"#;

/// The control plane, which is started again in a test.
struct ControlPlane {
    cluster: std::sync::Mutex<Cluster>,
    kubeconfig: PathBuf,
}

/// Returns the control plane, with the definition of the resource.
fn ground() -> &'static ControlPlane {
    static GROUND: OnceLock<ControlPlane> = OnceLock::new();
    GROUND.get_or_init(|| {
        let programs = Programs::from_environment().expect("the programs of a cluster");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("server-cluster");
        // Of an earlier run; nothing may be left of it.
        let _ = std::fs::remove_dir_all(&folder);
        let mut options = Options::new(programs);
        options.node = false;
        options.folder = Some(folder.clone());
        let cluster = Cluster::start(&options).expect("a cluster");
        let file = folder.join("crd.yaml");
        std::fs::write(&file, resource::definition().expect("a definition")).expect("a file");
        let file = file.display().to_string();
        cluster
            .kubectl(&["apply", "-f", &file])
            .expect("it is taken");
        // Claims wait for their Pods, which therefore do not wait for them.
        let class = json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {
                "name": "folders",
                "annotations": { "storageclass.kubernetes.io/is-default-class": "true" },
            },
            "provisioner": "kubernetes.io/no-provisioner",
            "volumeBindingMode": "WaitForFirstConsumer",
        });
        let file = folder.join("class.json");
        std::fs::write(&file, class.to_string()).expect("a file");
        let file = file.display().to_string();
        cluster
            .kubectl(&["apply", "-f", &file])
            .expect("it is taken");
        let established = ["wait", "--for=condition=Established", "--timeout=60s"];
        let name = "customresourcedefinition/agenticsessions.vestibule.dev";
        cluster
            .kubectl(&[&established[..], &[name]].concat())
            .expect("it is established");
        ControlPlane {
            kubeconfig: cluster.kubeconfig().to_owned(),
            cluster: std::sync::Mutex::new(cluster),
        }
    })
}

/// Returns the path of the administrator's kubeconfig.
pub fn kubeconfig() -> &'static Path {
    &ground().kubeconfig
}

/// Stops the API server, does something, and starts it again.
pub fn without_api_server<T>(meanwhile: impl FnOnce() -> T) -> T {
    let mut cluster = ground().cluster.lock().expect("a cluster");
    cluster.stop_api_server();
    let done = meanwhile();
    cluster.start_api_server().expect("it starts again");
    done
}

/// Servers manage every namespace with the label, so there is one at a time.
static TURN: Mutex<()> = Mutex::const_new(());

/// Waits until no other test has a server. For tests without a runtime.
pub fn turn() -> MutexGuard<'static, ()> {
    TURN.blocking_lock()
}

/// Creates a namespace with the label of workspaces, and returns its name.
pub fn new_namespace() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let namespace = format!("team-{}-{number}", std::process::id());
    kubectl(&["create", "namespace", &namespace]);
    let label = "vestibule.dev/workspace=true";
    kubectl(&["label", "namespace", &namespace, label]);
    namespace
}

/// State that outlives a server: its data folder, and its turn.
pub struct Remains {
    folder: TempDir,
    kubeconfig: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl Remains {
    async fn new() -> Self {
        Self {
            _turn: TURN.lock().await,
            kubeconfig: kubeconfig().to_owned(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }
}

/// A server's store, engine and controller, and a namespace of its own.
pub struct Server {
    pub namespace: String,
    pub workspace: WorkspaceId,
    pub store: Arc<Store>,
    pub notices: Notices,
    pub resources: Arc<Resources>,
    pub engine: Arc<KubernetesEngine>,
    controller: Controller,
    remains: Remains,
}

impl Server {
    /// Starts a server, which adopts a namespace.
    pub async fn start() -> Self {
        let remains = Remains::new().await;
        Self::begin(new_namespace(), remains, false).await
    }

    /// Starts a server with the access of a kubeconfig, in a namespace that is the only one with the label.
    /// `prepare` returns the kubeconfig.
    pub async fn start_as(prepare: impl FnOnce(&str) -> PathBuf) -> Self {
        let mut remains = Remains::new().await;
        let label = "vestibule.dev/workspace";
        kubectl(&["label", "namespaces", "-l", label, &format!("{label}-")]);
        let namespace = new_namespace();
        remains.kubeconfig = prepare(&namespace);
        Self::begin(namespace, remains, false).await
    }

    async fn begin(namespace: String, remains: Remains, observe_only: bool) -> Self {
        let store = Arc::new(Store::open(remains.folder.path()).expect("a store"));
        let access = Access::find(Some(&remains.kubeconfig), None).await;
        let access = access.expect("a cluster");
        let catalogue = Catalogue::parse(Path::new("catalogue"), CATALOGUE).expect("a catalogue");
        let console = "http://localhost";
        let engine = KubernetesEngine::new(KubernetesConfig {
            observe_only,
            ..KubernetesConfig::new(
                access.client().clone(),
                catalogue,
                "vestibule.test/vestibule",
                console,
                console,
            )
        });
        let resources = Resources::watch(store.clone(), engine.clone()).expect("the store works");
        let statuses = Arc::new(ResourceStatuses::new(resources.clone()));
        let controller = Controller::start(engine.clone(), statuses);
        resources.follow(&controller);
        let notices = Notices::default();
        let own = Some(namespace.clone());
        resources.follow_rights(notices.clone(), own, REVIEWS);
        let workspace = WorkspaceId::new(format!("ws-{namespace}"));
        let server = Self {
            workspace,
            namespace,
            store,
            notices,
            resources,
            engine,
            controller,
            remains,
        };
        server
            .until("an adopted namespace", || {
                server.store.workspace(&server.workspace).expect("works")
            })
            .await;
        server
    }

    /// Starts a server that was ended.
    pub async fn resume(namespace: String, remains: Remains) -> Self {
        Self::begin(namespace, remains, false).await
    }

    /// Ends the server, and starts one that only observes.
    pub async fn restart_observing(self) -> Self {
        let (namespace, remains) = self.end().await;
        Self::begin(namespace, remains, true).await
    }

    /// Ends the server, and starts another one without its database.
    pub async fn restart_without_database(self) -> Self {
        let (namespace, mut remains) = self.end().await;
        remains.folder = tempfile::tempdir().expect("a folder");
        Self::begin(namespace, remains, false).await
    }

    /// Ends the server.
    pub async fn end(self) -> (String, Remains) {
        self.resources.shut_down();
        self.controller.shut_down().await;
        (self.namespace, self.remains)
    }

    /// Applies a resource, as kubectl does.
    pub fn apply(&self, name: &str, spec: Value) {
        self.apply_as(name, spec, &[]);
    }

    /// Applies a resource, with flags of kubectl.
    pub fn apply_as(&self, name: &str, spec: Value, flags: &[&str]) {
        let manifest = json!({
            "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession",
            "metadata": { "name": name }, "spec": spec,
        });
        let file = self.remains.folder.path().join(format!("{name}.json"));
        std::fs::write(&file, manifest.to_string()).expect("a file");
        let file = file.display().to_string();
        let command = ["apply", "-n", &self.namespace, "-f", &file];
        kubectl(&[&command[..], flags].concat());
    }

    /// Changes a resource, as kubectl does.
    pub fn patch(&self, name: &str, patch: Value) {
        let patch = patch.to_string();
        kubectl(&[
            "patch",
            "ags",
            name,
            "-n",
            &self.namespace,
            "--type=merge",
            "-p",
            &patch,
        ]);
    }

    /// Returns a resource, or `None` if there is none.
    pub fn resource(&self, name: &str) -> Option<Value> {
        let command = [
            "get",
            "ags",
            name,
            "-n",
            &self.namespace,
            "-o",
            "json",
            "--ignore-not-found",
        ];
        let text = kubectl(&[&command[..], &["--show-managed-fields"]].concat());
        serde_json::from_str(&text).ok()
    }

    /// Returns the workbenches.
    pub fn workbenches(&self) -> Vec<Workbench> {
        self.store.workbenches(&self.workspace).expect("works")
    }

    /// Returns the only workbench.
    pub fn workbench(&self) -> Option<Workbench> {
        let mut all = self.workbenches();
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
    pub async fn create(&self, id: &str, name: &str) -> Result<Workbench> {
        match self.try_to_create(id, name).await {
            Ok(Created::New(made) | Created::Before(made)) => Ok(*made),
            other => bail!("{other:?}"),
        }
    }

    pub async fn try_to_create(&self, id: &str, name: &str) -> Result<Created, CommandError> {
        let new = NewRow {
            id: id.into(),
            workspace_id: self.workspace.clone(),
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

    /// Waits until something is there, and returns it.
    pub async fn until<T>(&self, what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = probe() {
                eprintln!("{what} after {:?}", begin.elapsed());
                return found;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "there was no {what}: {:#?}",
                self.workbenches()
            );
            tokio::time::sleep(Duration::from_millis(30)).await;
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

/// Returns a user of the console.
pub fn ada() -> Actor {
    Actor::local(&UserId::new("u-ada"), "ada", clock::now())
}

/// Returns an identifier of a request.
pub fn request() -> String {
    tokens::id("wb-")
}

/// Runs kubectl, which has to succeed.
pub fn kubectl(arguments: &[&str]) -> String {
    let mut command = {
        let cluster = ground().cluster.lock().expect("a cluster");
        cluster.kubectl_command()
    };
    let done = command.args(arguments).output().expect("it starts");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments:?}: {said}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}
