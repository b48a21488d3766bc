//! Each rule by its own situation, and properties of all rules.

mod since;

use super::fixtures::{ALONE, situations};
use super::*;
use crate::condition::{Condition, STEPS};
use crate::fixtures::condition;
use crate::reason::{self, ReasonKind};
use crate::workbench::Workbench;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn said(kind: &str, state: &str, word: &str, message: &str) -> Condition {
    let mut reported = condition(kind, state, word);
    if !message.is_empty() {
        message.clone_into(&mut reported.message);
    }
    reported
}

fn cause(conditions: &[Condition]) -> Option<Cause> {
    find(&Evidence {
        conditions,
        ..Evidence::default()
    })
}

fn key(conditions: &[Condition]) -> &'static str {
    cause(conditions).map_or("", |cause| cause.key)
}

#[test]
fn every_situation_has_its_cause() {
    for case in situations() {
        let conditions = [said(case.kind, case.status, case.reason, case.message)];
        let found = find(&Evidence {
            conditions: &conditions,
            exit_code: case.exit_code,
            ..Evidence::default()
        })
        .expect("something is told");
        assert_eq!(found.key, case.key, "{}: {}", case.reason, case.message);
        assert_eq!(found.reason, reason::current(case.reason));
        let says_nothing_new = case.message == reason::sentence(case.reason);
        assert_eq!(found.why, if says_nothing_new { "" } else { case.message });
        assert_eq!(found.condition, Some(case.kind.into()));
    }
    for (expected, word) in ALONE {
        assert_eq!(for_reason(word, "").key, *expected);
    }
}

#[test]
fn every_rule_is_reached_by_its_own_situation() {
    let mut reached: BTreeSet<_> = situations().map(|s| s.key).collect();
    reached.extend(ALONE.iter().map(|s| s.0));
    reached.extend(["spec-ahead", "frame-refused", "stop-forced"]);
    reached.extend(["completed-early", "terminated-by-itself"]);
    let mut all = BTreeSet::new();
    for key in keys() {
        assert!(all.insert(key), "{key} stands twice");
        assert!(reached.contains(key), "{key} has no situation");
    }
    assert!(all.len() >= 30, "{}", all.len());
    reached.remove("unknown");
    assert_eq!(reached, all);
}

#[test]
fn every_reason_of_trouble_or_an_end_has_its_own_rule() {
    let troubles = [
        ReasonKind::Blocked,
        ReasonKind::Permanent,
        ReasonKind::Killed,
        ReasonKind::Ended,
        ReasonKind::Passing,
    ];
    for known in reason::ALL {
        // The cause of a summary stands in another condition.
        let is_told_elsewhere = known.word == reason::NOT_RUNNING || reason::is_summary(known.word);
        if troubles.contains(&known.kind) && !is_told_elsewhere {
            let found = for_reason(known.word, known.sentence);
            let key = found.key;
            assert!(
                !["unknown", "failed-unknown"].contains(&key),
                "{} has no rule in causes::table",
                known.word
            );
        }
    }
}

#[test]
fn every_rule_has_plain_sentences_for_event_and_remedy() {
    for rule in table::TABLE
        .iter()
        .copied()
        .flatten()
        .chain([&table::UNKNOWN])
    {
        for text in [rule.what, rule.advice, rule.for_administrator] {
            assert!(text.is_empty() || text.ends_with('.'), "{}", rule.key);
            let lower = text.to_lowercase();
            for word in ["!", "please", "oops", "sorry", "  "] {
                assert!(!lower.contains(word), "{}: {text}", rule.key);
            }
        }
        for part in rule.when.says {
            assert_eq!(*part, part.to_lowercase(), "{}", rule.key);
        }
        let offers = !rule.action.label().is_empty();
        assert_eq!(rule.who != ResolvedBy::Wait, offers, "{}", rule.key);
        assert!(!rule.what.is_empty() && !rule.advice.is_empty());
        let is_for_others = rule.who == ResolvedBy::Administrator;
        assert!(
            !is_for_others || !rule.for_administrator.is_empty(),
            "{}",
            rule.key
        );
        let names_one = rule
            .for_administrator
            .to_lowercase()
            .contains("administrator");
        assert!(!names_one, "{}", rule.key);
        let for_administrator = rule.action == Remedy::CopyForAdministrator;
        assert_eq!(
            rule.who == ResolvedBy::Administrator,
            for_administrator,
            "{}",
            rule.key
        );
    }
}

