//! A server with a blocked stderr or without free descriptors.

use crate::support::{Running, end_all_of, eventually, serve};
use nix::fcntl::{FcntlArg, fcntl};
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

const PASSWORD: &str = "correct horse battery";

/// Starts a server with this stderr, makes it log a lot, and checks that it works and exits
/// cleanly.
#[track_caller]
fn works_with_stderr(stderr: impl Into<Stdio>, use_up: impl FnOnce()) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut command = serve(dir.path());
    command.args(["--log", "trace"]);
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    let mut server = Running::start_with_log(&mut command, stderr);
    // The command holds the other ends of pipes.
    drop(command);
    use_up();
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    for _ in 0..100 {
        assert_eq!(server.ask("POST", "/api/workspaces", "{").0, 400);
    }
    let made = server.ask("POST", "/api/workspaces", r#"{"name":"Lab"}"#);
    assert_eq!(made.0, 201, "{}", made.1);
    assert_eq!(server.end(), Some(0));
}

/// Reliability review, finding 1.
#[test]
fn a_full_log_disk_stops_nothing() {
    let full = OpenOptions::new().write(true).open("/dev/full");
    works_with_stderr(full.expect("a device"), || {});
}

/// Reliability review, finding 1.
#[test]
fn a_closed_log_pipe_stops_nothing() {
    let (reader, writer) = io::pipe().expect("a pipe");
    works_with_stderr(writer, move || drop(reader));
}

/// Reliability review, finding 1.
#[test]
fn a_log_pipe_that_is_not_read_stops_nothing() {
    let (reader, writer) = io::pipe().expect("a pipe");
    // The first lines of the log fill the smallest pipe.
    fcntl(&writer, FcntlArg::F_SETPIPE_SZ(1)).expect("a small pipe");
    works_with_stderr(writer, || {});
    drop(reader);
}

/// Returns `vestibule serve` with a limit of open files, as `ulimit` sets it.
fn serve_with_limit(ulimit: &str, data_dir: &Path) -> Command {
    let plain = serve(data_dir);
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{ulimit}; exec \"$0\" \"$@\"")])
        .arg(plain.get_program())
        .args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    command
}

/// Opens connections from 127.0.0.2, another client's address, that never send a whole request.
fn half_open(port: u16, count: usize) -> (tokio::runtime::Runtime, Vec<tokio::net::TcpStream>) {
    use tokio::io::AsyncWriteExt as _;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let streams = runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..count {
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            let stranger = "127.0.0.2:0".parse().expect("an address");
            socket.bind(stranger).expect("an address of this machine");
            let server = ([127, 0, 0, 1], port).into();
            let mut stream = socket.connect(server).await.expect("a connection");
            // Beyond the bound the server has closed the connection already.
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await;
            streams.push(stream);
        }
        streams
    });
    (runtime, streams)
}

/// Security review, finding 7; reliability review, finding 4.
#[test]
fn half_open_connections_of_one_client_do_not_block_others() {
    let dir = tempfile::tempdir().expect("a folder");
    let apps = dir.path().join("apps.toml");
    let app = "[[app]]\nname = \"app\"\ncommand = [\"{vestibule}\", \"app\", \"welcome\", \"--port\", \"{port}\"]\n";
    std::fs::write(&apps, app).expect("a file");
    let data = dir.path().join("data");
    let mut command = serve_with_limit("ulimit -n 128", &data);
    command.arg("--apps").arg(&apps);
    let mut server = Running::start(&mut command);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let id = server.create_workbench("app");
    let path = format!("/api/workbenches/{id}");
    eventually("the app runs", || {
        server
            .ask("GET", &path, "")
            .1
            .contains("\"k8sStatus\":\"Running\"")
    });
    let before = server.ask("GET", &path, "").1;
    let held = half_open(server.port, 200);
    // The engine observes the app several times meanwhile, and needs descriptors for that.
    for _ in 0..30 {
        assert_eq!(server.ask("GET", "/healthz", "").0, 200);
        let (status, shown) = server.ask("GET", &path, "");
        assert_eq!(status, 200);
        assert!(shown.contains("\"k8sStatus\":\"Running\""), "{shown}");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let seq = |shown: &str| {
        let shown: serde_json::Value = serde_json::from_str(shown).expect("JSON");
        shown["status"]["lastSeq"].clone()
    };
    assert_eq!(seq(&server.ask("GET", &path, "").1), seq(&before));
    drop(held);
    assert_eq!(server.ask("DELETE", &path, "").0, 202);
    eventually("it is gone", || server.ask("GET", &path, "").0 == 404);
    assert_eq!(server.end(), Some(0));
    end_all_of(&data);
}

/// Reads events of the stream until one of them has this text.
fn read_until(stream: &mut std::net::TcpStream, text: &str) -> String {
    read_until_any(stream, &[text])
}

/// Reads events of the stream until one of them has one of these texts.
fn read_until_any(stream: &mut std::net::TcpStream, texts: &[&str]) -> String {
    use std::io::Read as _;
    stream
        .set_read_timeout(Some(std::time::Duration::from_secs(60)))
        .expect("a time limit");
    let (mut seen, mut buffer) = (String::new(), [0; 4096]);
    while !texts.iter().any(|text| seen.contains(text)) {
        let count = stream.read(&mut buffer).expect("more events");
        assert!(count > 0, "none of {texts:?} in {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    seen
}

/// Reliability review, findings 2 and 13: what could not be stored does not look fresh.
#[test]
fn pages_are_told_that_nothing_can_be_stored() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let mut server = Running::start(&mut serve_with_limit("true", &data));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let mut stream = server.open("/api/runs/stream");
    let (database, away) = (data.join("vestibule.db"), data.join("away"));
    std::fs::rename(&database, &away).expect("moved");
    read_until(
        &mut stream,
        r#""notices":[{"kind":"DataFolderGone","since":"#,
    );
    // Streams opened later say the same. On a busy server a request may need one more connection to
    // the database, which cannot be opened now; pages try again in that case.
    eventually("a later stream says it", || {
        let mut later = server.open("/api/runs/stream");
        let seen = read_until_any(&mut later, &["DataFolderGone", "storage-unwritable"]);
        seen.contains("DataFolderGone")
    });
    std::fs::rename(&away, &database).expect("put back");
    let healed = read_until(&mut stream, "event: heartbeat");
    assert!(!healed.contains("DataFolderGone"), "{healed}");
    assert_eq!(server.end(), Some(0));
}

/// Reliability review, finding 12.
#[test]
fn administrators_are_told_of_workbenches_that_a_lost_database_knew() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let mut server = Running::start(&mut serve_with_limit("true", &data));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    assert_eq!(server.end(), Some(0));
    std::fs::create_dir_all(data.join("workbenches/wb-7k2m9x4q/files")).expect("a folder");
    let mut server = Running::start(&mut serve_with_limit("true", &data));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let mut stream = server.open("/api/runs/stream");
    let reported = read_until(&mut stream, "UnknownWorkbenches");
    assert!(reported.contains(r#""count":1"#), "{reported}");
    assert_eq!(server.end(), Some(0));
}

/// Reliability review, finding 16: the server died of SIGXFSZ at once.
#[test]
fn passed_limit_of_file_sizes_is_told_and_ends_no_process() {
    let dir = tempfile::tempdir().expect("a folder");
    let said = crate::support::refusal(&mut serve_with_limit("ulimit -f 16", dir.path()));
    assert!(said.contains("vestibule.db"), "{said}");
}

/// Security review, finding 7; reliability review, finding 4.
#[test]
fn the_soft_limit_of_open_files_is_raised() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut command = serve_with_limit("ulimit -Sn 128; ulimit -Hn 1000", dir.path());
    let server = Running::start(&mut command);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid()));
    let limits = limits.expect("the limits");
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let numbers: Vec<&str> = line.expect("a line").split_whitespace().collect();
    assert_eq!(numbers[3..5], ["1000", "1000"]);
    assert_eq!(server.end(), Some(0));
}

