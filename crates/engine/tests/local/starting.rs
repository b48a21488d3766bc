//! Starts, and their obstacles.

use crate::bench::{Bench, wait_for};
use std::io::Read as _;
use std::net::{SocketAddr, TcpListener};
use vestibule_engine::Engine as _;
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_engine::connection::Unreachable;
use vestibule_model::condition::ConditionType::{
    Failed, JobCreated, PodScheduled, PvcReady, Ready, RunnerStarted, SecretsReady,
};
use vestibule_model::observed::Probe;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;
use vestibule_model::time::Millis;

/// App of a foreign program.
pub const FILES: &str = r#"
[[app]]
name = "files"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", "{dir}"]
stop_grace_seconds = 5
"#;

/// Closes its socket when there is a file `close`, and listens again when there is `open`.
const RELOADS: &str = r#"
[[app]]
name = "reloads"
command = ["python3", "-u", "-c", """
import http.server, os, sys, threading, time

def serve():
    handler = http.server.SimpleHTTPRequestHandler
    server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server

def until(name):
    while not os.path.exists(name):
        time.sleep(0.01)

server = serve()
until('close')
server.shutdown()
server.server_close()
until('open')
serve()
time.sleep(600)
""", "{port}"]
restart_limit = 0
"#;

const BROKEN: &str = r#"
[[app]]
name = "absent"
command = ["/no/such/program", "{port}"]
[[app]]
name = "required"
requires = ["vestibule-no-such-program"]
command = ["vestibule-no-such-program"]
[[app]]
name = "no-program"
command = ["/etc/hostname"]
[[app]]
name = "deaf"
command = ["sleep", "600"]
[[app]]
name = "environment"
command = ["sh", "-c", "env; pwd; echo origin={origin} host={host}; sleep 600"]
env = { FROM_APP = "{port}", BOTH = "app" }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_a_start_is_observed() {
    let bench = Bench::new(FILES);
    let id = bench.start("happy", "files");
    let row = bench.until_running(&id).await;
    for kind in [
        PvcReady,
        SecretsReady,
        JobCreated,
        PodScheduled,
        RunnerStarted,
        Ready,
    ] {
        assert!(row.was_ever_true(&kind), "{kind:?}");
    }
    assert_eq!(row.reason(&Failed), reason::NOT_ENDED);
    assert!(row.record.status.start_time.is_some());
    let connection = bench.engine().endpoint(&row.record.target).await;
    connection.expect("it listens");
    std::fs::write(bench.workbench_folder(&id).join("files/a"), "b").expect("its folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn process_gets_a_clean_environment_and_the_spec_s_variables() {
    let bench = Bench::new(BROKEN);
    let id = bench.create("env", "environment", |record| {
        let variables = [("BOTH", "spec"), ("MINE", "ä b")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        record.target.spec.env = Some(variables.into());
    });
    bench.until_phase(&id, Phase::Running).await;
    let mut output = String::new();
    let begin = std::time::Instant::now();
    while !output.contains("origin=") && begin.elapsed().as_secs() < 60 {
        output = bench.output(&id).await;
        tokio::task::yield_now().await;
    }
    let dir = bench.workbench_folder(&id).join("files");
    let dir = dir.canonicalize().expect("it is there");
    let port = bench.recorded(&id, "launch.json", "port").expect("a port");
    for line in [
        "BOTH=spec".to_owned(),
        "MINE=ä b".to_owned(),
        format!("FROM_APP={port}"),
        format!("PORT={port}"),
        format!("VESTIBULE_WORKBENCH_ID={id}"),
        "VESTIBULE_RUN_NUMBER=1".to_owned(),
        format!("HOME={}", dir.display()),
        format!("VESTIBULE_DIR={}", dir.display()),
        format!("{}", dir.display()),
        format!("origin=http://{id}.vestibule.localhost:8080 host={id}.vestibule.localhost"),
    ] {
        assert!(output.lines().any(|l| l == line), "no {line} in {output}");
    }
    assert!(!output.contains("CARGO"), "the server's own: {output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_program_is_named_and_no_later_step_is_true() {
    let bench = Bench::new(BROKEN);
    for (app, name) in [
        ("absent", "/no/such/program"),
        ("required", "vestibule-no-such-program"),
    ] {
        let id = bench.start(app, app);
        let row = bench.until_phase(&id, Phase::Failed).await;
        assert_eq!(row.reason(&Failed), reason::PROGRAM_NOT_FOUND);
        assert!(
            row.message(&Failed).contains(name),
            "{}",
            row.message(&Failed)
        );
        assert!(!row.was_ever_true(&RunnerStarted) && !row.was_ever_true(&Ready));
        assert_eq!(row.exit_code, None);
    }
    let apps = bench.engine().apps().await;
    let required = apps.iter().find(|app| app.name == "required");
    let why = required.and_then(|app| app.unavailable_reason.clone());
    assert!(why.is_some_and(|why| why.contains("`vestibule-no-such-program`")));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_app_and_non_executable_file_fail_with_their_reasons() {
    let bench = Bench::new(BROKEN);
    let unknown = bench.start("unknown", "no-such-app");
    let row = bench.until_phase(&unknown, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::APP_NOT_FOUND);
    let id = bench.start("text", "no-program");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::START_ERROR);
    assert!(!row.was_ever_true(&RunnerStarted));
}

#[tokio::test(flavor = "multi_thread")]
async fn late_app_lives_and_can_get_more_time() {
    let bench = Bench::new(BROKEN);
    let id = bench.create("late", "deaf", |record| {
        if let Some(run) = &mut record.subject.run {
            run.start_deadline = SystemClock.now() + Millis(300);
        }
    });
    let row = bench
        .until(&id, "late", |row| {
            // On a busy machine it is late before its process is up.
            row.reason(&Ready) == reason::START_DEADLINE_EXCEEDED
                && row.record.status.phase == Phase::Running
        })
        .await;
    assert_eq!(row.k8s_status, K8sStatus::Progressing);
    assert!(!row.was_ever_true(&Ready));
    let pid = bench.pid(&id);
    bench.command(&id, |record| {
        if let Some(run) = &mut record.subject.run {
            run.start_deadline = SystemClock.now() + Millis::from_secs(300);
        }
    });
    bench
        .until(&id, "waited for again", |row| {
            row.reason(&Ready) == reason::PROBE_PENDING
        })
        .await;
    assert_eq!(bench.pid(&id), pid, "the same process");
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_listener_never_makes_an_app_ready() {
    let bench = Bench::new(BROKEN);
    let id = bench.start("foreign", "deaf");
    bench.until_phase(&id, Phase::Running).await;
    let port = bench.recorded(&id, "launch.json", "port").expect("a port");
    let port = u16::try_from(port).expect("a port");
    let foreign = TcpListener::bind(("127.0.0.1", port)).expect("free until now");
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for mut stream in foreign.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let row = bench
        .until(&id, "refused", |row| {
            row.message(&Ready).starts_with("Another program")
        })
        .await;
    assert!(!row.was_ever_true(&Ready));
}

/// A development server that reloads frees its port for a moment.
/// Security review, finding 3.
#[tokio::test(flavor = "multi_thread")]
async fn sec_3_stranger_on_the_apps_port_is_no_endpoint() {
    let bench = Bench::new(RELOADS);
    let id = bench.start("stolen", "reloads");
    let row = bench.until_running(&id).await;
    let target = row.record.target.clone();
    let connection = bench.engine().endpoint(&target).await;
    let connection = connection.expect("it listens");
    let address: SocketAddr = connection
        .listens_on()
        .and_then(|address| address.parse().ok())
        .expect("its address");
    drop(connection);
    std::fs::write(bench.workbench_folder(&id).join("files/close"), "").expect("its folder");
    let mut thief = None;
    wait_for("the port to be free", || {
        thief = TcpListener::bind(address).ok();
        thief.is_some()
    })
    .await;
    let refused = bench.engine().endpoint(&target).await;
    assert!(
        matches!(refused, Err(Unreachable::Foreign(_))),
        "{refused:?}"
    );
    let thief = thief.expect("it is bound");
    thief.set_nonblocking(true).expect("set");
    let mut sent = Vec::new();
    while let Ok((mut stream, _)) = thief.accept() {
        stream.read_to_end(&mut sent).expect("closed");
    }
    assert_eq!(sent, b"", "the stranger was sent something");
    drop(thief);
    std::fs::write(bench.workbench_folder(&id).join("files/open"), "").expect("its folder");
    bench.until_running(&id).await;
    wait_for("the app to have its port again", || {
        std::net::TcpStream::connect(address).is_ok()
    })
    .await;
    let connection = bench.engine().endpoint(&target).await;
    connection.expect("it is the app's again");
}

/// Reliability review, finding 16: the file that was missing was not named.
#[tokio::test(flavor = "multi_thread")]
async fn missing_supervisor_is_named() {
    let mut bench = Bench::not_started(FILES);
    bench.configure = Box::new(|config| {
        config.supervisor = vec!["/no-such-folder/vestibule".into()];
    });
    bench.start_server();
    let id = bench.start("unsupervised", "files");
    let row = bench.until_phase(&id, Phase::Failed).await;
    let why = row.record.status.message.unwrap_or_default();
    assert!(why.contains("/no-such-folder/vestibule"), "{why}");
}

/// Reliability review, finding 5.
#[tokio::test(flavor = "multi_thread")]
async fn app_that_left_the_catalogue_stays_as_it_is_known() {
    let mut bench = Bench::new(FILES);
    let id = bench.start("gone", "files");
    let before = bench.until_running(&id).await;
    bench.end_server().await;
    bench.set_catalogue("");
    bench.start_server();
    let seen = bench.engine().observe(&before.record.target).await;
    assert!(matches!(seen.probe, Probe::Inconclusive(_)));
    bench.controller().enqueue(&id);
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let row = bench.row(&id).expect("it is there");
    assert_eq!(row.journal, before.journal);
    assert_eq!(row.k8s_status, K8sStatus::Running);
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn full_machine_and_missing_secret_heal_by_themselves() {
    let mut bench = Bench::not_started(BROKEN);
    bench.limit = Some(1);
    bench.start_server();
    let first = bench.start("first", "deaf");
    bench.until_phase(&first, Phase::Running).await;
    let second = bench.start("second", "deaf");
    let row = bench
        .until(&second, "unschedulable", |row| {
            row.reason(&PodScheduled) == reason::UNSCHEDULABLE
        })
        .await;
    assert!(!row.was_ever_true(&PodScheduled));
    bench.stop(&first);
    bench.until_phase(&second, Phase::Running).await;

    let third = bench.create("third", "deaf", |record| {
        record.target.spec.secrets = vec!["TOKEN".to_owned()];
    });
    bench
        .until(&third, "waiting for its secret", |row| {
            row.reason(&SecretsReady) == reason::SECRET_NOT_FOUND
        })
        .await;
    bench.stop(&second);
    bench.command(&third, |record| record.target.spec.secrets.clear());
    bench.until_phase(&third, Phase::Running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unusable_folder_is_reported_and_heals() {
    let bench = Bench::new(FILES);
    let id = vestibule_model::ids::WorkbenchId::from("wb-blocked");
    std::fs::write(bench.workbench_folder(&id), "in the way").expect("written");
    bench.start("blocked", "files");
    let row = bench
        .until(&id, "told", |row| {
            row.reason(&PvcReady) == reason::PROVISION_FAILED
        })
        .await;
    assert!(
        row.message(&PvcReady).contains("in the way"),
        "{}",
        row.message(&PvcReady)
    );
    assert!(!row.was_ever_true(&JobCreated));
    std::fs::remove_file(bench.workbench_folder(&id)).expect("moved away");
    bench.controller().enqueue(&id);
    bench.until_running(&id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settled_workbench_has_no_task() {
    let bench = Bench::new(BROKEN);
    let id = bench.start("settled", "absent");
    bench.until_phase(&id, Phase::Failed).await;
    wait_for("no task to be left", || {
        bench.controller().active_count() == 0
    })
    .await;
}

/// Reliability review, finding 7.
#[tokio::test(flavor = "multi_thread")]
async fn app_that_listens_elsewhere_is_told_where() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let free = other.local_addr().expect("an address").port();
    drop(other);
    let bench = Bench::new(&format!(
        r#"
[[app]]
name = "wrong-port"
command = ["python3", "-u", "-m", "http.server", "{free}", "--bind", "127.0.0.1"]
[[app]]
name = "ipv6-only"
command = ["python3", "-u", "-m", "http.server", "{{port}}", "--bind", "::1"]
"#
    ));
    let wrong = bench.start("wrongport", "wrong-port");
    let ipv6 = bench.start("ipv6only", "ipv6-only");
    for (id, reported) in [
        (
            wrong,
            format!("the app listens on 127.0.0.1:{free}. Its command should name the port"),
        ),
        (ipv6, "The app listens on [::1]:".to_owned()),
    ] {
        let is_told = |row: &crate::bench::Row| row.message(&Ready).contains(&reported);
        bench.until(&id, "told where it listens", is_told).await;
    }
}

/// Reliability review, finding 15.
#[tokio::test(flavor = "multi_thread")]
async fn app_on_all_interfaces_is_running_with_a_remark() {
    let bench = Bench::new(
        r#"
[[app]]
name = "open"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "0.0.0.0"]
"#,
    );
    let id = bench.start("open", "open");
    let row = bench.until_running(&id).await;
    let message = row.message(&Ready);
    assert!(
        message.contains("every network interface (0.0.0.0:"),
        "{message}"
    );
}
