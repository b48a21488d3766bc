//! Readiness probe: one HTTP GET to the app.

use super::catalogue::Readiness;
use super::record::is_shortage;
use crate::connection::{Connection, Unreachable};
use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use std::fmt;
use std::io;

/// Result of a probe that did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The app does not listen.
    Refused(String),
    /// Another program listens where the app should, or the way to the app is gone.
    Foreign(String),
    /// The app did not answer in time.
    Silent(String),
    /// The app did not answer as it should.
    Missed(String),
    /// The app could not be asked, for a reason that lies with this machine.
    NotAsked(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) | Self::Foreign(why) | Self::Silent(why) | Self::Missed(why) => {
                f.write_str(why)
            }
            Self::NotAsked(error) => write!(f, "The app could not be asked: {error}."),
        }
    }
}

/// Probes the app's readiness.
pub(super) async fn ask(
    connecting: impl Future<Output = Result<Connection, Unreachable>>,
    readiness: &Readiness,
) -> Result<(), Failure> {
    match tokio::time::timeout(readiness.timeout(), status(connecting, &readiness.path)).await {
        Ok(Ok(status)) if readiness.accepts(status) => Ok(()),
        Ok(Ok(status)) => Err(Failure::Missed(format!(
            "The app answers {} with status {status}.",
            readiness.path
        ))),
        Ok(Err(failure)) => Err(failure),
        Err(_) => Err(Failure::Silent(format!(
            "The app did not answer within {} s.",
            readiness.timeout_seconds
        ))),
    }
}

async fn status(
    connecting: impl Future<Output = Result<Connection, Unreachable>>,
    path: &str,
) -> Result<u16, Failure> {
    let stream = connecting.await.map_err(|why| match why {
        Unreachable::Refused(why) => Failure::Refused(why),
        Unreachable::Foreign(why) | Unreachable::NoGate(why) => Failure::Foreign(why),
        Unreachable::NotRunning => Failure::Refused("The app has no process.".to_owned()),
        Unreachable::Failed(error) if is_shortage(&error) => Failure::NotAsked(error),
        Unreachable::Failed(error) => {
            Failure::Missed(format!("The app cannot be reached: {error}."))
        }
    })?;
    let host = stream.listens_on().unwrap_or("localhost").to_owned();
    let garbled = |_| Failure::Missed("The app's answer is not HTTP.".to_owned());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(garbled)?;
    let request = hyper::Request::get(path)
        .header(HOST, host)
        .header(USER_AGENT, "vestibule-probe")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| {
            Failure::Missed(format!("The readiness path cannot be asked for: {error}."))
        })?;
    tokio::select! {
        biased;
        answer = sender.send_request(request) => {
            answer.map(|answer| answer.status().as_u16()).map_err(garbled)
        }
        // The connection drives the request. When it ends well, the answer is ready.
        Err(error) = connection => Err(garbled(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::DuplexStream;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Connects to a server that sends this and closes, or sends nothing and stays open.
    async fn serve(answer: Option<&'static str>) -> Result<Connection, Unreachable> {
        let (browser, mut app): (DuplexStream, DuplexStream) = tokio::io::duplex(1024);
        tokio::spawn(async move {
            let _ = app.read(&mut [0; 1024]).await;
            match answer {
                Some(text) => app.write_all(text.as_bytes()).await.expect("sent"),
                None => std::future::pending().await,
            }
        });
        Ok(Connection::new(browser))
    }

    async fn missed(answer: Option<&'static str>, readiness: &Readiness) -> String {
        match ask(serve(answer), readiness).await {
            Err(Failure::Missed(why) | Failure::Silent(why)) => why,
            other => panic!("missed nothing: {other:?}"),
        }
    }

    #[tokio::test]
    async fn status_below_400_is_ready_unless_others_are_configured() {
        let any = Readiness::default();
        let only_401 = Readiness {
            status: vec![401],
            ..Readiness::default()
        };
        let found = "HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n";
        let closed = "HTTP/1.1 401 Unauthorized\r\n\r\n";
        assert!(ask(serve(Some(found)), &any).await.is_ok());
        assert!(ask(serve(Some(closed)), &only_401).await.is_ok());
        let why = missed(Some(closed), &any).await;
        assert_eq!(why, "The app answers / with status 401.");
    }

    #[tokio::test]
    async fn silence_noise_and_refusal_are_distinguished() {
        let any = Readiness::default();
        let silent = missed(None, &any).await;
        assert_eq!(silent, "The app did not answer within 1 s.");
        for noise in ["SSH-2.0-OpenSSH\r\n", ""] {
            let noisy = missed(Some(noise), &any).await;
            assert_eq!(noisy, "The app's answer is not HTTP.");
        }
        let refused = async { Err(Unreachable::Refused("Nothing listens.".to_owned())) };
        match ask(refused, &any).await {
            Err(Failure::Refused(why)) => assert_eq!(why, "Nothing listens."),
            other => panic!("not refused: {other:?}"),
        }
    }
}
