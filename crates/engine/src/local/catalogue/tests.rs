//! Tests of reading catalogues.

use super::*;
use vestibule_model::app::AgentOffer;
use vestibule_model::workbench::WorkbenchSpec;

fn faults(text: &str) -> Vec<String> {
    let error = Catalogue::parse(Path::new("apps.toml"), text).expect_err("must be refused");
    error.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn built_in_catalogue_has_no_faults() {
    let parsed = Catalogue::parse(Path::new("built-in"), BUILT_IN);
    let catalogue = parsed.unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<_> = catalogue.apps().iter().map(|app| &*app.name).collect();
    assert_eq!(
        names,
        [
            "welcome",
            "files",
            "agent-task",
            "jupyterlab",
            "terminal",
            "code-server"
        ]
    );
    assert_eq!(catalogue, Catalogue::built_in());
}

/// In use, C3: only what the catalogue configures is offered, and a shell is called a script.
#[test]
fn built_in_apps_offer_a_script_only_where_one_is_set_up() {
    for app in Catalogue::built_in().apps() {
        let shown = app.shown(None);
        let expected = match app.name.as_str() {
            "agent-task" => AgentOffer::Script,
            _ => AgentOffer::None,
        };
        assert_eq!(shown.agent, expected, "{}", app.name);
        assert!(!shown.title.contains("gent"), "{}", shown.title);
    }
}

/// In use, M8: where a terminal can never open, the app says so.
#[test]
fn terminals_need_a_sandbox_or_the_catalogues_permission() {
    let app = |terminal| CatalogueEntry {
        terminal,
        ..Catalogue::built_in().apps()[0].clone()
    };
    for (terminal, is_isolated, is_refused) in [
        (None, true, false),
        (None, false, true),
        (Some(true), false, false),
        (Some(false), true, true),
    ] {
        let refused = app(terminal).refuses_sessions(is_isolated);
        assert_eq!(refused.is_some(), is_refused, "{terminal:?} {is_isolated}");
    }
}

/// Security review, findings 1 and 2: a web page that a browser of this machine shows can send
/// requests to a loopback port, past the gateway. Every built-in app that can run code or change files has to refuse them.
#[test]
fn every_built_in_app_refuses_requests_of_foreign_pages() {
    let catalogue = Catalogue::built_in();
    for app in catalogue.apps() {
        let has = |argument: &str| app.command.iter().any(|found| found == argument);
        match app.name.as_str() {
            // Checks `Host` and `Origin` itself: this is our own program.
            "welcome" | "files" | "agent-task" => assert!(has("{vestibule}")),
            "jupyterlab" => {
                assert!(has("--ServerApp.local_hostnames=['localhost', '{host}']"));
                assert!(!has("--ServerApp.allow_remote_access=True"));
            }
            "terminal" => assert!(has("--check-origin")),
            // Compares `Origin` with `Host` by default.
            "code-server" => assert!(!has("--trusted-origins")),
            other => panic!("say here how {other} refuses requests of foreign pages"),
        }
    }
}

/// Security review, findings 1 and 2: a page or another user of the machine that reaches an app's port is past the gateway.
#[test]
fn sec_1_2_built_in_apps_have_no_port() {
    for app in Catalogue::built_in().apps() {
        assert!(app.listens_on_socket(), "{}", app.name);
    }
}

#[test]
fn app_listens_on_a_port_or_on_a_socket() {
    let both = "[[app]]\nname = \"a\"\ncommand = [\"a\", \"{port}\"]\nenv = { S = \"{socket}\" }\n";
    assert!(faults(both)[0].contains("both {socket} and {port}"));
    let in_env = "[[app]]\nname = \"a\"\ncommand = [\"a\"]\nenv = { S = \"{socket}\" }\n";
    let catalogue = Catalogue::parse(Path::new("f"), in_env).expect("it is right");
    assert!(catalogue.apps()[0].listens_on_socket());
    let in_build = "[[app]]\nname = \"a\"\ncommand = [\"a\"]\nbuild = [[\"a\", \"{socket}\"]]\n";
    assert!(faults(in_build)[0].contains("unknown placeholder {socket}"));
}

#[test]
fn omitted_keys_have_defaults() {
    let text = "[[app]]\nname = \"a\"\ncommand = [\"a\"]\n[app.agent]\ncommand = [\"sh\", \"{prompt}\", \"{session}\"]\n";
    let catalogue = Catalogue::parse(Path::new("f"), text).expect("it is right");
    let app = catalogue.get("a").expect("it is there");
    assert_eq!(app.title, "a");
    assert_eq!((app.restart_limit, app.stop_grace_seconds), (3, 10));
    assert_eq!(app.start_timeout_seconds, 300);
    assert_eq!(app.readiness, Readiness::default());
    assert_eq!(app.agent.as_ref().map(|agent| agent.command.len()), Some(3));
    assert!(app.readiness.accepts(302) && !app.readiness.accepts(404));
}

#[test]
fn sizes_are_those_of_the_app_or_of_the_whole_catalogue() {
    let text = r#"
[[app]]
name = "a"
command = ["a"]
[[size]]
name = "small"
title = "Small"
cpu = 0.5
memory_mb = 2000
[[app]]
name = "b"
command = ["b"]
[[app.size]]
name = "gpu"
gpus = 1
[[app]]
name = "c"
command = ["c"]
size = []
"#;
    let catalogue = Catalogue::parse(Path::new("f"), text).expect("it is right");
    let names = |app: &str| -> Vec<String> {
        let app = catalogue.get(app).expect("it is there");
        app.sizes().iter().map(|size| size.name.clone()).collect()
    };
    assert_eq!(names("a"), ["small"]);
    assert_eq!(names("b"), ["gpu"]);
    assert!(names("c").is_empty());
    let gpu = &catalogue.apps()[1].sizes()[0];
    assert_eq!(
        (gpu.display_title(), gpu.gpu_resource.as_str()),
        ("gpu", "nvidia.com/gpu")
    );
}

#[test]
fn faults_of_sizes_have_their_line() {
    let text = "[[size]]\nname = \"Small\"\n[[app]]\nname = \"a\"\ncommand = [\"a\"]\n[[app.size]]\nname = \"s\"\n\
        cpu = -1\nmemory_mb = 1\ngpus = 100\ngpu_resource = \"\"\n[[app.size]]\nname = \"s\"\n";
    let found = faults(text).join("\n");
    for part in [
        "1: size `Small`: `name` must be",
        "app `a`: size `s`: `cpu` must be",
        "`memory_mb` must be",
        "`gpus` must be at most",
        "`gpu_resource` must be",
        "the name is taken",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(faults("[[size]]\nnam = 1\n")[0].contains("nam"));
}

#[test]
fn empty_file_is_an_empty_catalogue() {
    let catalogue = Catalogue::parse(Path::new("f"), "# nothing\n").expect("it is right");
    assert!(catalogue.apps().is_empty());
}

#[test]
fn every_fault_has_file_and_line() {
    let text = r#"colour = "red"
[[app]]
name = "Not A Label"
command = []
[[app]]
name = "a"
command = ["a", "{prot}"]
start_timeout_seconds = 0
stop_grace_seconds = 99999
[app.readiness]
path = "status"
status = [42]
timeout_seconds = 0
failure_threshold = 0
[[app]]
name = "b"
command = ["b"]
comand = ["b"]
[[app]]
name = "a"
command = ["{build}/x"]
build = [[]]
env = { "A B" = "x", OK = "{nope}" }
[[app]]
command = ["x"]
[[app]]
name = 7
command = ["x"]
"#;
    let found = faults(text);
    let expect = |line: usize, part: &str| {
        let start = format!("apps.toml:{line}: ");
        assert!(
            found
                .iter()
                .any(|f| f.starts_with(&start) && f.contains(part)),
            "no {part:?} on line {line} in {found:#?}"
        );
    };
    expect(1, "unknown key `colour`");
    expect(3, "lower-case letters");
    expect(4, "`command` is empty");
    expect(7, "{prot}");
    expect(8, "1 to 86400");
    expect(9, "at most 3600");
    expect(10, "`readiness.path` must begin with /");
    expect(10, "has 42");
    expect(10, "`readiness.timeout_seconds` must be 1 to 10");
    expect(10, "`readiness.failure_threshold` must be 1 to 100");
    expect(18, "comand");
    expect(20, "taken by the app on line 6");
    expect(22, "`build` is empty");
    expect(23, "A B");
    expect(23, "{nope}");
    expect(24, "missing field `name`");
    expect(27, "invalid type");
    assert_eq!(found.len(), 17, "{found:#?}");
}

#[test]
fn garbled_text_is_refused_with_its_line() {
    assert!(faults("[[app]]\nname = \n")[0].starts_with("apps.toml:2: "));
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("apps.toml");
    std::fs::write(&file, b"# ok\n\xff\xfe").expect("written");
    let error = Catalogue::load(&file)
        .expect_err("must be refused")
        .to_string();
    assert!(
        error.contains("apps.toml:2: ") && error.contains("UTF-8"),
        "{error}"
    );
    let error = Catalogue::load(&dir.path().join("none.toml")).expect_err("must be refused");
    assert!(
        error.to_string().contains("none.toml: failed to read"),
        "{error}"
    );
}

#[test]
fn command_that_uses_a_build_needs_build_steps() {
    let found = faults("[[app]]\nname = \"a\"\ncommand = [\"{build}/a\"]\n");
    assert!(found[0].contains("no `build` steps"), "{found:?}");
}

fn with_parameters(app: &str, parameters: &str) -> String {
    format!("[[app]]\nname = \"a\"\n{app}\n{parameters}")
}

#[test]
fn parameters_are_read_with_their_defaults() {
    let text = with_parameters(
        "command = [\"a\", \"{param.goal}\", \"--n={param.n}\"]",
        "[[app.parameters]]\nname = \"goal\"\nkind = \"prompt\"\nrequired = true\n\
         [[app.parameters]]\nname = \"n\"\ntitle = \"Workers\"\nkind = \"number\"\ndefault = 4\nmin = 1\nmax = 8\n",
    );
    let catalogue = Catalogue::parse(Path::new("f"), &text).expect("it is right");
    let [goal, number] = catalogue.apps()[0].parameters.as_slice() else {
        panic!("two parameters");
    };
    assert_eq!((goal.title.as_str(), goal.required), ("goal", true));
    assert_eq!(number.default.as_deref(), Some("4"));
    assert_eq!((number.min, number.max), (Some(1.0), Some(8.0)));
    let values = parameters::values(&catalogue.apps()[0].parameters, &WorkbenchSpec::default());
    assert_eq!((values["goal"].as_str(), values["n"].as_str()), ("", "4"));
    let problem = parameters::problem(&catalogue.apps()[0].parameters, &WorkbenchSpec::default());
    assert!(problem.is_some_and(|why| why.contains("Fill in goal.")));
}

#[test]
fn parameters_that_could_not_work_are_faults() {
    let simple = "command = [\"a\"]";
    for (app, parameters, message) in [
        (simple, "name = \"A b\"", "`name` must be"),
        (simple, "name = \"api_token\"", "name a secret"),
        (
            simple,
            "name = \"x\"\nkind = \"choice\"",
            "`choices` is empty",
        ),
        (
            simple,
            "name = \"x\"\nchoices = [\"y\"]",
            "are for the kinds",
        ),
        (
            simple,
            "name = \"x\"\nkind = \"number\"\ndefault = \"y\"",
            "`default`: Use a number",
        ),
        (simple, "name = \"x\"\nmin = 2\nmax = 1", "greater than"),
        (simple, "name = \"x\"\nkind = \"colour\"", "unknown variant"),
        (simple, "name = \"x\"\nsecret = true", "unknown field"),
        (
            "command = [\"a\", \"{param.y}\"]",
            "name = \"x\"",
            "unknown placeholder {param.y}",
        ),
        (
            "command = [\"{param.x}\"]",
            "name = \"x\"",
            "as its program",
        ),
        (
            "command = [\"sh\", \"-c\", \"echo {param.x}\"]",
            "name = \"x\"",
            "in a script",
        ),
        (
            "command = [\"a\", \"/bin/bash\", \"-e\", \"-c\", \"{param.x}\"]",
            "name = \"x\"",
            "in a script",
        ),
        (
            "command = [\"a\"]\nbuild = [[\"sh\", \"-c\", \"{param.x}\"]]",
            "name = \"x\"",
            "in a script",
        ),
    ] {
        let text = with_parameters(app, &format!("[[app.parameters]]\n{parameters}\n"));
        let found = faults(&text);
        assert!(
            found.iter().any(|fault| fault.contains(message)),
            "{message}: {found:#?}"
        );
    }
    let safe = "command = [\"sh\", \"-c\", \"echo \\\"$1\\\"\", \"sh\", \"{param.x}\"]";
    let text = with_parameters(safe, "[[app.parameters]]\nname = \"x\"\n");
    assert!(Catalogue::parse(Path::new("f"), &text).is_ok());
    let twice = "[[app.parameters]]\nname = \"x\"\n[[app.parameters]]\nname = \"x\"\n";
    assert!(faults(&with_parameters(simple, twice))[0].contains("taken"));
}

#[test]
fn user_of_a_pod_is_a_number_above_0_or_assigned_by_the_cluster() {
    let run_as = |value: &str| {
        let text = format!(
            "[[app]]\nname = \"lab\"\ncommand = [\"lab\", \"--port={{port}}\"]\npod = {{ run_as = {value} }}"
        );
        let catalogue = Catalogue::parse(Path::new("apps.toml"), &text);
        catalogue.map(|found| found.apps()[0].pod.run_as)
    };
    assert_eq!(run_as("2000").ok(), Some(Some(RunAs::User(2000))));
    assert_eq!(run_as("\"cluster\"").ok(), Some(Some(RunAs::Cluster)));
    for bad in ["0", "-1", "\"root\"", "true"] {
        assert!(run_as(bad).is_err(), "{bad}");
    }
}
