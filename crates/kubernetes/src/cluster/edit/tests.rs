use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use vestibule_model::workbench::{Desired, WorkbenchSpec};

fn spec(display_name: Option<&str>, desired: Desired, env: &[(&str, &str)]) -> AgenticSessionSpec {
    let env = env.iter();
    AgenticSessionSpec {
        app: "jupyterlab".to_owned(),
        display_name: display_name.map(str::to_owned),
        desired,
        run_request: None,
        settings: WorkbenchSpec {
            env: Some(
                env.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            ),
            ..WorkbenchSpec::default()
        },
    }
}

/// Returns a resource with a spec whose fields belong to these managers.
fn live(spec: Value, managers: &[(&str, &str, Value)]) -> Value {
    let managers = managers.iter().map(|(manager, operation, fields)| {
        json!({ "manager": manager, "operation": operation, "fieldsV1": { "f:spec": fields } })
    });
    json!({
        "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession",
        "metadata": {
            "name": "climate", "namespace": "team", "uid": "u", "resourceVersion": "9",
            "managedFields": managers.collect::<Vec<_>>(),
        },
        "spec": spec,
    })
}

#[test]
fn only_the_changed_field_is_taken_from_a_resource_of_others() {
    let of_kubectl = json!({ "f:app": {}, "f:desired": {}, "f:env": { "f:A": {} } });
    let before = json!({ "app": "jupyterlab", "desired": "Running", "env": { "A": "1" } });
    let live = live(before, &[("kubectl", "Update", of_kubectl)]);
    let stopped = spec(None, Desired::Stopped, &[("A", "1")]);
    let body = body(&live, &stopped, "ada").expect("a body");
    assert_eq!(body["spec"], json!({ "desired": "Stopped" }));
    assert_eq!(body["metadata"]["resourceVersion"], "9");
    assert_eq!(body["metadata"]["annotations"][REQUESTED_BY], "ada");
    assert_eq!(others_of(&live, "desired"), ["kubectl"]);
    assert!(others_of(&live, "runRequest").is_empty());
}

#[test]
fn what_the_console_owns_is_applied_again() {
    let own = json!({ "f:app": {}, "f:desired": {}, "f:displayName": {}, "f:env": { ".": {}, "f:A": {}, "f:B": {} } });
    let before = json!({ "app": "jupyterlab", "displayName": "Old", "desired": "Running", "env": { "A": "1", "B": "2" } });
    let live = live(before, &[(CONSOLE, "Apply", own)]);
    let requested = spec(Some("New"), Desired::Running, &[("A", "3")]);
    let body = body(&live, &requested, "ada").expect("a body");
    let applied = json!({ "app": "jupyterlab", "displayName": "New", "desired": "Running", "env": { "A": "3" } });
    assert_eq!(body["spec"], applied);
}

#[test]
fn field_of_another_manager_is_not_removed() {
    let own = json!({ "f:app": {} });
    let others = json!({ "f:env": { "f:A": {} } });
    let before = json!({ "app": "jupyterlab", "env": { "A": "1" } });
    let live = live(
        before,
        &[(CONSOLE, "Apply", own), ("argocd", "Apply", others)],
    );
    let requested = spec(None, Desired::Running, &[]);
    let conflict = body(&live, &requested, "ada").expect_err("a conflict");
    assert_eq!(
        (conflict.manager.as_str(), conflict.field.as_str()),
        ("argocd", "spec.env.A")
    );
}

#[test]
fn defaults_and_fields_of_newer_versions_stay_out() {
    let before = json!({ "app": "jupyterlab", "later": { "x": 1 } });
    let live = live(before, &[]);
    let body = body(&live, &spec(None, Desired::Running, &[]), "ada").expect("a body");
    assert_eq!(body["spec"], json!({}));
}

/// Returns the set of fields of a map of variables.
fn fields(names: &BTreeMap<String, String>) -> Value {
    let fields = names.keys().map(|name| (format!("f:{name}"), json!({})));
    Value::Object(fields.collect())
}

fn variables() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map("[A-C]", "[0-2]", 0..4)
}

proptest! {
    /// Server-side apply: the spec is what others own, and what is applied over it.
    #[test]
    fn applied_body_leads_to_the_wanted_spec(own in variables(), others in variables(), requested in variables()) {
        let mut before = others.clone();
        before.extend(own.clone());
        let others: BTreeMap<_, _> = others.into_iter().filter(|(name, _)| !own.contains_key(name)).collect();
        let managers = [
            (CONSOLE, "Apply", json!({ "f:app": {}, "f:env": fields(&own) })),
            ("argocd", "Apply", json!({ "f:env": fields(&others) })),
        ];
        let live = live(json!({ "app": "jupyterlab", "env": before }), &managers);
        let pairs: Vec<(&str, &str)> = requested.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        match body(&live, &spec(None, Desired::Running, &pairs), "ada") {
            Ok(body) => {
                let mut after = others;
                for (name, value) in body["spec"]["env"].as_object().into_iter().flatten() {
                    after.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
                }
                prop_assert_eq!(after, requested);
            }
            Err(conflict) => {
                let name = conflict.field.trim_start_matches("spec.env.");
                prop_assert!(others.contains_key(name) && !requested.contains_key(name));
            }
        }
    }
}

#[test]
fn finalizer_of_the_console_is_applied_again_and_those_of_others_are_not() {
    let finalizers = json!([FINALIZER, "team.example.org/backup"]);
    let applied = |fields: Value| {
        let mut live = live(
            json!({ "app": "jupyterlab" }),
            &[(CONSOLE, "Apply", json!({ "f:app": {} }))],
        );
        live["metadata"]["finalizers"] = finalizers.clone();
        live["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"] = fields;
        let body = body(&live, &spec(None, Desired::Stopped, &[]), "ada").expect("a body");
        body["metadata"]["finalizers"].clone()
    };
    let item = format!("v:\"{FINALIZER}\"");
    let own = json!({ "f:finalizers": { ".": {}, item: {} } });
    assert_eq!(applied(own), json!([FINALIZER]));
    assert_eq!(applied(json!({ "f:labels": {} })), Value::Null);
}
