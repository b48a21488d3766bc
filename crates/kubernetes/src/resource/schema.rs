//! Schemas of the wire types as a cluster takes them: structural, inlined, with bounds.

use super::rules::{self, VARIABLE};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::parameter::{MAX_PARAMETERS, MAX_VALUE_BYTES};
use vestibule_model::phase::Phase;
use vestibule_model::size;
use vestibule_model::validation::{
    MAX_ENV_NAME_BYTES, MAX_ENV_VALUE_BYTES, MAX_ENV_VARS, MAX_NAME_CHARS, MAX_SECRETS,
    MAX_START_TIMEOUT_SECONDS,
};
use vestibule_model::workbench::{Desired, WorkbenchSpec, WorkbenchStatus};

pub(super) use rules::{all_variables, same_app};

/// Longest name of a catalogue entry, which is a DNS label.
const MAX_APP: usize = 63;
/// Longest request for a run, in characters.
const MAX_RUN_REQUEST: usize = 64;
/// Longest message of a condition, in characters, as Kubernetes has it (`metav1.Condition`).
const MAX_MESSAGE: usize = 32_768;
/// Longest name of a Kubernetes object.
const MAX_OBJECT_NAME: usize = 253;

/// Returns the schema of `spec.app`.
pub(super) fn app(_: &mut SchemaGenerator) -> Schema {
    text(
        json!({ "minLength": 1, "maxLength": MAX_APP, "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" }),
    )
}

/// Returns the schema of `spec.displayName`.
pub(super) fn display_name(_: &mut SchemaGenerator) -> Schema {
    text(json!({
        "minLength": 1,
        "maxLength": MAX_NAME_CHARS,
        "x-kubernetes-validations": rules::display_name(),
    }))
}

/// Returns the schema of `spec.desired`.
pub(super) fn desired(_: &mut SchemaGenerator) -> Schema {
    text(
        json!({ "enum": words(Desired::KNOWN, Desired::as_str), "default": Desired::Running.as_str() }),
    )
}

/// Returns the schema of `spec.runRequest`.
pub(super) fn run_request(_: &mut SchemaGenerator) -> Schema {
    text(json!({ "minLength": 1, "maxLength": MAX_RUN_REQUEST }))
}

