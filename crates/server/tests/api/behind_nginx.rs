//! The stream behind nginx with its default buffering. Without nginx on the machine nothing is
//! tested here; `cargo xtask test` makes sure that there is one.

use crate::gateway::site::serve;
use crate::support::{HOST, Server};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use vestibule_model::phase::Phase;
use vestibule_server::hosts;

/// Longer than any successful step takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// An nginx with two routes to the server: `usual` has only the settings that are needed to forward
/// requests, `deaf` ignores `X-Accel-Buffering`.
struct Nginx {
    dir: tempfile::TempDir,
    _process: Child,
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian installs it where only root looks by default.
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("nginx"))
        .find(|file| file.is_file())
}

/// Directives that keep its temporary files in the test's folder.
fn temporary(dir: &Path) -> String {
    let at = dir.display();
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {at}/{what};\n"))
        .concat()
}

impl Nginx {
    async fn before(address: std::net::SocketAddr) -> Option<Self> {
        let Some(program) = program() else {
            eprintln!("SKIPPED: there is no nginx on this machine");
            return None;
        };
        let dir = tempfile::tempdir().expect("a folder");
        let at = dir.path().display();
        let server = |name: &str, more: &str| {
            format!(
                "server {{ listen unix:{at}/{name}; location / {{ proxy_pass http://{address}; \
                 proxy_set_header Host $http_host; {more} }} }}\n"
            )
        };
        let temporary = temporary(dir.path());
        let config = format!(
            "daemon off; master_process off; pid {at}/pid; events {{}}\n\
             http {{ access_log off; {temporary} {} {} }}\n",
            server("usual", ""),
            // A full buffer is passed on: all events of the test fit into this one.
            server(
                "deaf",
                "proxy_ignore_headers X-Accel-Buffering; proxy_buffer_size 256k; \
                 proxy_buffers 8 256k; proxy_busy_buffers_size 512k;"
            ),
        );
        let file = dir.path().join("nginx.conf");
        std::fs::write(&file, config).expect("a file");
        let process = Command::new(program)
            .args(["-e", "stderr", "-p"])
            .arg(dir.path())
            .arg("-c")
            .arg(&file)
            .kill_on_drop(true)
            .spawn()
            .expect("nginx starts");
        Some(Self {
            dir,
            _process: process,
        })
    }

    /// Requests the stream by one of the routes.
    async fn stream(&self, way: &str, cookie: &str) -> UnixStream {
        let mut socket = connect(&self.dir.path().join(way)).await;
        let request =
            format!("GET /api/runs/stream HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\n\r\n");
        socket.write_all(request.as_bytes()).await.expect("sent");
        socket
    }
}

/// Connects once nginx listens.
async fn connect(path: &Path) -> UnixStream {
    let connected = async {
        loop {
            if let Ok(socket) = UnixStream::connect(path).await {
                return socket;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let connected = tokio::time::timeout(PATIENCE, connected).await;
    connected.expect("nginx listens")
}

/// Reads until this text was received.
async fn read_until(socket: &mut UnixStream, wanted: &str) {
    let mut received = String::new();
    while !received.contains(wanted) {
        let mut piece = [0; 4096];
        let read = socket.read(&mut piece).await.expect("it lasts");
        assert!(read > 0, "it ended: {received}");
        received.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
}

/// FIELD 18: progress events all arrive at the end behind a buffering proxy.
#[tokio::test]
async fn field_18_events_pass_a_buffering_proxy_at_once() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let address = serve(hosts::router(&server.state)).await;
    let Some(nginx) = Nginx::before(address).await else {
        return;
    };
    let cookie = admin.cookie.as_deref().expect("a session");
    let mut held_back = nginx.stream("deaf", cookie).await;
    let mut socket = nginx.stream("usual", cookie).await;
    let all = async {
        read_until(&mut socket, "event: snapshot").await;
        server.engine.sees_it_running();
        server.settle(&id, &Phase::Running).await;
        read_until(&mut socket, "\"k8sStatus\":\"Running\"").await;
    };
    let all = tokio::time::timeout(PATIENCE, all).await;
    all.expect("nothing is held back");
    // The other route does buffer: the same events, requested earlier, have not arrived yet.
    let early = tokio::time::timeout(
        Duration::from_millis(300),
        read_until(&mut held_back, "event: workbench-update"),
    );
    assert!(early.await.is_err(), "this nginx holds nothing back");
}

/// The configuration in the handbook, except for the path of its certificate.
#[tokio::test]
async fn nginx_takes_the_configuration_of_the_handbook() {
    let Some(program) = program() else {
        eprintln!("SKIPPED: there is no nginx on this machine");
        return;
    };
    let handbook = include_str!("../../../../docs/OPERATIONS.md");
    let (_, rest) = handbook.split_once("```nginx\n").expect("a block");
    let (block, _) = rest.split_once("```").expect("its end");
    let dir = tempfile::tempdir().expect("a folder");
    let at = dir.path().display();
    let site: String = block
        .lines()
        .filter(|line| !line.contains("ssl_certificate"))
        .map(|line| line.replace("listen 443 ssl", &format!("listen unix:{at}/site")))
        .map(|line| line + "\n")
        .collect();
    assert!(site.contains("unix:"), "{site}");
    std::fs::write(dir.path().join("site.conf"), site).expect("a file");
    let config = format!(
        "pid {at}/pid; events {{}}\nhttp {{ access_log off; {} include {at}/site.conf; }}\n",
        temporary(dir.path())
    );
    let file = dir.path().join("nginx.conf");
    std::fs::write(&file, config).expect("a file");
    let tried = Command::new(program)
        .args(["-t", "-e", "stderr", "-p"])
        .arg(dir.path())
        .arg("-c")
        .arg(&file)
        .output()
        .await
        .expect("nginx starts");
    assert!(tried.status.success(), "{tried:?}");
}
