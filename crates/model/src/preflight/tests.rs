//! The preflight check with a small catalogue.

use super::*;
use crate::causes::{Remedy, ResolvedBy};
use proptest::prelude::*;

fn catalogue() -> Vec<App> {
    let text = r#"[{"name":"files","available":true},
        {"name":"lab","available":false,
         "unavailableReason":"The program `jupyter` is not installed on this machine."},
        {"name":"bare","available":false},
        {"name":"agent","available":false,"unavailableCause":"SandboxRequired",
         "unavailableReason":"Its agent needs a sandbox."},
        {"name":"hidden","available":true,
         "sandboxHides":"The sandbox hides /srv/main.py. The line `mounts = [\"/srv\"]` shows it."},
        {"name":"built","available":true,"needsBuild":true,"built":true},
        {"name":"raw","available":true,"needsBuild":true,"built":false}]"#;
    serde_json::from_str(text).expect("readable")
}

/// Returns the verdict, and each finding's field, effect and key.
fn check(input: &PreflightInput<'_>) -> Checked {
    let all = findings(input);
    let verdict = verdict(input, &all);
    let found = all.into_iter().map(|f| (f.field, f.effect, f.cause.key));
    (verdict, found.collect())
}

fn one(field: &str, effect: Effect, key: &'static str) -> Vec<(String, Effect, &'static str)> {
    vec![(field.to_owned(), effect, key)]
}

