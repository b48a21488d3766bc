//! Terminals and agents in Pods, through the gates of their runners.

use super::{KubernetesEngine, manifest};
use crate::cluster::Stream;
use std::io;
use vestibule_engine::agents::{AgentAnswer, AgentRequest, AgentStream};
use vestibule_engine::connection::Unreachable;
use vestibule_engine::local::catalogue::{CatalogueEntry, parameters, placeholders};
use vestibule_engine::local::runner::wire::{AgentVerb, SessionVerb};
use vestibule_engine::local::runner::{client, turn};
use vestibule_engine::sessions::{Size, TerminalConnection};
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::tab::reconcile::Session;
use vestibule_model::tab::typed::InputStream;

impl KubernetesEngine {
    /// Connects to the gate of a run.
    pub(super) async fn gate(&self, id: &WorkbenchId, run: u64) -> io::Result<impl Stream + use<>> {
        let pod_route = self.config.pod_route;
        self.credentials
            .connect(&self.cluster, pod_route, id, run)
            .await
    }

    /// Creates a terminal, if the run may have some.
    pub(super) async fn open_terminal(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        size: Size,
    ) -> Session {
        if let Some(why) = self.refuses_sessions(id, run) {
            return Session::Refused(why.to_owned());
        }
        let verb = SessionVerb::Open(size.bounded());
        client::session(self.gate(id, run), tab, verb).await
    }

    /// Makes a request about a terminal.
    pub(super) async fn ask_terminal(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        verb: SessionVerb,
    ) -> Session {
        client::session(self.gate(id, run), tab, verb).await
    }

    /// Connects to a terminal.
    pub(super) async fn attach_terminal(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
        input: Option<InputStream>,
    ) -> Result<TerminalConnection, Unreachable> {
        client::attach(self.gate(id, run), tab, after, input).await
    }

    /// Makes a request about an agent.
    pub(super) async fn ask_agent(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        request: AgentRequest,
    ) -> AgentAnswer {
        let verb = match request {
            AgentRequest::Open => match self.refuses_sessions(id, run) {
                Some(why) => return AgentAnswer::Refused(why.to_owned()),
                None => AgentVerb::Open,
            },
            AgentRequest::Inspect => AgentVerb::Inspect,
            AgentRequest::End => AgentVerb::End,
            AgentRequest::Stop(message) => AgentVerb::Stop(message),
            AgentRequest::Finish(message) => AgentVerb::Finish(message),
            AgentRequest::Send(prompt) => {
                let app = self.app_of(id, run);
                let agent = app.and_then(|app| app.agent.as_ref());
                let values = app.map(|app| {
                    let set = self.cluster.parameters(id, run);
                    let values = app.parameters.iter();
                    values
                        .map(|parameter| parameters::value(parameter, &set))
                        .collect()
                });
                let values = values.unwrap_or_default();
                let texts = self.texts(id);
                AgentVerb::Send(turn::order(agent, &prompt, |name| match name {
                    "session" => Some(tab.as_str()),
                    name => texts
                        .get(name)
                        .map(String::as_str)
                        .or_else(|| placeholders::parameter(&values, name)),
                }))
            }
        };
        client::agent(self.gate(id, run), tab, verb).await
    }

    /// Connects to the events of an agent.
    pub(super) async fn agent_events(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
    ) -> AgentStream {
        client::follow_agent(self.gate(id, run), tab, after).await
    }

    /// Returns why a run may have no terminals and scripts, or `None`. A Pod is isolated.
    fn refuses_sessions(&self, id: &WorkbenchId, run: u64) -> Option<&'static str> {
        self.app_of(id, run)?.refuses_sessions(true)
    }

    fn app_of(&self, id: &WorkbenchId, run: u64) -> Option<&CatalogueEntry> {
        self.app(&self.cluster.app_of(id, run)?)
    }

    /// Returns the values of the placeholders of every run of a workbench.
    pub(super) fn texts(
        &self,
        id: &WorkbenchId,
    ) -> std::collections::BTreeMap<&'static str, String> {
        let pattern = &self.config.app_origin_pattern;
        let origin = pattern.replace("{id}", id.as_str());
        let host = placeholders::host_of(&origin).to_owned();
        [
            ("socket", manifest::socket()),
            ("port", manifest::APP_PORT.to_string()),
            ("dir", manifest::FOLDER.to_owned()),
            ("vestibule", manifest::PROGRAM.to_owned()),
            ("origin", origin),
            ("host", host),
            ("console", self.config.console_origin.clone()),
        ]
        .into()
    }
}
