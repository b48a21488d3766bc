//! Resources of the earlier group, `vteam.ambient-code`, as resources of this one.

use super::rules::MAX_RESOURCE_NAME;
use kube::Resource as _;
use serde_json::{Map, Value, json};
use vestibule_model::validation::{check_name, env_problem};

/// Group of the earlier resources.
const GROUP: &str = "vteam.ambient-code/";
/// Prefixes of labels and annotations that the earlier operator and kubectl keep for themselves.
const BOOKKEEPING: [&str; 3] = [
    "ambient-code.io/",
    "vteam.ambient-code/",
    "kubectl.kubernetes.io/",
];

/// Fields of an earlier spec that have no place in a workbench, and what to do instead.
const INSTEAD: [(&str, &str); 8] = [
    (
        "prompt",
        "give it to an agent in the workbench, or to a parameter of the app",
    ),
    ("repos", "clone them in the workbench"),
    ("interactive", "the app decides"),
    ("llmSettings", "set the app's parameters (spec.parameters)"),
    ("model", "set the app's parameters (spec.parameters)"),
    (
        "anthropicApiKeySecret",
        "name a secret of the workspace (spec.secrets)",
    ),
    ("resourceOverrides", "choose a size (spec.size)"),
    ("runnerType", "choose an app (spec.app)"),
];

/// Resources that were read, and sentences about what they don't carry over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// Resources of this group. They start nothing: their desired state is `Stopped`.
    pub resources: Vec<Value>,
    /// What is not carried over.
    pub left: Vec<String>,
}

/// Reads resources of the earlier group from YAML or JSON: documents, or a list of them. `app` is the catalogue
/// entry of those that name none.
///
/// # Errors
/// Fails if the text can't be read.
pub fn import(text: &str, app: Option<&str>) -> Result<Imported, String> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).map_err(|error| error.to_string())?;
    let mut imported = Imported::default();
    for document in documents {
        match document["items"].as_array() {
            Some(items) => items.iter().for_each(|item| imported.add(item, app)),
            None if document.is_null() => {}
            None => imported.add(&document, app),
        }
    }
    Ok(imported)
}

impl Imported {
    fn add(&mut self, earlier: &Value, app: Option<&str>) {
        let metadata = &earlier["metadata"];
        let name = metadata["name"].as_str().unwrap_or_default();
        let shown = match metadata["namespace"].as_str() {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.to_owned(),
        };
        let is_earlier = earlier["apiVersion"]
            .as_str()
            .is_some_and(|version| version.starts_with(GROUP));
        if !is_earlier || earlier["kind"] != "AgenticSession" {
            let kind = earlier["kind"].as_str().unwrap_or("no kind");
            self.left.push(format!(
                "{shown}: not imported: {kind} is no AgenticSession of {GROUP}*."
            ));
            return;
        }
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_name = !name.is_empty()
            && name.len() <= MAX_RESOURCE_NAME
            && name.bytes().all(fits)
            && !name.starts_with('-')
            && !name.ends_with('-');
        if !is_name {
            self.left.push(format!(
                "{shown}: not imported: a name has at most {MAX_RESOURCE_NAME} lower-case letters, digits or inner hyphens, without dots. Give it another one."
            ));
            return;
        }
        let spec = earlier["spec"].as_object().cloned().unwrap_or_default();
        let Some(app) = spec.get("app").and_then(Value::as_str).or(app) else {
            self.left.push(format!(
                "{shown}: not imported: it names no app. Name one with --app."
            ));
            return;
        };
        let mut left = Vec::new();
        let spec = spec_of(&spec, app, &mut left);
        let mut resource = json!({
            "apiVersion": super::AgenticSession::api_version(&()),
            "kind": super::AgenticSession::kind(&()),
            "metadata": { "name": name },
            "spec": spec,
        });
        if let Some(namespace) = metadata["namespace"].as_str() {
            resource["metadata"]["namespace"] = json!(namespace);
        }
        for field in ["labels", "annotations"] {
            let kept = kept(&metadata[field]);
            if !kept.is_empty() {
                resource["metadata"][field] = Value::Object(kept);
            }
        }
        if earlier["status"].is_object() {
            left.push("status: runs that are over stay where they are.".to_owned());
        }
        self.left
            .extend(left.into_iter().map(|what| format!("{shown}: {what}")));
        self.resources.push(resource);
    }
}