#[test]
fn strongest_cause_is_reported() {
    let failed = condition("Failed", "True", "SDKError");
    let secret = condition("SecretsReady", "False", "SecretNotFound");
    let late = condition("Ready", "False", "StartDeadlineExceeded");
    let waiting = condition("JobCreated", "False", "Waiting");
    let pending = condition("PVCReady", "False", "Provisioning");
    let all = [failed, secret, late, waiting, pending];
    assert_eq!(key(&all), "reported-error");
    assert_eq!(key(&all[1..]), "secret-missing");
    assert_eq!(key(&all[2..]), "late");
    // Among equals the earliest step comes first.
    assert_eq!(key(&all[3..]), "folder-pending");
    assert_eq!(key(&[]), "");
    // The missing process only repeats another condition.
    assert_eq!(key(&[condition("Ready", "False", "NotRunning")]), "");
    assert!(Level::Failure < Level::Ended && Level::Ended < Level::Blocked);
    assert!(Level::Blocked < Level::Late && Level::Late < Level::Progressing);
}

#[test]
fn image_that_is_pulled_again_is_an_obstacle_until_the_run_fails() {
    let pull = condition("RunnerStarted", "False", "ImagePullBackOff");
    let level = |failed| cause(&[pull.clone(), failed]).map(|found| (found.key, found.level));
    let not_ended = condition("Failed", "False", "NotEnded");
    assert_eq!(level(not_ended), Some(("image-pull", Level::Blocked)));
    let failed = condition("Failed", "True", "ImagePullBackOff");
    assert_eq!(level(failed), Some(("image-pull", Level::Failure)));
}

#[test]
fn stop_is_reported_as_a_stop_despite_earlier_obstacles() {
    let ready = said(
        "Ready",
        "False",
        "UserStopped",
        "The app did not stop within 10 s of being asked to, and was killed.",
    );
    let conditions = [condition("SecretsReady", "False", "SecretNotFound"), ready];
    let evidence = Evidence {
        conditions: &conditions,
        stopped_reason: Some("UserStopped"),
        ..Evidence::default()
    };
    let found = find(&evidence).expect("told");
    assert_eq!((found.key, found.level), ("stop-forced", Level::Ended));
    let evidence = Evidence {
        conditions: &conditions[..1],
        ..evidence
    };
    assert_eq!(find(&evidence).expect("told").key, "user-stopped");
}

#[test]
fn field_14_a_success_is_an_end_and_no_failure() {
    let conditions = [
        condition("Completed", "True", "Success"),
        condition("Failed", "False", "Success"),
        condition("Ready", "False", "Success"),
    ];
    let found = cause(&conditions).expect("told");
    assert_eq!((found.key, found.level), ("completed", Level::Ended));
}

/// A list of runs says of each what its card says.
#[test]
fn run_in_a_list_has_the_sentence_of_its_card() {
    let of = |cause: &str, exit_code: &str, message: &str| {
        let run = serde_json::from_value(serde_json::json!({
            "id": "run-1", "workbenchId": "wb-1", "workspaceId": "ws-1", "projectId": "ws-1",
            "number": 1, "startedAt": "2026-11-22T10:00:00Z", "cause": cause,
            "exitCode": exit_code.parse::<i32>().ok(), "message": message,
        }));
        of_run(&run.expect("a run")).map(|cause| cause.headline())
    };
    let reported = |text: &str| Some(text.to_owned());
    assert_eq!(
        of(
            "ExitCode",
            "137",
            "The app stopped by signal 9 (exit code 137)."
        ),
        reported("Something outside Vestibule killed the app.")
    );
    let killed = "Stopped by a person. It did not end within its grace period and was killed.";
    assert_eq!(
        of("UserStopped", "", killed),
        reported("A user stopped it. It didn't end in time and was forced to.")
    );
    assert_eq!(
        of("SecretNotFound", "", "Missing in this workspace: TOKEN."),
        reported("Secret TOKEN is missing.")
    );
}

