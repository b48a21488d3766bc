//! The key of the secrets, its loss, and secret values in a program's output.

use crate::support::{Running, eventually, refusal, run, serve, vestibule};
use serde_json::Value;
use std::fs;
use std::path::Path;

const PASSWORD: &str = "correct horse battery";

fn key(digits: &str) -> String {
    digits.repeat(32)
}

/// Creates a data folder with one secret, sealed with the key in its file.
fn folder_with_a_secret() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = Running::start(serve(dir.path()).env("VESTIBULE_ADMIN_PASSWORD", PASSWORD));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let (status, made) = server.ask("POST", "/api/workspaces", r#"{"name":"Lab"}"#);
    assert_eq!(status, 201, "{made}");
    let made: Value = serde_json::from_str(&made).expect("JSON");
    let id = made["id"].as_str().expect("an id");
    let path = format!("/api/workspaces/{id}/secrets/KEY");
    assert_eq!(server.ask("PUT", &path, r#"{"value":"hunter2"}"#).0, 201);
    assert_eq!(server.end(), Some(0));
    dir
}

#[test]
fn wrong_key_is_refused_with_the_next_step() {
    let dir = folder_with_a_secret();
    let file = dir.path().join("secrets.key");
    let said = refusal(serve(dir.path()).env("VESTIBULE_KEY", "password"));
    assert!(said.contains("VESTIBULE_KEY is not a key"), "{said}");
    let said = refusal(serve(dir.path()).env("VESTIBULE_KEY", key("ab")));
    assert!(said.contains("forget-secrets"), "{said}");
    let kept = fs::read(&file).expect("the key");
    fs::remove_file(&file).expect("it is there");
    let said = refusal(&mut serve(dir.path()));
    assert!(said.contains("secrets.key"), "{said}");

    let hex: String = {
        use base64::Engine as _;
        let text = String::from_utf8(kept).expect("text");
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim());
        bytes
            .expect("base64")
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    };
    // By systemd's LoadCredential=, and by the environment.
    let credentials = tempfile::tempdir().expect("a folder");
    fs::write(credentials.path().join("vestibule-key"), &hex).expect("written");
    let server = Running::start(serve(dir.path()).env("CREDENTIALS_DIRECTORY", credentials.path()));
    assert_eq!(server.end(), Some(0));
    let server = Running::start(serve(dir.path()).env("VESTIBULE_KEY", hex));
    let said = refusal(
        vestibule()
            .arg("forget-secrets")
            .arg("--data-dir")
            .arg(dir.path()),
    );
    assert!(said.contains("another Vestibule server"), "{said}");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn secrets_can_be_deleted_after_the_key_is_lost() {
    let dir = folder_with_a_secret();
    fs::remove_file(dir.path().join("secrets.key")).expect("it is there");
    let forgotten = run(vestibule()
        .arg("forget-secrets")
        .arg("--data-dir")
        .arg(dir.path()));
    assert!(forgotten.status.success(), "{forgotten:?}");
    assert!(String::from_utf8_lossy(&forgotten.stdout).contains("1 secret"));
    assert_eq!(Running::start(&mut serve(dir.path())).end(), Some(0));
}

/// Prints its secret in several encodings and ends on request.
const APPS: &str = r#"
[[app]]
name = "tells"
command = ["sh", "-c", """echo "key=$KEY"; echo "{\\"key\\":\\"$KEY\\"}" >&2; echo "Bearer $KEY."; echo told
until [ -e end ]; do sleep 0.05; done; echo "again $KEY" """]
"#;

const VALUE: &str = "a-value-that-nobody-may-see";

#[test]
fn no_response_and_no_file_contains_a_secret_that_a_program_prints() {
    let dir = tempfile::tempdir().expect("a folder");
    let (apps, data) = (dir.path().join("apps.toml"), dir.path().join("data"));
    fs::write(&apps, APPS).expect("written");
    let mut command = serve(&data);
    command.arg("--apps").arg(&apps);
    let mut server = Running::start(command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let ask = |method: &str, path: &str, body: &str| -> Value {
        let (status, answer) = server.ask(method, path, body);
        assert!(status < 300, "{method} {path}: {answer}");
        if method == "GET" {
            assert!(!answer.contains(VALUE), "{path}: {answer}");
        }
        serde_json::from_str(&answer).unwrap_or_default()
    };
    let made = ask("POST", "/api/workspaces", r#"{"name":"Lab"}"#);
    let workspace = format!("/api/workspaces/{}", made["id"].as_str().expect("an id"));
    let secret = format!(r#"{{"value":"{VALUE}"}}"#);
    ask("PUT", &format!("{workspace}/secrets/KEY"), &secret);
    let bench = r#"{"name":"b","app":"tells","spec":{"secrets":["KEY"]}}"#;
    let made = ask("POST", &format!("{workspace}/workbenches"), bench);
    let id = made["id"].as_str().expect("an id");
    let run = format!("/api/runs/{}", made["run"]["id"].as_str().expect("a run"));
    let log = || ask("GET", &format!("{run}/log"), "")["text"].to_string();

    eventually("the output of a run under way", || log().contains("told"));
    let said = log();
    assert!(said.contains("key=[redacted]"), "{said}");
    assert!(said.contains("Bearer [redacted]."), "{said}");
    fs::write(data.join("workbenches").join(id).join("files/end"), "").expect("written");
    eventually("the output kept with the run", || {
        log().contains("again [redacted]") && ask("GET", &run, "")["finishedAt"].is_string()
    });
    for path in [
        "/api/runs",
        &format!("{run}/journal"),
        &format!("/api/workbenches/{id}"),
        &format!("{workspace}/workbenches"),
        &format!("{workspace}/secrets"),
    ] {
        ask("GET", path, "");
    }
    assert_eq!(server.end(), Some(0));
    assert_eq!(files_with(&data, VALUE), Vec::<String>::new());
}

/// Returns every file below a folder that contains a text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if fs::read(&path).is_ok_and(|bytes| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        }) {
            found.push(path.display().to_string());
        }
    }
    found
}
