//! The definition of the resource, compared with what is kept of it and with the HTTP API's checks.

use super::*;
use jsonschema::Validator;
use kube::core::cel;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;
use vestibule_model::parameter;
use vestibule_model::validation::{check_name, check_spec};

/// The kept definition, which is part of the documentation.
const KEPT: &str = include_str!("../../../../docs/crd.yaml");

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let definition = serde_json::to_value(AgenticSession::crd()).expect("a definition is JSON");
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
});

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let schema = with_null_types(SCHEMA.clone());
    jsonschema::validator_for(&schema).expect("a valid schema")
});

/// Returns the schema with null among the types of what is nullable, a keyword of Kubernetes.
fn with_null_types(schema: Value) -> Value {
    match schema {
        Value::Object(mut map) => {
            if map
                .get("nullable")
                .is_some_and(|nullable| *nullable == true)
            {
                let one = map["type"].clone();
                map.insert("type".to_owned(), json!([one, "null"]));
            }
            let inner = map.into_iter();
            inner
                .map(|(key, value)| (key, with_null_types(value)))
                .collect()
        }
        other => other,
    }
}

/// Returns why a cluster refuses a resource with this name and spec.
fn refusals_of(name: &str, spec: &Value) -> Vec<String> {
    let object = json!({ "metadata": { "name": name }, "spec": spec });
    let words = VALIDATOR
        .iter_errors(&object)
        .map(|error| error.to_string());
    let rules = cel::Validator::new().validate(&SCHEMA, &object, None);
    let broken = rules.err().into_iter().flatten();
    words.chain(broken.map(|error| error.to_string())).collect()
}

fn refusals(spec: &Value) -> Vec<String> {
    refusals_of("climate", spec)
}

/// Returns `true` if the HTTP API would store a workbench with these settings.
fn is_taken_by_the_api(spec: &Value) -> bool {
    let mut settings = spec.clone();
    let fields = settings.as_object_mut().expect("a spec is an object");
    let name = fields.remove("displayName");
    for own in ["app", "desired", "runRequest"] {
        fields.remove(own);
    }
    let has_good_name = name.is_none_or(|name| {
        let name = name.as_str().unwrap_or_default();
        check_name("name", name).is_ok_and(|trimmed| trimmed == name)
    });
    let has_good_parameters = |spec: &WorkbenchSpec| {
        let of = |values: &parameter::Values| {
            let size: usize = values
                .iter()
                .map(|(name, value)| name.len() + value.len())
                .sum();
            values.len() <= parameter::MAX_PARAMETERS
                && size <= parameter::MAX_ALL_BYTES
                && values.iter().all(|(name, value)| {
                    parameter::is_name(name) && value.len() <= parameter::MAX_VALUE_BYTES
                })
        };
        spec.parameters.as_ref().is_none_or(of)
    };
    let settings = serde_json::from_value::<WorkbenchSpec>(settings);
    has_good_name
        && settings.is_ok_and(|spec| check_spec(&spec).is_empty() && has_good_parameters(&spec))
}

#[test]
fn printed_definition_is_the_kept_one() {
    let printed = definition().expect("a definition is YAML");
    assert!(
        printed == KEPT,
        "run `vestibule crd > docs/crd.yaml` and review the change"
    );
}

#[test]
fn every_field_has_a_description_without_the_words_of_our_code() {
    fn check(path: &str, schema: &Value, fields: &mut usize) {
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            let text = field["description"].as_str().unwrap_or_default();
            assert!(text.ends_with('.') && text.len() > 10, "{path}: {text:?}");
            assert!(
                !text.contains("crate::") && !text.contains("`None`"),
                "{path}: {text}"
            );
            *fields += 1;
            check(&path, field, fields);
            check(&path, &field["items"], fields);
        }
    }
    let mut fields = 0;
    check("", &SCHEMA, &mut fields);
    let of_spec = serde_json::to_value(WorkbenchSpec {
        env: Some([].into()),
        parameters: Some([].into()),
        ..WorkbenchSpec::default()
    });
    let of_status = serde_json::to_value(WorkbenchStatus::default());
    for (part, written) in [("spec", of_spec), ("status", of_status)] {
        for name in written
            .expect("JSON")
            .as_object()
            .expect("an object")
            .keys()
        {
            assert!(
                SCHEMA["properties"][part]["properties"][name].is_object(),
                "{part}.{name}"
            );
        }
    }
    assert!(fields > 25, "{fields}");
}

