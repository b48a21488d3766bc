//! The agents of a run. They last as long as the runner, whatever the server does.

mod agent;
mod context;
mod splitter;
mod turn;

use super::ending::Ending;
use super::request;
use super::wire::{AgentCall, AgentReply, AgentVerb};
use crate::agents::block;
use agent::Agent;
use context::AgentContext;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use vestibule_model::ids::TabId;

/// Largest number of agents of a run.
const MAX_OPEN: usize = 50;
/// Longest request in bytes.
const MAX_REQUEST: u64 = 2 * 1024 * 1024;

/// The agents of a run.
pub(super) struct Agents {
    context: Arc<AgentContext>,
    known: Mutex<HashMap<TabId, Arc<Agent>>>,
}

impl Agents {
    /// Returns none yet. They get the environment and the folder of the app; the values of the
    /// variables in `secret` are removed from their output.
    pub(super) fn new(
        env: BTreeMap<String, String>,
        dir: PathBuf,
        secret: &[String],
        ending: Arc<Ending>,
    ) -> Self {
        let secrets = secret.iter().filter_map(|name| env.get(name)).cloned();
        Self {
            context: Arc::new(AgentContext {
                secrets: secrets.collect(),
                env,
                dir,
                ending,
            }),
            known: Mutex::default(),
        }
    }

    /// Collects a process that has ended, and records its end if it is a turn's.
    pub(super) fn collect(&self, pid: Pid) -> Option<WaitStatus> {
        // While a turn is being started, its process is not collected by anybody else.
        let known = self.known();
        let status = waitpid(pid, None).ok()?;
        for agent in known.values() {
            agent.has_ended(pid, status);
        }
        Some(status)
    }

    /// Answers one request.
    pub(super) async fn serve(&self, gate: UnixStream) -> io::Result<()> {
        let (reader, mut writer) = gate.into_split();
        let mut reader = BufReader::new(reader);
        let call: AgentCall = request::read(&mut reader, MAX_REQUEST).await?;
        let agent = self.get(&call.id);
        let (reply, follows) = match (call.what, agent) {
            (AgentVerb::Open, None) => (self.open(&call.id), None),
            (_, None) => (AgentReply::Absent, None),
            (AgentVerb::Open | AgentVerb::Inspect, Some(agent)) => (agent.reply(), None),
            (AgentVerb::End, Some(agent)) => {
                self.known().remove(&call.id);
                agent.end();
                (AgentReply::Absent, None)
            }
            (AgentVerb::Send(order), Some(agent)) => {
                let known = self.known();
                let reply = match known.contains_key(&call.id) {
                    true => agent.send(&order),
                    false => AgentReply::Absent,
                };
                drop(known);
                (reply, None)
            }
            (AgentVerb::Stop(message), Some(agent)) => (agent.stop(&message), None),
            (AgentVerb::Finish(message), Some(agent)) => (agent.finish(&message), None),
            (AgentVerb::Follow(after), Some(agent)) => (agent.reply(), Some((agent, after))),
        };
        request::answer(&mut writer, &reply).await?;
        let Some((agent, mut after)) = follows else {
            return Ok(());
        };
        agent.forget(after);
        let sending = async {
            while let Some(events) = agent.events(after).await {
                after = events.last().map_or(after, |event| event.number);
                writer.write_all(&block(&events)?).await?;
            }
            writer.shutdown().await
        };
        let confirming = async {
            // The end of the connection is an error here.
            loop {
                agent.forget(reader.read_u64().await?);
            }
        };
        tokio::select! {
            result = sending => result,
            result = confirming => result,
        }
    }

    fn open(&self, id: &TabId) -> AgentReply {
        let mut known = self.known();
        if !known.contains_key(id) && known.len() >= MAX_OPEN {
            return AgentReply::Refused(format!(
                "The run has {MAX_OPEN} agents, and can't have more. Close a tab."
            ));
        }
        known
            .entry(id.clone())
            .or_insert_with(|| Agent::new(id, Arc::clone(&self.context)))
            .reply()
    }

    fn get(&self, id: &TabId) -> Option<Arc<Agent>> {
        self.known().get(id).cloned()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<TabId, Arc<Agent>>> {
        // Every change of it is complete by itself.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
