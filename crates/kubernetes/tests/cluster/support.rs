//! A namespace of its own for each test, and short calls.

use k8s_openapi::api::core::v1 as core;
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams,
};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use vestibule_cluster::{Image, Options, Programs};
use vestibule_engine::{Target, TargetRun};
use vestibule_kubernetes::cluster::{Cluster, names};
use vestibule_kubernetes::resource;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Observed;
use vestibule_model::reconcile::{DesiredRun, Subject};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::{Desired, WorkbenchSpec};

/// Workspace whose namespace a test has; the names of namespaces end with it.
pub const WORKSPACE: &str = "ws-test";
/// Time after which a wait has failed, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(90);

/// A namespace of the cluster, which is deleted with its test.
pub struct Space {
    pub client: Client,
    pub name: String,
}

impl Space {
    /// Returns a new namespace with the resource.
    pub async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let client = Client::try_from(config().await).expect("a client");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("vestibule-test-{}-{number}-{WORKSPACE}", std::process::id());
        let space = Self { client, name };
        space.define().await;
        let namespace = json!({ "metadata": { "name": space.name } });
        space
            .cluster_wide("Namespace")
            .create(&PostParams::default(), &object("Namespace", namespace))
            .await
            .expect("a namespace");
        // Pods need it, and the controller manager creates it.
        until("a service account", async || {
            space
                .api("ServiceAccount")
                .get_opt("default")
                .await
                .ok()
                .flatten()
        })
        .await;
        space
    }

    async fn define(&self) {
        let definition = resource::definition().expect("a definition");
        let definition: Value = serde_saphyr::from_str(&definition).expect("YAML");
        let kind = "CustomResourceDefinition";
        let name = definition["metadata"]["name"]
            .as_str()
            .expect("a name")
            .to_owned();
        let apply = PatchParams::apply("vestibule-test").force();
        let all = self.cluster_wide(kind);
        all.patch(&name, &apply, &Patch::Apply(&definition))
            .await
            .expect("the definition is taken");
        until("an established resource", async || {
            let seen = all.get(&name).await.ok()?;
            let conditions = seen.data["status"]["conditions"].as_array()?.clone();
            let is_up = |one: &Value| one["type"] == "Established" && one["status"] == "True";
            conditions.iter().any(is_up).then_some(())
        })
        .await;
    }

    pub fn api(&self, kind: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.name, &api_resource(kind))
    }

    pub fn cluster_wide(&self, kind: &str) -> Api<DynamicObject> {
        Api::all_with(self.client.clone(), &api_resource(kind))
    }

    pub async fn create(&self, kind: &str, value: Value) -> DynamicObject {
        self.try_create(kind, value).await.expect("it is created")
    }

    pub async fn try_create(&self, kind: &str, value: Value) -> Result<DynamicObject, kube::Error> {
        self.api(kind)
            .create(&PostParams::default(), &object(kind, value))
            .await
    }

    /// Creates a session and returns what an engine is given of it.
    pub async fn session(&self, name: &str, spec: Value) -> Target {
        let session = self
            .create(
                "AgenticSession",
                json!({ "metadata": { "name": name }, "spec": spec }),
            )
            .await;
        let secrets = session.data["spec"]["secrets"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        Target {
            id: names::workbench_id(&session.metadata.uid.expect("a uid")).expect("an identifier"),
            workspace_id: self.name.as_str().into(),
            app: "jupyterlab".to_owned(),
            spec: WorkbenchSpec {
                secrets: secrets
                    .iter()
                    .filter_map(|name| name.as_str().map(str::to_owned))
                    .collect(),
                ..WorkbenchSpec::default()
            },
            run: Some(TargetRun {
                id: "run-bcdfghjk".into(),
                number: 1,
            }),
            asked: None,
        }
    }

    /// Returns `true` if the cluster has a node that runs Pods.
    pub async fn has_a_kubelet(&self) -> bool {
        let nodes = self.cluster_wide("Node").list(&ListParams::default()).await;
        let is_ready = |node: &DynamicObject| {
            let conditions = node.data["status"]["conditions"].as_array();
            let is_up = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
            conditions.is_some_and(|all| all.iter().any(is_up))
        };
        nodes.expect("the nodes").items.iter().any(is_ready)
    }

    /// Creates a node of the test's own, whose kubelet the test is, and returns its name. No Pod is
    /// scheduled there, because it sends no heartbeats.
    pub async fn node(&self) -> String {
        let name = format!("node-of-{}", self.name);
        let node = object("Node", json!({ "metadata": { "name": name } }));
        let all = self.cluster_wide("Node");
        all.create(&PostParams::default(), &node)
            .await
            .expect("a node");
        name
    }

    /// Writes a Pod's status, as a kubelet does.
    pub async fn set_pod_status(&self, pod: &str, status: Value) {
        let merge = Patch::Merge(json!({ "status": status }));
        self.api("Pod")
            .patch_status(pod, &PatchParams::default(), &merge)
            .await
            .expect("a status");
    }

    pub async fn delete_now(&self, kind: &str, name: &str) {
        let at_once = DeleteParams::default().grace_period(0);
        self.api(kind)
            .delete(name, &at_once)
            .await
            .expect("it is deleted");
    }

    /// Deletes a Pod, as a person does.
    pub async fn delete_gently(&self, pod: &str) {
        let deleted = self.api("Pod").delete(pod, &DeleteParams::default()).await;
        deleted.expect("it is deleted");
    }

    pub fn watch(&self) -> Watching {
        self.watch_by(self.client.clone())
    }

    /// Watches the namespace by another client.
    pub fn watch_by(&self, client: Client) -> Watching {
        let cluster = Cluster::new(client);
        cluster.watch(&self.name.as_str().into(), &self.name);
        let changes = cluster.take_changes().expect("the first call");
        Watching { cluster, changes }
    }

    pub async fn close(self) {
        let nodes = self.cluster_wide("Node");
        // Most tests have none.
        let _ = nodes
            .delete(&format!("node-of-{}", self.name), &DeleteParams::default())
            .await;
        let all = self.cluster_wide("Namespace");
        all.delete(&self.name, &DeleteParams::background())
            .await
            .expect("it is deleted");
    }
}

