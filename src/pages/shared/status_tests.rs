//! Summaries of every state that the server can send, and of some that it should not.

use super::*;
use serde_json::{Value, json};

fn workbench(k8s_status: &str, changes: Value) -> Workbench {
    let mut base = json!({
        "id": "wb-bcdfghjk", "workspaceId": "ws-bcdfghjk", "name": "analysis", "app": "welcome",
        "desired": "Running", "k8sStatus": k8s_status,
        "status": { "phase": "Creating", "runNumber": 1, "conditions": [] },
        "run": { "id": "run-bcdfghjk", "number": 1, "status": "pending",
                 "startedAt": "2026-11-21T10:00:00Z", "startDeadline": "2026-11-21T10:05:00Z" }
    });
    merge(&mut base, changes);
    serde_json::from_value(base).expect("a workbench is always readable")
}

fn merge(base: &mut Value, changes: Value) {
    match (base, changes) {
        (Value::Object(base), Value::Object(changes)) => {
            for (key, value) in changes {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, changes) => *base = changes,
    }
}

fn condition(kind: &str, status: &str, reason: &str, at: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": format!("{reason}."),
           "lastTransitionTime": format!("2026-11-21T10:00:{at}Z")})
}

#[test]
fn five_ends_read_as_five_different_things() {
    let end = |k8s: &str, reason: &str| {
        let summary = StatusSummary::of(&workbench(
            k8s,
            json!({"desired": "Stopped",
            "status": {"stoppedReason": reason, "message": null}}),
        ));
        (summary.word, summary.sentence)
    };
    let failed = StatusSummary::of(&workbench(
        "Failed",
        json!({"status": {"message": "", "conditions":
        [condition("Failed", "True", "SDKError", "09")]}}),
    ));
    let killed = StatusSummary::of(&workbench(
        "Killed",
        json!({"status": {"conditions":
        [condition("Failed", "True", "Timeout", "09")]}}),
    ));
    assert_eq!(killed.word, "Timed out");
    let completed = StatusSummary::of(&workbench(
        "Complete",
        json!({"status": {"conditions":
        [condition("Completed", "True", "Success", "09")]}}),
    ));
    let all = [
        end("Stopped", "UserStopped"),
        end("Stopped", "Idle"),
        (failed.word, failed.sentence.clone()),
        (killed.word, killed.sentence),
        (completed.word, completed.sentence),
    ];
    for (i, one) in all.iter().enumerate() {
        assert!(!all[..i].contains(one), "{one:?}");
    }
    assert_eq!(failed.stage, WorkbenchStage::Ended { badly: true });
    assert_eq!(
        completed.mark,
        MarkKind::Completed,
        "FIELD 14: no red for a success"
    );
    assert_eq!(failed.reason, "SDKError");
}

