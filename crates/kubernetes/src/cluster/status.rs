//! The status of a resource, written by server-side apply.

use super::copies::session_resource;
use super::{Cluster, names};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::workbench::WorkbenchStatus;

/// Field manager of the status. Conditions of other managers stay.
pub const FIELD_MANAGER: &str = "vestibule";

/// Longest message of a condition that a cluster takes, in characters.
const MAX_MESSAGE: usize = 32_768;

/// Failure to write a status.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The resource is gone, or another one has its name.
    #[error("failed to find the resource of the workbench")]
    Gone,
    /// The API server did not take it.
    #[error("failed to write the status: {0}")]
    Refused(#[source] Box<kube::Error>),
}

impl Cluster {
    /// Returns `true` if the copy of a workbench's resource shows a status.
    pub fn shows_status(
        &self,
        workspace: &WorkspaceId,
        id: &WorkbenchId,
        status: &WorkbenchStatus,
    ) -> bool {
        self.session(workspace, id)
            .is_some_and(|session| contains(&session["status"], &applied(status)))
    }

    /// Returns another field manager that has written the status of a workbench, or `None`. Conditions
    /// of other types may be written by anybody.
    pub fn status_of_others(&self, workspace: &WorkspaceId, id: &WorkbenchId) -> Option<String> {
        let session = self.session(workspace, id)?;
        let entries = session["metadata"]["managedFields"].as_array()?;
        let others = entries.iter().filter(|entry| {
            let fields = entry["fieldsV1"]["f:status"].as_object();
            entry["subresource"] == "status"
                && entry["manager"] != FIELD_MANAGER
                && fields.is_some_and(|fields| fields.keys().any(|field| field != "f:conditions"))
        });
        let mut names = others.filter_map(|entry| entry["manager"].as_str());
        names.next().map(str::to_owned)
    }

    /// Writes the status of a workbench. Written again it changes nothing; fields that another manager
    /// has set are taken back, because only the reconciler may write them.
    ///
    /// # Errors
    /// Fails if the resource is gone or the API server refuses.
    pub async fn write_status(
        &self,
        workspace: &WorkspaceId,
        id: &WorkbenchId,
        status: &WorkbenchStatus,
    ) -> Result<(), StatusError> {
        let workspace = self.shared.workspace(workspace).ok_or(StatusError::Gone)?;
        let namespace = &workspace.namespace;
        let session = workspace
            .sessions
            .newest_of(id, |_| true)
            .ok_or(StatusError::Gone)?;
        let metadata = &session["metadata"];
        let (Some(name), Some(uid)) = (metadata["name"].as_str(), metadata["uid"].as_str()) else {
            return Err(StatusError::Gone);
        };
        debug_assert_eq!(names::workbench_id(uid).as_ref(), Some(id));
        let resource = session_resource();
        let sessions = self.sessions(namespace);
        let body = json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            // The same name with another uid is another workbench, and refused as a conflict.
            "metadata": { "name": name, "uid": uid },
            "status": applied(status),
        });
        let how = PatchParams::apply(FIELD_MANAGER).force();
        match sessions
            .patch_status(name, &how, &Patch::Apply(&body))
            .await
        {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(answer)) if [404, 409].contains(&answer.code) => {
                Err(StatusError::Gone)
            }
            Err(error) => Err(StatusError::Refused(Box::new(error))),
        }
    }
}

/// Returns a status as it is applied: without what is not set, and with messages that fit.
fn applied(status: &WorkbenchStatus) -> Value {
    let mut value = serde_json::to_value(status).unwrap_or_default();
    trim(&mut value);
    value
}

/// Returns `true` if a status has everything of another one; conditions are compared by type.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part.iter().all(|(key, value)| {
            whole
                .get(key)
                .is_some_and(|in_whole| contains(in_whole, value))
        }),
        (Value::Array(whole), Value::Array(part)) => part.iter().all(|one| {
            let mut same = whole.iter().filter(|other| other["type"] == one["type"]);
            same.any(|other| contains(other, one))
        }),
        (whole, part) => whole == part,
    }
}

fn trim(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, inner| !inner.is_null());
            map.values_mut().for_each(trim);
        }
        Value::Array(items) => items.iter_mut().for_each(trim),
        Value::String(text) if text.len() > MAX_MESSAGE => {
            *text = text.chars().take(MAX_MESSAGE).collect();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::fixtures::condition;

    #[test]
    fn status_is_shown_with_conditions_of_others_in_any_order() {
        let condition = |kind: &str, status: &str| json!({ "type": kind, "status": status });
        let whole = json!({ "phase": "Running", "conditions": [condition("team.example.org/Approved", "True"), condition("Ready", "True")] });
        let part = |status: &str| json!({ "phase": "Running", "conditions": [condition("Ready", status)] });
        assert!(contains(&whole, &part("True")));
        assert!(!contains(&whole, &part("False")));
        assert!(!contains(&Value::Null, &part("True")));
    }

    #[test]
    fn applied_status_has_no_nulls_and_messages_that_fit() {
        let mut long = condition("Ready", "False", "ProbeFailed");
        long.message = "é".repeat(MAX_MESSAGE + 1);
        let status = WorkbenchStatus {
            conditions: vec![long],
            ..WorkbenchStatus::default()
        };
        let value = applied(&status);
        assert!(!value.to_string().contains("null"), "{value}");
        let message = value["conditions"][0]["message"]
            .as_str()
            .unwrap_or_default();
        assert_eq!(message.chars().count(), MAX_MESSAGE);
    }
}
