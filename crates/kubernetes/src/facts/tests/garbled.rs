//! Objects that no API server sends.

use super::*;
use proptest::prelude::*;
use vestibule_model::reconcile::{Cadence, DesiredRun, Subject, reconcile};
use vestibule_model::workbench::{Desired, WorkbenchStatus};

fn subject() -> Subject {
    Subject {
        generation: 1,
        spec_generation: 1,
        desired: Desired::Running,
        deleting: false,
        run: Some(DesiredRun {
            number: 1,
            generation: 1,
            asked_at: at("2026-11-21T10:00:00Z"),
            start_deadline: at("2026-11-21T10:05:00Z"),
            active_deadline: None,
            idle_timeout: None,
        }),
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "True",
            "False",
            "Unknown",
            "Pending",
            "Running",
            "Succeeded",
            "Failed",
            "Bound",
            "Lost",
            "Evicted",
            "ErrImagePull",
            "InvalidImageName",
            "CrashLoopBackOff",
            "OOMKilled",
            "Never",
            "Always",
            "runner",
            "copy",
            "PodScheduled",
            "Ready",
            "DisruptionTarget",
            "2026-11-21T10:00:00Z",
            "0000-13-99T99:99:99Z",
            "9999-12-31T23:59:59Z",
            UID,
        ])
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ]
}

fn junk() -> impl Strategy<Value = Value> {
    let inner = scalar().boxed();
    inner.prop_recursive(3, 24, 4, |element| {
        prop_oneof![
            prop::collection::vec(element.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{0,6}", element, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// Paths to the parts of an object.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, inner)| (key.replace('/', "~1"), inner))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, inner)| (i.to_string(), inner))
            .collect(),
        _ => Vec::new(),
    };
    for (key, inner) in inner {
        paths(inner, &format!("{path}/{key}"), found);
    }
}

fn whole_pods() -> Vec<Value> {
    vec![
        running(),
        waiting("ErrImagePull", "no"),
        terminated("Failed", 137, "OOMKilled"),
        unplaced(
            json!({ "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "full" }),
        ),
    ]
}

/// Returns a Pod of which some parts are replaced or missing.
fn spoilt() -> impl Strategy<Value = Value> {
    let spots = prop::collection::vec(
        (any::<prop::sample::Index>(), prop::option::of(junk())),
        1..4,
    );
    (prop::sample::select(whole_pods()), spots).prop_map(|(mut pod, spots)| {
        for (spot, other) in spots {
            let mut all = Vec::new();
            paths(&pod, "", &mut all);
            let path = spot.get(&all).clone();
            if let Some(place) = pod.pointer_mut(&path) {
                *place = other.unwrap_or_default();
            }
        }
        pod
    })
}

/// Checks that an observation has a meaning, and that no green is invented.
fn holds(
    pod: &Value,
    claim: &Value,
    events: &[Value],
    refusal: &Value,
) -> Result<(), TestCaseError> {
    let facts = Facts {
        pod: Some(pod),
        claim: Some(claim),
        events,
        refusal: Some(refusal),
        ..Facts::default()
    };
    let seen = observed(&facts, now());
    if seen.probe == Probe::Succeeded {
        let is_ready =
            |status: &Value| status["ready"] == true && status["state"]["running"].is_object();
        let all = pod["status"]["containerStatuses"].as_array();
        prop_assert!(
            all.is_some_and(|all| all.iter().any(is_ready)),
            "green without a ready container: {pod}"
        );
    }
    let reported = reconcile(
        &subject(),
        &WorkbenchStatus::default(),
        &seen,
        &Cadence::default(),
        now(),
    );
    prop_assert!(
        reported.status.phase.is_terminal() || reported.requeue_after.is_some(),
        "stuck on {seen:?}"
    );
    Ok(())
}

proptest! {
    #[test]
    fn spoilt_pods_are_read(pod in spoilt(), event in junk()) {
        holds(&pod, &Value::Null, &[event, about_pod("FailedMount", "no", 3)], &Value::Null)?;
    }

    #[test]
    fn junk_is_read(pod in junk(), claim in junk(), events in prop::collection::vec(junk(), 0..3), refusal in junk()) {
        holds(&pod, &claim, &events, &refusal)?;
    }
}

#[test]
fn missing_fields_are_as_if_not_set() {
    for pod in [
        json!({}),
        json!({ "status": {} }),
        json!({ "metadata": { "name": "climate-3" }, "status": { "phase": "Pending" } }),
        json!({ "metadata": null, "spec": [], "status": "Running" }),
    ] {
        assert!(
            matches!(
                observe(&pod, &[]).runner,
                Runner::Waiting {
                    stage: Stage::Unscheduled,
                    ..
                }
            ),
            "{pod}"
        );
    }
    for none in [json!(null), json!(""), json!(7), json!([])] {
        assert_eq!(observe(&none, &[]).runner, Runner::Absent, "{none}");
    }
}