/// Returns the schema of the settings that are part of `spec`.
pub(super) fn settings(_: &mut SchemaGenerator) -> Schema {
    let mut fields = Fields::of::<WorkbenchSpec>();
    fields.bound(
        "env",
        "Environment variables of the app's process.",
        json!({
            "nullable": false,
            "maxProperties": MAX_ENV_VARS,
            "additionalProperties": { "maxLength": MAX_ENV_VALUE_BYTES, "pattern": r"^[^\x00]*$" },
            "x-kubernetes-validations": rules::variables(),
        }),
    );
    fields.bound(
        "parameters",
        "Values of the app's parameters, by name.",
        json!({
            "nullable": false,
            "maxProperties": MAX_PARAMETERS,
            "additionalProperties": { "maxLength": MAX_VALUE_BYTES },
            "x-kubernetes-validations": rules::parameters(),
        }),
    );
    fields.bound(
        "size",
        "Size that its app offers. Without one it has the app's first.",
        json!({ "nullable": false, "minLength": 1, "maxLength": size::MAX_NAME, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" }),
    );
    fields.bound(
        "secrets",
        "Names of the workspace's secrets that go into the environment of the app's process.",
        json!({
            "maxItems": MAX_SECRETS,
            "items": { "maxLength": MAX_ENV_NAME_BYTES, "pattern": VARIABLE },
            "x-kubernetes-list-type": "atomic",
            "x-kubernetes-validations": rules::secrets(),
        }),
    );
    fields.bound(
        "startTimeoutSeconds",
        "Time after which a start counts as late. Waiting for a secret or for room doesn't count.",
        json!({
            "minimum": 1, "maximum": MAX_START_TIMEOUT_SECONDS,
        }),
    );
    let limit = json!({ "minimum": 1, "maximum": u32::MAX });
    fields.bound(
        "activeDeadlineSeconds",
        "Time limit of a run. Leave it out for no limit.",
        limit.clone(),
    );
    fields.bound(
        "idleTimeoutSeconds",
        "Time without use after which a run is stopped. Leave it out for no limit.",
        limit,
    );
    fields.into_schema()
}

/// Description of `status.idleStopAt`.
const IDLE_STOP_AT: &str =
    "Time at which the run is stopped for idleness unless it is used before. Set shortly before.";

/// Returns the schema of `status`.
pub(super) fn status() -> Schema {
    let name = json!({ "maxLength": MAX_OBJECT_NAME });
    let mut fields = Fields::of::<WorkbenchStatus>();
    fields.bound(
        "phase",
        PHASES,
        json!({ "enum": words(Phase::KNOWN, Phase::as_str) }),
    );
    fields.bound(
        "stoppedReason",
        "Reason of a stop, such as UserStopped or Idle.",
        reason(),
    );
    fields.bound(
        "jobName",
        "Name of the run's Pod. Kept for readers of older versions.",
        name.clone(),
    );
    fields.bound(
        "runnerPodName",
        "Name of the Pod in which the app runs.",
        name,
    );
    fields.bound("startTime", "Start of the app's process.", json!({}));
    fields.bound("idleStopAt", IDLE_STOP_AT, json!({}));
    fields.bound(
        "message",
        "Deprecated, and removed in v1beta1: read conditions. A sentence that sums them up.",
        json!({ "maxLength": MAX_MESSAGE }),
    );
    fields.bound(
        "is_error",
        "Deprecated, and removed in v1beta1: read phase. True if the phase is Failed.",
        json!({}),
    );
    fields.bound("conditions", "What was observed, one condition for each type. Types of others are kept.", json!({
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "required": ["status", "type"],
            "properties": {
                "type": {
                    "description": format!("Type: one of {}, or one of others.", words(ConditionType::KNOWN, ConditionType::as_str).join(", ")),
                    "maxLength": 316,
                    "pattern": r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
                },
                "status": {
                    "description": "True or False if an observation says so, Unknown if there was none.",
                    "enum": words(ConditionStatus::KNOWN, ConditionStatus::as_str),
                },
                "reason": merged(json!({ "description": "One word for the cause, in CamelCase." }), reason()),
                "message": { "maxLength": MAX_MESSAGE },
            },
        },
    }));
    fields.into_schema()
}

const PHASES: &str = "Phase of the current run. Pending: nothing was created yet. Creating: the Pod \
    exists, and the app's process doesn't run yet. Running: the process runs; the condition Ready tells \
    if the app can be used. Stopping: a stop is requested, and something is still there. Stopped: \
    stopped, or never started. Completed: the app ended successfully by itself. Failed: the run ended \
    without success. Readers of the six older \
    phases, which have no Stopping, can take it for Running.";

/// Returns the bounds of a reason, as Kubernetes has them (`metav1.Condition`).
fn reason() -> Value {
    json!({ "maxLength": 1024, "pattern": "^([A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?)?$" })
}

fn words<T>(known: &[T], word: fn(&T) -> &str) -> Vec<&str> {
    known.iter().map(word).collect()
}

fn text(bounds: Value) -> Schema {
    schema(merged(json!({ "type": "string" }), bounds))
}

fn schema(value: Value) -> Schema {
    match value {
        Value::Object(map) => map.into(),
        _ => Schema::default(),
    }
}

/// The schema of an object whose fields get bounds.
struct Fields(Value);

impl Fields {
    fn of<T: utoipa::ToSchema>() -> Self {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        let parts = parts.iter().filter_map(|(name, part)| {
            let part = serde_json::to_value(part).ok()?;
            Some((name.clone(), part))
        });
        let parts = parts.collect();
        let whole = serde_json::to_value(T::schema()).unwrap_or_default();
        Self(structural(whole, &parts))
    }

    /// Adds the description and the bounds of a field.
    fn bound(&mut self, field: &str, description: &str, bounds: Value) {
        let place = &mut self.0["properties"][field];
        let bounds = merged(json!({ "description": description }), bounds);
        *place = merged(place.take(), bounds);
        if let Some(map) = place.as_object_mut() {
            map.retain(|key, value| !(key == "nullable" && *value == false));
        }
    }

    fn into_schema(self) -> Schema {
        schema(self.0)
    }
}

/// Turns a schema of OpenAPI 3.1 into one of Kubernetes: references are inlined, a null type becomes
/// `nullable`, and keywords that Kubernetes does not know are left out.
fn structural(value: Value, parts: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::Object(map) => Value::Object(structural_object(map, parts)),
        Value::Array(items) => items
            .into_iter()
            .map(|item| structural(item, parts))
            .collect(),
        other => other,
    }
}

fn structural_object(
    mut map: Map<String, Value>,
    parts: &BTreeMap<String, Value>,
) -> Map<String, Value> {
    let variants = map.remove("oneOf");
    let is_null = |variant: &Value| variant["type"] == "null";
    for variant in variants
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        match variant {
            null if is_null(null) => {
                map.insert("nullable".to_owned(), true.into());
            }
            variant => map.extend(variant.as_object().cloned().unwrap_or_default()),
        }
    }
    if let Some(Value::String(target)) = map.remove("$ref") {
        let name = target.rsplit('/').next().unwrap_or_default();
        let part = parts.get(name).and_then(Value::as_object).cloned();
        for (key, value) in part.unwrap_or_default() {
            map.entry(key).or_insert(value);
        }
    }
    if let Some(Value::Array(types)) = map.get("type") {
        let one = types.iter().find(|one| *one != "null").cloned();
        map.insert("nullable".to_owned(), true.into());
        map.insert("type".to_owned(), one.unwrap_or_default());
    }
    for unknown in ["propertyNames", "examples"] {
        map.remove(unknown);
    }
    if map.contains_key("properties") {
        map.remove("additionalProperties");
    }
    map.retain(|key, value| !(key == "default" && value.is_null()));
    // Kubernetes takes a number of 32 bits as a signed one.
    if map.get("format").is_some_and(|format| format == "int32") {
        map.insert("format".to_owned(), "int64".into());
    }
    if let Some(Value::String(text)) = map.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    let inner = map
        .into_iter()
        .map(|(key, value)| (key, structural(value, parts)));
    inner.collect()
}

/// Returns a value with another one laid over it, object by object.
fn merged(below: Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(mut below), Value::Object(above)) => {
            for (key, value) in above {
                let old = below.remove(&key).unwrap_or_default();
                below.insert(key, merged(old, value));
            }
            Value::Object(below)
        }
        (_, above) => above,
    }
}
