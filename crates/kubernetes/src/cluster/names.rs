//! Labels and annotations by which objects belong to workbenches.

use serde_json::Value;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Timestamp;

/// Label of Pods and claims: the workbench.
pub const WORKBENCH: &str = "vestibule.dev/workbench";
/// Label of Pods: the number of the run.
pub const RUN: &str = "vestibule.dev/run";
/// Label of the workspace's secrets; its value is `true`.
pub const SECRET: &str = "vestibule.dev/secret";
/// Annotation of a secret: its name in the workspace, which an object's name cannot always be.
pub const SECRET_NAME: &str = "vestibule.dev/secret-name";

/// Label of claims whose workbench was deleted; its value is `true`.
pub const RELEASED: &str = "vestibule.dev/released";
/// Annotation of a released claim: the workbench that it belonged to.
pub const RELEASED_BY: &str = "vestibule.dev/released-by";
/// Annotation of a released claim: the time from which on it is removed.
pub const REMOVE_AT: &str = "vestibule.dev/remove-at";
/// Label of Pods: the catalogue entry of the app, by Kubernetes' recommended label.
pub const APP: &str = "app.kubernetes.io/name";
/// Label of Pods: the name of the resource, by Kubernetes' recommended label.
pub const INSTANCE: &str = "app.kubernetes.io/instance";
/// Annotation of Pods: the values of the app's parameters with which the run was started, as JSON.
pub const PARAMETERS: &str = "vestibule.dev/parameters";
/// Label of namespaces: the workspace.
pub const WORKSPACE: &str = "vestibule.dev/workspace";

/// Returns the identifier of the workbench that a resource with this uid is. The same name with
/// another uid is another workbench.
pub fn workbench_id(uid: &str) -> Option<WorkbenchId> {
    WorkbenchId::parse(&format!("wb-{uid}"))
}

/// Returns the uid of the resource that a workbench is.
pub(super) fn uid(id: &WorkbenchId) -> &str {
    id.as_str().strip_prefix("wb-").unwrap_or_default()
}

/// Returns the workbench that a resource is, or `None` if it has no uid.
pub(super) fn workbench_of_session(session: &Value) -> Option<WorkbenchId> {
    workbench_id(session["metadata"]["uid"].as_str()?)
}

/// Returns the workbench that an object belongs to, or `None` if it belongs to none.
pub(super) fn workbench_of(object: &Value) -> Option<WorkbenchId> {
    WorkbenchId::parse(object["metadata"]["labels"][WORKBENCH].as_str()?)
}

/// Returns the number of a Pod's run, or `None` if it has none.
pub(super) fn run_of(pod: &Value) -> Option<u64> {
    pod["metadata"]["labels"][RUN].as_str()?.parse().ok()
}

/// Returns the name of a secret in its workspace, or `None` if it has none.
pub(super) fn secret_of(secret: &Value) -> Option<String> {
    let name = secret["metadata"]["annotations"][SECRET_NAME].as_str()?;
    Some(name.to_owned())
}

/// Returns when an object was created, or `None` if that is not known.
pub(super) fn created(object: &Value) -> Option<Timestamp> {
    Timestamp::parse(object["metadata"]["creationTimestamp"].as_str()?)
}
