//! What is in the bundle, and what never is.

use super::*;
use crate::fixtures::{at, status};
use proptest::prelude::*;
use std::collections::BTreeMap;

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

fn workbench(env: &[(&str, &str)]) -> Workbench {
    let text = r#"{"id":"wb-7k2m9x4q","workspaceId":"ws-a","name":"analysis","app":"jupyterlab",
        "generation":3,"desired":"Running","k8sStatus":"Progressing",
        "spec":{"env":{},"secrets":["OPENAI_API_KEY"],"startTimeoutSeconds":300,
            "activeDeadlineSeconds":null,"idleTimeoutSeconds":null},
        "status":{"observedGeneration":2,"phase":"Creating","conditions":[
            {"type":"SecretsReady","status":"False","reason":"SecretMissing",
             "message":"Missing in this workspace: OPENAI_API_KEY.",
             "lastTransitionTime":"2026-11-21T10:00:00Z"}]}}"#;
    let mut workbench: Workbench = serde_json::from_str(text).expect("readable");
    workbench.spec.env = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    workbench
}

fn report<'a>(workbench: &'a Workbench, journal: &'a [Transition], log: &'a RunLog) -> Report<'a> {
    Report {
        workbench,
        place: Place {
            workspace: "Team A",
            link: "http://vestibule.localhost:8080/workspaces/ws-a/sessions/wb-7k2m9x4q",
            asked_by: "Ada",
        },
        run: None,
        journal,
        cause: None,
        log: Some(log),
        versions: &[("Server", "0.1.0"), ("Browser", "Chromium 140")],
        now: at(5_000),
    }
}

