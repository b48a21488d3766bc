//! Manifests of what a run needs on a cluster; pure.

use super::resources::resources;
use crate::cluster::names;
use crate::facts::{CONTAINER, RESTART_LIMIT};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestibule_engine::Target;
use vestibule_engine::local::catalogue::{CatalogueEntry, RunAs, SizeEntry};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Folder of the workbench in its container, also `HOME`.
pub(super) const FOLDER: &str = "/home/workbench";
/// Folder of Vestibule's program in a container.
const PROGRAMS: &str = "/vestibule/bin";
/// The program in a container.
pub(super) const PROGRAM: &str = "/vestibule/bin/vestibule";
/// Folder of the run's Secret in its container.
const SECRET: &str = "/vestibule/run";
/// The runner's orders, a key of the run's Secret.
pub(super) const ORDERS: &str = "orders.json";
/// The run's token, a key of the run's Secret.
pub(super) const TOKEN: &str = "token";
/// The credentials of the runner's clients, a key of the run's Secret that its Pod does not get.
pub(super) const CLIENT: &str = "client.json";
/// Begin of the keys of the run's Secret with environment variables.
const VARIABLE: &str = "env.";
/// Key of the value in a Secret of the workspace.
const VALUE: &str = "value";
/// Folder for the app's socket.
const SOCKETS: &str = "/vestibule/sockets";
/// Port on which an app listens, of the Pod's loopback interface.
pub(super) const APP_PORT: u16 = 8080;
/// Port of the runner's gate.
pub(super) const GATE_PORT: u16 = 8443;
/// Port of the runner's health.
pub(super) const HEALTH_PORT: u16 = 8081;
/// Most characters of a Pod's name, which is the host name of its containers.
const MAX_NAME: usize = 63;

/// Inputs of a Pod's manifest.
pub(super) struct Plan<'a> {
    pub(super) target: &'a Target,
    pub(super) run: u64,
    pub(super) app: &'a CatalogueEntry,
    /// Size of the workbench; `None` if its app has none.
    pub(super) size: Option<&'a SizeEntry>,
    pub(super) image: &'a str,
    /// Image with Vestibule's program.
    pub(super) runner_image: &'a str,
    /// User of an app that names none.
    pub(super) run_as: RunAs,
    /// Values of the parameters, as JSON.
    pub(super) parameters: String,
    pub(super) env: BTreeMap<String, String>,
    /// Variables whose values are in Secrets.
    pub(super) secrets: BTreeMap<String, SecretKey>,
    /// Reference to the resource that owns it.
    pub(super) owner: Option<Value>,
}

/// Key of a Secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SecretKey {
    /// Name of the Secret.
    pub(super) secret: String,
    pub(super) key: String,
}

impl SecretKey {
    /// Returns the key of a variable in the run's own Secret.
    pub(super) fn of_run(pod: &str, variable: &str) -> Self {
        Self {
            secret: pod.to_owned(),
            key: format!("{VARIABLE}{variable}"),
        }
    }

    /// Returns the key of a Secret of the workspace.
    pub(super) fn of_workspace(object: String) -> Self {
        Self {
            secret: object,
            key: VALUE.to_owned(),
        }
    }
}

/// Returns the name of a run's Pod and Secret, or an error if the workbench's identifier is too long
/// for one.
pub(super) fn pod_name(id: &WorkbenchId, run: u64) -> Result<String, String> {
    let name = format!("{id}-{run}");
    match name.len() <= MAX_NAME {
        true => Ok(name),
        false => Err(format!(
            "the name {name:?} of its Pod has more than {MAX_NAME} characters"
        )),
    }
}

/// Returns the name of the claim of a workbench's folder.
pub(super) fn claim_name(id: &WorkbenchId) -> String {
    format!("{id}-folder")
}

/// Returns the namespace of a workspace.
pub(super) fn namespace(name: &str, workspace: &WorkspaceId) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": name, "labels": { names::WORKSPACE: workspace.as_str() } },
    })
}

/// Returns the claim of a workbench's folder. It has no owner, so that no deletion takes the files
/// along.
pub(super) fn claim(id: &WorkbenchId, app: &CatalogueEntry, storage: &str) -> Value {
    let size = app.pod.storage.as_deref().unwrap_or(storage);
    let mut spec = json!({
        "accessModes": ["ReadWriteOnce"],
        "resources": { "requests": { "storage": size } },
    });
    if let Some(class) = &app.pod.storage_class {
        spec["storageClassName"] = json!(class);
    }
    json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": { "name": claim_name(id), "labels": { names::WORKBENCH: id.as_str() } },
        "spec": spec,
    })
}