#[test]
fn conditions_are_a_map_by_type_and_deprecated_fields_say_when_they_go() {
    let status = &SCHEMA["properties"]["status"]["properties"];
    assert_eq!(status["conditions"]["x-kubernetes-list-type"], "map");
    assert_eq!(
        status["conditions"]["x-kubernetes-list-map-keys"],
        json!(["type"])
    );
    for old in ["message", "is_error"] {
        let text = status[old]["description"].as_str().unwrap_or_default();
        assert!(
            text.starts_with("Deprecated, and removed in v1beta1"),
            "{old}: {text}"
        );
    }
}

fn with(field: &str, value: Value) -> Value {
    let mut spec = json!({ "app": "jupyterlab" });
    spec[field] = value;
    spec
}

fn pairs(count: usize, length: usize) -> Value {
    (0..count)
        .map(|n| (format!("v{n}"), Value::from("x".repeat(length))))
        .collect()
}

#[test]
fn good_specs_are_taken() {
    for spec in [
        json!({ "app": "jupyterlab" }),
        with("displayName", json!("Ünïcode 日本語 👩\u{200d}🔬")),
        with("desired", json!("Stopped")),
        with("runRequest", json!("2026-11-21T10:00:00Z")),
        with("env", json!({ "A": "1", "_b2": "" })),
        with("env", pairs(12, 5_000)),
        with(
            "parameters",
            json!({ "repository": "https://example.org/x.git" }),
        ),
        with("size", json!("large-2")),
        with("secrets", json!(["TOKEN", "TOKEN", "_x"])),
        with("startTimeoutSeconds", json!(86_400)),
        with("activeDeadlineSeconds", json!(null)),
        with("idleTimeoutSeconds", json!(u32::MAX)),
    ] {
        assert_eq!(refusals(&spec), [""; 0], "{spec}");
        assert!(is_taken_by_the_api(&spec), "{spec}");
    }
}

#[test]
fn bad_specs_are_refused_as_by_the_http_api() {
    for (field, bad) in [
        ("displayName", json!("")),
        ("displayName", json!("abc\u{202e}gpj.exe")),
        ("displayName", json!("x".repeat(81))),
        ("displayName", json!(" a")),
        ("displayName", json!("a\n")),
        ("env", json!({ "1A": "" })),
        ("env", json!({ "A-B": "" })),
        ("env", json!({ "VESTIBULE_RUN": "x" })),
        ("env", json!({ "A": "a\u{0}b" })),
        ("env", json!({ "A": 1 })),
        ("env", json!({ "A": "é".repeat(20_000) })),
        ("env", json!({ "A".repeat(129): "" })),
        ("env", pairs(201, 1)),
        ("env", pairs(14, 5_000)),
        ("parameters", json!({ "Repository": "" })),
        ("parameters", pairs(51, 1)),
        ("parameters", pairs(3, 30_000)),
        ("size", json!("")),
        ("size", json!("Large")),
        ("size", json!("-a")),
        ("size", json!("x".repeat(64))),
        ("secrets", json!(["A-B"])),
        ("secrets", json!(["PATH"])),
        ("secrets", json!(["LD_PRELOAD"])),
        ("secrets", json!(["VESTIBULE_KEY"])),
        ("secrets", json!(vec!["A"; 101])),
        ("secrets", json!("A")),
        ("startTimeoutSeconds", json!(0)),
        ("startTimeoutSeconds", json!(86_401)),
        ("startTimeoutSeconds", json!(1.5)),
        ("activeDeadlineSeconds", json!(0)),
        ("idleTimeoutSeconds", json!(-1)),
        ("idleTimeoutSeconds", json!(4_294_967_296_u64)),
    ] {
        let spec = with(field, bad);
        let short: String = spec.to_string().chars().take(80).collect();
        assert!(!refusals(&spec).is_empty(), "{short}");
        assert!(!is_taken_by_the_api(&spec), "{short}");
    }
    for (field, bad) in [
        ("app", json!("")),
        ("app", json!("Jupyter Lab")),
        ("app", json!(null)),
        ("desired", json!("Paused")),
        ("runRequest", json!("")),
    ] {
        assert!(
            !refusals(&with(field, bad.clone())).is_empty(),
            "{field}: {bad}"
        );
    }
    assert!(!refusals(&json!({})).is_empty(), "an app is required");
}