type Checked = (Verdict, Vec<(String, Effect, &'static str)>);

fn with(change: impl FnOnce(&mut PreflightInput<'_>)) -> Checked {
    with_spec(&WorkbenchSpec::default(), change)
}

fn with_spec(spec: &WorkbenchSpec, change: impl FnOnce(&mut PreflightInput<'_>)) -> Checked {
    let apps = catalogue();
    let others = ["Notes".to_owned()];
    let mut input = PreflightInput {
        name: "analysis",
        app: "files",
        spec,
        catalogue: Some(&apps),
        build: None,
        failed_build: None,
        secrets: Some(&[]),
        other_names: &others,
        free_capacity: FreeCapacity::Free,
    };
    change(&mut input);
    check(&input)
}

#[test]
fn obstacles_are_reported_before_the_start() {
    use Effect::{Fails, Harmless, Refused, Waits};
    assert_eq!(with(|_| ()), (Verdict::Starts, vec![]));
    assert_eq!(
        with(|requested| requested.name = " \u{202e} "),
        (Verdict::Refused, one("name", Refused, "name-unfit"))
    );
    assert_eq!(
        with(|requested| requested.name = " NOTES "),
        (Verdict::Starts, one("name", Harmless, "name-taken"))
    );
    assert_eq!(
        with(|requested| requested.app = ""),
        (Verdict::Refused, one("app", Refused, "settings-unfit"))
    );
    assert_eq!(
        with(|requested| requested.app = "gone"),
        (Verdict::Refused, one("app", Refused, "app-unknown"))
    );
    for app in ["lab", "bare"] {
        assert_eq!(
            with(|requested| requested.app = app),
            (Verdict::Fails, one("app", Fails, "program-missing"))
        );
    }
    assert_eq!(
        with(|requested| requested.app = "agent"),
        (Verdict::Fails, one("app", Fails, "sandbox-required"))
    );
    assert_eq!(
        with(|requested| requested.app = "hidden"),
        (
            Verdict::MayFail,
            one("app", Effect::MayFail, "hidden-by-sandbox")
        )
    );
    assert_eq!(with(|requested| requested.app = "built").0, Verdict::Starts);
    assert_eq!(
        with(|requested| requested.app = "raw"),
        (Verdict::Starts, one("app", Harmless, "build-due"))
    );
    let builds = [
        (&Build::Due, "build-due"),
        (&Build::Queued, "build-queued"),
        (&Build::Running, "building"),
    ];
    for (build, key) in builds {
        let found = with(|requested| (requested.app, requested.build) = ("raw", Some(build)));
        assert_eq!(found, (Verdict::Starts, one("app", Harmless, key)));
    }
    assert_eq!(
        with(|requested| requested.free_capacity = FreeCapacity::Full("0 of 4 GPUs are free.")),
        (Verdict::StartsLater, one("app", Waits, "no-gpu"))
    );
}

#[test]
fn failed_build_is_reported_without_a_promise() {
    let failed = FailedBuild {
        app: "raw".to_owned(),
        why: "Step 2 of 3: fetch it ended with exit code 1.".to_owned(),
        id: Some(BuildId::new("bld-1")),
        workspace_id: Some(WorkspaceId::new("ws-1")),
    };
    let ask = |build: Option<&Build>, app: &str, failed: &FailedBuild| {
        let spec = WorkbenchSpec::default();
        let apps = catalogue();
        let input = PreflightInput {
            name: "analysis",
            app,
            spec: &spec,
            catalogue: Some(&apps),
            build,
            failed_build: Some(failed),
            secrets: Some(&[]),
            other_names: &[],
            free_capacity: FreeCapacity::Free,
        };
        let all = findings(&input);
        (verdict(&input, &all), all)
    };
    let due = Some(&Build::Due);
    let (verdict, found) = ask(due, "raw", &failed);
    let [found] = &*found else {
        panic!("nothing beside it: {found:?}")
    };
    assert_eq!((verdict, found.effect), (Verdict::MayFail, Effect::MayFail));
    assert_eq!(found.cause.what, "The app's last build failed.");
    assert_eq!(found.cause.why, failed.why);
    assert_eq!(
        (found.cause.key, found.cause.who),
        ("build-failed", ResolvedBy::Administrator)
    );
    let page = (WorkspaceId::new("ws-1"), BuildId::new("bld-1"));
    assert_eq!(found.build, Some(page));

    // The rules of the card: the build's message decides who can act.
    let missing = FailedBuild {
        why: "Step 1 of 3: the program `uv` is not installed on this machine.".to_owned(),
        ..failed.clone()
    };
    let key = ask(due, "raw", &missing).1[0].cause.key;
    assert_eq!(key, "build-program-missing");

    let (verdict, found) = ask(due, "raw", &missing.unseen());
    assert_eq!((verdict, found[0].build.as_ref()), (Verdict::MayFail, None));
    assert_eq!(found[0].cause.key, "build-failed");
    assert!(!found[0].cause.why.contains("uv"), "{found:?}");

    // The build is running again, or belongs to another app.
    for (build, app) in [
        (Some(&Build::Queued), "raw"),
        (Some(&Build::Running), "raw"),
        (due, "built"),
        (None, "files"),
    ] {
        assert_eq!(ask(build, app, &failed).0, Verdict::Starts, "{app}");
    }
    let other = FailedBuild {
        app: "built".to_owned(),
        ..failed
    };
    assert_eq!(ask(due, "raw", &other).1[0].cause.key, "build-due");
}

#[test]
fn each_missing_secret_has_its_own_finding() {
    let spec = WorkbenchSpec {
        secrets: ["A_KEY", "B_KEY", "C_KEY", "C_KEY"]
            .map(str::to_owned)
            .into(),
        ..WorkbenchSpec::default()
    };
    let apps = catalogue();
    let present = ["A_KEY".to_owned()];
    let input = PreflightInput {
        name: "analysis",
        app: "files",
        spec: &spec,
        catalogue: Some(&apps),
        build: None,
        failed_build: None,
        secrets: Some(&present),
        other_names: &[],
        free_capacity: FreeCapacity::Unknown,
    };
    let all = findings(&input);
    assert_eq!(verdict(&input, &all), Verdict::StartsLater);
    let actions: Vec<_> = all.iter().map(|f| f.cause.action.clone()).collect();
    let open = |name: &str| Remedy::OpenSecret {
        name: Some(name.to_owned()),
    };
    assert_eq!(actions, [open("B_KEY"), open("C_KEY")]);
    assert_eq!(all[0].cause.who, ResolvedBy::You);
    let unknown = PreflightInput {
        secrets: None,
        ..input
    };
    assert_eq!(check(&unknown), (Verdict::Unknown, vec![]));
}

#[test]
fn notices_do_not_follow_a_sentence_without_obstacles() {
    let nothing = Verdict::Starts.sentence(&[]);
    assert_eq!(nothing, "Ready to start.");
    let found = finding("name", Effect::Harmless, "NameTaken", "");
    assert_ne!(Verdict::Starts.sentence(&[found]), nothing);
}

#[test]
fn invalid_secret_names_are_not_reported_as_missing() {
    let spec = WorkbenchSpec {
        secrets: vec!["PATH".to_owned(), "A_KEY".to_owned()],
        ..WorkbenchSpec::default()
    };
    let (verdict, found) = with_spec(&spec, |_| ());
    assert_eq!(verdict, Verdict::Refused);
    let keys: Vec<_> = found
        .iter()
        .map(|(_, effect, key)| (*effect, *key))
        .collect();
    let expected = [
        (Effect::Refused, "settings-unfit"),
        (Effect::Waits, "secret-missing"),
    ];
    assert_eq!(keys, expected);
}

#[test]
fn texts_equal_those_of_the_card() {
    let spec = WorkbenchSpec {
        secrets: vec!["A_KEY".to_owned()],
        ..WorkbenchSpec::default()
    };
    let input = PreflightInput {
        name: "analysis",
        app: "files",
        spec: &spec,
        catalogue: None,
        build: None,
        failed_build: None,
        secrets: Some(&[]),
        other_names: &[],
        free_capacity: FreeCapacity::Unknown,
    };
    let mut met = crate::fixtures::condition("SecretsReady", "False", "SecretNotFound");
    met.message = "Missing in this workspace: A_KEY.".to_owned();
    let card = crate::causes::find(&crate::causes::Evidence {
        conditions: &[met],
        ..crate::causes::Evidence::default()
    })
    .expect("a cause");
    let before = &findings(&input)[0].cause;
    assert_eq!(
        (before.key, before.what, &before.why),
        (card.key, card.what, &card.why)
    );
    assert_eq!((before.who, &before.action), (card.who, &card.action));
    assert_eq!(verdict(&input, &[]), Verdict::Unknown);
}

#[test]
fn bad_settings_are_named_by_their_field() {
    let spec = WorkbenchSpec {
        env: Some([("BAD NAME".to_owned(), String::new())].into()),
        start_timeout_seconds: 0,
        ..WorkbenchSpec::default()
    };
    let found = with_spec(&spec, |_| ());
    assert_eq!(
        found.1,
        [
            (
                "spec.env.BAD NAME".to_owned(),
                Effect::Refused,
                "environment-unfit"
            ),
            (
                "spec.startTimeoutSeconds".to_owned(),
                Effect::Refused,
                "settings-unfit"
            ),
        ]
    );
}

proptest! {
    #[test]
    fn check_refuses_exactly_what_the_server_refuses(
        name in ".{0,90}",
        variable in "[A-Z_ =]{0,6}",
        timeout in 0u32..100_000,
    ) {
        let apps = catalogue();
        let spec = WorkbenchSpec {
            env: Some([(variable, String::new())].into()),
            start_timeout_seconds: timeout,
            ..WorkbenchSpec::default()
        };
        let input = PreflightInput {
            name: &name,
            app: "files",
            spec: &spec,
            catalogue: Some(&apps),
            build: None,
            failed_build: None,
            secrets: Some(&[]),
            other_names: &[],
            free_capacity: FreeCapacity::Free,
        };
        let is_fine = check_name("name", &name).is_ok() && check_spec(&spec).is_empty();
        let found = check(&input).0;
        prop_assert_eq!(found, if is_fine { Verdict::Starts } else { Verdict::Refused });
    }
}