/// Returns the Secret of a run: texts by key, and variables by name. It belongs to the resource until there is
/// a Pod that it vanishes with.
pub(super) fn secret(
    target: &Target,
    name: &str,
    texts: &BTreeMap<&str, String>,
    variables: &BTreeMap<String, String>,
    owner: Option<Value>,
) -> Value {
    let texts = texts.iter().map(|(key, text)| ((*key).to_owned(), text));
    let variables = variables
        .iter()
        .map(|(name, value)| (format!("{VARIABLE}{name}"), value));
    let data: BTreeMap<String, &String> = texts.chain(variables).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "labels": { names::WORKBENCH: target.id.as_str() },
            "ownerReferences": owner.into_iter().collect::<Vec<_>>(),
        },
        "stringData": data,
    })
}

/// Returns the Pod of a run, which passes the standard *restricted* of PodSecurity.
///
/// An init container copies Vestibule's program, and the app's container runs it as process 1. The app
/// listens on the loopback interface of the Pod; the runner's gate demands a certificate.
pub(super) fn pod(plan: &Plan<'_>, name: &str) -> Value {
    let app = plan.app;
    let run_as = app.pod.run_as.unwrap_or(plan.run_as);
    // A user that the cluster assigns is perhaps in no group of the files.
    let secret_mode = match run_as {
        RunAs::User(_) => 0o440,
        RunAs::Cluster => 0o444,
    };
    let restarts = match app.restart_limit {
        0 => "Never",
        _ => "OnFailure",
    };
    let settings = &app.pod;
    let pull_secrets = settings.pull_secrets.iter();
    let mut spec = json!({
        "restartPolicy": restarts,
        "terminationGracePeriodSeconds": app.stop_grace_seconds,
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "securityContext": security(run_as),
        "imagePullSecrets": pull_secrets.map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "nodeSelector": settings.node_selector,
        "initContainers": [{
            "name": "program",
            "image": plan.runner_image,
            "args": ["copy-program", PROGRAMS],
            // A quota of resources refuses containers that name none. They cost nothing here: of the init
            // containers and the others only the maximum is reserved.
            "resources": resources(plan.app, plan.size),
            "securityContext": confined(),
            "volumeMounts": [{ "name": "program", "mountPath": PROGRAMS }],
        }],
        "containers": [container(plan)],
        "volumes": [
            { "name": "program", "emptyDir": {} },
            { "name": "sockets", "emptyDir": { "medium": "Memory", "sizeLimit": "1Mi" } },
            { "name": "run", "secret": {
                "secretName": name,
                // Neither variables nor the credentials of clients.
                "items": [
                    { "key": ORDERS, "path": ORDERS },
                    { "key": TOKEN, "path": TOKEN },
                ],
                "defaultMode": secret_mode,
            } },
            { "name": "folder", "persistentVolumeClaim": {
                "claimName": claim_name(&plan.target.id),
            } },
        ],
    });
    if !settings.tolerations.is_empty() {
        spec["tolerations"] = json!(settings.tolerations);
    }
    if let Some(seconds) = plan.target.spec.active_deadline_seconds {
        spec["activeDeadlineSeconds"] = json!(seconds);
    }
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "labels": {
                names::WORKBENCH: plan.target.id.as_str(),
                names::RUN: plan.run.to_string(),
                names::APP: app.name,
                "app.kubernetes.io/managed-by": "vestibule",
            },
            "annotations": {
                "kubectl.kubernetes.io/default-container": CONTAINER,
                names::PARAMETERS: plan.parameters,
                RESTART_LIMIT: app.restart_limit.to_string(),
            },
        },
        "spec": spec,
    });
    if let Some(owner) = &plan.owner {
        pod["metadata"]["ownerReferences"] = json!([owner]);
        // The resource's name, for `kubectl get pods -l`.
        pod["metadata"]["labels"][names::INSTANCE] = owner["name"].clone();
    }
    pod
}

/// Returns the rights of a Pod.
fn security(run_as: RunAs) -> Value {
    let mut security = json!({
        "runAsNonRoot": true,
        "seccompProfile": { "type": "RuntimeDefault" },
    });
    if let RunAs::User(user) = run_as {
        security["runAsUser"] = json!(user);
        security["runAsGroup"] = json!(user);
        security["fsGroup"] = json!(user);
        security["fsGroupChangePolicy"] = json!("OnRootMismatch");
    }
    security
}