/// Security review, finding 12; reliability review, finding 16: `supervisor.log` had 0666.
#[test]
fn files_of_the_server_are_closed_to_other_users() {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let mut folder = std::fs::DirBuilder::new();
    folder.mode(0o755).create(&data).expect("a folder");
    let apps = dir.path().join("apps.toml");
    std::fs::write(
        &apps,
        "[[app]]\nname = \"sleeps\"\ncommand = [\"sh\", \"-c\", \"touch mine; sleep 600\"]\n",
    )
    .expect("a file");
    let mut command = serve_with_limit("umask 000", &data);
    command.arg("--apps").arg(&apps);
    let mut server = Running::start(&mut command);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let id = server.create_workbench("sleeps");
    let bench = data.join("workbenches").join(id);
    eventually("the app runs", || bench.join("files/mine").exists());
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let (mut folders, mut seen) = (vec![data.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(&folder).expect("a folder") {
            let path = file.expect("a file").path();
            let kind = path.symlink_metadata().expect("it is there").file_type();
            if kind.is_symlink() {
                continue;
            }
            assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
            if kind.is_dir() {
                folders.push(path);
            } else {
                seen.push(path.file_name().expect("a name").to_owned());
            }
        }
    }
    for name in ["vestibule.db", "supervisor.log", "launch.json", "mine"] {
        assert!(seen.iter().any(|seen| seen == name), "{name}: {seen:?}");
    }
    assert_eq!(server.end(), Some(0));
    end_all_of(&data);
}

/// Security review, finding 16. The server runs as another user than root, who may read everything.
#[test]
fn environments_of_server_and_supervisor_belong_to_root() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    const NOBODY: &str = "65534";
    let dir = tempfile::tempdir().expect("a folder");
    let is_root = dir.path().metadata().expect("a folder").uid() == 0;
    let data = dir.path().join("data");
    let plain = serve(&data);
    let program = dir.path().join("vestibule");
    std::fs::copy(plain.get_program(), &program).expect("a copy");
    let everybody = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(dir.path(), everybody).expect("a mode");
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
        command.arg(&program);
        command
    } else {
        Command::new(&program)
    };
    command.args(plain.get_args()).current_dir(dir.path());
    command.env("VESTIBULE_KEY", "00".repeat(32));
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    let mut server = Running::start(&mut command);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let id = server.create_workbench("welcome");
    let record = data.join(format!("workbenches/{id}/runs/1/process.json"));
    let mut supervisor = 0;
    eventually("the supervisor is recorded", || {
        let record = std::fs::read(&record).unwrap_or_default();
        let record: serde_json::Value = serde_json::from_slice(&record).unwrap_or_default();
        supervisor = record["supervisor"].as_u64().unwrap_or(0);
        supervisor > 0
    });
    for process in [u64::from(server.pid()), supervisor] {
        let process = format!("/proc/{process}");
        let status = std::fs::read_to_string(format!("{process}/status")).expect("a process");
        assert!(!status.contains("\nUid:\t0\t"), "{status}");
        let environ = std::fs::metadata(format!("{process}/environ")).expect("a process");
        assert_eq!(environ.uid(), 0, "its user can read it");
    }
    assert_eq!(server.end(), Some(0));
    end_all_of(&data);
}
