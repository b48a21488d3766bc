//! Contents of the report, and secrets in every place where they can be.

use super::redact::looks_secret;
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use vestibule_model::reason;
use vestibule_model::time::Millis;

/// Returns 2026-11-21T10:00:00Z and so many milliseconds.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_795_255_200_000) + Millis(millis)
}

/// Returns a journal entry by which a condition gets a status.
fn status(seq: u64, millis: i64, condition: &str, to: &str, word: &str) -> Transition {
    let entry = serde_json::json!({
        "seq": seq, "runId": "run-a-4", "at": at(millis), "kind": "status", "type": condition,
        "to": to, "reason": word, "message": reason::sentence(word), "source": "observation",
    });
    serde_json::from_value(entry).expect("an entry")
}

fn clean(text: &str) -> String {
    Redactor::default().clean(text)
}

#[test]
fn names_that_look_secret() {
    for name in [
        "OPENAI_API_KEY",
        "apiKey",
        "MYKEY",
        "accessToken",
        "DB_PASSWORD",
        "pgpwd",
        "client-secret",
        "AWS_SECRET_ACCESS_KEY",
        "BASIC_AUTH",
        "SESSION_ID",
        "sig",
        "--password",
        "jwt",
        "smtp.pass",
    ] {
        assert!(looks_secret(name), "{name}");
    }
    for name in [
        "PATH",
        "HOME",
        "KeyError",
        "author",
        "KEYBOARD",
        "compass_x",
        "PORT",
        "passenger",
    ] {
        assert!(!looks_secret(name), "{name}");
    }
}

