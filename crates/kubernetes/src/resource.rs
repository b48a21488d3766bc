//! The resource `AgenticSession`: a workbench as the API server of a cluster stores it.
//!
//! Settings and status are the wire types of the HTTP API; `schema` turns their schemas into those
//! that a cluster enforces, with the bounds of [`vestibule_model::validation`].

mod earlier;
mod rules;
mod schema;
#[cfg(test)]
mod tests;

pub use earlier::{Imported, import};
use kube::{CustomResource, CustomResourceExt as _};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use vestibule_model::workbench::{Desired, WorkbenchSpec, WorkbenchStatus};

/// Group of the resource.
pub const GROUP: &str = "vestibule.dev";

/// Desired state of a workbench. The workspace is the namespace.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "vestibule.dev",
    version = "v1alpha1",
    kind = "AgenticSession",
    plural = "agenticsessions",
    shortname = "ags",
    namespaced,
    status = "AgenticSessionStatus",
    derive = "PartialEq",
    doc = "A workbench: an environment that runs one app. Vestibule starts and stops its Pod, and tells in the status what it observes.",
    validation = rules::resource_name(),
    printcolumn = r#"{"name":"Phase","type":"string","jsonPath":".status.phase","description":"Phase of the current run."}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status","description":"True if the app can be used."}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].reason","description":"Reason of the condition Ready."}"#,
    printcolumn = r#"{"name":"End","type":"string","priority":1,"jsonPath":".status.conditions[?(@.type==\"Failed\")].reason","description":"How the run ended: the reason of the condition Failed."}"#,
    printcolumn = r#"{"name":"App","type":"string","jsonPath":".spec.app","description":"Catalogue entry of the app."}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp","description":"Time since its creation."}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [schema::all_variables(), schema::same_app()]))]
pub struct AgenticSessionSpec {
    /// Catalogue entry of the app that it runs.
    #[schemars(schema_with = "schema::app")]
    pub app: String,
    /// Name on the screen. Without it the resource's own name is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::display_name")]
    pub display_name: Option<String>,
    /// Desired state: Running starts it, Stopped stops it in every phase.
    #[serde(default = "running")]
    #[schemars(schema_with = "schema::desired")]
    pub desired: Desired,
    /// Request for a run: each new value, such as a time, starts another run after the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::run_request")]
    pub run_request: Option<String>,
    /// The settings that every engine knows.
    #[serde(flatten)]
    #[schemars(schema_with = "schema::settings")]
    pub settings: WorkbenchSpec,
}

/// Observed state of a workbench, written by Vestibule alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AgenticSessionStatus(pub WorkbenchStatus);

impl JsonSchema for AgenticSessionStatus {
    fn schema_name() -> Cow<'static, str> {
        "AgenticSessionStatus".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema::status()
    }
}

fn running() -> Desired {
    Desired::Running
}

/// Failure to write a resource or its definition.
#[derive(Debug, thiserror::Error)]
#[error("failed to write YAML: {0}")]
pub struct UnwritableResource(#[from] serde_saphyr::ser::Error);

/// Returns the definition of the resource as YAML, for `kubectl apply`.
///
/// # Errors
/// Fails if the definition cannot be written as YAML.
pub fn definition() -> Result<String, UnwritableResource> {
    Ok(serde_saphyr::to_string(&AgenticSession::crd())?)
}

/// Returns a resource as YAML.
///
/// # Errors
/// Fails if it cannot be written as YAML.
pub fn as_yaml(resource: &serde_json::Value) -> Result<String, UnwritableResource> {
    Ok(serde_saphyr::to_string(resource)?)
}