#[test]
fn field_7_empty_and_unknown_words_are_shown_as_unknown() {
    for word in ["", "Hibernating"] {
        let summary = StatusSummary::of(&workbench(word, json!({})));
        assert_eq!(
            (summary.mark, summary.word),
            (MarkKind::Unknown, "Unknown"),
            "{word:?}"
        );
        assert!(!summary.sentence.is_empty());
    }
    let bare: Workbench =
        serde_json::from_str(r#"{"id":"wb-1","workspaceId":"ws-1"}"#).expect("readable");
    assert_eq!(StatusSummary::of(&bare).stage, WorkbenchStage::Unknown);
}

#[test]
fn blocked_and_late_starts_are_distinguished() {
    let blocked = StatusSummary::of(&workbench(
        "Progressing",
        json!({"status": {"conditions": [
        condition("PVCReady", "True", "Bound", "01"),
        condition("SecretsReady", "False", "SecretNotFound", "01")]}}),
    ));
    assert_eq!(
        (blocked.mark, blocked.reason.as_str()),
        (MarkKind::Waiting, "SecretNotFound")
    );
    let late = StatusSummary::of(&workbench(
        "Progressing",
        json!({"status": {"conditions": [
        condition("Ready", "False", "StartDeadlineExceeded", "01")]}}),
    ));
    assert_eq!(
        late.stage,
        WorkbenchStage::Starting {
            late: true,
            again: false
        }
    );
    assert_eq!([blocked.word, late.word], ["Waiting for you", "Late"]);
}

#[test]
fn probe_message_stands_beside_a_plain_sentence() {
    let raw = "Nothing listens on the app's port 20559 yet.";
    let starting = |message: &str, reason: &str| {
        let status = json!({"message": message, "conditions": [
            condition("PVCReady", "True", "Bound", "01"),
            condition("Ready", "False", reason, "02")]});
        StatusSummary::of(&workbench("Progressing", json!({ "status": status })))
    };
    let summary = starting(raw, "ProbePending");
    assert_eq!(
        summary.sentence,
        "The app is starting up. Waiting for it to respond."
    );
    assert_eq!([&summary.reason, &summary.detail], ["ProbePending", raw]);
    assert_eq!(starting(&summary.sentence, "ProbePending").detail, "");
    // Other messages are written for users.
    let again = "The app stopped by signal 9 and is started again after a pause (restart 1).";
    let summary = starting(again, "CrashLoopBackOff");
    assert_eq!([&summary.sentence, &summary.detail], [again, ""]);
}

#[test]
fn a_command_shows_before_the_first_observation() {
    let again = StatusSummary::of(&workbench("Failed", json!({"run": {"number": 2}})));
    assert_eq!(
        again.stage,
        WorkbenchStage::Starting {
            late: false,
            again: false
        }
    );
    let stopping = StatusSummary::of(&workbench("Running", json!({"desired": "Stopped"})));
    assert_eq!(stopping.word, "Stopping");
    let deleting = StatusSummary::of(&workbench("Running", json!({"deleting": true})));
    assert_eq!(deleting.word, "Deleting");
}

/// A stop asks for confirmation if work may be lost, and not during a start that never became
/// usable.
#[test]
fn only_a_usable_app_may_hold_work() {
    let holds = |k8s_status, changes| may_hold_work(&workbench(k8s_status, changes));
    for (k8s_status, expected) in [
        ("Running", true),
        ("Novelty", true),
        ("", true),
        ("Progressing", false),
        ("Stopped", false),
        ("Failed", false),
        ("Complete", false),
    ] {
        assert_eq!(holds(k8s_status, json!({})), expected, "{k8s_status}");
    }
    assert!(!holds("Running", json!({"desired": "Stopped"})));
    assert!(!holds("Running", json!({"deleting": true})));
}

#[test]
fn an_app_that_stopped_responding_is_not_starting() {
    let started = condition("RunnerStarted", "True", "ContainerRunning", "01");
    let status = json!({"phase": "Running", "readyTime": "2026-11-21T10:00:02Z",
                        "conditions": [started, condition("Ready", "False", "ProbeFailed", "09")]});
    let silent = workbench("Progressing", json!({ "status": status }));
    let summary = StatusSummary::of(&silent);
    assert_eq!(summary.word, "Not answering");
    assert_eq!(
        summary.stage,
        WorkbenchStage::Starting {
            late: false,
            again: true
        }
    );
    assert!(may_hold_work(&silent));
    // A crashed app is restarted.
    let again = condition("RunnerStarted", "False", "CrashLoopBackOff", "09");
    let status =
        json!({"phase": "Creating", "readyTime": "2026-11-21T10:00:02Z", "conditions": [again]});
    let summary = StatusSummary::of(&workbench("Progressing", json!({ "status": status })));
    assert_eq!(summary.word, "Starting");
}

#[test]
fn start_claims_nothing_before_its_first_observation() {
    let unobserved =
        |kind: &str| json!({"type": kind, "status": "Unknown", "reason": "NotObserved"});
    for conditions in [
        json!([]),
        json!([unobserved("PVCReady"), unobserved("Ready")]),
    ] {
        let status = json!({"phase": "Pending", "conditions": conditions});
        let summary = StatusSummary::of(&workbench("Progressing", json!({ "status": status })));
        assert_eq!(summary.sentence, texts::STARTING);
    }
}

#[test]
fn a_stop_shows_no_reason_of_the_app_that_is_still_up() {
    let ready = condition("Ready", "True", "SessionRunning", "02");
    let changes =
        json!({"desired": "Stopped", "status": {"phase": "Stopping", "conditions": [ready]}});
    let summary = StatusSummary::of(&workbench("Running", changes));
    assert_eq!((summary.word, summary.reason.as_str()), ("Stopping", ""));
}

#[test]
fn a_stop_names_the_person_unless_there_is_more_to_say() {
    let sentence = |message: &str, by: Value| {
        let changes = json!({"desired": "Stopped", "stoppedByName": by,
            "status": {"stoppedReason": "UserStopped", "message": message}});
        StatusSummary::of(&workbench("Stopped", changes)).sentence
    };
    let plain = reason::sentence(reason::USER_STOPPED);
    assert_eq!(sentence(plain, json!("Ada")), "Stopped by Ada.");
    assert_eq!(sentence(plain, Value::Null), plain);
    let forced = format!("{plain} It did not end within its grace period and was killed.");
    assert_eq!(sentence(&forced, json!("Ada")), forced);
}
