//! The gate: who gets in, and what is behind it.

use crate::support::{Runner, SERVES, until};
use bytes::Bytes;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use vestibule_engine::connection::Unreachable;
use vestibule_engine::local::runner::wire::SessionVerb;
use vestibule_engine::local::runner::{client, client_upload};
use vestibule_engine::pod::{Credentials, SERVER_NAME};
use vestibule_engine::sessions::Size;
use vestibule_engine::uploads::UploadError;
use vestibule_model::ids::TabId;
use vestibule_model::tab::reconcile::Session;

fn tab() -> TabId {
    TabId::new("01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5f")
}

async fn get(runner: &Runner) -> String {
    let mut app = client::connect(runner.open(), Some(runner.port))
        .await
        .expect("connected");
    assert_eq!(
        app.listens_on(),
        Some(&*format!("127.0.0.1:{}", runner.port))
    );
    app.write_all(b"GET / HTTP/1.0\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = String::new();
    app.read_to_string(&mut answer).await.expect("text");
    answer
}

#[tokio::test]
async fn app_is_reached_with_the_credentials_of_the_run() {
    let runner = Runner::of(SERVES);
    runner.ready().await;
    assert!(get(&runner).await.contains("200 OK"));
}

#[tokio::test]
async fn app_that_does_not_listen_is_refused_and_not_ready() {
    let runner = Runner::of("sleep 600");
    until("a gate", async || runner.dial().await.ok()).await;
    let refused = client::connect(runner.open(), None).await;
    assert!(
        matches!(refused, Err(Unreachable::Refused(_))),
        "{refused:?}"
    );
    let expected = (503, "The app doesn't listen yet.".to_owned());
    assert_eq!(runner.health("/ready"), Some(expected));
    assert_eq!(runner.health("/live").map(|(status, _)| status), Some(200));
    assert_eq!(
        runner.health("/orders").map(|(status, _)| status),
        Some(404)
    );
}

#[tokio::test]
async fn no_other_certificate_and_no_plain_connection_get_in() {
    let runner = Runner::of(SERVES);
    runner.ready().await;
    let other = Credentials::issue("wb-other-1")
        .expect("credentials")
        .client;
    // Another run's, one with the right authority and a strange certificate, and the reverse.
    let mut strange = other.clone();
    strange.authority.clone_from(&runner.credentials.authority);
    for credentials in [&other, &strange] {
        let entered = client::connect(runner.open_with(credentials), None).await;
        assert!(entered.is_err(), "{entered:?}");
    }
    let mut plain = runner.dial().await.expect("connected");
    plain
        .write_all(b"cGET / HTTP/1.0\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = Vec::new();
    // A reset is as good as an end.
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.0 200"));
    assert!(
        get(&runner).await.contains("200 OK"),
        "others get in as before"
    );
}

#[tokio::test]
async fn client_without_a_certificate_does_not_get_in() {
    let runner = Runner::of(SERVES);
    runner.ready().await;
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(runner.credentials.authority.as_bytes());
    roots
        .add(authority.expect("a certificate"))
        .expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(SERVER_NAME).expect("a name");
    let stream = runner.dial().await.expect("connected");
    let opening = TlsConnector::from(Arc::new(config)).connect(name, stream);
    // Its side of the handshake is complete before the gate refuses it.
    let entered = client::connect(opening, None).await;
    assert!(entered.is_err(), "{entered:?}");
}

#[tokio::test]
async fn flood_of_silent_peers_keeps_nobody_out() {
    let runner = Runner::of(SERVES);
    runner.ready().await;
    let mut silent = Vec::new();
    for _ in 0..1100 {
        silent.push(runner.dial().await.expect("connected"));
    }
    assert!(get(&runner).await.contains("200 OK"));
    // Not their time limit has let the client in: older ones have made room, and newer ones wait.
    let is_open = |at: usize| {
        let mut byte = [0];
        let read = silent[at].try_read(&mut byte);
        matches!(read, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    };
    assert!(is_open(1099));
    until("closed old peer", async || (!is_open(500)).then_some(())).await;
    assert!(is_open(1099));
}

#[tokio::test]
async fn silent_peers_keep_nobody_out() {
    let runner = Runner::of(SERVES);
    runner.ready().await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(runner.dial().await.expect("connected"));
    }
    assert!(get(&runner).await.contains("200 OK"));
    drop(silent);
}

#[tokio::test]
async fn terminal_is_opened_through_the_gate() {
    let runner = Runner::of("sleep 600");
    until("a gate", async || runner.dial().await.ok()).await;
    let open = SessionVerb::Open(Size::default());
    assert_eq!(
        client::session(runner.open(), &tab(), open).await,
        Session::Open
    );
    let (mut receiver, mut sender) = client::attach(runner.open(), &tab(), 0, None)
        .await
        .expect("attached")
        .split();
    sender.send(b"echo $((6*7))\n").await.expect("typed");
    let mut seen = String::new();
    while !seen.contains("42") {
        let output = receiver.output().await.expect("output").expect("more");
        seen.push_str(&String::from_utf8_lossy(&output.bytes));
    }
    assert_eq!(
        client::session(runner.open(), &tab(), SessionVerb::End).await,
        Session::Absent
    );
}

#[tokio::test]
async fn file_is_received_whole_or_not_at_all() {
    let runner = Runner::of("sleep 600");
    until("a gate", async || runner.dial().await.ok()).await;
    let files = runner.folder.path().join("files");
    let mut upload = client_upload::begin(runner.open(), "a.txt")
        .await
        .expect("begun");
    let content = vec![b'x'; 3_000_000];
    upload
        .write(Bytes::from(content.clone()))
        .await
        .expect("written");
    assert_eq!(
        upload.finish().await.expect("complete"),
        "attachments/a.txt"
    );
    assert_eq!(
        std::fs::read(files.join("attachments/a.txt")).expect("a file"),
        content
    );

    let mut dropped = client_upload::begin(runner.open(), "b.txt")
        .await
        .expect("begun");
    dropped
        .write(Bytes::from_static(b"half"))
        .await
        .expect("written");
    drop(dropped);
    until("a folder without parts", async || {
        let names = std::fs::read_dir(&files).ok()?.flatten();
        let names: Vec<_> = names.map(|entry| entry.file_name()).collect();
        (names == ["attachments"]).then_some(())
    })
    .await;
    for bad in ["", "../x", "a/b"] {
        let refused = client_upload::begin(runner.open(), bad).await;
        assert!(matches!(refused, Err(UploadError::Blocked(_))), "{bad}");
    }
}
