//! Sessions of runs, as the server reaches them through a run's gate.

use super::engine::LocalEngine;
use super::gate::Way;
use super::inner::Inner;
use super::runner::wire::{SESSION, SessionAnswer, SessionRequest, SessionVerb};
use super::sockets;
use crate::connection::{Connection, Unreachable};
use crate::sessions::{Attached, Size};
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::tab::reconcile::Session;

/// Time limit of an answer. The end of a session takes the longest.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Longest answer in bytes.
const MAX_ANSWER: usize = 4096;

/// Reason why there is no answer.
enum NoAnswer {
    /// The runner has no sessions: an earlier version started it.
    NotSupported,
    /// The runner cannot be reached.
    Failed(io::Error),
}

impl From<io::Error> for NoAnswer {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl LocalEngine {
    /// Makes a request about a session, and returns its state.
    pub(super) async fn ask_session(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        what: SessionVerb,
    ) -> Session {
        match self.request(id, run, tab, what).await {
            Ok((SessionAnswer::Absent, _)) => Session::Absent,
            Ok((SessionAnswer::Open, _)) => Session::Open,
            Ok((SessionAnswer::Ended(how), _)) => Session::Ended(how),
            Ok((SessionAnswer::Refused(why), _)) => Session::Refused(why),
            Err(NoAnswer::NotSupported) => Session::NotSupported,
            Err(NoAnswer::Failed(error)) => {
                tracing::debug!(workbench = %id, run, %tab, %error, "a run's sessions cannot be reached");
                Session::Unknown
            }
        }
    }

    /// Connects to a session.
    pub(super) async fn attach(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
    ) -> Result<Attached, Unreachable> {
        let asked = self.request(id, run, tab, SessionVerb::Attach(after));
        match asked.await {
            Ok((SessionAnswer::Open | SessionAnswer::Ended(_), stream)) => {
                Ok(Attached::new(Connection::new(stream)))
            }
            Ok(_) => Err(Unreachable::Refused(
                "The run has no such session.".to_owned(),
            )),
            Err(NoAnswer::NotSupported) => Err(Unreachable::NotRunning),
            Err(NoAnswer::Failed(error)) => Err(error.into()),
        }
    }

    /// Creates a session, if the run may have terminals.
    pub(super) async fn open(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        size: Size,
    ) -> Session {
        let asked = id.clone();
        match self
            .call(move |inner| inner.refuses_terminal(&asked, run))
            .await
        {
            Ok(None) => {
                let verb = SessionVerb::Open(size.bounded());
                self.ask_session(id, run, tab, verb).await
            }
            Ok(Some(why)) => Session::Refused(why.to_owned()),
            Err(error) => {
                tracing::warn!(workbench = %id, run, %error, "failed to look how a run was started");
                Session::Unknown
            }
        }
    }

    async fn request(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        what: SessionVerb,
    ) -> Result<(SessionAnswer, UnixStream), NoAnswer> {
        let gate = match self.inner.way(id, run) {
            Some(Way::Gate { path, .. }) => path,
            Some(Way::Port(_)) => return Err(NoAnswer::NotSupported),
            None => return Err(io::Error::from(io::ErrorKind::NotConnected).into()),
        };
        let request = SessionRequest {
            id: tab.clone(),
            what,
        };
        match tokio::time::timeout(ANSWER_WITHIN, ask(&gate, &request)).await {
            Ok(answer) => answer,
            Err(late) => Err(io::Error::from(late).into()),
        }
    }
}

impl Inner {
    /// Returns why a run may have no terminal. A terminal runs any program: without a sandbox it could
    /// read and change what the server can.
    pub(super) fn refuses_terminal(
        &self,
        id: &WorkbenchId,
        run: u64,
    ) -> io::Result<Option<&'static str>> {
        let Some(launch) = self.folders.run(id, run).launch()? else {
            return Ok(Some("The run has no record of its start."));
        };
        let entry = self.config.catalogue.get(&launch.app);
        Ok(match entry.and_then(|entry| entry.terminal) {
            Some(true) => None,
            Some(false) => Some("The catalogue allows no terminals for this app."),
            None if launch.sandbox.is_some() => None,
            None => Some(
                "This server runs apps without a sandbox, where a terminal could reach other workbenches. \
                 An administrator can allow it with `terminal = true` in the app's catalogue entry.",
            ),
        })
    }
}

/// Sends a request to a gate; returns the answer, and the connection on which more may follow.
async fn ask(
    gate: &Path,
    request: &SessionRequest,
) -> Result<(SessionAnswer, UnixStream), NoAnswer> {
    let mut stream = sockets::connect(gate).await?;
    let mut line = vec![SESSION];
    line.extend(serde_json::to_vec(request).map_err(io::Error::other)?);
    line.push(b'\n');
    // A runner without sessions may have closed the connection after the first byte.
    let written = stream.write_all(&line).await;
    let line = read_line(&mut stream).await?;
    if line.ends_with(b"\n") {
        let answer = serde_json::from_slice(&line).map_err(io::Error::other)?;
        return Ok((answer, stream));
    }
    if !line.is_empty() {
        return Err(NoAnswer::NotSupported);
    }
    written?;
    Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())
}

/// Reads a line and nothing behind it: output may follow.
async fn read_line(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    while line.len() < MAX_ANSWER {
        match stream.read_u8().await {
            Ok(byte) => line.push(byte),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            // The answer of a runner that did not read the whole request.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset && !line.is_empty() => {
                break;
            }
            Err(error) => return Err(error),
        }
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::super::runner::wire::Answer;
    use super::*;
    use tokio::net::UnixListener;

    /// An upgrade of the server leaves the runners of running apps as they were.
    #[tokio::test]
    async fn runner_of_an_earlier_version_has_no_sessions() {
        let folder = tempfile::tempdir().expect("a folder");
        let gate = folder.path().join("gate.sock");
        let listener = UnixListener::bind(&gate).expect("it listens");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let asked = stream.read_u8().await.expect("a byte");
                assert_eq!(asked, SESSION);
                let answer = Answer::Failed.byte();
                stream.write_u8(answer).await.expect("answered");
            }
        });
        for what in [SessionVerb::Look, SessionVerb::Attach(0), SessionVerb::End] {
            let id = TabId::new("01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5f");
            let answer = ask(&gate, &SessionRequest { id, what }).await;
            assert!(matches!(answer, Err(NoAnswer::NotSupported)), "{what:?}");
        }
    }
}
