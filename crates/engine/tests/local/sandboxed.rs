//! Apps in a sandbox: what they see, what they reach, and that they end with their run.
//!
//! On a machine that allows no sandbox these tests say so and pass.

use crate::bench::{Bench, is_alive, kill, pids_with, wait_for};
use crate::build_bench::BuildBench;
use serde_json::Value;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vestibule_engine::Engine as _;
use vestibule_engine::builds::BuildVerdict;
use vestibule_engine::local::Isolation;
use vestibule_model::condition::ConditionType::Failed;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::isolation::IsolationLevel;
use vestibule_model::phase::Phase;

const APPS: &str = r#"
[[app]]
name = "port"
restart_limit = 0
stop_grace_seconds = 5
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]

[[app]]
name = "attacks"
restart_limit = 0
command = ["python3", "-u", "-c", """
import json, os, socket, subprocess, sys, urllib.request
at = os.environ
seen = {}

def attempt(name, call):
    try:
        seen[name] = call()
    except Exception as error:
        seen[name] = 'refused: %r' % error

def unix(path):
    with socket.socket(socket.AF_UNIX) as found:
        found.connect(path)

def tcp(port):
    socket.create_connection(('127.0.0.1', int(port)), 2)

attempt('database', lambda: open(at['DATA'] + '/vestibule.db').read())
attempt('data folder', lambda: sorted(os.listdir(at['DATA'])))
attempt('workbenches', lambda: sorted(os.listdir(at['DATA'] + '/workbenches')))
attempt('files of another', lambda: os.listdir(at['OTHER_FILES']))
attempt('gate of another', lambda: unix(at['OTHER_GATE']))
attempt('own record', lambda: os.listdir(at['OWN_RUN']))
attempt('server process', lambda: open('/proc/%s/environ' % at['SERVER_PID']).read())
attempt('processes', lambda: [int(name) for name in os.listdir('/proc') if name.isdigit()])
attempt('server port', lambda: tcp(at['SERVER_PORT']))
attempt('port of another', lambda: tcp(at['OTHER_PORT']))
attempt('write to the machine', lambda: open('/etc/vestibule-attack', 'w'))
attempt('write to the program', lambda: open(at['PROGRAM'], 'r+'))
attempt('user namespace', lambda: subprocess.check_output(['unshare', '--user', 'true']).decode())
attempt('temporary files', lambda: os.listdir('/tmp'))
attempt('own files', lambda: open('mine', 'w').write('mine'))
if 'VESTIBULE_PROGRESS_URL' in at:
    attempt('progress', lambda: urllib.request.urlopen(at['VESTIBULE_PROGRESS_URL'], b'{}', 5).status)
with open('seen.tmp', 'w') as file:
    json.dump(seen, file)
os.rename('seen.tmp', 'seen.json')
sys.argv = ['http.server', at['PORT'], '--bind', '127.0.0.1']
import runpy
runpy.run_module('http.server', run_name='__main__', alter_sys=True)
"""]

[[app]]
name = "forks"
restart_limit = 0
command = ["python3", "-u", "-c", """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve('/bin/sleep', ['sleep', os.environ['MARK']], {})
    os._exit(0)
os.wait()
time.sleep(600)
"""]
"#;

/// Returns a bench whose runs have a sandbox, or `None` where this machine has none.
fn bench(
    configure: impl Fn(&Path, &mut vestibule_engine::local::LocalConfig) + Send + 'static,
) -> Option<Bench> {
    let mut bench = Bench::not_started(APPS);
    let folder = bench.folder().to_owned();
    bench.configure = Box::new(move |config| {
        config.isolation = Isolation::Auto;
        configure(&folder, config);
    });
    bench.start_server();
    let report = bench.engine().isolation();
    if report.level == IsolationLevel::None {
        eprintln!("not tried: {}", report.explanation);
        return None;
    }
    Some(bench)
}

fn files(bench: &Bench, id: &WorkbenchId) -> PathBuf {
    bench.workbench_folder(id).join("files")
}

async fn seen(bench: &Bench, id: &WorkbenchId) -> Value {
    let file = files(bench, id).join("seen.json");
    wait_for("the app's findings", || file.exists()).await;
    let text = std::fs::read(file).expect("written");
    serde_json::from_slice(&text).expect("JSON")
}

