//! Progress messages: from the app through the runner to a server that waits, and the answer back.

use crate::support::{Runner, until};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vestibule_engine::local::runner::client;

/// App that reports to the test where its messages go.
const TELLS: &str = "printf '%s' \"$VESTIBULE_PROGRESS_URL\" > url; exec sleep 600";

/// Returns the address of the messages, which the app was given.
async fn url(runner: &Runner) -> String {
    let file = runner.folder.path().join("files/url");
    until("an address", async || {
        let text = std::fs::read_to_string(&file).ok()?;
        text.ends_with("/progress").then_some(text)
    })
    .await
}

/// Sends a message as the app does, and returns the answer.
async fn send(url: &str, body: &str) -> String {
    let (address, path) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .expect("an address and a path");
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let request = format!(
        "POST /{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer the-token\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("text");
    answer
}

/// Waits for a message as the server does, answers it, and returns the request.
async fn receive(runner: &Runner, answer: &str) -> String {
    let report = client::progress(runner.open()).await.expect("a gate");
    let mut report = report.expect("the runner knows messages");
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        request.push(report.read_u8().await.expect("a request"));
    }
    report.write_all(answer.as_bytes()).await.expect("answered");
    report.flush().await.expect("sent");
    String::from_utf8(request).expect("text")
}

#[tokio::test]
async fn message_reaches_the_server_without_secrets_and_its_answer_the_app() {
    let runner = Runner::with(&["sh", "-c", TELLS], &[("KEY", "hunter2hunter2")]);
    let url = url(&runner).await;
    assert!(url.ends_with("/api/runs/run-1/progress"), "{url}");
    let body = r#"{"message":"Indexed 3 of 10 with hunter2hunter2"}"#;
    let refused =
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\ncontent-length: 4\r\n\r\nslow";
    for answer in ["HTTP/1.1 204 No Content\r\n\r\n", refused] {
        let (request, reported) = tokio::join!(receive(&runner, answer), send(&url, body));
        assert!(
            request.starts_with("POST /api/runs/run-1/progress "),
            "{request}"
        );
        assert!(
            request.contains("authorization: Bearer the-token"),
            "{request}"
        );
        assert!(request.contains("Indexed 3 of 10 with "), "{request}");
        assert!(!request.contains("hunter2"), "{request}");
        let status = answer.split("\r\n").next().expect("a line");
        assert!(reported.starts_with(status), "{reported}");
        assert_eq!(
            reported.contains("retry-after: 2"),
            answer == refused,
            "{reported}"
        );
    }
}

#[tokio::test]
async fn message_without_a_server_is_answered_as_undelivered() {
    let runner = Runner::of(TELLS);
    let url = url(&runner).await;
    let reported = send(&url, r#"{"message":"Lost"}"#).await;
    assert!(reported.starts_with("HTTP/1.1 503 "), "{reported}");
    assert!(
        reported.contains("The server can't be reached"),
        "{reported}"
    );
    let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(20_000));
    let reported = send(&url, &long).await;
    assert!(reported.starts_with("HTTP/1.1 413 "), "{reported}");
    // The next one arrives.
    let answer = "HTTP/1.1 204 No Content\r\n\r\n";
    let body = r#"{"message":"There"}"#;
    let (request, reported) = tokio::join!(receive(&runner, answer), send(&url, body));
    assert!(
        request.contains("There") && reported.starts_with("HTTP/1.1 204"),
        "{reported}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_messages_ends_with_the_app() {
    let mut runner = Runner::of("while [ ! -e done ]; do sleep 0.01; done");
    let waiting = tokio::spawn(client::progress({
        let gate = runner.dial().await.expect("a gate");
        let credentials = runner.credentials.clone();
        async move { vestibule_engine::pod::connect(gate, &credentials).await }
    }));
    std::fs::write(runner.folder.path().join("files/done"), "").expect("written");
    let (code, ..) = tokio::task::block_in_place(|| runner.end());
    assert_eq!(code, Some(0));
    let waited = waiting.await.expect("no panic");
    assert!(waited.is_err(), "there is no message");
}
