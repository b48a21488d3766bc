//! Errors at start: each prints one clear sentence, exits with a failure, and changes nothing.

use crate::support::{Running, refusal, run, serve, vestibule};
use std::fs;
use std::net::TcpListener;

#[test]
fn a_second_server_on_the_same_data_folder() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = Running::start(&mut serve(dir.path()));
    let said = refusal(&mut serve(dir.path()));
    assert!(said.contains("another Vestibule server"), "{said}");
    assert!(said.contains(&dir.path().display().to_string()), "{said}");
    assert_eq!(first.ask("GET", "/healthz", "").0, 200);
    assert_eq!(first.end(), Some(0));
    assert_eq!(Running::start(&mut serve(dir.path())).end(), Some(0));
}

#[test]
fn a_port_that_is_taken() {
    let dir = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let said = refusal(
        vestibule()
            .args(["serve", "--listen", &address, "--data-dir"])
            .arg(dir.path()),
    );
    assert!(said.contains("taken by another program"), "{said}");
    assert!(!dir.path().join("vestibule.db").exists());
}

#[test]
fn a_data_folder_that_cannot_be_written_to() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    fs::write(&file, "x").expect("a file");
    for data_dir in [file.clone(), file.join("below")] {
        let said = refusal(&mut serve(&data_dir));
        assert!(said.contains("data folder"), "{said}");
    }
    assert_eq!(fs::read(&file).expect("the file is as it was"), b"x");
}

#[test]
fn a_database_that_is_damaged() {
    let dir = tempfile::tempdir().expect("a folder");
    let database = dir.path().join("vestibule.db");
    let garbage = b"this is no database at all, but some other text".repeat(100);
    fs::write(&database, &garbage).expect("a file");
    let said = refusal(&mut serve(dir.path()));
    assert!(
        said.contains("is damaged") && said.contains("vestibule.db"),
        "{said}"
    );
    assert_eq!(fs::read(&database).expect("it is as it was"), garbage);
}

#[test]
fn a_database_that_lost_a_page() {
    let dir = tempfile::tempdir().expect("a folder");
    assert_eq!(Running::start(&mut serve(dir.path())).end(), Some(0));
    let database = dir.path().join("vestibule.db");
    let mut bytes = fs::read(&database).expect("a database");
    bytes[4096..3 * 4096].fill(0xaa);
    fs::write(&database, bytes).expect("a file");
    let said = refusal(&mut serve(dir.path()));
    assert!(said.contains("is damaged"), "{said}");
}

#[test]
fn a_database_of_a_newer_version() {
    let dir = tempfile::tempdir().expect("a folder");
    let raw = rusqlite::Connection::open(dir.path().join("vestibule.db")).expect("a database");
    raw.pragma_update(None, "user_version", 999)
        .expect("a version");
    drop(raw);
    let said = refusal(&mut serve(dir.path()));
    assert!(said.contains("newer version of Vestibule"), "{said}");
}

#[test]
fn settings_that_are_wrong() {
    let dir = tempfile::tempdir().expect("a folder");
    let said = refusal(serve(dir.path()).args(["--public-url", "http://10.0.0.7"]));
    assert!(said.contains("--public-url"), "{said}");
    let said = refusal(serve(dir.path()).env("VESTIBULE_PUBLIC_URL", "vestibule"));
    assert!(said.contains("VESTIBULE_PUBLIC_URL"), "{said}");
    let said = refusal(serve(dir.path()).args(["--frame-limit", "20"]));
    assert!(
        said.contains("--frame-limit") && said.contains("12"),
        "{said}"
    );
    let said = refusal(serve(dir.path()).args(["--apps", "/nowhere/apps.toml"]));
    assert!(said.contains("/nowhere/apps.toml"), "{said}");
    let said = refusal(serve(dir.path()).env("VESTIBULE_ADMIN_PASSWORD", "short"));
    assert!(said.contains("VESTIBULE_ADMIN_PASSWORD"), "{said}");
    let demo = ["serve", "--demo", "--listen", "0.0.0.0:0", "--data-dir"];
    let said = refusal(vestibule().args(demo).arg(dir.path()));
    assert!(
        said.contains("--demo") && said.contains("loopback"),
        "{said}"
    );
    let said = refusal(vestibule().args(["serve", "--colour", "red"]));
    assert!(said.contains("--colour"), "{said}");
}

#[test]
fn a_catalogue_that_is_wrong() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("apps.toml");
    let app = "[[app]]\nname = \"files\"\ntitle = \"Files\"\ncommand = [\"true\"]\n";
    fs::write(&file, app).expect("a file");
    let output = run(vestibule().arg("check-apps").arg(&file));
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 app"));
    let odd =
        "[[app]]\nname = \"odd\"\ncommand = [\"serve\", \"--port={PORT}\", \"--as=${HOST}\"]\n";
    fs::write(&file, odd).expect("a file");
    let output = run(vestibule().arg("check-apps").arg(&file));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{output:?}");
    assert!(
        said.contains("app `odd`: {PORT} stands for itself; the placeholder is {port}"),
        "{said}"
    );
    assert!(!said.contains("{HOST}"), "a shell's variable: {said}");
    fs::write(&file, format!("{app}colour = \"red\"\n")).expect("a file");
    for command in [
        vestibule().arg("check-apps").arg(&file),
        serve(dir.path()).arg("--apps").arg(&file),
    ] {
        let said = refusal(command);
        assert!(
            said.contains("colour") && said.contains("apps.toml"),
            "{said}"
        );
    }
}
