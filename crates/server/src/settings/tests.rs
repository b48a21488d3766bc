//! Settings: which place wins, and that a wrong one is named.

use super::*;

fn resolve(flags: &Flags, env: &[(&str, &str)]) -> anyhow::Result<Settings> {
    Settings::resolve(flags, |name| {
        env.iter()
            .chain(&[("HOME", "/home/ada")])
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

fn complaint(flags: &Flags, env: &[(&str, &str)]) -> String {
    format!(
        "{:#}",
        resolve(flags, env).expect_err("it should be refused")
    )
}

#[test]
fn flags_win_over_the_environment_which_wins_over_the_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("vestibule.toml");
    std::fs::write(
        &file,
        "listen = \"127.0.0.1:1\"\npublic_url = \"http://file.example\"\napp_timeout = \"2m\"\ndata_dir = \"/file\"\n",
    )
    .expect("a file");
    let flags = Flags {
        listen: Some("127.0.0.1:3".to_owned()),
        config: Some(file),
        ..Flags::default()
    };
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
}

#[test]
fn nothing_has_to_be_set() {
    let settings = resolve(&Flags::default(), &[]).expect("good settings");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.app_timeout, Duration::from_secs(60));
    assert_eq!(
        settings.data_dir,
        PathBuf::from("/home/ada/.local/share/vestibule")
    );
}

#[test]
fn a_wrong_setting_is_named_with_its_place() {
    let flags = Flags {
        listen: Some("8080".to_owned()),
        ..Flags::default()
    };
    assert!(complaint(&flags, &[]).contains("--listen"));
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
        let said = complaint(&Flags::default(), &[(variable, value)]);
        assert!(said.contains(variable), "{said}");
    }
}

#[test]
fn the_file_is_checked_too() {
    let dir = tempfile::tempdir().expect("a folder");
    for (text, named) in [
        ("listne = \"x\"", "listne"),
        ("listen = 8080", "listen"),
        ("listen = \"x\"", "listen in"),
        ("listen", "vestibule.toml"),
    ] {
        let file = dir.path().join("vestibule.toml");
        std::fs::write(&file, text).expect("a file");
        let flags = Flags {
            config: Some(file),
            ..Flags::default()
        };
        let said = complaint(&flags, &[]);
        assert!(said.contains(named), "{said}");
    }
    let flags = Flags {
        config: Some(dir.path().join("missing.toml")),
        ..Flags::default()
    };
    assert!(complaint(&flags, &[]).contains("missing.toml"));
}

#[test]
fn limits_of_the_machine_come_from_every_place_and_are_none_by_themselves() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("vestibule.toml");
    std::fs::write(&file, "max_workbenches = 8\nleast_memory_mb = 512\n").expect("a file");
    let flags = Flags {
        config: Some(file),
        max_workbenches: Some("4".to_owned()),
        ..Flags::default()
    };
    let settings = resolve(&flags, &[]).expect("good settings");
    assert_eq!(settings.max_workbenches, Some(4));
    assert_eq!(settings.least_memory_mb, Some(512));
    let usual = resolve(&Flags::default(), &[]).expect("good settings");
    assert_eq!((usual.max_workbenches, usual.least_memory_mb), (None, None));
}

#[test]
fn the_console_can_be_told_to_lose_patience_sooner() {
    let usual = resolve(&Flags::default(), &[]).expect("good settings");
    assert_eq!(usual.console, ConsoleSettings::default());
    assert_eq!(usual.console.frame_limit, 5);
    let settings = [
        ("VESTIBULE_POLL_LIMIT", "8s"),
        ("VESTIBULE_POLL_INTERVAL", "250ms"),
        ("VESTIBULE_POLL_WATCH_INTERVAL", "1s"),
        ("VESTIBULE_POLL_MAX_BACKOFF", "2s"),
        ("VESTIBULE_FRAME_LIMIT", "2"),
    ];
    let told = resolve(&Flags::default(), &settings).expect("good settings");
    let poll = told.console.poll;
    assert_eq!(
        [
            poll.interval,
            poll.watch_interval,
            poll.limit,
            poll.max_backoff
        ],
        [250, 1_000, 8_000, 2_000]
    );
    assert_eq!(told.console.frame_limit, 2);
    let most = [("VESTIBULE_FRAME_LIMIT", "12")];
    let told = resolve(&Flags::default(), &most).expect("good settings");
    assert_eq!(told.console.frame_limit, 12);
    for wrong in [
        ("VESTIBULE_POLL_INTERVAL", "1ms"),
        ("VESTIBULE_POLL_LIMIT", "2days"),
        ("VESTIBULE_POLL_LIMIT", "soon"),
        ("VESTIBULE_FRAME_LIMIT", "0"),
        ("VESTIBULE_FRAME_LIMIT", "13"),
    ] {
        let said = complaint(&Flags::default(), &[wrong]);
        assert!(said.contains(wrong.0), "{said}");
    }
}

#[test]
fn builds_are_bounded_in_number_and_time() {
    let usual = resolve(&Flags::default(), &[]).expect("good settings");
    assert_eq!((usual.max_builds, usual.build_timeout.as_secs()), (2, 3600));
    let set = [
        ("VESTIBULE_MAX_BUILDS", "5"),
        ("VESTIBULE_BUILD_TIMEOUT", "10m"),
    ];
    let told = resolve(&Flags::default(), &set).expect("good settings");
    assert_eq!((told.max_builds, told.build_timeout.as_secs()), (5, 600));
    for wrong in [
        ("VESTIBULE_MAX_BUILDS", "0"),
        ("VESTIBULE_BUILD_TIMEOUT", "0s"),
    ] {
        let said = complaint(&Flags::default(), &[wrong]);
        assert!(said.contains(wrong.0), "{said}");
    }
}

#[test]
fn the_token_of_the_metrics_is_long_enough_and_told_nowhere() {
    let usual = resolve(&Flags::default(), &[]).expect("good settings");
    assert_eq!(usual.metrics_token_hash, None);
    let token = "correct-horse-battery";
    let set = [("VESTIBULE_METRICS_TOKEN", token)];
    let told = resolve(&Flags::default(), &set).expect("good settings");
    assert_eq!(told.metrics_token_hash, Some(crate::tokens::hash(token)));
    assert!(!format!("{told:?}").contains(token));
    for wrong in ["", "short", "has blanks in between"] {
        let said = complaint(&Flags::default(), &[("VESTIBULE_METRICS_TOKEN", wrong)]);
        assert!(said.contains("VESTIBULE_METRICS_TOKEN"), "{said}");
        assert!(wrong.is_empty() || !said.contains(wrong), "{said}");
    }
}

#[test]
fn what_is_unsafe_stays_on_loopback() {
    for flags in [
        Flags {
            demo: true,
            ..Flags::default()
        },
        Flags {
            insecure_cookies: true,
            ..Flags::default()
        },
    ] {
        assert!(resolve(&flags, &[]).is_ok());
        let said = complaint(&flags, &[("VESTIBULE_LISTEN", "0.0.0.0:8080")]);
        assert!(said.contains("loopback"), "{said}");
    }
}
