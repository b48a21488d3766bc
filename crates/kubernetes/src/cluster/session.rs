//! A resource as it was read: identity, desired state, and the managers of its fields.

use super::names;
use crate::resource::AgenticSessionSpec;
use serde_json::Value;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::workbench::WorkbenchStatus;

/// Field manager of the desired state, where it comes from the console.
pub const CONSOLE: &str = "vestibule-console";
/// Finalizer that holds the deletion until the run's end is observed.
pub const FINALIZER: &str = "vestibule.dev/run";
/// Annotation of resources: the user of the console who requested the last change.
pub const REQUESTED_BY: &str = "vestibule.dev/requested-by";
/// Label of resources that the console made: the request.
pub const REQUEST: &str = "vestibule.dev/request";
/// Annotation of resources: `true` keeps Vestibule from acting on it.
pub const PAUSED: &str = "vestibule.dev/paused";

/// Reason why an object cannot be read as a resource.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A field of the metadata is missing.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// The uid is none.
    #[error("its uid {0:?} is not one")]
    Uid(String),
    /// A field of the spec is of another form, as of a newer version.
    #[error("its field {field} can't be read ({why})")]
    Spec {
        /// The field, with its path.
        field: String,
        /// Reason why it can't be read.
        why: String,
    },
}

/// A resource `AgenticSession`, as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The workbench that it is.
    pub id: WorkbenchId,
    /// Uid.
    pub uid: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Generation.
    pub generation: u64,
    /// The desired state.
    pub spec: AgenticSessionSpec,
    /// The status, if one was written that can be read.
    pub status: Option<WorkbenchStatus>,
    /// `true` if it is being deleted.
    pub deleting: bool,
    /// `true` if it has Vestibule's finalizer.
    pub is_held: bool,
    /// The user of the console who requested the last change that came from there.
    pub requested_by: Option<String>,
    /// The request of the console that created it.
    pub request: Option<String>,
    managers: Vec<Manager>,
}

/// Field manager of a part of a resource.
#[derive(Debug, Clone, PartialEq)]
struct Manager {
    name: String,
    /// RFC 3339 in UTC, so that texts compare as times.
    time: String,
    fields: Value,
}

impl Session {
    /// Reads a resource.
    ///
    /// # Errors
    /// Fails if identity or spec cannot be read.
    pub fn read(object: &Value) -> Result<Self, Unreadable> {
        let metadata = &object["metadata"];
        let text = |field: &'static str| {
            let text = metadata[field].as_str().map(str::to_owned);
            text.ok_or(Unreadable::Missing(field))
        };
        let uid = text("uid")?;
        let annotation = &metadata["annotations"][REQUESTED_BY];
        Ok(Self {
            id: names::workbench_id(&uid).ok_or_else(|| Unreadable::Uid(uid.clone()))?,
            namespace: text("namespace")?,
            name: text("name")?,
            generation: metadata["generation"].as_u64().unwrap_or(1),
            spec: spec(&object["spec"])?,
            status: serde_json::from_value(object["status"].clone()).ok(),
            deleting: is_deleting(object),
            is_held: is_held(object),
            requested_by: annotation.as_str().map(str::to_owned),
            request: metadata["labels"][REQUEST].as_str().map(str::to_owned),
            managers: managers(object).collect(),
            uid,
        })
    }

    /// Returns the name on the screen.
    pub fn shown_name(&self) -> &str {
        self.spec.display_name.as_deref().unwrap_or(&self.name)
    }

    /// Returns the manager that last changed one of these fields of the spec, or, where no manager has
    /// them, the one that last changed anything.
    pub fn changed_by(&self, fields: &[&str]) -> Option<&str> {
        let owns = |manager: &&Manager| {
            let spec = &manager.fields["f:spec"];
            fields
                .iter()
                .any(|field| !spec[format!("f:{field}")].is_null())
        };
        let newest = |a: &&Manager, b: &&Manager| a.time.cmp(&b.time);
        let owner = self.managers.iter().filter(owns).max_by(newest);
        let any = self.managers.iter().max_by(newest);
        owner.or(any).map(|manager| manager.name.as_str())
    }
}

