//! Terminals by the real server: through its socket, kills and restarts.

use crate::support::{Running, end_all_of, eventually, run, serve, vestibule};
use crate::terminal_window::{self, Window};
use serde_json::{Value, json};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tungstenite::Message;

const PASSWORD: &str = "correct horse battery";
const TAB: &str = "01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5f";

const APPS: &str = r#"
[[app]]
name = "shell"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
terminal = true
"#;

fn command(dir: &Path) -> Command {
    let apps = dir.join("apps.toml");
    std::fs::write(&apps, APPS).expect("written");
    let mut command = serve(&dir.join("data"));
    command.args(["--log", "warn", "--apps"]).arg(apps);
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    command
}

fn ask(server: &Running, method: &str, path: &str, body: &Value) -> Value {
    let (status, body) = server.ask(method, path, &body.to_string());
    assert!(
        (200..300).contains(&status),
        "{method} {path}: {status} {body}"
    );
    serde_json::from_str(&body).unwrap_or_default()
}

fn tab(server: &Running) -> Value {
    let (status, body) = server.ask("GET", &format!("/api/tabs/{TAB}"), "");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

/// Starts a server with a workbench; returns the workbench's id.
fn begin(dir: &Path) -> (Running, String) {
    let mut server = Running::start(&mut command(dir));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let workspace = ask(&server, "POST", "/api/workspaces", &json!({"name": "Lab"}));
    let path = format!(
        "/api/workspaces/{}/workbenches",
        workspace["id"].as_str().expect("an id")
    );
    let bench = ask(
        &server,
        "POST",
        &path,
        &json!({"name": "Bench", "app": "shell"}),
    );
    let id = bench["id"].as_str().expect("an id").to_owned();
    (server, id)
}

fn open_tab(server: &Running, workbench: &str) -> Value {
    let body = json!({"workbenchId": workbench, "kind": "terminal"});
    ask(server, "PUT", &format!("/api/tabs/{TAB}"), &body)
}

#[test]
fn terminal_is_typed_in_seen_by_several_windows_and_closed() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin(dir.path());
    let began = Instant::now();
    let opened = open_tab(&server, &workbench);
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "it waits for nothing"
    );
    assert_ne!(opened["state"], "error");
    eventually("the terminal is ready", || tab(&server)["state"] == "ready");
    let mut window = Window::attach(&server, TAB, 0);
    window.resize(97, 31);
    window.types("echo \"<$(stty size)>\"\n");
    window.until("<31 97>");
    let mut other = Window::attach(&server, TAB, 0);
    other.until("<31 97>");
    other.types("echo from-the-oth''er\n");
    window.until("from-the-other");
    ask(&server, "DELETE", &format!("/api/tabs/{TAB}"), &json!({}));
    for window in [&mut window, &mut other] {
        assert_eq!(window.text()["type"], "ended");
    }
    eventually("the session is gone", || {
        tab(&server)["runNumber"].is_null()
    });
    ask(
        &server,
        "DELETE",
        &format!("/api/workbenches/{workbench}"),
        &json!({}),
    );
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

/// Kills the server at moments between the click and the ready terminal.
#[test]
fn tab_completes_and_terminal_goes_on_when_the_server_is_killed() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut server, workbench) = begin(dir.path());
    open_tab(&server, &workbench);
    for pause in [0, 40, 160, 320] {
        std::thread::sleep(Duration::from_millis(pause));
        let cookie = server.kill();
        server = Running::start_again(&mut command(dir.path()), cookie);
    }
    eventually("the terminal is ready", || tab(&server)["state"] == "ready");
    let mut window = Window::attach(&server, TAB, 0);
    window.types("X=kept; (sleep 1; echo mean''while) & echo st''arted\n");
    window.until("started");
    let end = window.end;
    let cookie = server.kill();
    let server = Running::start_again(&mut command(dir.path()), cookie);
    let mut window = Window::attach(&server, TAB, end);
    window.types("echo \"<$X>\"\n");
    window.until("<kept>");
    window.until("meanwhile");
    assert_eq!(tab(&server)["state"], "ready");
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

/// A page of another site opens no socket, and a session that ends closes its own.
#[test]
fn socket_is_for_the_console_and_its_session() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin(dir.path());
    let mut request = terminal_window::request(&server);
    let origin = format!("http://{workbench}.vestibule.localhost:{}", server.port);
    let origin = origin.parse().expect("a header");
    request.headers_mut().insert("origin", origin);
    let stream = TcpStream::connect(("127.0.0.1", server.port)).expect("connected");
    let refused = tungstenite::client(request, stream).expect_err("refused");
    assert!(refused.to_string().contains("403"), "{refused}");
    open_tab(&server, &workbench);
    eventually("the terminal is ready", || tab(&server)["state"] == "ready");
    let mut window = Window::attach(&server, TAB, 0);
    assert_eq!(server.ask("POST", "/api/auth/sign-out", "{}").0 / 100, 2);
    loop {
        match window.socket.read() {
            Ok(Message::Close(_)) | Err(_) => break,
            Ok(_) => {}
        }
    }
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

/// In use, H7.
#[test]
fn terminal_is_closed_to_others_until_its_owner_shares_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut server, workbench) = begin(dir.path());
    let mut user = vestibule();
    user.args(["user", "add", "bob", "--admin", "--data-dir"]);
    user.arg(dir.path().join("data"));
    let added = String::from_utf8_lossy(&run(&mut user).stdout).into_owned();
    let (_, password) = added.trim().split_once("Password: ").expect("a password");
    open_tab(&server, &workbench);
    eventually("the terminal is ready", || tab(&server)["state"] == "ready");
    let mut own = Window::attach(&server, TAB, 0);
    own.types("echo own-sec''ret\n");
    own.until("own-secret");
    let path = format!("/api/tabs/{TAB}");
    // Two browsers: a sign-in with the session of another user would end that one.
    let owner = std::mem::take(&mut server.cookie);
    assert_eq!(server.sign_in("bob", password), 200);
    let share = |server: &mut Running, shared: bool| {
        let bob = std::mem::replace(&mut server.cookie, owner.clone());
        ask(server, "PATCH", &path, &json!({"shared": shared}));
        server.cookie = bob;
    };

    let refused = Window::try_to_attach(&server, TAB, 0);
    assert!(refused.expect("answered").is_none());
    share(&mut server, true);
    let mut other = Window::attach(&server, TAB, 0);
    other.until("own-secret");
    other.until_present("admin");
    own.until_present("bob");
    share(&mut server, false);
    let ended = other.text();
    let reason = ended["reason"].as_str().expect("a sentence");
    assert!(
        ended["type"] == "ended" && reason.contains("admin's terminal"),
        "{ended}"
    );
    own.types("echo still-op''en\n");
    own.until("still-open");
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}