/// Returns the labels or annotations that aren't kept by programs for themselves.
fn kept(all: &Value) -> Map<String, Value> {
    let all = all.as_object().into_iter().flatten();
    let is_kept = |name: &str| !BOOKKEEPING.iter().any(|prefix| name.starts_with(prefix));
    all.filter(|(name, _)| is_kept(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn spec_of(earlier: &Map<String, Value>, app: &str, left: &mut Vec<String>) -> Value {
    let mut spec = json!({ "app": app, "desired": "Stopped" });
    for (field, value) in earlier {
        match field.as_str() {
            "app" => {}
            "displayName" => match value.as_str().map(|name| check_name(field, name)) {
                Some(Ok(name)) => spec["displayName"] = json!(name),
                Some(Err(error)) => left.push(format!("spec.displayName: {}", error.message)),
                None => {}
            },
            "timeout" => match value
                .as_u64()
                .and_then(|seconds| u32::try_from(seconds).ok())
            {
                Some(seconds) if seconds > 0 => spec["activeDeadlineSeconds"] = json!(seconds),
                _ => left.push("spec.timeout: it is no number of seconds.".to_owned()),
            },
            "environmentVariables" => variables(value, &mut spec, left),
            _ if value.is_null() => {}
            other => {
                let instead = INSTEAD.iter().find(|(name, _)| *name == other);
                let instead = instead.map_or("nothing replaces it", |(_, instead)| instead);
                left.push(format!("spec.{other}: not carried over; {instead}."));
            }
        }
    }
    spec
}

fn variables(all: &Value, spec: &mut Value, left: &mut Vec<String>) {
    for (name, value) in all.as_object().into_iter().flatten() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        match env_problem(name, &text) {
            None => spec["env"][name] = json!(text),
            // The value may be secret.
            Some(why) => left.push(format!("spec.environmentVariables.{name}: {why}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIER: &str = r#"
apiVersion: vteam.ambient-code/v1alpha1
kind: AgenticSession
metadata:
  name: add-auth-tests
  namespace: team-alpha
  labels: { project: backend-api }
  annotations: { ambient-code.io/runner-progress: "{}", team: alpha }
spec:
  displayName: " Add tests "
  prompt: Add comprehensive unit tests.
  interactive: false
  timeout: 3600
  environmentVariables: { MODE: fast, VESTIBULE_X: "1", BAD-NAME: "1" }
status: { phase: Completed }
---
apiVersion: vteam.ambient-code/v1alpha1
kind: AgenticSession
metadata: { name: has.dots }
spec: { prompt: x }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: other }
"#;

    #[test]
    fn earlier_resource_becomes_one_of_this_group_and_the_rest_is_listed() {
        let imported = import(EARLIER, Some("agent")).expect("YAML");
        let expected = json!({
            "apiVersion": "vestibule.dev/v1alpha1",
            "kind": "AgenticSession",
            "metadata": {
                "name": "add-auth-tests", "namespace": "team-alpha",
                "labels": { "project": "backend-api" }, "annotations": { "team": "alpha" },
            },
            "spec": {
                "app": "agent", "desired": "Stopped", "displayName": "Add tests",
                "activeDeadlineSeconds": 3600, "env": { "MODE": "fast" },
            },
        });
        assert_eq!(imported.resources, [expected]);
        let read: super::super::AgenticSession =
            serde_json::from_value(imported.resources[0].clone()).expect("a resource");
        assert_eq!(read.spec.app, "agent");
        for (object, words) in [
            ("team-alpha/add-auth-tests", "spec.prompt: not carried over"),
            (
                "team-alpha/add-auth-tests",
                "spec.interactive: not carried over",
            ),
            (
                "team-alpha/add-auth-tests",
                "VESTIBULE_X: Names that begin with",
            ),
            ("team-alpha/add-auth-tests", "BAD-NAME: A name is"),
            ("team-alpha/add-auth-tests", "status: runs that are over"),
            ("has.dots", "not imported: a name has"),
            ("other", "not imported: ConfigMap"),
        ] {
            let is_told = |line: &String| line.starts_with(object) && line.contains(words);
            assert!(
                imported.left.iter().any(is_told),
                "{words}: {:?}",
                imported.left
            );
        }
        assert_eq!(imported.left.len(), 7, "{:?}", imported.left);
    }

    #[test]
    fn app_of_the_resource_is_above_the_one_of_the_command_and_one_is_needed() {
        let list = r#"{"kind":"List","items":[
            {"apiVersion":"vteam.ambient-code/v1alpha1","kind":"AgenticSession","metadata":{"name":"a"},"spec":{"app":"lab"}},
            {"apiVersion":"vteam.ambient-code/v1alpha1","kind":"AgenticSession","metadata":{"name":"b"},"spec":{}}
        ]}"#;
        let imported = import(list, None).expect("JSON");
        assert_eq!(imported.resources.len(), 1);
        assert_eq!(imported.resources[0]["spec"]["app"], "lab");
        assert_eq!(
            imported.left,
            ["b: not imported: it names no app. Name one with --app."]
        );
        assert!(import("a: [", None).is_err());
    }
}