#[test]
fn name_of_the_resource_leaves_room_for_the_number_of_a_run() {
    let spec = json!({ "app": "jupyterlab" });
    assert_eq!(refusals_of(&"x".repeat(52), &spec), [""; 0]);
    for bad in [&"x".repeat(53), "a.b"] {
        assert!(!refusals_of(bad, &spec).is_empty(), "{bad}");
    }
}

#[test]
fn refusals_are_in_the_words_of_the_http_api() {
    let reported = refusals(&with("secrets", json!(["PATH"]))).join(" ");
    assert!(
        reported.contains("Programs find each other by this variable"),
        "{reported}"
    );
    let reported = refusals(&with("displayName", json!("a\u{202e}b"))).join(" ");
    assert!(
        reported.contains("change the writing direction"),
        "{reported}"
    );
}

/// A definition of a newer version has fields and words that this version does not know.
#[test]
fn resource_of_a_newer_version_is_read() {
    let session: AgenticSession = serde_json::from_value(json!({
        "apiVersion": "vestibule.dev/v1alpha1",
        "kind": "AgenticSession",
        "metadata": { "name": "climate" },
        "spec": { "app": "jupyterlab", "desired": "Hibernated", "size": "Small", "env": { "A": "1" } },
        "status": { "phase": "Napping", "conditions": [{ "type": "Snoring", "status": "Maybe" }, 7] },
    }))
    .expect("a resource of a newer version is readable");
    assert_eq!(session.spec.desired, Desired::Unknown("Hibernated".into()));
    assert_eq!(session.spec.settings.variables().count(), 1);
    let status = session.status.expect("a status").0;
    assert_eq!(status.conditions.len(), 1);
}

/// Words near the borders of what is allowed.
fn edge_case_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[A-Za-z0-9_]{1,3}".prop_map(String::from),
        Just("VESTIBULE_".to_owned()),
        Just("LD_".to_owned()),
        Just("PATH".to_owned()),
        Just(" ".to_owned()),
        Just("-".to_owned()),
        Just("\u{a0}".to_owned()),
        Just("\u{200b}".to_owned()),
        Just("\u{0}".to_owned()),
        Just("é".repeat(40)),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn edge_case_spec() -> impl Strategy<Value = Value> {
    let map = || prop::collection::btree_map(edge_case_text(), edge_case_text(), 0..3);
    let seconds = || prop_oneof![Just(0_i64), Just(1), Just(300), Just(86_401), any::<i64>()];
    let parts = (
        prop::option::of(edge_case_text()),
        prop::option::of(map()),
        prop::option::of(map()),
        prop::option::of(prop::collection::vec(edge_case_text(), 0..3)),
        prop::option::of(seconds()),
        prop::option::of(seconds()),
    );
    parts.prop_map(|(name, env, parameters, secrets, start, idle)| {
        let mut spec = json!({ "app": "jupyterlab" });
        for (field, value) in [
            ("displayName", name.map(Value::from)),
            ("env", env.map(|env| json!(env))),
            ("parameters", parameters.map(|values| json!(values))),
            ("secrets", secrets.map(Value::from)),
            ("startTimeoutSeconds", start.map(Value::from)),
            ("idleTimeoutSeconds", idle.map(Value::from)),
        ] {
            if let Some(value) = value {
                spec[field] = value;
            }
        }
        spec
    })
}

proptest! {
    /// One part at a time: with several, nearly every random spec is refused for one of them.
    #[test]
    fn cluster_and_http_api_refuse_the_same(spec in edge_case_spec()) {
        for (field, value) in spec.as_object().expect("an object") {
            let alone = with(field, value.clone());
            let refusals = refusals(&alone);
            prop_assert_eq!(refusals.is_empty(), is_taken_by_the_api(&alone), "{}: {:?}", alone, refusals);
        }
    }
}