/// Security review, findings 2, 3, 13 and 16.
#[tokio::test(flavor = "multi_thread")]
async fn app_in_a_sandbox_reaches_nothing_but_its_own() {
    let Some(bench) = bench(|_, _| {}) else {
        return;
    };
    std::fs::write(bench.folder().join("vestibule.db"), "hashes").expect("written");
    let other = bench.start("other", "port");
    bench.until_running(&other).await;
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let server_port = server.local_addr().expect("an address").port();
    let launch = std::fs::read(bench.run_folder(&other, 1).join("launch.json")).expect("a record");
    let launch: Value = serde_json::from_slice(&launch).expect("JSON");
    let gate = format!(
        "{}/gate.sock",
        launch["sockets"].as_str().expect("a folder")
    );
    assert!(Path::new(&gate).exists());
    let variables = [
        ("DATA", bench.folder().display().to_string()),
        ("OTHER_FILES", files(&bench, &other).display().to_string()),
        ("OTHER_GATE", gate),
        ("OTHER_PORT", launch["port"].to_string()),
        (
            "OWN_RUN",
            bench
                .run_folder(&WorkbenchId::from("wb-attacker"), 1)
                .display()
                .to_string(),
        ),
        ("SERVER_PID", std::process::id().to_string()),
        ("SERVER_PORT", server_port.to_string()),
        (
            "PROGRAM",
            env!("CARGO_BIN_EXE_vestibule_supervise").to_owned(),
        ),
    ];
    let attacker = bench.create("attacker", "attacks", |record| {
        let env = variables.map(|(name, value)| (name.to_owned(), value));
        record.target.spec.env.get_or_insert_default().extend(env);
    });
    let row = bench.until_running(&attacker).await;
    let seen = seen(&bench, &attacker).await;
    for refused in [
        "database",
        "files of another",
        "gate of another",
        "server process",
        "server port",
        "port of another",
        "write to the machine",
        "write to the program",
        "user namespace",
    ] {
        let answer = seen[refused].as_str().unwrap_or_default();
        assert!(answer.starts_with("refused"), "{refused}: {seen:#}");
    }
    assert_eq!(seen["workbenches"], serde_json::json!(["wb-attacker"]));
    let record = &seen["own record"];
    assert!(*record == serde_json::json!(["token"]), "{seen:#}");
    let processes = seen["processes"].as_array().expect("a list");
    assert!(processes.len() < 5, "{seen:#}");
    assert_eq!(seen["own files"], 4);
    assert!(files(&bench, &attacker).join("mine").exists());

    // People reach it all the same.
    let connection = bench.engine().endpoint(&row.record.target).await;
    let mut connection = connection.expect("it listens");
    let request = b"GET /mine HTTP/1.0\r\n\r\n";
    connection.write_all(request).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("read");
    assert!(answer.ends_with("mine"), "{answer}");
}

/// Security review, finding 14: whatever it forks ends with the run, also when the supervisor is killed.
#[tokio::test(flavor = "multi_thread")]
async fn daemon_ends_with_its_run() {
    let Some(bench) = bench(|_, _| {}) else {
        return;
    };
    for (name, is_stopped) in [("stopped", true), ("killed", false)] {
        let mark = format!("{}{}", 600 + u32::from(is_stopped), std::process::id());
        let id = bench.create(name, "forks", |record| {
            record
                .target
                .spec
                .env
                .get_or_insert_default()
                .insert("MARK".to_owned(), mark.clone());
        });
        bench.until_phase(&id, Phase::Running).await;
        let daemons = || {
            let of_sleep = |pid: &i32| {
                let name = std::fs::read_to_string(format!("/proc/{pid}/comm"));
                name.is_ok_and(|name| name.trim_end() == "sleep")
            };
            pids_with(&mark)
                .into_iter()
                .filter(of_sleep)
                .collect::<Vec<_>>()
        };
        wait_for("the daemon", || !daemons().is_empty()).await;
        let daemon = daemons()[0];
        if is_stopped {
            bench.stop(&id);
            bench.until_phase(&id, Phase::Stopped).await;
        } else {
            kill(bench.supervisor(&id), "-KILL");
            let row = bench.until_phase(&id, Phase::Failed).await;
            assert!(!row.message(&Failed).is_empty());
        }
        wait_for("the daemon to be gone", || !is_alive(daemon)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_leaves_the_sandbox_by_the_server_s_socket() {
    let prepared = bench(|folder, config| {
        config.progress_socket = Some(folder.join("progress/api.sock"));
    });
    let Some(bench) = prepared else {
        return;
    };
    std::fs::create_dir(bench.folder().join("progress")).expect("made");
    let listener = UnixListener::bind(bench.folder().join("progress/api.sock")).expect("bound");
    let request = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut bytes = vec![0; 1024];
        let length = stream.read(&mut bytes).expect("a request");
        std::io::Write::write_all(&mut stream, b"HTTP/1.0 204 No Content\r\n\r\n")
            .expect("answered");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    });
    let id = bench.start("reports", "attacks");
    let folder = bench.folder().display().to_string();
    bench.command(&id, |_| {});
    let seen = seen(&bench, &id).await;
    assert_eq!(seen["progress"], 204, "{seen:#} {folder}");
    let request = request.join().expect("it ended");
    assert!(
        request.starts_with("POST /api/runs/run-wb-reports"),
        "{request}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_that_is_demanded_and_not_there_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = vestibule_engine::local::catalogue::Catalogue::built_in();
    let mut config =
        vestibule_engine::local::LocalConfig::new(folder.path(), catalogue, "vestibule", "", "");
    config.isolation = Isolation::Sandbox;
    let is_there = vestibule_engine::local::sandbox::is_possible();
    let started = vestibule_engine::local::LocalEngine::new(config);
    assert_eq!(started.is_ok(), is_there);
}

#[tokio::test(flavor = "multi_thread")]
async fn build_in_a_sandbox_sees_and_writes_its_own_folder_alone() {
    let script = "ls \"$1/..\" \"$1/../..\"; cat \"$1/../../vestibule.db\"; touch /etc/vestibule-build; echo done > \"$1/run\"";
    let bench = BuildBench::with(&[&["sh", "-c", script, "sh", "{build}"]], |config| {
        config.isolation = Isolation::Auto;
    });
    if bench.engine.isolation().level == IsolationLevel::None {
        eprintln!("not tried: {}", bench.engine.isolation().explanation);
        return;
    }
    std::fs::write(bench.folder.path().join("vestibule.db"), "hashes").expect("written");
    let work = bench.begin("apart").await;
    let id = work.id.clone();
    assert_eq!(work.end().await.verdict, BuildVerdict::Built);
    let log = bench.log(&id).await;
    assert!(
        !log.contains("hashes") && !log.contains("workbenches"),
        "{log}"
    );
    assert!(log.contains("Read-only file system"), "{log}");
    let run = std::fs::read_to_string(bench.built().await.join("run"));
    assert_eq!(run.expect("written"), "done\n");
}
