//! Originators of changes that come through the Kubernetes API.

use crate::store::{Actor, Originators};
use vestibule_kubernetes::cluster::{CONSOLE, Session};
use vestibule_model::time::Timestamp;

/// Fields of a resource that are settings of the workbench.
const SETTINGS: [&str; 9] = [
    "activeDeadlineSeconds",
    "app",
    "displayName",
    "env",
    "idleTimeoutSeconds",
    "parameters",
    "secrets",
    "size",
    "startTimeoutSeconds",
];

/// Returns the originators of what a resource shows, by the managers of its fields. Field managers and
/// annotations can be written by anyone who may write the resource, so no user of the console is identified by
/// them.
pub(super) fn of(session: &Session, now: Timestamp) -> Originators {
    let actor = |fields: &[&str]| {
        let name = match session.changed_by(fields) {
            Some(CONSOLE) => session.requested_by.as_deref(),
            manager => manager,
        };
        named(name, now)
    };
    Originators {
        settings: actor(&SETTINGS),
        desired: actor(&["desired", "runRequest"]),
        deletion: unknown(now),
    }
}

/// Returns the originator of a change of which nobody is known.
pub(super) fn unknown(now: Timestamp) -> Actor {
    named(None, now)
}

fn named(name: Option<&str>, now: Timestamp) -> Actor {
    let name = match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} (through the Kubernetes API)"),
        None => "A user of the Kubernetes API".to_owned(),
    };
    Actor {
        name,
        ..Actor::server(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use utoipa::PartialSchema as _;
    use vestibule_model::workbench::WorkbenchSpec;

    fn originators(managers: &Value) -> (String, String, String) {
        let session = Session::read(&json!({
            "metadata": {
                "name": "climate", "namespace": "team", "uid": "7d3f7e0e-2a38-4a7b-9a0e-0f6c0a4b9a11",
                "annotations": { "vestibule.dev/requested-by": "ada" }, "managedFields": managers,
            },
            "spec": { "app": "jupyterlab" },
        }));
        let by = of(&session.expect("a resource"), Timestamp::from_millis(7));
        (by.settings.name, by.desired.name, by.deletion.name)
    }

    #[test]
    fn every_field_of_the_settings_has_an_originator() {
        let schema = serde_json::to_value(WorkbenchSpec::schema()).expect("JSON");
        let fields = schema["properties"].as_object().expect("an object");
        let mut fields: Vec<&str> = fields.keys().map(String::as_str).collect();
        fields.extend(["app", "displayName"]);
        fields.sort_unstable();
        assert_eq!(fields, SETTINGS);
    }

    #[test]
    fn changes_name_the_field_manager_and_the_way() {
        let managers = json!([
            { "manager": "vestibule-console", "operation": "Apply", "time": "2026-11-21T10:00:00Z",
              "fieldsV1": { "f:spec": { "f:app": {} } } },
            { "manager": "kubectl-edit", "operation": "Update", "time": "2026-11-21T11:00:00Z",
              "fieldsV1": { "f:spec": { "f:desired": {} } } },
        ]);
        let (settings, desired, deletion) = originators(&managers);
        assert_eq!(settings, "ada (through the Kubernetes API)");
        assert_eq!(desired, "kubectl-edit (through the Kubernetes API)");
        assert_eq!(deletion, "A user of the Kubernetes API");
        let (settings, desired, _) = originators(&Value::Null);
        assert_eq!(
            (settings.as_str(), desired.as_str()),
            (deletion.as_str(), deletion.as_str())
        );
    }
}
