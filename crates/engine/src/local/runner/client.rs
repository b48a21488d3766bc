//! Client of a runner's gate, over any stream of bytes.

use super::wire::{
    AGENT, AgentCall, AgentReply, AgentVerb, Answer, CONNECT, PROGRESS, SESSION, STILL_WAITING,
    SessionAnswer, SessionRequest, SessionVerb,
};
use crate::agents::{AgentAnswer, AgentStream, followed};
use crate::connection::{Connection, Unreachable};
use crate::sessions::{Numbering, ObservedSession, TerminalConnection};
use serde::Serialize;
use std::fmt;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use vestibule_model::ids::TabId;
use vestibule_model::tab::reconcile::Session;
use vestibule_model::tab::typed::InputStream;

/// Time limit of an answer. The end of a session takes the longest.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Longest answer in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// Time without a sign of life after which a gate that waits for a message is gone.
const SILENCE: Duration = Duration::from_secs(60);

/// Sentence about a gate that is gone.
const NO_GATE: &str =
    "The socket by which the server reaches the app was removed. It is made again.";

/// Stream of bytes to a gate.
pub trait GateStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> GateStream for T {}

/// Connects to the app behind a gate. `port` is the one on which the app listens, if it is known.
///
/// # Errors
/// Fails if there is no gate, or the app does not listen.
pub async fn connect(
    gate: impl Future<Output = io::Result<impl GateStream>>,
    port: Option<u16>,
) -> Result<Connection, Unreachable> {
    let mut stream = match gate.await {
        Ok(stream) => stream,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Unreachable::NoGate(NO_GATE.to_owned()));
        }
        // Between two processes of the run nothing listens.
        Err(error) if is_closed(&error) => return Err(refused(port)),
        Err(error) => return Err(error.into()),
    };
    let answer = async {
        stream.write_u8(CONNECT).await?;
        stream.flush().await?;
        stream.read_u8().await
    };
    match answer.await {
        Ok(byte) => match Answer::of(byte) {
            Answer::Connected => Ok(match port {
                Some(port) => {
                    Connection::new(stream).listening_on(format_args!("127.0.0.1:{port}"))
                }
                None => Connection::new(stream),
            }),
            Answer::Refused => Err(refused(port)),
            Answer::Foreign => Err(foreign(port)),
            Answer::Shortage => Err(io::Error::from_raw_os_error(nix::libc::EMFILE).into()),
            Answer::Failed => Err(io::Error::other("the connection to it failed").into()),
        },
        Err(error) if is_closed(&error) => Err(refused(port)),
        Err(error) => Err(error.into()),
    }
}

/// Waits for a progress message of the app, and returns the connection on which it comes as a request of
/// HTTP. `None` if the runner has none: it is of an earlier version.
///
/// # Errors
/// Fails if there is no gate, or it is gone before a message.
pub async fn progress(
    gate: impl Future<Output = io::Result<impl GateStream>>,
) -> io::Result<Option<Connection>> {
    let mut stream = gate.await?;
    stream.write_u8(PROGRESS).await?;
    stream.flush().await?;
    loop {
        match tokio::time::timeout(SILENCE, stream.read_u8()).await?? {
            STILL_WAITING => {}
            byte if Answer::of(byte) == Answer::Connected => {
                return Ok(Some(Connection::new(stream)));
            }
            _ => return Ok(None),
        }
    }
}

/// Returns the refusal where nothing listens.
pub(in crate::local) fn refused(port: Option<u16>) -> Unreachable {
    Unreachable::Refused(match port {
        Some(port) => format!("Not answering on port {port} yet."),
        None => "Not answering yet.".to_owned(),
    })
}

/// Returns the refusal where another program listens.
pub(in crate::local) fn foreign(port: Option<u16>) -> Unreachable {
    Unreachable::Foreign(match port {
        Some(port) => {
            format!("Another program of this machine answers on the app's port {port}.")
        }
        None => "Another program of this machine answers on the app's socket.".to_owned(),
    })
}

/// Makes a request about a session, and returns its state.
pub async fn session(
    gate: impl Future<Output = io::Result<impl GateStream>>,
    tab: &TabId,
    what: SessionVerb,
) -> Session {
    observed(tab, ask_session(gate, tab, what, None, false).await).state
}