fn container(plan: &Plan<'_>) -> Value {
    let texts = plan.env.iter();
    let texts = texts
        .filter(|(name, _)| !plan.secrets.contains_key(*name))
        .map(|(name, value)| json!({ "name": name, "value": escaped(value) }));
    let secrets = plan.secrets.iter().map(|(name, at)| {
        let key = json!({ "name": at.secret, "key": at.key });
        json!({ "name": name, "valueFrom": { "secretKeyRef": key } })
    });
    json!({
        "name": CONTAINER,
        "image": plan.image,
        "command": [PROGRAM, "pod-runner", format!("{SECRET}/{ORDERS}")],
        "workingDir": FOLDER,
        "env": texts.chain(secrets).collect::<Vec<_>>(),
        "ports": [{ "name": "gate", "containerPort": GATE_PORT }],
        "resources": resources(plan.app, plan.size),
        "readinessProbe": {
            "httpGet": { "path": "/ready", "port": HEALTH_PORT },
            "periodSeconds": 1,
            "timeoutSeconds": plan.app.readiness.timeout_seconds + 2,
            "failureThreshold": plan.app.readiness.failure_threshold,
        },
        "securityContext": confined(),
        "volumeMounts": [
            { "name": "program", "mountPath": PROGRAMS, "readOnly": true },
            { "name": "sockets", "mountPath": SOCKETS },
            { "name": "run", "mountPath": SECRET, "readOnly": true },
            { "name": "folder", "mountPath": FOLDER },
        ],
    })
}

