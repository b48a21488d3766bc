//! Parameters and attachments by the real server, and output of agents that no reader may get as it is.

use crate::support::{Running, end_all_of, eventually, serve};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const PASSWORD: &str = "correct horse battery";
const SECRET: &str = "a-value-that-nobody-may-see";

/// Notes its arguments, and then serves a page.
const APPS: &str = r##"
[[app]]
name = "notes"
command = ["sh", "-c", 'printf "%s|%s|%s" "$1" "$2" "$NOTE" > got; shift 2; exec "$@"', "notes", "{param.goal}", "--size={param.size}",
  "{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
env = { NOTE = "<{param.note}>" }
terminal = true
[[app.parameters]]
name = "goal"
kind = "prompt"
required = true
[[app.parameters]]
name = "size"
kind = "choice"
choices = ["small", "large"]
default = "small"
[[app.parameters]]
name = "note"
[app.agent]
command = ["sh", "-c", 'printf "%s\n" "$2"; eval "$1"', "agent", "{prompt}", "{param.goal}"]
"##;

/// Starts a server and a workbench of the app; returns the workbench's id and its folder.
fn begin(dir: &Path, spec: &Value) -> (Running, String, PathBuf) {
    let apps = dir.join("apps.toml");
    fs::write(&apps, APPS).expect("written");
    let mut command = serve(&dir.join("data"));
    command.args(["--log", "warn", "--apps"]).arg(apps);
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    let mut server = Running::start(&mut command);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let workspace = ask(&server, "POST", "/api/workspaces", &json!({"name": "Lab"}));
    let workspace = workspace["id"].as_str().expect("an id");
    let secret = format!("/api/workspaces/{workspace}/secrets/KEY");
    ask(&server, "PUT", &secret, &json!({"value": SECRET}));
    let new = json!({"name": "Bench", "app": "notes", "spec": spec});
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let bench = ask(&server, "POST", &path, &new);
    let id = bench["id"].as_str().expect("an id").to_owned();
    let files = dir.join("data/workbenches").join(&id).join("files");
    (server, id, files)
}

fn ask(server: &Running, method: &str, path: &str, body: &Value) -> Value {
    let (status, body) = server.ask(method, path, &body.to_string());
    assert!(
        (200..300).contains(&status),
        "{method} {path}: {status} {body}"
    );
    serde_json::from_str(&body).unwrap_or_default()
}

fn id(number: u64) -> String {
    format!("01939f6e-7b2a-7c4d-9e1f-{number:012x}")
}

fn open(server: &Running, workbench: &str) -> String {
    let new = json!({"workbenchId": workbench, "kind": "agent"});
    ask(server, "PUT", &format!("/api/tabs/{}", id(1)), &new);
    id(1)
}

/// Sends a message, waits for the end of its turn, and returns the output of all turns.
fn turn(server: &Running, tab: &str, number: u64, text: &str) -> String {
    let message = format!("/api/tabs/{tab}/messages/{}", id(number));
    ask(server, "PUT", &message, &json!({"text": text}));
    let events = || {
        let path = format!("/api/tabs/{tab}/transcript");
        let (status, body) = server.ask("GET", &path, "");
        assert_eq!(status, 200, "{body}");
        body
    };
    eventually("the turn ends", || {
        let page: Value = serde_json::from_str(&events()).expect("JSON");
        let all = page["items"].as_array().expect("a list").clone();
        all.iter()
            .any(|e| e["kind"] == "exit" && e["messageId"] == id(number))
    });
    let page: Value = serde_json::from_str(&events()).expect("JSON");
    let all = page["items"].as_array().expect("a list");
    let output = all.iter().filter(|event| event["kind"] == "stdout");
    let lines = output.map(|event| event["text"].as_str().unwrap_or_default().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn parameters_are_one_argument_each_and_never_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let goal = "$(touch pwned); `id` \"x\" 'y' {dir} {param.size} ; touch pwned #";
    let spec = json!({"parameters": {"goal": goal, "note": "a b"}});
    let (server, workbench, files) = begin(dir.path(), &spec);
    let expected = format!("{goal}|--size=small|<a b>");
    eventually("the app has its arguments", || {
        fs::read_to_string(files.join("got")).is_ok_and(|got| got == expected)
    });
    let tab = open(&server, &workbench);
    let output = turn(&server, &tab, 2, "true");
    assert_eq!(output, goal);
    assert!(!files.join("pwned").exists());
    end_all_of(dir.path());
}

/// FIELD 20: what a program prints neither acts on the reader's terminal nor shows a secret.
#[test]
fn output_of_an_agent_has_neither_secrets_nor_hostile_sequences() {
    let dir = tempfile::tempdir().expect("a folder");
    let spec = json!({"parameters": {"goal": "go"}, "secrets": ["KEY"]});
    let (server, workbench, _) = begin(dir.path(), &spec);
    let tab = open(&server, &workbench);
    let output = turn(
        &server,
        &tab,
        2,
        "echo \"key=$KEY.\"; end=${KEY#????????????}; printf '%s' \"${KEY%\"$end\"}\"; sleep 0.3; echo \"$end\"",
    );
    assert!(!output.contains(SECRET), "{output}");
    assert!(output.contains("key=[redacted]."), "{output}");
    // Clipboard, link, title, cursor, and text that a page must not take for elements.
    let output = turn(
        &server,
        &tab,
        3,
        r"printf '\033]52;c;aGFjaw==\007one\033]8;;https://evil.example\033\\link\033]8;;\033\\\033]0;title\007\033[2J\033[1;1H<img src=x onerror=alert(1)>\n'",
    );
    let last = output.lines().last().unwrap_or_default();
    assert_eq!(last, "onelink<img src=x onerror=alert(1)>");
    let (_, text) = server.ask("GET", &format!("/api/tabs/{tab}/transcript/download"), "");
    for part in [SECRET, "\u{1b}", "\u{7}"] {
        assert!(!text.contains(part), "{part:?} is in {text}");
    }
    let data = dir.path().join("data");
    let found = std::process::Command::new("grep")
        .args(["-rlF", SECRET])
        .arg(&data)
        .output()
        .expect("grep can be started");
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    assert_eq!(found, "", "files with the secret");
    end_all_of(dir.path());
}

#[test]
fn attachments_are_files_of_the_workbench_and_follow_no_link() {
    let dir = tempfile::tempdir().expect("a folder");
    let spec = json!({"parameters": {"goal": "go"}});
    let (server, workbench, files) = begin(dir.path(), &spec);
    let tab = open(&server, &workbench);
    let put = |name: &str, content: &str| {
        let path = format!("/api/tabs/{tab}/files/{name}");
        server.ask("PUT", &path, content)
    };
    let (status, body) = put("a.txt", "first");
    assert_eq!(
        (status, body.contains("attachments/a.txt")),
        (201, true),
        "{body}"
    );
    let (_, body) = put("a.txt", "second");
    assert!(body.contains("attachments/a-1.txt"), "{body}");
    let folder = files.join("attachments");
    assert_eq!(
        fs::read_to_string(folder.join("a.txt")).expect("a file"),
        "first"
    );
    // The agent reads it by the path of the response.
    let output = turn(&server, &tab, 2, "cat attachments/a-1.txt");
    assert_eq!(output.lines().last(), Some("second"));
    // A request that ends early.
    let beside = files.parent().expect("a folder");
    let is_begun = || {
        let entries = fs::read_dir(beside).expect("a folder");
        let mut names = entries.map(|e| e.expect("an entry").file_name());
        names.any(|name| name.to_string_lossy().starts_with(".upload-"))
    };
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("open");
    write!(
        stream,
        "PUT /api/tabs/{tab}/files/cut.bin HTTP/1.1\r\nHost: vestibule.localhost:{}\r\n\
         Cookie: {}\r\nContent-Length: 1000\r\n\r\nonly this",
        server.port,
        server.cookie()
    )
    .expect("sent");
    eventually("it has begun", is_begun);
    assert!(!folder.join("cut.bin").exists());
    drop(stream);
    eventually("the rest of it is removed", || !is_begun());
    assert!(!folder.join("cut.bin").exists());
    let outside = dir.path().join("outside");
    fs::create_dir(&outside).expect("made");
    fs::remove_dir_all(&folder).expect("removed");
    symlink(&outside, &folder).expect("linked");
    let (status, body) = put("a.txt", "third");
    assert_eq!(
        (status, body.contains("attachments-blocked")),
        (409, true),
        "{body}"
    );
    assert_eq!(fs::read_dir(&outside).expect("a folder").count(), 0);
    end_all_of(dir.path());
}