#[test]
fn secrets_are_taken_out_and_the_rest_is_left() {
    for (text, expected) in [
        ("OPENAI_API_KEY=abc123 next", "OPENAI_API_KEY=*** next"),
        (
            r#"{"token": "a b\"c", "n": 1}"#,
            r#"{"token": "***", "n": 1}"#,
        ),
        (
            r#"{\"token\":\"abc\",\"n\":1}"#,
            r#"{\"token\":\"***\",\"n\":1}"#,
        ),
        (
            "run --api-key abc --port 8080",
            "run --api-key *** --port 8080",
        ),
        ("password: correct horse", "password: ***"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("sent 'Bearer abc' to it", "sent 'Bearer *** to it"),
        ("postgres://ada:pw@db:5432/x", "postgres://***@db:5432/x"),
        (
            "GET https://h/p?token=abc&page=2",
            "GET https://h/p?token=***&page=2",
        ),
        ("x-api-key: Basic abc", "x-api-key: ***"),
        ("--key --token abc", "--key ***"),
        ("token: password: abc x", "token: *** x"),
        ("ghp_abcdefghijklmnop", "***"),
        ("k=AKIAABCDEFGHIJKLMNOP", "***"),
        ("3f2a9c0d4b1e8f7a6c5d2b3e", "***"),
        ("YWRhOmh1/bnRlcjIyMjIy+Mw==", "***"),
    ] {
        assert_eq!(clean(text), expected);
    }
    for text in [
        "KeyError: 'name'",
        "/usr/lib/python3.11/site-packages/jupyter_server/serverapp.py:123",
        "x86_64-unknown-linux-gnu is not a_very_long_name_made_of_many_words_2",
        "2026-11-21T10:00:00.25Z wb-7k2m9x4q http://vestibule.localhost:8080/a?page=2",
        "Missing in this workspace: OPENAI_API_KEY, B.",
        "Step 1 of 3: pip install jupyterlab==4.2.5",
        "the token is invalid",
        "Ünïcode 日本語 🙂: schön = gut",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn a_private_key_is_taken_out_line_by_line() {
    let text = "a\n-----BEGIN RSA PRIVATE KEY-----\nshort\nx\n-----END RSA PRIVATE KEY-----\nb";
    assert_eq!(clean(text), "a\n***\n***\n***\n***\nb");
    assert_eq!(clean("-----BEGIN PRIVATE KEY-----\nabc"), "***\n***");
}

/// Facts about a workbench with these variables whose start waits for a secret.
fn facts(env: &[(&str, &str)]) -> Facts {
    let workbench = serde_json::json!({
        "id": "wb-7k2m9x4q", "workspaceId": "ws-a", "name": "analysis", "app": "jupyterlab",
        "generation": 3, "desired": "Running", "k8sStatus": "Progressing",
        "run": {"id": "run-a-4", "number": 4},
        "spec": {"env": BTreeMap::from_iter(env.iter().copied()), "secrets": ["OPENAI_API_KEY"],
            "startTimeoutSeconds": 300},
        "status": {"observedGeneration": 3, "runNumber": 4, "phase": "Creating", "conditions": [
            {"type": "SecretsReady", "status": "False", "reason": "SecretNotFound",
             "message": "Missing in this workspace: OPENAI_API_KEY.",
             "lastTransitionTime": "2026-11-21T10:00:00Z"}]},
    });
    let run = serde_json::json!({
        "id": "run-a-4", "workbenchId": "wb-7k2m9x4q", "workspaceId": "ws-a", "projectId": "ws-a",
        "number": 4, "status": "pending", "startedAt": at(0),
    });
    Facts {
        workbench: serde_json::from_value(workbench).expect("a workbench"),
        workspace: "Team A".to_owned(),
        link: "http://vestibule.localhost:8080/workspaces/ws-a/sessions/wb-7k2m9x4q".to_owned(),
        asked_by: "Ada".to_owned(),
        run: serde_json::from_value(run).expect("a run"),
        journal: Vec::new(),
        log: RunLog::default(),
        secrets: Vec::new(),
        versions: vec![
            ("Server", "0.1.0".to_owned()),
            ("Browser", "Chromium 140".to_owned()),
        ],
        now: at(5_000),
    }
}

fn log(text: impl Into<String>) -> RunLog {
    RunLog {
        text: text.into(),
        ..RunLog::default()
    }
}

#[test]
fn report_contains_the_useful_facts() {
    let mut facts = facts(&[("API_KEY", "hunter-2-hunter"), ("MODE", "fast")]);
    facts.journal = vec![
        status(6, 50, "PVCReady", "True", "Bound"),
        status(7, 100, "SecretsReady", "False", "SecretNotFound"),
    ];
    facts.log = log("starting\nusing hunter-2-hunter\n");
    let expected = "\
## Vestibule diagnostics
Written at: 2026-11-21T10:00:05Z
Server: 0.1.0
Browser: Chromium 140
Asked by: Ada

## Workbench
Name: analysis (wb-7k2m9x4q)
Workspace: Team A (ws-a)
Page: http://vestibule.localhost:8080/workspaces/ws-a/sessions/wb-7k2m9x4q
App: jupyterlab
Wanted: Running
k8sStatus: Progressing
Phase: Creating
Generation: 3
Observed generation: 3
Names of secrets: OPENAI_API_KEY
Variable: API_KEY=***
Variable: MODE=fast

## Run
Run: 4 (run-a-4)
Status: pending
Asked for at: 2026-11-21T10:00:00Z

## Cause
What happened: A secret is missing.
Evidence: Missing in this workspace: OPENAI_API_KEY.
Reason: SecretNotFound
Rule: secret-missing
Since: 2026-11-21T10:00:00.1Z

## Conditions
SecretsReady | False | SecretNotFound | 2026-11-21T10:00:00Z | Missing in this workspace: OPENAI_API_KEY.

## Journal
6 | 2026-11-21T10:00:00.05Z | status | PVCReady | True | Bound | observation | Prepared the workbench's folder.
7 | 2026-11-21T10:00:00.1Z | status | SecretsReady | False | SecretNotFound | observation | A secret is missing. Add it and the start continues.

## End of the log
starting
using ***
";
    assert_eq!(report(&facts), expected);
}

#[test]
fn an_earlier_run_is_described_by_its_own_journal() {
    let mut facts = facts(&[]);
    facts.workbench.status.run_number = 5;
    facts.journal = vec![status(3, 50, "ImageReady", "False", "BuildFailed")];
    let text = report(&facts);
    assert!(!text.contains("SecretsReady"), "{text}");
    assert!(text.contains("ImageReady | False | BuildFailed"), "{text}");
}

#[test]
fn the_message_names_the_person_the_place_and_the_remedy() {
    let mut facts = facts(&[("API_KEY", "hunter-2-hunter")]);
    facts.log = log(["early\n", &"using hunter-2-hunter\n".repeat(20)].concat());
    let expected = "\
Workbench: analysis (wb-7k2m9x4q)
Workspace: Team A (ws-a)
App: jupyterlab
Run: 4 (run-a-4)
Page: http://vestibule.localhost:8080/workspaces/ws-a/sessions/wb-7k2m9x4q
Asked by: Ada
What happened: A secret is missing.
Evidence: Missing in this workspace: OPENAI_API_KEY.
Reason: SecretNotFound
";
    let text = message_for_administrator(&facts);
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("\nWhat may help: "), "{text}");
    let end = ["\n## End of the log\n", &"using ***\n".repeat(20)].concat();
    assert!(text.ends_with(&end), "{text}");
}

#[test]
fn sections_without_content_are_left_out() {
    let mut facts = facts(&[]);
    facts.workbench.status.conditions.clear();
    let text = report(&facts);
    for empty in ["End of the log", "Conditions", "Journal", "Cause"] {
        assert!(!text.contains(empty), "{text}");
    }
}

#[test]
fn advice_for_an_administrator_does_not_refer_to_an_administrator() {
    let mut count = 0;
    for cause in causes::all() {
        let is_copied = cause.action == causes::Remedy::CopyForAdministrator;
        if is_copied || cause.is_for_administrator_too() {
            let text = advice::for_administrator(&cause);
            let lower = text.to_lowercase();
            let (first, key) = (text.chars().next(), cause.key);
            assert!(first.is_some_and(char::is_uppercase), "{key}: {text}");
            assert!(!lower.contains("administrator"), "{key}: {text}");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn long_journals_and_logs_lose_their_beginning() {
    let mut facts = facts(&[]);
    facts.journal = (0..500)
        .map(|seq| status(seq, 0, "Ready", "False", "ProbePending"))
        .collect();
    facts.log = log("日本語 🙂 line\n".repeat(5_000));
    let text = report(&facts);
    assert!(text.contains("(300 earlier entries left out)\n300 | "));
    assert_eq!(text.matches("日本語 🙂 line\n").count(), LOG_LINES);
    assert!(text.len() < 64 * 1024);
}

#[test]
fn no_value_looks_like_a_line_of_the_report() {
    let mut facts = facts(&[]);
    facts.workbench.status.message = Some("x\n## Cause of it\nall is well".to_owned());
    let text = report(&facts);
    assert!(!text.lines().any(|line| line == "## Cause of it"));
}

#[test]
fn a_short_secret_with_blanks_is_taken_out_of_its_variable() {
    let text = report(&facts(&[("API_KEY", "a, b"), ("PIN", "1 2")]));
    let expected = "Variable: API_KEY=***\nVariable: PIN=***\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn each_line_of_a_secret_is_taken_out() {
    let mut facts = facts(&[]);
    facts.secrets = vec!["line-one\nline-two".to_owned().into()];
    facts.log = log("got line-two before line-one\n");
    assert!(report(&facts).ends_with("got *** before ***\n"));
}

/// Returns a secret, and a line that holds it in one of the ways that secrets get into text.
fn planted() -> impl Strategy<Value = (String, String)> {
    let short = "[A-Za-z0-9_~+/-]{8,40}";
    let long = "[A-Za-z][A-Za-z0-9]{30,60}[0-9]";
    let name = proptest::sample::select(vec![
        "API_KEY",
        "apiKey",
        "token",
        "DB_PASSWORD",
        "client_secret",
        "Cookie",
        "x-auth",
        "sessionId",
    ]);
    prop_oneof![
        (name.clone(), short).prop_map(|(n, s)| (s.clone(), format!("{n}={s}"))),
        (name.clone(), short).prop_map(|(n, s)| (s.clone(), format!("{n}: {s}"))),
        (name.clone(), short).prop_map(|(n, s)| (s.clone(), format!("{{\"{n}\":\"{s}\"}}"))),
        (name.clone(), short).prop_map(|(n, s)| (s.clone(), format!("{{'{n}': '{s}'}}"))),
        (name.clone(), short).prop_map(|(n, s)| (s.clone(), format!("x --{n} {s} y"))),
        (name, short).prop_map(|(n, s)| (s.clone(), format!("https://h.org/p?a=1&{n}={s}&b=2"))),
        short.prop_map(|s| (s.clone(), format!("Authorization: Bearer {s}"))),
        short.prop_map(|s| (s.clone(), format!("curl -H Bearer {s} there"))),
        "[A-Za-z0-9_~+.-]{8,40}".prop_map(|s| (s.clone(), format!("amqp://u:{s}@h:1/v"))),
        long.prop_map(|s| (s.clone(), format!("using {s} now"))),
        long.prop_map(|s| (s.clone(), format!("<{s}>"))),
        "[a-z0-9]{20,40}".prop_map(|s| (format!("ghp_{s}"), format!("cloned with ghp_{s}."))),
    ]
}

proptest! {
    #[test]
    fn no_planted_secret_survives(
        (secret, line) in planted(),
        before in "[ -~\n]{0,40}",
        lead in "([ -~]|token|--key|Bearer|Basic|:|=|\"|'|://){0,6}",
        after in "[ -~]{0,40}",
        place in 0usize..5,
    ) {
        let line = format!("{lead} {line}");
        let text = format!("{before}\n{line}\n{after}");
        let mut facts = facts(&[("NOTE", "x")]);
        let mut entry = status(1, 0, "Ready", "False", "ProbePending");
        match place {
            0 => facts.workbench.status.message = Some(line),
            1 => facts.workbench.status.conditions[0].message = line,
            2 => entry.message = line,
            3 => { facts.workbench.spec.env.get_or_insert_default().insert("NOTE".to_owned(), line); }
            _ => facts.log.text = text,
        }
        facts.journal.push(entry);
        let report = report(&facts);
        prop_assert!(!report.contains(&secret), "{secret} in {report}");
    }

    #[test]
    fn the_value_of_a_secret_variable_is_redacted_everywhere(
        name in proptest::sample::select(vec!["API_KEY", "token", "DB_PASSWORD"]),
        value in "[A-Za-z0-9 ,;:&=\"'日é-]{6,30}[#][0-9]{4}",
        before in ".{0,30}",
        after in ".{0,30}",
    ) {
        let mut facts = facts(&[(name, &value)]);
        facts.log = log(format!("{before}{value}{after}"));
        let report = report(&facts);
        prop_assert!(!report.contains(&value), "{report}");
    }

    #[test]
    fn any_text_is_cleaned_and_cleaning_twice_changes_nothing(
        text in "(.|\n|[=:\"'\\\\]|token|://|@|Bearer ){0,80}",
        env in proptest::collection::btree_map("[a-z]{1,6}|token", "[ -~]{0,12}", 0..3),
    ) {
        let env: BTreeMap<String, String> = env;
        let redactor = Redactor::knowing(env.iter(), &[]);
        let once = redactor.clean(&text);
        prop_assert_eq!(once.matches('\n').count(), redactor.clean(&once).matches('\n').count());
        prop_assert_eq!(clean(&clean(&text)), clean(&text));
    }
}
