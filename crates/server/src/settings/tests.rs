//! Settings: which place wins, and that a wrong one is named.

use super::*;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use std::ffi::OsString;

#[derive(Debug, Parser)]
struct Line {
    #[command(subcommand)]
    command: Only,
}

#[derive(Debug, Subcommand)]
enum Only {
    Serve(Box<Settings>),
}

fn resolve(flags: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Settings> {
    let line: Vec<OsString> = ["vestibule", "serve"]
        .iter()
        .chain(flags)
        .map(OsString::from)
        .collect();
    let matches = Layers::parse(&Line::command(), "serve", &line, |name| {
        env.iter()
            .chain(&[("HOME", "/home/ada")])
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    })?;
    let Only::Serve(settings) = Line::from_arg_matches(&matches)?.command;
    settings.check()?;
    Ok(*settings)
}

fn complaint(flags: &[&str], env: &[(&str, &str)]) -> String {
    let error = resolve(flags, env).expect_err("it should be refused");
    format!("{error:#}")
}

/// Returns a settings file with this text.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("vestibule.toml");
    std::fs::write(&file, text).expect("a file");
    let path = file.display().to_string();
    (dir, path)
}

#[test]
fn flags_win_over_the_environment_which_wins_over_the_file() {
    let (_dir, file) = file(
        "listen = \"127.0.0.1:1\"\npublic_url = \"http://file.example\"\napp_timeout = \"2m\"\ndata_dir = \"/file\"\ndemo = true\n",
    );
    let flags = ["--listen", "127.0.0.1:3", "--config", &file];
    let env = [
        ("VESTIBULE_LISTEN", "127.0.0.1:2"),
        ("VESTIBULE_PUBLIC_URL", "http://env.example"),
    ];
    let settings = resolve(&flags, &env).expect("good settings");
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(
        settings.public_url.map(|url| url.origin()).as_deref(),
        Some("http://env.example")
    );
    assert_eq!(settings.data_dir, PathBuf::from("/file"));
    assert_eq!(settings.app_timeout, Duration::from_secs(120));
    assert!(settings.demo);
    let off = [("VESTIBULE_DEMO", "no"), ("VESTIBULE_CONFIG", &file)];
    assert!(!resolve(&[], &off).expect("good settings").demo);
}

#[test]
fn nothing_has_to_be_set() {
    let settings = resolve(&[], &[]).expect("good settings");
    assert_eq!(settings.keep(), Retention::default());
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.app_timeout, Duration::from_secs(60));
    assert_eq!(
        settings.data_dir,
        PathBuf::from("/home/ada/.local/share/vestibule")
    );
}

#[test]
fn a_wrong_setting_is_named_with_its_place() {
    for flags in [&["--listen", "8080"][..], &["--listen=8080"]] {
        let env = [("VESTIBULE_LISTEN", "127.0.0.1:1")];
        assert!(complaint(flags, &env).contains("the setting --listen is wrong"));
    }
    for (variable, value) in [
        ("VESTIBULE_LISTEN", "nowhere"),
        ("VESTIBULE_PUBLIC_URL", "vestibule"),
        ("VESTIBULE_DEMO", "maybe"),
        ("VESTIBULE_LOG_FORMAT", "xml"),
        ("VESTIBULE_DATA_DIR", ""),
        ("VESTIBULE_LOG", "a=b=c"),
        ("VESTIBULE_APP_TIMEOUT", "60"),
        ("VESTIBULE_APP_TIMEOUT", "0s"),
        ("VESTIBULE_KEEP_RUNS", "0"),
        ("VESTIBULE_KEEP_RUNS_FOR", "a while"),
        ("VESTIBULE_KEEP_LOGS", "-1"),
        ("VESTIBULE_MAX_WORKBENCHES", "0"),
        ("VESTIBULE_LEAST_MEMORY_MB", "1 GB"),
    ] {
        let message = complaint(&[], &[(variable, value)]);
        assert!(message.contains(variable), "{message}");
    }
}

#[test]
fn the_file_is_checked_too() {
    for (text, named) in [
        ("listne = \"x\"", "listne"),
        ("config = \"x\"", "config"),
        ("listen = 8080", "listen in"),
        ("listen = [\"x\"]", "array"),
        ("listen = \"x\"", "listen in"),
        ("listen", "vestibule.toml"),
    ] {
        let (_dir, file) = file(text);
        let message = complaint(&["--config", &file], &[]);
        assert!(message.contains(named), "{message}");
    }
    let missing = ["--config", "/nowhere/missing.toml"];
    assert!(complaint(&missing, &[]).contains("missing.toml"));
}

