//! The readiness probe: one HTTP GET on the app's port.

use super::catalogue::Readiness;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long an app may take to answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(1);

/// Asks the app; the error says what happened instead of a good answer.
pub(super) async fn ask(port: u16, readiness: &Readiness) -> Result<(), String> {
    match tokio::time::timeout(TIMEOUT, status(port, &readiness.path)).await {
        Ok(Ok(status)) if readiness.accepts(status) => Ok(()),
        Ok(Ok(status)) => Err(format!(
            "The app answers {} with status {status}.",
            readiness.path
        )),
        Ok(Err(why)) => Err(why),
        Err(_) => Err(format!(
            "The app did not answer within {} s.",
            TIMEOUT.as_secs()
        )),
    }
}

async fn status(port: u16, path: &str) -> Result<u16, String> {
    let stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                format!("Nothing listens on the app's port {port} yet.")
            }
            _ => format!("The app's port {port} cannot be reached: {error}."),
        })?;
    let garbled = |_| "The app's answer is not HTTP.".to_owned();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(garbled)?;
    let request = hyper::Request::get(path)
        .header(HOST, format!("127.0.0.1:{port}"))
        .header(USER_AGENT, "vestibule-probe")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| format!("The readiness path cannot be asked for: {error}."))?;
    tokio::select! {
        biased;
        answer = sender.send_request(request) => {
            answer.map(|answer| answer.status().as_u16()).map_err(garbled)
        }
        // It drives the request. When it ends well, the answer is there to be taken.
        Err(error) = connection => Err(garbled(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// A server that says this to one visitor, then hangs up; or that says nothing and holds on.
    async fn say(answer: Option<&'static str>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a visitor");
            let _ = stream.read(&mut [0; 1024]).await;
            match answer {
                Some(text) => stream.write_all(text.as_bytes()).await.expect("said"),
                None => std::future::pending().await,
            }
        });
        port
    }

    #[tokio::test]
    async fn any_status_below_400_is_ready_unless_others_are_named() {
        let any = Readiness::default();
        let only_401 = Readiness {
            status: vec![401],
            ..Readiness::default()
        };
        let found = "HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n";
        let closed = "HTTP/1.1 401 Unauthorized\r\n\r\n";
        assert_eq!(ask(say(Some(found)).await, &any).await, Ok(()));
        assert_eq!(ask(say(Some(closed)).await, &only_401).await, Ok(()));
        let why = ask(say(Some(closed)).await, &any).await;
        assert_eq!(why, Err("The app answers / with status 401.".to_owned()));
    }

    #[tokio::test]
    async fn silence_noise_and_absence_are_told_apart() {
        let any = Readiness::default();
        let silent = ask(say(None).await, &any).await;
        assert_eq!(silent, Err("The app did not answer within 1 s.".to_owned()));
        for noise in ["SSH-2.0-OpenSSH\r\n", ""] {
            let noisy = ask(say(Some(noise)).await, &any).await;
            assert_eq!(noisy, Err("The app's answer is not HTTP.".to_owned()));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let absent = ask(port, &any).await.expect_err("nobody is there");
        assert!(absent.starts_with("Nothing listens"), "{absent}");
    }
}
