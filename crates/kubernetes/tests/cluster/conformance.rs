//! The conformance suite on a cluster with a node: each scenario has a namespace of its own.

use crate::suite::{App, TestEngineHost, TestHost, conform_all};
use crate::support::{Space, WORKSPACE, api_resource, object, until};
use async_trait::async_trait;
use k8s_openapi::api::core::v1 as core;
use kube::api::{EvictParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestibule_engine::Engine;
use vestibule_engine::local::catalogue::{Catalogue, RunAs};
use vestibule_kubernetes::cluster::{PodRoute, names};
use vestibule_kubernetes::engine::{KubernetesConfig, KubernetesEngine};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::reason;
use vestibule_model::time::Millis;

/// The apps of the suite, with images.
const APPS: &str = include_str!("apps.toml");
/// Image of the apps and of the runner: the program of this crate's tests.
pub const IMAGE: &str = "vestibule.test/runner";
/// Variable by which the processes of a namespace are known.
const VARIABLE: &str = "GROUND";

conform_all!(
    Remote::default(),
    ignore = "starts a cluster: cargo xtask test kubernetes"
);

/// A namespace of the cluster.
#[derive(Default)]
pub struct Remote {
    space: Option<Space>,
    engine: Option<Arc<KubernetesEngine>>,
    /// Time for which images are pulled again.
    pub image_grace: Millis,
    /// User of the Pods, unless it is the engine's default.
    pub run_as: Option<RunAs>,
}

impl Remote {
    pub fn space(&self) -> &Space {
        self.space.as_ref().expect("it has begun")
    }

    /// Returns a resource of which the node has as much as the scenario has slots.
    fn slot(&self) -> String {
        format!("vestibule.test/{}", self.space().name)
    }

    /// Returns the objects of a kind in the namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.space().client.clone(), &self.space().name)
    }

    fn pods(&self) -> Api<core::Pod> {
        Api::namespaced(self.space().client.clone(), &self.space().name)
    }

    /// Returns the Pod of the first run.
    pub async fn pod(&self, id: &WorkbenchId) -> core::Pod {
        let pod = self.pods().get(&format!("{id}-1")).await;
        pod.expect("its Pod is there")
    }

    /// Returns the processes of a workbench's app, without its runner.
    fn processes(&self, id: &WorkbenchId) -> Vec<i32> {
        let mark = format!("{VARIABLE}={}\0", self.space().name);
        let own = format!("VESTIBULE_WORKBENCH_ID={id}\0");
        let has = |pid: i32| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let environment = String::from_utf8_lossy(&environment).into_owned();
            environment.contains(&mark) && environment.contains(&own)
        };
        let all = std::fs::read_dir("/proc").expect("Linux").flatten();
        let all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        all.filter(|pid| has(*pid) && !is_runner(*pid)).collect()
    }

    /// Sends the app of the current run a signal.
    fn signal(&self, id: &WorkbenchId, signal: Signal) {
        let processes = self.processes(id);
        // Its children come after it.
        let app = processes.iter().min().expect("it has a process");
        kill(Pid::from_raw(*app), signal).expect("it is there");
    }

    /// Creates the volumes of the suite's workbenches, which are bound to their claims at once.
    async fn create_volumes(&self) {
        let space = self.space();
        for id in ["wb-subject", "wb-another"] {
            let path = std::env::temp_dir().join(format!("{}-{id}", space.name));
            make_open_folder(&path);
            let volume = json!({
                "metadata": { "name": format!("{}-{id}", space.name) },
                "spec": {
                    "capacity": { "storage": "10Gi" },
                    "accessModes": ["ReadWriteOnce"],
                    "persistentVolumeReclaimPolicy": "Retain",
                    "storageClassName": "folders",
                    "claimRef": { "namespace": space.name, "name": format!("{id}-folder") },
                    "hostPath": { "path": path },
                },
            });
            let volumes = space.cluster_wide("PersistentVolume");
            volumes
                .create(&PostParams::default(), &object("PersistentVolume", volume))
                .await
                .expect("a volume");
        }
    }

    /// Creates the namespace and its volumes, unless they are there.
    async fn prepare(&mut self, capacity: Option<usize>) {
        if self.space.is_none() {
            self.space = Some(wait_for(Space::new()));
            self.create_volumes().await;
            if let Some(capacity) = capacity {
                self.set_capacity(capacity).await;
            }
        }
    }

    /// Creates an engine with another client.
    pub async fn begin_by(
        &mut self,
        client: Client,
        host: Arc<TestHost>,
        capacity: Option<usize>,
    ) -> Arc<dyn Engine> {
        self.prepare(capacity).await;
        let space = self.space();
        let limits = match capacity {
            Some(_) => format!("{{ {:?} = \"1\" }}", self.slot()),
            None => "{}".to_owned(),
        };
        let apps = APPS
            .replace("SLOT_LIMITS", &limits)
            .replace("THE_GROUND", &space.name);
        let catalogue = Catalogue::parse(Path::new("apps.toml"), &apps).expect("a catalogue");
        let prefix = space.name.strip_suffix(WORKSPACE).expect("its workspace");
        let engine = KubernetesEngine::new(KubernetesConfig {
            namespace_prefix: prefix.to_owned(),
            keep_folders: Millis(0),
            image_grace: self.image_grace,
            run_as: self.run_as.unwrap_or(RunAs::User(1000)),
            pod_route: PodRoute::Direct,
            host,
            ..KubernetesConfig::new(
                client,
                catalogue,
                IMAGE,
                "http://vestibule.localhost:8080",
                "http://{id}.vestibule.localhost:8080",
            )
        });
        self.engine = Some(engine.clone());
        engine
    }

    async fn set_capacity(&self, capacity: usize) {
        let patch = json!({ "status": { "capacity": { self.slot(): capacity.to_string() } } });
        let nodes: Api<core::Node> = Api::all(self.space().client.clone());
        let patched = nodes
            .patch_status("node-1", &PatchParams::default(), &Patch::Merge(patch))
            .await;
        patched.expect("a capacity");
    }
}

