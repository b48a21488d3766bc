//! The catalogue of tried apps: each is installed from its registry, started, used and stopped.
//!
//! `cargo xtask test apps` runs it. `VESTIBULE_TRIED_APPS` names apps, where not all are wanted.

use crate::support::{Running, end_all_of, serve};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

const PASSWORD: &str = "correct horse battery";
/// Time for the installation and the start of one app.
const INSTALLED_WITHIN: Duration = Duration::from_secs(900);

/// Pages of each app, and a part of each that only the running app sends.
const PAGES: &[(&str, &[(&str, &str)])] = &[
    (
        "datasette",
        &[("/", "Datasette"), ("/data.json?sql=select+6*7", "42")],
    ),
    ("marimo", &[("/", "marimo"), ("/api/version", ".")]),
    (
        "streamlit",
        &[("/", "Streamlit"), ("/_stcore/health", "ok")],
    ),
    (
        "tensorboard",
        &[("/", "TensorBoard"), ("/data/environment", "version")],
    ),
    ("dash", &[("/", "Dash"), ("/_dash-layout", "Hello")]),
];

fn catalogue() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue/tried.toml")
}

#[test]
fn catalogue_of_tried_apps_is_valid_and_each_entry_is_tried() {
    let mut check = crate::support::vestibule();
    check.arg("check-apps").arg(catalogue());
    let output = crate::support::run(&mut check);
    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(catalogue()).expect("the catalogue");
    let names = text.lines().filter_map(|line| line.strip_prefix("name = "));
    let names: Vec<&str> = names.map(|name| name.trim_matches('"')).collect();
    let tried: Vec<&str> = PAGES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, tried);
}

/// Issue 11: each tried app is installed, entered, used and stopped.
#[test]
#[ignore = "installs apps from package registries: cargo xtask test apps"]
fn tried_apps_are_installed_entered_used_and_stopped() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let mut command = serve(&data);
    command.arg("--apps").arg(catalogue());
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    let mut server = Running::start(&mut command);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let made = ask(&server, "POST", "/api/workspaces", &json!({"name": "Lab"}));
    let workbenches = format!("/api/workspaces/{}/workbenches", text(&made["id"]));
    let only = std::env::var("VESTIBULE_TRIED_APPS").unwrap_or_default();
    let mut outcomes = BTreeMap::new();
    for (app, pages) in PAGES {
        if only.is_empty() || only.split(',').any(|wanted| wanted == *app) {
            outcomes.insert(*app, attempt(&server, &workbenches, app, pages));
        }
    }
    assert_eq!(server.end(), Some(0));
    end_all_of(&data);
    for (app, outcome) in &outcomes {
        println!("{app}: {outcome:?}");
    }
    assert!(outcomes.values().all(Result::is_ok), "{outcomes:#?}");
}

/// Installs, enters, uses and stops one app; returns the time of its start, or what went wrong.
fn attempt(
    server: &Running,
    workbenches: &str,
    app: &str,
    pages: &[(&str, &str)],
) -> Result<Duration, String> {
    let begin = Instant::now();
    let made = ask(
        server,
        "POST",
        workbenches,
        &json!({"name": app, "app": app}),
    );
    let path = format!("/api/workbenches/{}", text(&made["id"]));
    until(server, &path, "Running")?;
    let took = begin.elapsed();
    let entry = ask(server, "POST", &format!("{path}/ticket"), &json!({}));
    let url = text(&entry["url"]);
    let (host, place) = split(&url)?;
    let entered = get(server.port, &host, &place, "");
    let cookie = entered
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .and_then(|cookie| cookie.split(';').next())
        .ok_or_else(|| format!("not let in: {entered}"))?;
    for (page, part) in pages {
        let answer = get(server.port, &host, page, cookie);
        if !answer.starts_with("HTTP/1.1 200") || !answer.contains(part) {
            let begin: String = answer.chars().take(400).collect();
            return Err(format!("{page} has no {part}: {begin}"));
        }
    }
    ask(server, "POST", &format!("{path}/stop"), &json!({}));
    until(server, &path, "Stopped")?;
    Ok(took)
}

/// Waits until a workbench has a state; fails if it ends in another one.
fn until(server: &Running, path: &str, wanted: &str) -> Result<(), String> {
    let deadline = Instant::now() + INSTALLED_WITHIN;
    loop {
        let shown = ask(server, "GET", path, &Value::Null);
        let state = text(&shown["k8sStatus"]);
        if state == wanted {
            return Ok(());
        }
        let is_over = ["Failed", "Killed", "Complete"].contains(&&*state);
        if is_over || Instant::now() > deadline {
            return Err(format!("{state}: {}", text(&shown["status"]["message"])));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[track_caller]
fn ask(server: &Running, method: &str, path: &str, body: &Value) -> Value {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let (status, answer) = server.ask(method, path, &body);
    assert!(status < 300, "{method} {path}: {status} {answer}");
    serde_json::from_str(&answer).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Splits an address into its host with the port, and its path.
fn split(url: &str) -> Result<(String, String), String> {
    let rest = url.strip_prefix("http://").ok_or("no http address")?;
    let (host, path) = rest.split_once('/').ok_or("no path")?;
    Ok((host.to_owned(), format!("/{path}")))
}

/// Requests a page of an app as its first page does, and returns the whole answer.
fn get(port: u16, host: &str, path: &str, cookie: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nAccept: text/html\r\n\
         Sec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}