/// Returns how the cluster is reached: the one of `VESTIBULE_TEST_KUBECONFIG`, or one that is started for
/// all tests of this process, and ends with it.
pub async fn config() -> Config {
    let path = match std::env::var_os("VESTIBULE_TEST_KUBECONFIG") {
        Some(path) => PathBuf::from(path),
        None => own_cluster().kubeconfig().to_owned(),
    };
    let file = Kubeconfig::read_from(path).expect("a kubeconfig");
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(file, &options).await;
    config.expect("a cluster")
}

fn own_cluster() -> &'static vestibule_cluster::Cluster {
    static CLUSTER: OnceLock<vestibule_cluster::Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let programs = Programs::from_environment().expect("the programs of a cluster");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cluster");
        // Of an earlier run; nothing may be left of it.
        let _ = std::fs::remove_dir_all(&folder);
        let mut options = Options::new(programs);
        options.folder = Some(folder);
        options.node = Options::can_have_node().expect("this process");
        let cluster = vestibule_cluster::Cluster::start(&options).expect("a cluster");
        if options.node {
            let image = runner_image().expect("an image");
            cluster.add_image(&image).expect("an image");
        }
        cluster
    })
}

/// Returns the image of the suite's apps: Vestibule's program, and what is on this machine.
fn runner_image() -> std::io::Result<Image> {
    use std::os::unix::fs::PermissionsExt as _;
    // Every user may run it there, and containers see it: `/tmp` is their own.
    let folder = Path::new("/var/tmp/vestibule-runner-image");
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    let program = folder.join("vestibule");
    // Another process of these tests may be running it.
    let copy = folder.join(std::process::id().to_string());
    std::fs::copy(env!("CARGO_BIN_EXE_vestibule_pod"), &copy)?;
    std::fs::rename(&copy, &program)?;
    Ok(Image {
        name: crate::conformance::IMAGE.to_owned(),
        entrypoint: vec![program.display().to_string()],
        ..Image::default()
    })
}

/// A watched namespace.
pub struct Watching {
    pub cluster: Cluster,
    pub changes: UnboundedReceiver<WorkbenchId>,
}

