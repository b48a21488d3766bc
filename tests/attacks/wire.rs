//! Raw requests, byte by byte.

use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// A pause of this length counts as the end of an answer.
const QUIET: Duration = Duration::from_millis(700);

/// Time limit of a connection.
const LIMIT: Duration = Duration::from_secs(10);

/// Connects as another client than the tests' own, 127.0.0.1.
pub async fn connect_as(client: &str, port: u16) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(format!("{client}:0").parse()?)?;
    let server: SocketAddr = ([127, 0, 0, 1], port).into();
    tokio::time::timeout(LIMIT, socket.connect(server))
        .await
        .context("no connection in time")?
        .context("no connection")
}

/// Sends bytes; returns what comes back until the end or a pause.
pub async fn exchange(port: u16, bytes: impl AsRef<[u8]>) -> Result<String> {
    let mut stream = connect_as("127.0.0.1", port).await?;
    // The server may have answered and closed before it has read everything.
    let _ = tokio::time::timeout(LIMIT, stream.write_all(bytes.as_ref())).await;
    Ok(read_rest(&mut stream).await)
}

/// Reads until the end or a pause.
pub async fn read_rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    let mut patience = LIMIT;
    while let Ok(Ok(count)) = tokio::time::timeout(patience, stream.read(&mut piece)).await {
        if count == 0 {
            break;
        }
        answer.extend_from_slice(&piece[..count]);
        patience = QUIET;
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Returns the status of the first answer; 0 for a connection closed without one.
pub fn status(answer: &str) -> u16 {
    let words = answer.split(' ').nth(1);
    words.and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// Returns the values of a header of the first answer.
pub fn header<'a>(answer: &'a str, name: &str) -> Vec<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let fields = head.lines().filter_map(|line| line.split_once(": "));
    let named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value).collect()
}
