//! Agents of runs, as the server reaches them through a run's gate.

use super::build;
use super::catalogue::placeholders;
use super::engine::LocalEngine;
use super::gate::Way;
use super::inner::Inner;
use super::runner::wire::{AGENT, AgentCall, AgentReply, AgentVerb, TurnOrder};
use super::sockets;
use crate::agents::{AgentAnswer, AgentRequest, Prompt};
use crate::connection::{Connection, Unreachable};
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use vestibule_model::ids::{TabId, WorkbenchId};

/// Time limit of an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Longest answer in bytes.
const MAX_ANSWER: usize = 256 * 1024;
/// Longest line of JSON that an agent writes, in bytes.
const MAX_JSON_LINE: usize = 512 * 1024;

/// Command of an agent whose catalogue entry names none: each message is a script. A message that
/// begins with a hyphen is no option.
const DEFAULT_COMMAND: [&str; 4] = ["sh", "-c", "--", "{prompt}"];

impl LocalEngine {
    /// Makes a request about an agent.
    pub(super) async fn ask_agent(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        request: AgentRequest,
    ) -> AgentAnswer {
        let what = match self.verb(id, run, tab, request).await {
            Ok(verb) => verb,
            Err(answer) => return answer,
        };
        match self.call_agent(id, run, tab, what).await {
            Ok((Some(AgentReply::Absent), _)) => AgentAnswer::Absent,
            Ok((Some(AgentReply::Refused(why)), _)) => AgentAnswer::Refused(why),
            Ok((Some(AgentReply::Open(state)), _)) => AgentAnswer::Open(state),
            Ok((None, _)) => AgentAnswer::NotSupported,
            Err(error) => {
                tracing::debug!(workbench = %id, run, %tab, %error, "an agent cannot be reached");
                AgentAnswer::Unknown
            }
        }
    }

    /// Connects to the events of an agent.
    pub(super) async fn follow(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
    ) -> Result<Connection, Unreachable> {
        match self
            .call_agent(id, run, tab, AgentVerb::Follow(after))
            .await?
        {
            (Some(AgentReply::Open(_)), stream) => Ok(Connection::new(stream)),
            _ => Err(Unreachable::Refused(
                "The run has no such agent.".to_owned(),
            )),
        }
    }

    async fn verb(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        request: AgentRequest,
    ) -> Result<AgentVerb, AgentAnswer> {
        let (asked, tab) = (id.clone(), tab.clone());
        let prepared = match request {
            AgentRequest::Look => return Ok(AgentVerb::Look),
            AgentRequest::End => return Ok(AgentVerb::End),
            AgentRequest::Stop(message) => return Ok(AgentVerb::Stop(message)),
            AgentRequest::Finish(message) => return Ok(AgentVerb::Finish(message)),
            AgentRequest::Open => {
                self.call(move |inner| match inner.refuses_terminal(&asked, run)? {
                    Some(why) => Ok(Err(why.to_owned())),
                    None => Ok(Ok(AgentVerb::Open)),
                })
                .await
            }
            AgentRequest::Send(prompt) => {
                self.call(move |inner| {
                    let order = inner.turn_order(&asked, run, &tab, prompt)?;
                    Ok(order.map(AgentVerb::Send))
                })
                .await
            }
        };
        prepared
            .map_err(|error: io::Error| {
                tracing::warn!(workbench = %id, run, %error, "failed to look how a run was started");
                AgentAnswer::Unknown
            })?
            .map_err(AgentAnswer::Refused)
    }

    /// Returns the reply, or `None` of a runner without agents, and the connection.
    async fn call_agent(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        what: AgentVerb,
    ) -> io::Result<(Option<AgentReply>, UnixStream)> {
        let gate = match self.inner.way(id, run) {
            Some(Way::Gate { path, .. }) => path,
            Some(Way::Port(_)) => return Err(io::ErrorKind::Unsupported.into()),
            None => return Err(io::ErrorKind::NotConnected.into()),
        };
        let id = tab.clone();
        tokio::time::timeout(ANSWER_WITHIN, ask(&gate, &AgentCall { id, what })).await?
    }
}

impl Inner {
    /// Returns the turn of a message, or a sentence that says why it cannot be begun.
    fn turn_order(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        prompt: Prompt,
    ) -> io::Result<Result<TurnOrder, String>> {
        let Some(launch) = self.folders.run(id, run).launch()? else {
            return Ok(Err("The run has no record of its start.".to_owned()));
        };
        let entry = self.config.catalogue.get(&launch.app);
        let agent = entry.and_then(|entry| entry.agent.as_ref());
        let resume = agent
            .and_then(|agent| agent.resume.as_ref())
            .filter(|_| prompt.continues);
        let command: Vec<&str> = match (resume, agent) {
            (Some(command), _) => command.iter().map(String::as_str).collect(),
            (None, Some(agent)) => agent.command.iter().map(String::as_str).collect(),
            (None, None) => DEFAULT_COMMAND.to_vec(),
        };
        let dir = launch.dir.to_string_lossy();
        let port = launch.port.to_string();
        let socket = launch.sockets.as_ref().map(sockets::SocketDir::app);
        let socket = socket
            .as_deref()
            .map(Path::to_string_lossy)
            .unwrap_or_default();
        let build = entry.map(|entry| {
            let used = build::used(entry, &launch.parameters);
            self.builds.folder(entry, &used)
        });
        let build = build
            .as_deref()
            .map(Path::to_string_lossy)
            .unwrap_or_default();
        let program = self.config.program.to_string_lossy();
        let (origin, host) = (self.config.app_origin(id), self.config.app_host(id));
        let expand = |text: &&str| {
            placeholders::expand(text, |name| match name {
                "prompt" => Some(prompt.text.as_str()),
                "session" => Some(tab.as_str()),
                "socket" => Some(&*socket),
                "port" => Some(port.as_str()),
                "dir" => Some(&*dir),
                "build" => Some(&*build),
                "vestibule" => Some(&*program),
                "origin" => Some(origin.as_str()),
                "host" => Some(host.as_str()),
                "console" => Some(self.config.console_origin.as_str()),
                name => placeholders::parameter(&launch.parameters, name),
            })
        };
        let takes_prompt = command
            .iter()
            .any(|text| placeholders::names(text).any(|name| name == "prompt"));
        Ok(Ok(TurnOrder {
            session: prompt.session.clone(),
            message: prompt.message.clone(),
            command: command.iter().map(expand).collect(),
            input: (!takes_prompt).then(|| prompt.text.clone()),
            max_line: agent
                .is_some_and(super::catalogue::Agent::writes_json)
                .then_some(MAX_JSON_LINE),
        }))
    }
}

/// Sends a request to a gate; returns the reply, and the connection on which more may follow.
async fn ask(gate: &Path, call: &AgentCall) -> io::Result<(Option<AgentReply>, UnixStream)> {
    let mut stream = sockets::connect(gate).await?;
    let mut line = vec![AGENT];
    line.extend(serde_json::to_vec(call).map_err(io::Error::other)?);
    line.push(b'\n');
    // A runner without agents may have closed the connection after the first byte.
    let written = stream.write_all(&line).await;
    // Not buffered: events may follow.
    let mut line = Vec::new();
    while line.len() < MAX_ANSWER && line.last() != Some(&b'\n') {
        match stream.read_u8().await {
            Ok(byte) => line.push(byte),
            Err(_) if !line.is_empty() => return Ok((None, stream)),
            Err(error) => {
                written?;
                return Err(error);
            }
        }
    }
    let reply = serde_json::from_slice(&line).map_err(io::Error::other)?;
    Ok((Some(reply), stream))
}
