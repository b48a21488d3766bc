//! Ends from outside.

use super::*;

/// Returns a running Pod that is being deleted, with the condition that announces why.
fn leaving(reason: &str, message: &str) -> Value {
    let mut pod = running();
    pod["metadata"]["deletionTimestamp"] = json!("2026-11-21T10:09:30Z");
    let target = json!({ "type": "DisruptionTarget", "status": "True", "reason": reason, "message": message,
        "lastTransitionTime": "2026-11-21T10:09:00Z" });
    push(&mut pod["status"]["conditions"], target);
    pod
}

fn word(how: &Exit) -> &'static str {
    match how {
        Exit::Evicted(_) => "evicted",
        Exit::Preempted(_) => "preempted",
        Exit::NodeLost(_) => "node lost",
        Exit::Deleted(_) => "deleted",
        _ => "else",
    }
}

#[test]
fn announced_ends_show_while_the_app_still_runs() {
    for (reason, reported) in [
        ("EvictionByEvictionAPI", "evicted"),
        ("PreemptionByScheduler", "preempted"),
        ("DeletionByTaintManager", "node lost"),
        ("DeletionByPodGC", "node lost"),
        ("TerminationByKubelet", "evicted"),
        ("SomethingNew", "evicted"),
    ] {
        let seen = observe(&leaving(reason, "the cluster's words"), &[]);
        let Runner::Disrupted { how, .. } = &seen.runner else {
            panic!("{reason}: {:?}", seen.runner);
        };
        assert_eq!(word(how), reported, "{reason}");
        assert!(
            format!("{how:?}").contains("the cluster's words"),
            "{how:?}"
        );
        assert_eq!(seen.probe, Probe::NotTried, "a green probe counts no more");
    }
}

#[test]
fn pod_that_was_deleted_by_hand_says_so() {
    let mut pod = running();
    pod["metadata"]["deletionTimestamp"] = json!("2026-11-21T10:09:30Z");
    assert!(matches!(
        observe(&pod, &[]).runner,
        Runner::Disrupted {
            how: Exit::Deleted(_),
            ..
        }
    ));
    assert!(
        matches!(
            observe(&is_stop_requested(pod), &[]).runner,
            Runner::Running { .. }
        ),
        "our own stop is none"
    );
}

#[test]
fn reason_of_the_pod_explains_the_end_of_its_container() {
    let of = |reason: &str, message: &str| {
        let mut pod = terminated("Failed", 137, "Error");
        pod["status"]["reason"] = json!(reason);
        pod["status"]["message"] = json!(message);
        end(&pod).0
    };
    let evicted = of("Evicted", "The node was low on resource: memory.");
    assert_eq!(evicted, Exit::Evicted("The machine ran low on resources and evicted the app. The node was low on resource: memory.".into()));
    for (reason, reported) in [
        ("Shutdown", "evicted"),
        ("Terminated", "evicted"),
        ("Preempting", "preempted"),
        ("NodeLost", "node lost"),
    ] {
        assert_eq!(word(&of(reason, "")), reported, "{reason}");
    }
}

#[test]
fn ended_pod_keeps_the_announced_cause_and_its_time() {
    let mut pod = leaving("EvictionByEvictionAPI", "Eviction API: evicting");
    pod["status"]["phase"] = json!("Failed");
    pod["status"]["containerStatuses"][1]["state"] =
        json!({ "terminated": { "exitCode": 143, "reason": "Error" } });
    let (how, asked, time) = end(&pod);
    assert_eq!(
        (word(&how), asked, time),
        ("evicted", StopRequest::No, at("2026-11-21T10:09:00Z"))
    );
    assert_eq!(
        end(&is_stop_requested(pod)).0,
        Exit::Code(143),
        "a stop that was requested is none"
    );
}
