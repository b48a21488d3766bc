//! The sessions of a run. They last as long as the runner, whatever the server does.

use super::agents::Agents;
use super::request;
use super::session::Session;
use super::typists::Typist;
use super::wire::{SessionAnswer, SessionRequest, SessionVerb};
use crate::sessions::{Input, Size, output_frame, read_input, taken_frame};
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use vestibule_model::ids::TabId;
use vestibule_model::tab::typed::InputStream;

/// Largest number of open sessions of a run.
const MAX_OPEN: usize = 50;
/// Longest request in bytes.
const MAX_REQUEST: u64 = 4096;

/// The sessions of a run.
pub(super) struct Sessions {
    env: BTreeMap<String, String>,
    dir: PathBuf,
    agents: Agents,
    known: Mutex<HashMap<TabId, Arc<Session>>>,
}

impl Sessions {
    /// Returns none yet. They get the environment and the folder of the app.
    pub(super) fn new(env: BTreeMap<String, String>, dir: PathBuf, agents: Agents) -> Self {
        Self {
            env,
            dir,
            agents,
            known: Mutex::default(),
        }
    }

    /// Returns the run's agents.
    pub(super) const fn agents(&self) -> &Agents {
        &self.agents
    }

    /// Collects a process that has ended, which may be a session's shell or an agent's turn.
    pub(super) fn collect(&self, pid: Pid) {
        // While a shell is being started, its process is not collected by anybody else.
        let known = self.known();
        let Some(status) = self.agents.collect(pid) else {
            return;
        };
        let shell = known.values().find(|session| session.pid() == pid);
        if let Some(session) = shell.filter(|session| session.ended().is_none()) {
            session.has_ended(sentence(status));
        }
    }

    /// Answers one request.
    pub(super) async fn serve(&self, gate: UnixStream) -> io::Result<()> {
        let (reader, mut writer) = gate.into_split();
        let mut reader = BufReader::new(reader);
        let request: SessionRequest = request::read(&mut reader, MAX_REQUEST).await?;
        if let (SessionVerb::Attach(after), Some(session)) = (request.what, self.get(&request.id)) {
            return attach(&session, after, request.input, (reader, writer)).await;
        }
        let answer = match request.what {
            SessionVerb::Open(size) => self.open(&request.id, size),
            SessionVerb::Inspect if request.counts_output => self.counted(&request.id),
            SessionVerb::Inspect | SessionVerb::Attach(_) => self.answer(&request.id),
            SessionVerb::End => self.end(&request.id).await,
        };
        request::answer(&mut writer, &answer).await
    }

    fn open(&self, id: &TabId, size: Size) -> SessionAnswer {
        let mut known = self.known();
        if known.get(id).is_some_and(|old| old.ended().is_none()) {
            return SessionAnswer::Open;
        }
        let open = known.values().filter(|one| one.ended().is_none()).count();
        if open >= MAX_OPEN {
            return SessionAnswer::Refused(format!(
                "The run has {MAX_OPEN} open sessions, and can't have more. Close one."
            ));
        }
        match Session::start(&self.env, &self.dir, size) {
            // The runner collects the process.
            Ok((session, _)) => {
                known.insert(id.clone(), session);
                SessionAnswer::Open
            }
            Err(error) => SessionAnswer::Refused(format!("The terminal can't be opened: {error}.")),
        }
    }

    fn answer(&self, id: &TabId) -> SessionAnswer {
        self.get(id)
            .map_or(SessionAnswer::Absent, |session| state(&session))
    }

    /// Returns the state of a session with the length of its output.
    fn counted(&self, id: &TabId) -> SessionAnswer {
        match (self.answer(id), self.get(id)) {
            (SessionAnswer::Open, Some(session)) => SessionAnswer::OpenAt(session.output_length()),
            (answer, _) => answer,
        }
    }

    async fn end(&self, id: &TabId) -> SessionAnswer {
        let session = self.known().remove(id);
        if let Some(session) = session {
            // A failure to search for processes leaves them to the end of the run.
            let _ = tokio::task::spawn_blocking(move || session.kill()).await;
        }
        SessionAnswer::Absent
    }

    fn get(&self, id: &TabId) -> Option<Arc<Session>> {
        self.known().get(id).cloned()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<TabId, Arc<Session>>> {
        // Every change of it is complete by itself.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn state(session: &Session) -> SessionAnswer {
    match session.ended() {
        None => SessionAnswer::Open,
        Some(how) => SessionAnswer::Ended(how),
    }
}

/// Carries the output of a session after its first bytes, and its input.
async fn attach(
    session: &Session,
    after: u64,
    input: Option<InputStream>,
    (mut reader, mut writer): (BufReader<OwnedReadHalf>, OwnedWriteHalf),
) -> io::Result<()> {
    let has_kinds = input.is_some();
    let typist = input.and_then(|input| session.typist(&input));
    let mut taken = typist.as_ref().map(Typist::taken);
    let answer = match has_kinds {
        true => SessionAnswer::Attached(taken.as_mut().map(|taken| *taken.borrow_and_update())),
        false => state(session),
    };
    request::answer(&mut writer, &answer).await?;
    let sending = async {
        let mut after = after;
        loop {
            tokio::select! {
                // Input that has ended the shell is acknowledged before the end of the output.
                biased;
                count = next_count(&mut taken) => writer.write_all(&taken_frame(count)).await?,
                output = session.output(after) => {
                    let Some((at, bytes)) = output else {
                        return writer.shutdown().await;
                    };
                    writer.write_all(&output_frame(has_kinds, at, &bytes)).await?;
                    after = at + bytes.len() as u64;
                }
            }
        }
    };
    let receiving = async {
        while let Some(input) = read_input(&mut reader).await? {
            match input {
                Input::Bytes(bytes) => session.write(&bytes).await?,
                Input::Numbered { at, bytes } => {
                    if let Some(typist) = &typist {
                        session.write_numbered(typist, at, &bytes).await?;
                    }
                }
                Input::Resize(size) => session.resize(size),
            }
        }
        Ok(())
    };
    tokio::select! {
        result = sending => result,
        result = receiving => result,
    }
}

/// Returns the number of taken bytes once it has changed.
async fn next_count(taken: &mut Option<watch::Receiver<u64>>) -> u64 {
    if let Some(taken) = taken
        && taken.changed().await.is_ok()
    {
        return *taken.borrow_and_update();
    }
    std::future::pending().await
}

fn sentence(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, 0) => "The shell was left.".to_owned(),
        WaitStatus::Exited(_, code) => format!("The shell ended with exit code {code}."),
        WaitStatus::Signaled(_, signal, _) => format!("The shell was ended by {signal}."),
        _ => "The shell has ended.".to_owned(),
    }
}