/// Reliability review, finding 8.
#[test]
fn ends_that_nobody_asked_for_are_told_as_what_was_seen() {
    let early = "The app ended with exit code 0 before it answered for the first time.";
    let conditions = [said("Completed", "True", "Success", early)];
    assert_eq!(cause(&conditions).expect("told").key, "completed-early");
    let own = "The app ended with exit code 143.";
    let conditions = [said("Ready", "False", "Terminated", own)];
    assert_eq!(
        cause(&conditions).expect("told").key,
        "terminated-by-itself"
    );
}

#[test]
fn summary_of_ready_leaves_the_cause_to_the_condition_that_has_it() {
    let secret = said(
        "SecretsReady",
        "False",
        "SecretNotFound",
        "Missing in this workspace: A.",
    );
    let waits = said(
        "Ready",
        "False",
        "SecretsNotReady",
        "Missing in this workspace: A.",
    );
    let found = cause(&[secret, waits]).expect("told");
    assert_eq!(
        (found.key, found.condition),
        ("secret-missing", Some("SecretsReady".into()))
    );
    let failed = said("Failed", "True", "OOMKilled", "");
    let ready = said("Ready", "False", "SessionFailed", "");
    assert_eq!(key(&[ready, failed]), "memory-limit");
    let killed = "Stopped by a person. It did not end within its grace period and was killed.";
    let conditions = [
        said("Ready", "False", "SessionStopped", killed),
        said("Failed", "False", "UserStopped", killed),
    ];
    let found = find(&Evidence {
        conditions: &conditions,
        stopped_reason: Some("UserStopped"),
        ..Evidence::default()
    });
    assert_eq!(found.expect("told").key, "stop-forced");
}

#[test]
fn healthy_workbench_has_no_cause() {
    let mut conditions: Vec<_> = STEPS
        .iter()
        .map(|kind| condition(kind.as_str(), "True", "ContainerRunning"))
        .collect();
    conditions.push(condition("Completed", "Unknown", "NotObserved"));
    conditions.push(condition("Failed", "Unknown", "NotObserved"));
    assert_eq!(cause(&conditions), None);
    let evidence = |is_spec_ahead, framing_refused| Evidence {
        conditions: &conditions,
        is_spec_ahead,
        framing_refused,
        ..Evidence::default()
    };
    assert_eq!(find(&evidence(true, None)).expect("told").key, "spec-ahead");
    let found = find(&evidence(true, Some("X-Frame-Options: DENY"))).expect("told");
    assert_eq!(
        (found.key, found.action),
        ("frame-refused", Remedy::OpenInNewTab)
    );
    assert_eq!(found.why, "X-Frame-Options: DENY");
}

#[test]
fn unknown_words_are_quoted_as_unknown() {
    let unknown = said(
        "PodScheduled",
        "False",
        "SchedulerOnStrike",
        "Come back tomorrow.",
    );
    let found = cause(&[unknown]).expect("told");
    assert_eq!(found.key, "unknown");
    assert_eq!(
        (found.reason.as_str(), found.why.as_str()),
        ("SchedulerOnStrike", "Come back tomorrow.")
    );
    // An unknown condition is never stronger than a known one.
    let newer = said("Blessed", "False", "NoPriest", "");
    let known = condition("Ready", "False", "ProbePending");
    assert_eq!(key(&[newer.clone(), known]), "probe-pending");
    assert_eq!(cause(&[newer]).expect("told").level, Level::Notice);
}

#[test]
fn the_secret_s_name_is_filled_in() {
    let name_of = |message: &str| match for_reason("SecretNotFound", message).action {
        Remedy::OpenSecret { name } => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        name_of("Missing in this workspace: OPENAI_API_KEY, B."),
        Some("OPENAI_API_KEY".to_owned())
    );
    assert_eq!(
        name_of("Missing in this workspace: A."),
        Some("A".to_owned())
    );
    assert_eq!(
        name_of("secret \"db-main\" not found"),
        Some("db-main".to_owned())
    );
    assert_eq!(name_of("Something: <script>"), None);
    assert_eq!(name_of(""), None);
}

#[test]
fn app_that_responds_with_errors_is_notable_while_it_starts() {
    let wrong = for_reason("ProbePending", "The app answers / with status 503.");
    assert_eq!(
        (wrong.key, wrong.level),
        ("answers-wrongly", Level::Progressing)
    );
    assert!(wrong.is_notable());
    let starting = for_reason("ContainerCreating", "");
    assert_eq!(starting.level, Level::Progressing);
    assert!(!starting.is_notable());
}