#[test]
fn the_data_folder_is_absolute_and_below_the_home_folder() {
    let settings = resolve(&["--data-dir", "below"], &[]).expect("good settings");
    assert!(settings.data_dir.is_absolute());
    let env = [("HOME", "")];
    assert!(complaint(&[], &env).contains("no home folder"));
    let env = [("HOME", ""), ("XDG_DATA_HOME", "/data")];
    let settings = resolve(&[], &env).expect("good settings");
    assert_eq!(settings.data_dir, PathBuf::from("/data/vestibule"));
}

#[test]
fn limits_of_the_machine_come_from_every_place_and_are_none_by_themselves() {
    let (_dir, file) = file("max_workbenches = 8\nleast_memory_mb = 512\n");
    let flags = ["--config", &file, "--max-workbenches", "4"];
    let settings = resolve(&flags, &[]).expect("good settings");
    assert_eq!(settings.max_workbenches, Some(4));
    assert_eq!(settings.least_memory_mb, Some(512));
    let usual = resolve(&[], &[]).expect("good settings");
    assert_eq!((usual.max_workbenches, usual.least_memory_mb), (None, None));
}

#[test]
fn the_polling_policy_is_set_by_settings() {
    let usual = resolve(&[], &[]).expect("good settings");
    assert_eq!(usual.console(), ConsoleSettings::default());
    assert_eq!(usual.console().frame_limit, 5);
    let settings = [
        ("VESTIBULE_POLL_LIMIT", "8s"),
        ("VESTIBULE_POLL_INTERVAL", "250ms"),
        ("VESTIBULE_POLL_WATCH_INTERVAL", "1s"),
        ("VESTIBULE_POLL_MAX_BACKOFF", "2s"),
        ("VESTIBULE_FRAME_LIMIT", "2"),
    ];
    let reported = resolve(&[], &settings).expect("good settings");
    let poll = reported.console().poll;
    assert_eq!(
        [
            poll.interval,
            poll.watch_interval,
            poll.limit,
            poll.max_backoff
        ],
        [250, 1_000, 8_000, 2_000]
    );
    assert_eq!(reported.console().frame_limit, 2);
    let most = [("VESTIBULE_FRAME_LIMIT", "12")];
    let reported = resolve(&[], &most).expect("good settings");
    assert_eq!(reported.console().frame_limit, 12);
    for wrong in [
        ("VESTIBULE_POLL_INTERVAL", "1ms"),
        ("VESTIBULE_POLL_LIMIT", "2days"),
        ("VESTIBULE_POLL_LIMIT", "soon"),
        ("VESTIBULE_FRAME_LIMIT", "0"),
        ("VESTIBULE_FRAME_LIMIT", "13"),
    ] {
        let message = complaint(&[], &[wrong]);
        assert!(message.contains(wrong.0), "{message}");
    }
}

#[test]
fn builds_are_bounded_in_number_and_time() {
    let usual = resolve(&[], &[]).expect("good settings");
    assert_eq!((usual.max_builds, usual.build_timeout.as_secs()), (2, 3600));
    let set = [
        ("VESTIBULE_MAX_BUILDS", "5"),
        ("VESTIBULE_BUILD_TIMEOUT", "10m"),
    ];
    let reported = resolve(&[], &set).expect("good settings");
    assert_eq!(
        (reported.max_builds, reported.build_timeout.as_secs()),
        (5, 600)
    );
    for wrong in [
        ("VESTIBULE_MAX_BUILDS", "0"),
        ("VESTIBULE_BUILD_TIMEOUT", "0s"),
    ] {
        let message = complaint(&[], &[wrong]);
        assert!(message.contains(wrong.0), "{message}");
    }
}

#[test]
fn the_metrics_token_is_long_enough_and_not_printed() {
    let usual = resolve(&[], &[]).expect("good settings");
    assert_eq!(usual.metrics_token_hash(), None);
    let token = "correct-horse-battery";
    let set = [("VESTIBULE_METRICS_TOKEN", token)];
    let reported = resolve(&[], &set).expect("good settings");
    assert_eq!(
        reported.metrics_token_hash(),
        Some(crate::tokens::hash(token))
    );
    assert!(!format!("{reported:?}").contains(token));
    for wrong in ["", "short", "has blanks in between"] {
        let message = complaint(&[], &[("VESTIBULE_METRICS_TOKEN", wrong)]);
        assert!(message.contains("VESTIBULE_METRICS_TOKEN"), "{message}");
        assert!(wrong.is_empty() || !message.contains(wrong), "{message}");
    }
}

#[test]
fn unsafe_settings_need_a_loopback_address() {
    for flag in ["--demo", "--insecure-cookies"] {
        assert!(resolve(&[flag], &[]).is_ok());
        let message = complaint(&[flag], &[("VESTIBULE_LISTEN", "0.0.0.0:8080")]);
        assert!(message.contains("loopback"), "{message}");
    }
}