#[test]
fn the_bundle_holds_what_helps() {
    let workbench = workbench(&[("API_KEY", "hunter-2-hunter"), ("MODE", "fast")]);
    let journal = [
        status(7, 100, "SecretsReady", "False", "SecretMissing"),
        status(6, 50, "PVCReady", "True", "Bound"),
        status(7, 100, "SecretsReady", "False", "SecretMissing"),
    ];
    let evidence = crate::causes::Evidence::of(&workbench, &journal);
    let cause = crate::causes::find(&evidence);
    let log = RunLog {
        text: "starting\nusing hunter-2-hunter\n".to_owned(),
        skipped_bytes: 0,
        ..RunLog::default()
    };
    let text = bundle(&Report {
        cause: cause.as_ref(),
        ..report(&workbench, &journal, &log)
    });
    assert_eq!(text, "\
## Vestibule diagnostics
Made at: 2026-11-21T10:00:05Z
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
Observed generation: 2
Names of secrets: OPENAI_API_KEY
Variable: API_KEY=***
Variable: MODE=fast

## Cause
What happened: A secret that the workbench names is not in the workspace.
Evidence: Missing in this workspace: OPENAI_API_KEY.
Reason: SecretMissing
Rule: secret-missing
Since: 2026-11-21T10:00:00.1Z

## Conditions
SecretsReady | False | SecretMissing | 2026-11-21T10:00:00Z | Missing in this workspace: OPENAI_API_KEY.

## Journal
6 | 2026-11-21T10:00:00.05Z | status | PVCReady | True | Bound | observation | The workbench's folder is ready.
7 | 2026-11-21T10:00:00.1Z | status | SecretsReady | False | SecretMissing | observation | A secret this workbench names is missing; the start goes on once it is there.

## End of the log
starting
using ***
");
}

#[test]
fn an_administrator_is_told_who_asks_for_what_where_and_what_to_do() {
    let mut workbench = workbench(&[("API_KEY", "hunter-2-hunter")]);
    let run = r#"{"id":"run-a-4","number":4}"#;
    workbench.run = Some(serde_json::from_str(run).expect("a run"));
    let cause = crate::causes::for_reason("OOMKilled", "The app used more than 512 MB.");
    let log = RunLog {
        text: ["early\n", &"using hunter-2-hunter\n".repeat(20)].concat(),
        ..RunLog::default()
    };
    let text = message_for_administrator(&report(&workbench, &[], &log), &cause);
    let told = "\
Workbench: analysis (wb-7k2m9x4q)
Workspace: Team A (ws-a)
App: jupyterlab
Run: 4 (run-a-4)
Page: http://vestibule.localhost:8080/workspaces/ws-a/sessions/wb-7k2m9x4q
Asked by: Ada
What happened: The app used more memory than it may, and was ended.
Evidence: The app used more than 512 MB.
Reason: OOMKilled
What may help: Give the app a higher memory limit in the catalogue.
Written at: 2026-11-21T10:00:05Z

## End of the log
";
    assert_eq!(text, [told, &"using ***\n".repeat(20)].concat());
    // Where there is no output, nothing is said of one.
    let silent = message_for_administrator(&report(&workbench, &[], &RunLog::default()), &cause);
    assert!(silent.ends_with("10:00:05Z\n"), "{silent}");
    workbench.status.conditions.clear();
    let bundle = bundle(&report(&workbench, &[], &RunLog::default()));
    for empty in ["End of the log", "Conditions", "Journal"] {
        assert!(!bundle.contains(empty), "{bundle}");
    }
}

#[test]
fn advice_for_an_administrator_sends_nobody_to_an_administrator() {
    let mut heard = 0;
    for cause in crate::causes::all() {
        let is_copied = cause.action == crate::causes::Action::CopyForAdministrator;
        if is_copied || cause.is_for_administrator_too() {
            let text = advice::for_administrator(&cause);
            let lower = text.to_lowercase();
            let (first, key) = (text.chars().next(), cause.key);
            assert!(first.is_some_and(char::is_uppercase), "{key}: {text}");
            assert!(!lower.contains("administrator"), "{key}: {text}");
            heard += 1;
        }
    }
    assert!(heard > 20, "{heard}");
}

#[test]
fn long_journals_and_logs_are_cut_at_their_beginning() {
    let workbench = workbench(&[]);
    let journal: Vec<_> = (0..500)
        .map(|seq| status(seq, 0, "Ready", "False", "ProbePending"))
        .collect();
    let log = RunLog {
        text: "日本語 🙂 line\n".repeat(5_000),
        skipped_bytes: 0,
        ..RunLog::default()
    };
    let text = bundle(&report(&workbench, &journal, &log));
    assert!(text.contains("(300 earlier entries left out)\n300 | "));
    assert_eq!(text.matches("日本語 🙂 line\n").count(), LOG_LINES);
    assert!(text.len() < 64 * 1024);
}

#[test]
fn nobody_s_text_looks_like_a_line_of_ours() {
    let mut workbench = workbench(&[]);
    workbench.status.message = Some("x\n## Cause\nall is well".to_owned());
    let log = RunLog::default();
    let text = bundle(&report(&workbench, &[], &log));
    assert!(!text.lines().any(|line| line == "## Cause"));
}

#[test]
fn a_short_secret_with_blanks_is_taken_out_of_its_variable() {
    let workbench = workbench(&[("API_KEY", "a, b"), ("PIN", "1 2")]);
    let text = bundle(&report(&workbench, &[], &RunLog::default()));
    assert!(
        text.contains("Variable: API_KEY=***\nVariable: PIN=***\n"),
        "{text}"
    );
}

/// A secret, and a line that holds it in one of the ways that secrets get into text.
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
        let mut workbench = workbench(&[("NOTE", "x")]);
        let mut entry = status(1, 0, "Ready", "False", "ProbePending");
        let mut log = RunLog::default();
        match place {
            0 => workbench.status.message = Some(line.clone()),
            1 => workbench.status.conditions[0].message.clone_from(&line),
            2 => entry.message.clone_from(&line),
            3 => { workbench.spec.env.insert("NOTE".to_owned(), line.clone()); }
            _ => log.text.clone_from(&text),
        }
        let bundle = bundle(&report(&workbench, &[entry], &log));
        prop_assert!(!bundle.contains(&secret), "{secret} in {bundle}");
    }

    #[test]
    fn what_a_secret_variable_holds_is_nowhere(
        name in proptest::sample::select(vec!["API_KEY", "token", "DB_PASSWORD"]),
        value in "[A-Za-z0-9 ,;:&=\"'日é-]{6,30}[#][0-9]{4}",
        before in ".{0,30}",
        after in ".{0,30}",
    ) {
        let workbench = workbench(&[(name, &value)]);
        let log = RunLog { text: format!("{before}{value}{after}"), skipped_bytes: 0, ends_at: 0 };
        let bundle = bundle(&report(&workbench, &[], &log));
        prop_assert!(!bundle.contains(&value), "{bundle}");
    }

    #[test]
    fn any_text_is_cleaned_and_cleaning_twice_changes_nothing(
        text in "(.|\n|[=:\"'\\\\]|token|://|@|Bearer ){0,80}",
        env in proptest::collection::btree_map("[a-z]{1,6}|token", "[ -~]{0,12}", 0..3),
    ) {
        let env: BTreeMap<String, String> = env;
        let redactor = Redactor::knowing(&env);
        let once = redactor.clean(&text);
        prop_assert_eq!(once.matches('\n').count(), redactor.clean(&once).matches('\n').count());
        prop_assert_eq!(clean(&clean(&text)), clean(&text));
    }
}
