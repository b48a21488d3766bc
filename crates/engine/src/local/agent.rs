//! Agents of runs, as the server reaches them through a run's gate.

use super::build;
use super::catalogue::placeholders;
use super::engine::LocalEngine;
use super::inner::Inner;
use super::runner::wire::{AgentVerb, TurnOrder};
use super::runner::{client, turn};
use super::sockets;
use crate::agents::{AgentAnswer, AgentRequest, AgentStream, Prompt};
use std::io;
use std::path::Path;
use vestibule_model::ids::{TabId, WorkbenchId};

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
        match self.gate(id, run) {
            Ok(gate) => client::agent(sockets::connect(&gate), tab, what).await,
            Err(_) => AgentAnswer::Unknown,
        }
    }

    /// Connects to the events of an agent.
    pub(super) async fn follow(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
    ) -> AgentStream {
        client::follow_agent(sockets::connect(&self.gate(id, run)?), tab, after).await
    }

    async fn verb(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        request: AgentRequest,
    ) -> Result<AgentVerb, AgentAnswer> {
        let (requested, tab) = (id.clone(), tab.clone());
        let prepared = match request {
            AgentRequest::Inspect => return Ok(AgentVerb::Inspect),
            AgentRequest::End => return Ok(AgentVerb::End),
            AgentRequest::Stop(message) => return Ok(AgentVerb::Stop(message)),
            AgentRequest::Finish(message) => return Ok(AgentVerb::Finish(message)),
            AgentRequest::Open => {
                self.call(
                    move |inner| match inner.refuses_terminal(&requested, run)? {
                        Some(why) => Ok(Err(why.to_owned())),
                        None => Ok(Ok(AgentVerb::Open)),
                    },
                )
                .await
            }
            AgentRequest::Send(prompt) => {
                self.call(move |inner| {
                    let order = inner.turn_order(&requested, run, &tab, prompt)?;
                    Ok(order.map(AgentVerb::Send))
                })
                .await
            }
        };
        prepared
            .map_err(|error: io::Error| {
                tracing::warn!(workbench = %id, run, %error, "failed to read how a run was started");
                AgentAnswer::Unknown
            })?
            .map_err(AgentAnswer::Refused)
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
        let agent = entry.and_then(|entry| entry.agent.as_ref());
        Ok(Ok(turn::order(agent, &prompt, |name| match name {
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
        })))
    }
}
