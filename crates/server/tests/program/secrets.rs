//! The key of the secrets, and the way out when it is lost.

use crate::support::{Running, refusal, run, serve, vestibule};
use std::fs;

const PASSWORD: &str = "correct horse battery";

fn key(digits: &str) -> String {
    digits.repeat(32)
}

/// A data folder with one secret, sealed with the key in its file.
fn folder_with_a_secret() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = Running::start(serve(dir.path()).env("VESTIBULE_ADMIN_PASSWORD", PASSWORD));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let (status, made) = server.ask("POST", "/api/workspaces", r#"{"name":"Lab"}"#);
    assert_eq!(status, 201, "{made}");
    let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    let id = made["id"].as_str().expect("an id");
    let path = format!("/api/workspaces/{id}/secrets/KEY");
    assert_eq!(server.ask("PUT", &path, r#"{"value":"hunter2"}"#).0, 201);
    assert_eq!(server.end(), Some(0));
    dir
}

#[test]
fn a_server_whose_key_does_not_open_its_secrets_says_what_to_do() {
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
fn secrets_whose_key_is_lost_can_be_given_up() {
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