/// Returns the rights of a container: none.
fn confined() -> Value {
    json!({ "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } })
}

/// Returns a value of a variable in which Kubernetes expands nothing: `$(NAME)` would be another
/// variable's value.
fn escaped(value: &str) -> String {
    value.replace("$(", "$$(")
}

/// Returns the path of the app's socket in its container.
pub(super) fn socket() -> String {
    format!("{SOCKETS}/app.sock")
}

/// Returns the path of the run's token in its container.
pub(super) fn token_file() -> String {
    format!("{SECRET}/{TOKEN}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use vestibule_engine::local::catalogue::Catalogue;
    use vestibule_engine::test_support::record;
    use vestibule_model::time::Timestamp;

    const APPS: &str = r#"
        [[app]]
        name = "lab"
        command = ["lab", "--port={port}"]
        image = "team/lab:1"
        memory_limit_mb = 512
        stop_grace_seconds = 7
        restart_limit = 0
        [app.pod]
        pull_secrets = ["registry"]
        requests = { cpu = "500m" }
        limits = { "nvidia.com/gpu" = "1" }
        node_selector = { pool = "gpu" }
        tolerations = [{ key = "gpu", operator = "Exists" }]
        storage = "1Gi"
        storage_class = "fast"
    "#;

    fn app() -> CatalogueEntry {
        let catalogue = Catalogue::parse(Path::new("apps.toml"), APPS).expect("a catalogue");
        catalogue.apps()[0].clone()
    }

    fn target() -> Target {
        let now = Timestamp::parse("2026-11-23T20:00:00Z").expect("a time");
        record(&"wb-climate".into(), "lab", now).target
    }

    fn plan<'a>(app: &'a CatalogueEntry, target: &'a Target) -> Plan<'a> {
        let env = [("A", "$(B) 100$"), ("KEY", "hidden")];
        Plan {
            target,
            run: 3,
            app,
            size: app.size_of(&target.spec).expect("offered"),
            image: "team/lab:1",
            runner_image: "vestibule:1",
            run_as: RunAs::User(1000),
            parameters: "{}".to_owned(),
            env: env
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            secrets: BTreeMap::from([
                ("KEY".to_owned(), SecretKey::of_run("wb-climate-3", "KEY")),
                (
                    "OWN".to_owned(),
                    SecretKey::of_workspace("team-key".to_owned()),
                ),
            ]),
            owner: Some(json!({
                "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession",
                "name": "climate", "uid": "u-1", "controller": true,
            })),
        }
    }

    #[test]
    fn pod_is_restricted_and_has_the_settings_of_its_app() {
        let (app, target) = (app(), target());
        let pod = pod(&plan(&app, &target), "wb-climate-3");
        // The fields are known to Kubernetes: it would drop others without a word.
        let typed: k8s_openapi::api::core::v1::Pod =
            serde_json::from_value(pod.clone()).expect("a Pod");
        let mut again = serde_json::to_value(typed).expect("JSON");
        again["apiVersion"] = json!("v1");
        again["kind"] = json!("Pod");
        assert_eq!(again, pod);
        let spec = &pod["spec"];
        assert_eq!(spec["restartPolicy"], "Never");
        assert_eq!(spec["terminationGracePeriodSeconds"], 7);
        assert_eq!(spec["automountServiceAccountToken"], false);
        assert_eq!(spec["imagePullSecrets"], json!([{ "name": "registry" }]));
        assert_eq!(spec["nodeSelector"], json!({ "pool": "gpu" }));
        let taints = json!([{ "key": "gpu", "operator": "Exists" }]);
        assert_eq!(spec["tolerations"], taints);
        let limits = json!({ "memory": "512M", "nvidia.com/gpu": "1" });
        assert_eq!(spec["containers"][0]["resources"]["limits"], limits);
        for container in ["initContainers", "containers"] {
            assert_eq!(spec[container][0]["securityContext"], confined());
            // A quota of compute resources refuses a Pod with a container that names none.
            assert_eq!(spec[container][0]["resources"]["limits"], limits);
            assert_eq!(
                spec[container][0]["resources"]["requests"],
                json!({ "cpu": "500m" })
            );
        }
        assert_eq!(
            pod["metadata"]["labels"]["app.kubernetes.io/instance"],
            "climate"
        );
        let user = &spec["securityContext"];
        assert_eq!([&user["runAsUser"], &user["fsGroup"]], [1000, 1000]);
    }

    #[test]
    fn pod_whose_user_the_cluster_assigns_names_none() {
        let (mut app, target) = (app(), target());
        let security = |app: &CatalogueEntry, run_as| {
            let plan = Plan {
                run_as,
                ..plan(app, &target)
            };
            let spec = pod(&plan, "wb-climate-3")["spec"].clone();
            (
                spec["securityContext"].clone(),
                spec["volumes"][2]["secret"]["defaultMode"].clone(),
            )
        };
        let assigned = json!({
            "runAsNonRoot": true,
            "seccompProfile": { "type": "RuntimeDefault" },
        });
        assert_eq!(
            security(&app, RunAs::Cluster),
            (assigned.clone(), json!(0o444))
        );
        // The app's own setting is above that of the installation.
        app.pod.run_as = Some(RunAs::User(2000));
        assert_eq!(security(&app, RunAs::Cluster).0["runAsUser"], 2000);
        app.pod.run_as = Some(RunAs::Cluster);
        assert_eq!(security(&app, RunAs::User(1000)).0, assigned);
    }

    #[test]
    fn secrets_are_references_and_texts_are_not_expanded() {
        let (app, target) = (app(), target());
        let pod = pod(&plan(&app, &target), "wb-climate-3");
        let env = &pod["spec"]["containers"][0]["env"];
        assert_eq!(env[0], json!({ "name": "A", "value": "$$(B) 100$" }));
        let key = json!({ "name": "wb-climate-3", "key": "env.KEY" });
        assert_eq!(env[1]["valueFrom"], json!({ "secretKeyRef": key }));
        let key = json!({ "name": "team-key", "key": "value" });
        assert_eq!(env[2]["valueFrom"], json!({ "secretKeyRef": key }));
        assert!(!pod.to_string().contains("hidden"));
    }

    #[test]
    fn claim_has_the_size_and_class_of_its_app_and_no_owner() {
        let claim = claim(&"wb-climate".into(), &app(), "10Gi");
        assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "1Gi");
        assert_eq!(claim["spec"]["storageClassName"], "fast");
        assert_eq!(claim["metadata"]["ownerReferences"], Value::Null);
    }

    #[test]
    fn name_of_a_pod_is_a_host_name() {
        assert_eq!(pod_name(&"wb-a".into(), 7), Ok("wb-a-7".to_owned()));
        let uid = "wb-7d3f7e0e-2a38-4a7b-9a0e-0f6c0a4b9a11";
        assert!(pod_name(&uid.into(), u64::MAX).is_ok());
        assert!(pod_name(&format!("wb-{}", "a".repeat(60)).as_str().into(), 1).is_err());
    }
}