/// Waits for a future that cannot change threads.
fn wait_for<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}

fn is_runner(pid: i32) -> bool {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&command).contains("pod-runner")
}

fn make_open_folder(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(path).expect("a folder");
    let all = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(path, all).expect("its rights");
}

#[async_trait]
impl TestEngineHost for Remote {
    async fn begin(&mut self, host: Arc<TestHost>, capacity: Option<usize>) -> Arc<dyn Engine> {
        self.prepare(capacity).await;
        let client = self.space().client.clone();
        self.begin_by(client, host, capacity).await
    }

    async fn end(&mut self) {
        self.engine = None;
    }

    fn passing_reasons(&self) -> &'static [&'static str] {
        &[
            reason::CONTAINER_CREATING,
            reason::POD_INITIALIZING,
            reason::PULLING,
            // A kubelet without processor time gets a Secret too late, and tries again.
            reason::FAILED_MOUNT,
        ]
    }

    fn creates_before_capacity(&self) -> bool {
        true
    }

    fn restarts_at_once(&self) -> bool {
        true
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
        wait_for(until("a second container", async || {
            let statuses = self.pod(id).await.status?.container_statuses?;
            let status = statuses.first()?;
            let is_up = status.state.as_ref()?.running.is_some();
            (status.restart_count == 1 && is_up).then_some(())
        }));
    }

    async fn hold(&self, id: &WorkbenchId) {
        self.signal(id, Signal::SIGSTOP);
    }

    async fn release_app(&self, id: &WorkbenchId) {
        let app = wait_for(until("a process", async || {
            self.processes(id).first().copied()
        }));
        let folder = PathBuf::from(format!("/proc/{app}/cwd"));
        std::fs::write(folder.join("go"), "").expect("its folder is there");
        self.signal(id, Signal::SIGCONT);
    }

    async fn run_short(&self) {
        let all = self.pods().list(&ListParams::default()).await;
        for pod in all.expect("its Pods") {
            let name = pod.metadata.name.expect("a name");
            let evicted = self.pods().evict(&name, &EvictParams::default()).await;
            evicted.expect("it is evicted");
        }
    }

    async fn remove_folder(&self, id: &WorkbenchId) {
        let name = format!("{}-{id}", self.space().name);
        let volumes: Api<core::PersistentVolume> = Api::all(self.space().client.clone());
        volumes
            .delete(&name, &Default::default())
            .await
            .expect("its volume was there");
        let patch = json!({ "metadata": { "finalizers": null } });
        let patched = volumes
            .patch(&name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        patched.expect("its volume is free");
    }

    async fn leavings(&self, id: &WorkbenchId) -> Option<String> {
        let ours = ListParams::default().labels(&format!("{}={id}", names::WORKBENCH));
        for kind in ["Pod", "Secret", "PersistentVolumeClaim"] {
            let found = self.space().api(kind).list(&ours).await.expect("a list");
            if !found.items.is_empty() {
                return Some(format!("{} of {kind} are there", found.items.len()));
            }
        }
        let processes = self.processes(id);
        (!processes.is_empty()).then(|| format!("processes are left: {processes:?}"))
    }
}

impl Drop for Remote {
    /// Removes the namespace and the volumes, whether the test passed or failed.
    fn drop(&mut self) {
        let Some(space) = self.space.take() else {
            return;
        };
        let names = ["wb-subject", "wb-another"].map(|id| format!("{}-{id}", space.name));
        let removing = async move {
            for name in names {
                let volumes = Api::namespaced_with(
                    space.client.clone(),
                    "",
                    &api_resource("PersistentVolume"),
                );
                let _: Result<_, _> =
                    Api::<kube::api::DynamicObject>::delete(&volumes, &name, &Default::default())
                        .await;
                let _ = std::fs::remove_dir_all(std::env::temp_dir().join(&name));
            }
            space.close().await;
        };
        wait_for(removing);
    }
}
