//! Spec of a workbench, and changes to it.

use crate::lenient::{is_none, present};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Default time limit of a start, in seconds.
pub const DEFAULT_START_TIMEOUT_SECONDS: u32 = 300;

/// Desired settings of a workbench. A change raises the workbench's `generation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WorkbenchSpec {
    /// Environment variables for the app's process. `None` in lists and events, where they could be
    /// large, and in a request that leaves them as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// Values of the app's parameters. `None` where `env` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<BTreeMap<String, String>>,
    /// Name of the size that its app offers; `None`: the app's first, if it has sizes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// Names of the workspace's secrets that go into the process's environment.
    pub secrets: Vec<String>,
    /// Time after which a start counts as late.
    pub start_timeout_seconds: u32,
    /// Time limit of a run; `None`: no limit.
    pub active_deadline_seconds: Option<u32>,
    /// Time without use after which a run is stopped; `None`: never.
    pub idle_timeout_seconds: Option<u32>,
}

impl Default for WorkbenchSpec {
    fn default() -> Self {
        Self {
            env: None,
            parameters: None,
            size: None,
            secrets: Vec::new(),
            start_timeout_seconds: DEFAULT_START_TIMEOUT_SECONDS,
            active_deadline_seconds: None,
            idle_timeout_seconds: None,
        }
    }
}

impl WorkbenchSpec {
    /// Returns the environment variables, or none where they are not included.
    pub fn variables(&self) -> impl Iterator<Item = (&String, &String)> {
        self.env.iter().flatten()
    }
}

/// Changes to a [`WorkbenchSpec`]. An absent field keeps its value, also that of a field that the
/// client does not know. A map or list replaces the stored one as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SpecPatch {
    /// New environment variables.
    #[serde(deserialize_with = "present", skip_serializing_if = "is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// New values of the app's parameters.
    #[serde(deserialize_with = "present", skip_serializing_if = "is_none")]
    pub parameters: Option<BTreeMap<String, String>>,
    /// New size; the server keeps the stored one for `null`.
    #[serde(deserialize_with = "present", skip_serializing_if = "is_none")]
    pub size: Option<Option<String>>,
    /// New names of secrets.
    #[serde(deserialize_with = "present", skip_serializing_if = "is_none")]
    pub secrets: Option<Vec<String>>,
    /// New time after which a start counts as late.
    #[serde(deserialize_with = "present", skip_serializing_if = "is_none")]
    pub start_timeout_seconds: Option<u32>,
    /// New time limit of a run; `null`: no limit.
    #[serde(deserialize_with = "present", skip_serializing_if = "is_none")]
    pub active_deadline_seconds: Option<Option<u32>>,
    /// New time without use after which a run is stopped; `null`: never.
    #[serde(deserialize_with = "present", skip_serializing_if = "is_none")]
    pub idle_timeout_seconds: Option<Option<u32>>,
}

impl SpecPatch {
    /// Returns `true` if the field at a path such as `spec.env.A` is changed.
    pub fn changes(&self, path: &str) -> bool {
        let path = path.strip_prefix("spec.").unwrap_or(path);
        let field = path.split(['.', '[']).next().unwrap_or_default();
        // What is unchanged isn't serialized.
        serde_json::to_value(self).is_ok_and(|patch| patch.get(field).is_some())
    }

    /// Returns the spec with the changes.
    pub fn applied_to(&self, spec: &WorkbenchSpec) -> WorkbenchSpec {
        // Without `..`, so that a new field is not forgotten.
        let Self {
            env,
            parameters,
            size,
            secrets,
            start_timeout_seconds,
            active_deadline_seconds,
            idle_timeout_seconds,
        } = self.clone();
        WorkbenchSpec {
            env: env.or_else(|| spec.env.clone()),
            parameters: parameters.or_else(|| spec.parameters.clone()),
            size: size.unwrap_or_else(|| spec.size.clone()),
            secrets: secrets.unwrap_or_else(|| spec.secrets.clone()),
            start_timeout_seconds: start_timeout_seconds.unwrap_or(spec.start_timeout_seconds),
            active_deadline_seconds: active_deadline_seconds
                .unwrap_or(spec.active_deadline_seconds),
            idle_timeout_seconds: idle_timeout_seconds.unwrap_or(spec.idle_timeout_seconds),
        }
    }
}

/// All fields are new, except variables and parameters that the spec leaves out.
impl From<WorkbenchSpec> for SpecPatch {
    fn from(spec: WorkbenchSpec) -> Self {
        let WorkbenchSpec {
            env,
            parameters,
            size,
            secrets,
            start_timeout_seconds,
            active_deadline_seconds,
            idle_timeout_seconds,
        } = spec;
        Self {
            env,
            parameters,
            size: Some(size),
            secrets: Some(secrets),
            start_timeout_seconds: Some(start_timeout_seconds),
            active_deadline_seconds: Some(active_deadline_seconds),
            idle_timeout_seconds: Some(idle_timeout_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stored() -> WorkbenchSpec {
        serde_json::from_value(json!({
            "env": {"A": "1"}, "parameters": {"site": "north"}, "size": "large", "secrets": ["KEY"],
            "startTimeoutSeconds": 100, "activeDeadlineSeconds": 200, "idleTimeoutSeconds": 300,
        }))
        .expect("readable")
    }

    fn patched(patch: serde_json::Value) -> WorkbenchSpec {
        let patch: SpecPatch = serde_json::from_value(patch).expect("readable");
        patch.applied_to(&stored())
    }

    #[test]
    fn absent_fields_keep_their_values() {
        assert_eq!(patched(json!({})), stored());
        let expected = WorkbenchSpec {
            secrets: Vec::new(),
            ..stored()
        };
        assert_eq!(patched(json!({"secrets": []})), expected);
    }

    #[test]
    fn null_removes_a_time_limit_and_is_not_the_same_as_absent() {
        let expected = WorkbenchSpec {
            active_deadline_seconds: None,
            ..stored()
        };
        assert_eq!(patched(json!({"activeDeadlineSeconds": null})), expected);
    }

    #[test]
    fn maps_are_replaced_as_a_whole() {
        let patched = patched(json!({"env": {"B": "2"}}));
        assert_eq!(patched.env, Some([("B".to_owned(), "2".to_owned())].into()));
        assert_eq!(patched.parameters, stored().parameters);
    }

    #[test]
    fn spec_of_a_list_keeps_variables_and_parameters() {
        let listed = WorkbenchSpec {
            env: None,
            parameters: None,
            idle_timeout_seconds: None,
            ..stored()
        };
        let patch = SpecPatch::from(listed);
        let expected = WorkbenchSpec {
            idle_timeout_seconds: None,
            ..stored()
        };
        assert_eq!(patch.applied_to(&stored()), expected);
    }

    #[test]
    fn unknown_fields_and_null_for_what_has_a_value_are_refused() {
        for field in [
            "secret",
            "env",
            "parameters",
            "secrets",
            "startTimeoutSeconds",
        ] {
            let patch = serde_json::from_value::<SpecPatch>(json!({ field: null }));
            assert!(patch.is_err(), "{field}");
        }
    }

    #[test]
    fn every_field_of_a_patch_is_found_by_its_path() {
        let all = SpecPatch::from(stored());
        let fields = serde_json::to_value(&all).expect("JSON");
        for field in fields.as_object().expect("an object").keys() {
            for path in [
                format!("spec.{field}"),
                format!("spec.{field}[0]"),
                format!("spec.{field}.A"),
            ] {
                assert!(all.changes(&path), "{path}");
                assert!(!SpecPatch::default().changes(&path), "{path}");
            }
        }
    }
}