fn spec(spec: &Value) -> Result<AgenticSessionSpec, Unreadable> {
    serde_path_to_error::deserialize(spec).map_err(|error| {
        let field = match error.path().to_string().as_str() {
            "." => "spec".to_owned(),
            path => format!("spec.{path}"),
        };
        let why = error.into_inner().to_string();
        Unreadable::Spec { field, why }
    })
}

/// Returns `true` if a resource is being deleted.
pub fn is_deleting(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// Returns `true` if a resource has Vestibule's finalizer.
pub fn is_held(object: &Value) -> bool {
    let finalizers = object["metadata"]["finalizers"].as_array();
    finalizers.is_some_and(|all| all.iter().any(|one| one == FINALIZER))
}

/// Returns `true` if nothing of a resource may be acted on.
pub(super) fn is_paused(object: &Value) -> bool {
    object["metadata"]["annotations"][PAUSED] == "true"
}

fn managers(object: &Value) -> impl Iterator<Item = Manager> {
    let all = object["metadata"]["managedFields"].as_array();
    let all = all.into_iter().flatten();
    let of_desired_state =
        all.filter(|entry| entry["subresource"].as_str().is_none_or(str::is_empty));
    of_desired_state.filter_map(|entry| {
        Some(Manager {
            name: entry["manager"].as_str()?.to_owned(),
            time: entry["time"].as_str().unwrap_or_default().to_owned(),
            fields: entry["fieldsV1"].clone(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use vestibule_model::workbench::Desired;

    fn object() -> Value {
        json!({
            "metadata": {
                "name": "climate", "namespace": "team", "uid": "7d3f7e0e-2a38-4a7b-9a0e-0f6c0a4b9a11",
                "generation": 4, "finalizers": [FINALIZER],
                "annotations": { REQUESTED_BY: "ada" },
                "managedFields": [
                    { "manager": "argocd", "operation": "Apply", "time": "2026-11-21T10:00:00Z",
                      "fieldsV1": { "f:spec": { "f:app": {}, "f:displayName": {} } } },
                    { "manager": "kubectl-edit", "operation": "Update", "time": "2026-11-21T11:00:00Z",
                      "fieldsV1": { "f:spec": { "f:desired": {} } } },
                    { "manager": "vestibule", "operation": "Apply", "subresource": "status", "time": "2026-11-21T12:00:00Z",
                      "fieldsV1": { "f:status": { "f:phase": {} } } },
                ],
            },
            "spec": { "app": "jupyterlab", "displayName": "Climate", "desired": "Stopped", "later": 7 },
        })
    }

    #[test]
    fn resource_is_read_with_fields_of_a_newer_version() {
        let session = Session::read(&object()).expect("a resource");
        assert_eq!(session.id.as_str(), format!("wb-{}", session.uid));
        assert_eq!(session.spec.desired, Desired::Stopped);
        assert_eq!((session.generation, session.is_held), (4, true));
        assert_eq!(session.shown_name(), "Climate");
        assert!(!session.deleting && session.status.is_none());
    }

    #[test]
    fn change_is_of_the_manager_of_the_field() {
        let session = Session::read(&object()).expect("a resource");
        assert_eq!(
            session.changed_by(&["desired", "runRequest"]),
            Some("kubectl-edit")
        );
        assert_eq!(session.changed_by(&["displayName"]), Some("argocd"));
        // The status is not the desired state.
        assert_eq!(session.changed_by(&["env"]), Some("kubectl-edit"));
    }

    #[test]
    fn resource_without_an_app_or_identity_is_refused() {
        let mut broken = object();
        broken["spec"]["app"] = json!(7);
        let why = Session::read(&broken)
            .expect_err("it can't be read")
            .to_string();
        let text =
            "its field spec.app can't be read (invalid type: integer `7`, expected a string)";
        assert_eq!(why, text);
        let mut nested = object();
        nested["spec"]["env"] = json!({ "A": 1 });
        let why = Session::read(&nested)
            .expect_err("it can't be read")
            .to_string();
        assert!(why.starts_with("its field spec"), "{why}");
        let mut nameless = object();
        nameless["metadata"]["uid"] = Value::Null;
        assert!(matches!(
            Session::read(&nameless),
            Err(Unreadable::Missing("uid"))
        ));
    }
}
