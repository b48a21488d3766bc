//! Apps are reached through the gate of their run, and through nothing else.

use crate::bench::{Bench, is_alive, kill, pids_with, wait_for};
use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vestibule_engine::Engine as _;
use vestibule_engine::connection::{Connection, Unreachable};
use vestibule_model::condition::ConditionType::{Failed, RunnerStarted};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

/// The first listens on its socket, the second on a port.
const APPS: &str = r#"
[[app]]
name = "socket"
restart_limit = 0
command = ["python3", "-u", "-c", """
import http.server, os, socketserver, sys

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('content-length', '2')
        self.end_headers()
        self.wfile.write(b'ok')
    def address_string(self):
        return 'gate'

Server(sys.argv[1], Handler).serve_forever()
""", "{socket}"]

[[app]]
name = "port"
restart_limit = 0
stop_grace_seconds = 5
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]

[[app]]
name = "crashes"
restart_limit = 1
command = ["sh", "-c", "[ -e again ] && exec sleep 600; touch again; exit 7"]

[[app]]
name = "kills-its-parents"
restart_limit = 0
command = ["python3", "-u", "-c", """
import os, signal, sys, time
with open('/proc/%d/stat' % os.getppid()) as stat:
    supervisor = int(stat.read().rsplit(')', 1)[1].split()[1])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open('survivor', 'w') as file:
            file.write(str(os.getpid()))
        os.execve('/bin/sleep', ['sleep', '600'], {})
    os._exit(0)
os.wait()
while not os.path.exists('go'):
    time.sleep(0.01)
os.kill(supervisor, signal.SIGKILL)
time.sleep(600)
"""]
"#;

async fn status(mut connection: Connection) -> String {
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    connection.write_all(request).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("read");
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Returns the inodes of the sockets that listen on a port of this machine.
fn listening() -> HashSet<String> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| {
            let fields: Vec<_> = line.split_ascii_whitespace().collect();
            (fields.get(3) == Some(&"0A")).then(|| format!("socket:[{}]", fields[9]))
        })
        .collect()
}

fn open_files(pid: i32) -> HashSet<String> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("its files");
    files
        .flatten()
        .filter_map(|file| std::fs::read_link(file.path()).ok())
        .map(|file| file.to_string_lossy().into_owned())
        .collect()
}

fn parent(pid: i32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process");
    let (_, rest) = stat.rsplit_once(')').expect("its name");
    let parent = rest.split_ascii_whitespace().nth(1).expect("its parent");
    parent.parse().expect("a number")
}

fn sockets(folder: &Path) -> Vec<PathBuf> {
    let runs = std::fs::read_dir(folder.join("sockets"))
        .into_iter()
        .flatten();
    runs.flatten().map(|run| run.path()).collect()
}