/// Observes a session.
pub async fn inspect(
    gate: impl Future<Output = io::Result<impl GateStream>>,
    tab: &TabId,
) -> ObservedSession {
    let answer = ask_session(gate, tab, SessionVerb::Inspect, None, true).await;
    observed(tab, answer)
}

fn observed<S>(tab: &TabId, answer: io::Result<(Option<SessionAnswer>, S)>) -> ObservedSession {
    let state = match answer {
        Ok((Some(SessionAnswer::OpenAt(output)), _)) => {
            return ObservedSession {
                state: Session::Open,
                output: Some(output),
            };
        }
        Ok((Some(SessionAnswer::Absent), _)) => Session::Absent,
        Ok((Some(SessionAnswer::Open | SessionAnswer::Attached(_)), _)) => Session::Open,
        Ok((Some(SessionAnswer::Ended(how)), _)) => Session::Ended(how),
        Ok((Some(SessionAnswer::Refused(why)), _)) => Session::Refused(why),
        Ok((None, _)) => Session::NotSupported,
        Err(error) => {
            tracing::debug!(%tab, %error, "a run's sessions cannot be reached");
            Session::Unknown
        }
    };
    state.into()
}

/// Connects to a session. The kept output after the first `after` bytes comes first. With a stream of
/// input, the connection's [`Numbering`] says whether and where it goes on.
///
/// # Errors
/// Fails if there is no gate or no such session.
pub async fn attach(
    gate: impl Future<Output = io::Result<impl GateStream>>,
    tab: &TabId,
    after: u64,
    input: Option<InputStream>,
) -> Result<TerminalConnection, Unreachable> {
    let what = SessionVerb::Attach(after);
    let (answer, stream) = ask_session(gate, tab, what, input, false).await?;
    let numbering = match answer {
        Some(SessionAnswer::Open | SessionAnswer::OpenAt(_) | SessionAnswer::Ended(_)) => {
            Numbering::Absent
        }
        Some(SessionAnswer::Attached(Some(taken))) => Numbering::Taken(taken),
        Some(SessionAnswer::Attached(None)) => Numbering::Unknown,
        Some(SessionAnswer::Absent | SessionAnswer::Refused(_)) => {
            let why = "The run has no such session.".to_owned();
            return Err(Unreachable::Refused(why));
        }
        None => return Err(Unreachable::NotRunning),
    };
    Ok(TerminalConnection::new(Connection::new(stream), numbering))
}

async fn ask_session<S: GateStream>(
    gate: impl Future<Output = io::Result<S>>,
    tab: &TabId,
    what: SessionVerb,
    input: Option<InputStream>,
    counts_output: bool,
) -> io::Result<(Option<SessionAnswer>, S)> {
    let request = SessionRequest {
        id: tab.clone(),
        what,
        input,
        counts_output,
    };
    ask(gate, SESSION, &request).await
}

/// Makes a request about an agent.
pub async fn agent(
    gate: impl Future<Output = io::Result<impl GateStream>>,
    tab: &TabId,
    what: AgentVerb,
) -> AgentAnswer {
    match ask_agent(gate, tab, what).await {
        Ok((Some(AgentReply::Absent), _)) => AgentAnswer::Absent,
        Ok((Some(AgentReply::Refused(why)), _)) => AgentAnswer::Refused(why),
        Ok((Some(AgentReply::Open(state)), _)) => AgentAnswer::Open(state),
        Ok((None, _)) => AgentAnswer::NotSupported,
        Err(error) => {
            tracing::debug!(%tab, %error, "an agent cannot be reached");
            AgentAnswer::Unknown
        }
    }
}

/// Connects to the events of an agent after a number of its session.
pub async fn follow_agent(
    gate: impl Future<Output = io::Result<impl GateStream>>,
    tab: &TabId,
    after: u64,
) -> AgentStream {
    match ask_agent(gate, tab, AgentVerb::Follow(after)).await? {
        (Some(AgentReply::Open(_)), stream) => Ok(followed(Connection::new(stream))),
        _ => Err(Unreachable::Refused(
            "The run has no such agent.".to_owned(),
        )),
    }
}

async fn ask_agent<S: GateStream>(
    gate: impl Future<Output = io::Result<S>>,
    tab: &TabId,
    what: AgentVerb,
) -> io::Result<(Option<AgentReply>, S)> {
    let id = tab.clone();
    ask(gate, AGENT, &AgentCall { id, what }).await
}