#[test]
fn administrator_gets_advice_instead_of_a_contact() {
    let message =
        "The program `lab` is not installed on this machine. An administrator can install it.";
    let failed = said("Failed", "True", "ProgramNotFound", message);
    let cause = cause(&[failed]).expect("told");
    assert_eq!(cause.who.words(), "An administrator can fix this");
    let own = cause.for_administrator();
    assert_eq!(
        (own.who, own.action.label()),
        (ResolvedBy::You, "Start again")
    );
    assert_eq!(own.advice, "Install it on this machine, then try again.");
    assert_eq!(
        own.why,
        "The program `lab` is not installed on this machine."
    );
    // A state that passes by itself needs no button.
    let blocked = for_reason("VerificationFailed", "").for_administrator();
    assert_eq!(
        (blocked.who, blocked.action),
        (ResolvedBy::You, Remedy::Wait)
    );
    let missing = for_reason("SecretNotFound", "Missing in this workspace: TOKEN.");
    assert_eq!(missing.headline(), "Secret TOKEN is missing.");
    assert_eq!(missing.clone().for_administrator(), missing);
}

#[test]
fn headline_is_not_said_twice() {
    let what = for_reason("SDKError", "").what;
    let quoted = "From the end of its output: \u{201c}no such model\u{201d}.";
    assert_eq!(
        for_reason("SDKError", &format!("{what} {quoted}")).why,
        quoted
    );
    assert_eq!(for_reason("SDKError", what).why, "");
}

#[test]
fn earlier_run_is_no_evidence_for_the_requested_one() {
    let text = r#"{"id":"wb-aaaa","workspaceId":"ws-a","generation":5,"k8sStatus":"Failed",
        "run":{"id":"run-2","number":2},
        "status":{"runNumber":1,"observedGeneration":3,"phase":"Failed","stoppedReason":null,
        "conditions":[{"type":"Failed","status":"True","reason":"SDKError"}]}}"#;
    let mut workbench: Workbench = serde_json::from_str(text).expect("readable");
    assert_eq!(find(&Evidence::of(&workbench, &[])), None);
    workbench.status.run_number = 2;
    let found = find(&Evidence::of(&workbench, &[])).expect("told");
    assert_eq!(found.key, "reported-error");
}

proptest! {
    #[test]
    fn every_report_has_a_cause_that_keeps_its_words(
        kind in proptest::sample::select(vec!["PVCReady", "Ready", "Failed", "Odd"]),
        state in proptest::sample::select(vec!["True", "False", "Unknown", "Perhaps"]),
        word in "[A-Za-z]{0,12}|ErrImagePull|SecretNotFound|ExitCode",
        message in ".{0,60}|exit code [0-9]{0,30}|Missing: .{0,10}",
        exit_code in proptest::option::of(any::<i32>()),
    ) {
        let mut reported = condition(kind, state, &word);
        reported.message.clone_from(&message);
        let conditions = [reported];
        let evidence = Evidence { conditions: &conditions, exit_code, ..Evidence::default() };
        let found = find(&evidence);
        let is_well = (state == "True") != (kind == "Failed");
        if kind != "Failed" && word != "NotRunning" {
            prop_assert_eq!(found.is_none(), is_well);
        }
        if let Some(found) = found {
            prop_assert_eq!(&found.reason, &word);
            prop_assert!(found.why == message || found.why.is_empty());
            prop_assert!(!found.what.is_empty());
        }
    }
}

/// In use, M6: another start with the same settings would fail the same way.
#[test]
fn what_would_fail_again_offers_the_setting_first() {
    let memory = for_reason("OOMKilled", "");
    assert_eq!(memory.action, Remedy::EditSize);
    assert_eq!(memory.action.label(), "Edit settings");
    assert_eq!(memory.clone().for_sizes(3).action, Remedy::EditSize);
    let fixed = memory.for_sizes(1);
    assert_eq!(
        fixed.action.label(),
        "Start again",
        "there is nothing to choose"
    );
    let time = for_reason("Timeout", "").for_sizes(0);
    assert_eq!(time.action, Remedy::EditTimeLimit);
}