/// Security review, findings 1, 2 and 3.
#[tokio::test(flavor = "multi_thread")]
async fn sec_1_2_3_app_on_a_socket_has_no_port_and_answers_through_its_gate() {
    let bench = Bench::new(APPS);
    let id = bench.start("unix", "socket");
    let row = bench.until_running(&id).await;
    for pid in [bench.pid(&id), parent(bench.pid(&id))] {
        let on_a_port: Vec<_> = open_files(pid)
            .intersection(&listening())
            .cloned()
            .collect();
        assert_eq!(on_a_port, Vec::<String>::new(), "process {pid}");
    }
    let folders = sockets(bench.folder());
    assert_eq!(folders.len(), 1);
    for folder in [&folders[0], &bench.folder().join("sockets")] {
        let mode = std::fs::metadata(folder)
            .expect("it is there")
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o700);
    }
    let connection = bench.engine().endpoint(&row.record.target).await;
    let connection = connection.expect("it listens");
    assert_eq!(connection.listens_on(), None);
    assert_eq!(status(connection).await, "HTTP/1.0 200 OK");
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    assert_eq!(sockets(bench.folder()), Vec::<PathBuf>::new());
    let refused = bench.engine().endpoint(&row.record.target).await;
    assert!(
        matches!(refused, Err(Unreachable::NotRunning)),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_connections_reach_an_app_on_a_port_at_once() {
    let bench = Bench::new(APPS);
    let id = bench.start("tcp", "port");
    let row = bench.until_running(&id).await;
    let engine = bench.engine();
    let mut open = Vec::new();
    for _ in 0..50 {
        let connection = engine.endpoint(&row.record.target).await;
        open.push(connection.expect("it listens"));
    }
    for connection in open {
        let address = connection.listens_on().unwrap_or_default();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        assert_eq!(status(connection).await, "HTTP/1.0 200 OK");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_is_closed_between_two_processes_and_opens_again() {
    let bench = Bench::new(APPS);
    let id = bench.start("again", "crashes");
    let row = bench
        .until(&id, "started again", |row| {
            row.record.status.phase == Phase::Running
                && row.message(&RunnerStarted).contains("was started again")
        })
        .await;
    let refused = bench.engine().endpoint(&row.record.target).await;
    assert!(
        matches!(refused, Err(Unreachable::Refused(_))),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn app_whose_runner_is_killed_ends_with_it() {
    let bench = Bench::new(APPS);
    let id = bench.start("orphan", "port");
    bench.until_running(&id).await;
    let pid = bench.pid(&id);
    kill(parent(pid), "-KILL");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(
        (row.reason(&Failed), row.exit_code),
        (reason::EXIT_CODE, Some(137))
    );
    assert!(!is_alive(pid));
}

#[tokio::test(flavor = "multi_thread")]
async fn signal_to_the_runner_reaches_the_app() {
    let bench = Bench::new(APPS);
    let id = bench.start("passed", "port");
    bench.until_running(&id).await;
    kill(parent(bench.pid(&id)), "-TERM");
    let row = bench.until_phase(&id, Phase::Stopped).await;
    let why = row.record.status.stopped_reason.as_deref();
    assert_eq!((why, row.exit_code), (Some(reason::TERMINATED), Some(143)));
}

/// Security review, finding 14.
#[tokio::test(flavor = "multi_thread")]
async fn sec_14_app_that_kills_its_supervisor_does_not_survive() {
    let bench = Bench::new(APPS);
    let id = bench.start("survivor", "kills-its-parents");
    bench.until_phase(&id, Phase::Running).await;
    let file = bench.workbench_folder(&id).join("files/survivor");
    let mut survivor = None;
    wait_for("the survivor", || {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        survivor = text.parse::<i32>().ok();
        survivor.is_some()
    })
    .await;
    let survivor = survivor.expect("its number");
    assert!(is_alive(survivor));
    std::fs::write(bench.workbench_folder(&id).join("files/go"), "").expect("written");
    bench.until_phase(&id, Phase::Failed).await;
    wait_for("it to be gone", || !is_alive(survivor)).await;
}

/// A run of version 0.1.0 has a port in its record and no sockets.
#[tokio::test(flavor = "multi_thread")]
async fn run_of_version_0_1_0_is_entered_stopped_and_marked() {
    let mut bench = Bench::new(APPS);
    let id = bench.start("before", "port");
    let before = bench.until_running(&id).await;
    assert!(!before.message(&RunnerStarted).contains("upgrade"));
    let launch = bench.run_folder(&id, 1).join("launch.json");
    let text = std::fs::read(&launch).expect("a record");
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    bench.end_server().await;
    let mut record: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let record = record.as_object_mut().expect("an object");
    record.remove("sockets").expect("a folder of sockets");
    record.remove("listensOnSocket").expect("where it listens");
    std::fs::remove_dir_all(bench.run_folder(&id, 1)).expect("cleared");
    std::fs::create_dir(bench.run_folder(&id, 1)).expect("made");
    std::fs::write(&launch, serde_json::to_vec(&record).expect("JSON")).expect("written");
    bench.create("before", "port", |_| {});
    bench.start_server();
    let row = bench.until_running(&id).await;
    assert_eq!(
        row.message(&RunnerStarted),
        "It was started before the upgrade and isn't isolated."
    );
    bench.end_server().await;
    bench.start_server();
    let connection = bench.engine().endpoint(&row.record.target).await;
    assert_eq!(
        status(connection.expect("it listens")).await,
        "HTTP/1.0 200 OK"
    );
    assert_eq!(
        bench.row(&id).map(|row| row.k8s_status),
        Some(K8sStatus::Running)
    );
    let pid = bench.pid(&id);
    bench.delete(&id);
    bench.until_forgotten(&id).await;
    assert!(!is_alive(pid));
    let folder = bench.folder().to_string_lossy().into_owned();
    wait_for("nothing to be left", || pids_with(&folder).is_empty()).await;
}
