//! Connections as unknown clients open them.

use super::*;
use axum::routing::{get, post};
use std::convert::Infallible;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;

struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

/// Returns a server that holds four connections, two of one address.
async fn start() -> Server {
    start_within(Duration::from_millis(300)).await
}

/// Starts the server with another longest wait for a head.
async fn start_within(head_within: Duration) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let shutdown = CancellationToken::new();
    let endless = async || {
        let ticks = futures_util::stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some((Ok::<_, Infallible>("tick\n"), ()))
        });
        Body::from_stream(ticks)
    };
    let router = Router::new()
        .route("/", get(async || "hello"))
        .route("/endless", get(endless))
        .route("/echo", post(async |body: String| body));
    let limits = Limits {
        bounds: Bounds {
            total: 4,
            per_address: 2,
        },
        head_within,
        trusted_proxies: TrustedProxies::default(),
    };
    let task = tokio::spawn(accept(listener, router, limits, shutdown.clone()));
    Server {
        address,
        shutdown,
        task,
    }
}

impl Server {
    async fn open(&self, sent: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address)
            .await
            .expect("a connection");
        // A connection beyond the bound may be closed before this is sent.
        let _ = stream.write_all(sent.as_bytes()).await;
        stream
    }

    async fn get(&self) -> String {
        let request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        read(self.open(request).await).await
    }
}

/// Reads until the server closes the connection.
async fn read(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer));
    // A reset also ends a connection.
    let _ = ended.await.expect("the server closes the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_head_that_never_ends_is_cut_off() {
    let server = start().await;
    let half = server.open("GET / HTTP/1.1\r\nHost: x\r\n").await;
    let silent = server.open("").await;
    assert_eq!(
        server.get().await,
        "",
        "both places of this address are taken"
    );
    assert_eq!(read(half).await, "");
    assert_eq!(read(silent).await, "");
    assert!(server.get().await.ends_with("hello"));
}

#[tokio::test]
async fn an_answer_may_last_longer_than_a_request_head() {
    let server = start().await;
    let mut stream = server
        .open("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    let mut seen = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(900) {
        let mut buffer = [0; 256];
        let read = stream.read(&mut buffer).await.expect("an open connection");
        assert_ne!(read, 0, "the stream was cut off");
        seen.extend_from_slice(&buffer[..read]);
    }
    assert!(String::from_utf8_lossy(&seen).matches("tick").count() > 5);
}

#[tokio::test]
async fn shutdown_lets_a_request_finish_and_closes_idle_connections() {
    let server = start().await;
    let mut idle = server.open("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut answer = [0; 512];
    assert_ne!(idle.read(&mut answer).await.expect("an answer"), 0);
    let mut busy = server
        .open("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        .await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.shutdown.cancel();
    tokio::time::sleep(Duration::from_millis(50)).await;
    busy.write_all(b"cd").await.expect("an open connection");
    assert!(read(busy).await.ends_with("abcd"));
    assert_eq!(read(idle).await, "");
    let ended = tokio::time::timeout(Duration::from_secs(10), server.task).await;
    ended.expect("the loop ends").expect("without a panic");
}

#[test]
fn repeated_trouble_is_one_log_line() {
    let mut throttle = Throttle::default();
    assert_eq!(throttle.note(), Some(1));
    assert_eq!(throttle.note(), None);
    assert_eq!(throttle.note(), None);
    throttle.last = Instant::now().checked_sub(QUIET);
    assert_eq!(throttle.note(), Some(3));
}

/// Security review, finding 10: 170 cookies of 3.9 KB.
#[tokio::test]
async fn a_head_full_of_cookies_is_read() {
    let server = start_within(Duration::from_secs(30)).await;
    let cookie = "x".repeat(170 * 3_900);
    let request =
        format!("GET / HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
    let answer = read(server.open(&request).await).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.shutdown.cancel();
    server.task.await.expect("it ends");
}