impl Watching {
    /// Observes until it sees something, again after each change, and returns it.
    pub async fn sees<T>(
        &mut self,
        target: &Target,
        what: &str,
        probe: impl Fn(&Observed) -> Option<T>,
    ) -> T {
        let mut last = Observed::default();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                last = self.cluster.observe(target).await;
                if let Some(found) = probe(&last) {
                    return found;
                }
                // Events are not reported: they are read at the cadence.
                let _ = tokio::time::timeout(Duration::from_millis(200), self.changes.recv()).await;
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("no {what} but {last:?}"))
    }

    /// Waits for a change of a workbench.
    pub async fn waits_for_change_of(&mut self, id: &WorkbenchId) {
        let received = tokio::time::timeout(PATIENCE, async {
            while self.changes.recv().await.as_ref() != Some(id) {}
        });
        received.await.expect("news of the workbench");
    }

    /// Discards the changes so far.
    pub fn forget(&mut self) {
        while self.changes.try_recv().is_ok() {}
    }
}

/// Returns a workbench whose first run was requested at a time.
pub fn desired_run(asked_at: Timestamp) -> Subject {
    Subject {
        generation: 1,
        spec_generation: 1,
        desired: Desired::Running,
        deleting: false,
        run: Some(DesiredRun {
            number: 1,
            generation: 1,
            asked_at,
            start_deadline: asked_at + Millis::from_secs(300),
            active_deadline: None,
            idle_timeout: None,
        }),
    }
}

/// Repeats a call until it returns something.
pub async fn until<T: Debug>(what: &str, mut call: impl AsyncFnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = call().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    found
        .await
        .unwrap_or_else(|_| panic!("there was no {what}"))
}

/// Returns a Pod of the first run of a workbench.
pub fn pod(target: &Target, name: &str, spec: Value) -> Value {
    let mut pod = json!({
        "metadata": { "name": name, "labels": { names::WORKBENCH: target.id.as_str(), names::RUN: "1" } },
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 30,
            "containers": [{ "name": "runner", "image": "team/app:9" }],
        },
    });
    for (key, value) in spec.as_object().into_iter().flatten() {
        pod["spec"][key] = value.clone();
    }
    pod
}

/// Returns an object of a kind.
pub fn object(kind: &str, mut value: Value) -> DynamicObject {
    let resource = api_resource(kind);
    value["apiVersion"] = resource.api_version.into();
    value["kind"] = resource.kind.into();
    serde_json::from_value(value).expect("an object")
}

pub fn api_resource(kind: &str) -> ApiResource {
    match kind {
        "AgenticSession" => ApiResource::erase::<resource::AgenticSession>(&()),
        "Pod" => ApiResource::erase::<core::Pod>(&()),
        "PersistentVolumeClaim" => ApiResource::erase::<core::PersistentVolumeClaim>(&()),
        "Secret" => ApiResource::erase::<core::Secret>(&()),
        "Namespace" => ApiResource::erase::<core::Namespace>(&()),
        "PersistentVolume" => ApiResource::erase::<core::PersistentVolume>(&()),
        "Node" => ApiResource::erase::<core::Node>(&()),
        "ResourceQuota" => ApiResource::erase::<core::ResourceQuota>(&()),
        "ServiceAccount" => ApiResource::erase::<core::ServiceAccount>(&()),
        "ValidatingAdmissionPolicy" => admission("ValidatingAdmissionPolicy"),
        "ValidatingAdmissionPolicyBinding" => admission("ValidatingAdmissionPolicyBinding"),
        "MutatingAdmissionPolicy" => admission("MutatingAdmissionPolicy"),
        "MutatingAdmissionPolicyBinding" => admission("MutatingAdmissionPolicyBinding"),
        "CustomResourceDefinition" => ApiResource::erase::<
            k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
        >(&()),
        other => panic!("no test needs {other}"),
    }
}

fn admission(kind: &str) -> ApiResource {
    let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind);
    ApiResource::from_gvk(&kind)
}

/// Makes an image available to the node of the tests' own cluster.
pub fn add_image(name: &str) {
    let runner = runner_image().expect("an image");
    let image = Image {
        name: name.to_owned(),
        ..runner
    };
    own_cluster().add_image(&image).expect("an image");
}