/// Sends a request; returns the answer, and the connection on which more may follow. `None` is the
/// answer of a runner that does not know this kind of request: an earlier version.
pub(super) async fn ask<S: GateStream, T: serde::de::DeserializeOwned>(
    gate: impl Future<Output = io::Result<S>>,
    kind: u8,
    request: &(impl Serialize + fmt::Debug),
) -> io::Result<(Option<T>, S)> {
    let asking = async {
        let mut stream = gate.await?;
        let mut line = vec![kind];
        line.extend(serde_json::to_vec(request).map_err(io::Error::other)?);
        line.push(b'\n');
        let written = async {
            stream.write_all(&line).await?;
            stream.flush().await
        };
        // A runner that does not know the request may have closed the connection.
        let written = written.await;
        let line = read_line(&mut stream).await?;
        if line.ends_with(b"\n") {
            let answer = serde_json::from_slice(&line).map_err(io::Error::other)?;
            return Ok((Some(answer), stream));
        }
        if !line.is_empty() {
            return Ok((None, stream));
        }
        written?;
        Err(io::ErrorKind::UnexpectedEof.into())
    };
    tokio::time::timeout(ANSWER_WITHIN, asking).await?
}

/// Reads a line and nothing behind it: output may follow.
pub(super) async fn read_line(stream: &mut impl GateStream) -> io::Result<Vec<u8>> {
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

fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::NotFound
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{UnixListener, UnixStream};

    /// An upgrade of the server leaves the runners of running apps as they were.
    #[tokio::test]
    async fn runner_of_an_earlier_version_has_neither_sessions_nor_agents() {
        let folder = tempfile::tempdir().expect("a folder");
        let gate = folder.path().join("gate.sock");
        let listener = UnixListener::bind(&gate).expect("it listens");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = stream.read_u8().await.expect("a byte");
                assert!([SESSION, AGENT, PROGRESS].contains(&request));
                let answer = Answer::Failed.byte();
                stream.write_u8(answer).await.expect("answered");
            }
        });
        let tab = TabId::new("01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5f");
        for what in [SessionVerb::Inspect, SessionVerb::End] {
            let answer = session(UnixStream::connect(&gate), &tab, what).await;
            assert_eq!(answer, Session::NotSupported, "{what:?}");
        }
        let attached = attach(UnixStream::connect(&gate), &tab, 0, None).await;
        assert!(matches!(attached, Err(Unreachable::NotRunning)));
        let answer = agent(UnixStream::connect(&gate), &tab, AgentVerb::Inspect).await;
        assert_eq!(answer, AgentAnswer::NotSupported);
        let message = progress(UnixStream::connect(&gate)).await;
        assert!(message.expect("answered").is_none());
    }

    /// A runner of version 0.1.0 has sessions and numbers no input.
    #[tokio::test]
    async fn runner_that_numbers_no_input_carries_it_without_numbers() {
        let folder = tempfile::tempdir().expect("a folder");
        let gate = folder.path().join("gate.sock");
        let listener = UnixListener::bind(&gate).expect("it listens");
        let runner = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            assert_eq!(stream.read_u8().await.expect("a byte"), SESSION);
            let request = read_line(&mut stream).await.expect("a request");
            let request: serde_json::Value = serde_json::from_slice(&request).expect("JSON");
            assert_eq!(request["what"], serde_json::json!({"Attach": 3}));
            let output = [0, 0, 0, 0, 0, 0, 0, 3, 0, 2, b'h', b'i'];
            stream.write_all(b"\"Open\"\n").await.expect("answered");
            stream.write_all(&output).await.expect("sent");
            let mut typed = [0; 5];
            stream.read_exact(&mut typed).await.expect("input");
            typed
        });
        let tab = TabId::new("01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e5f");
        let input = InputStream {
            stream: "w-0".to_owned(),
            resumes: false,
        };
        let attached = attach(UnixStream::connect(&gate), &tab, 3, Some(input)).await;
        let attached = attached.expect("attached");
        assert_eq!(attached.numbering(), Numbering::Absent);
        let (mut receiver, mut sender) = attached.split();
        let output = receiver.output().await.expect("read").expect("output");
        assert_eq!((output.at, output.bytes.as_slice()), (3, b"hi".as_slice()));
        sender.send(b"ls").await.expect("sent");
        assert_eq!(runner.await.expect("no panic"), [b'i', 0, 2, b'l', b's']);
    }
}
