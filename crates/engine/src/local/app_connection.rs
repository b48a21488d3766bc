//! Connections to the apps of runs, and the readiness probe over them.

use super::engine::LocalEngine;
use super::gate::AppAddress;
use super::inner::Inner;
use super::listener::{Owner, Socket, addresses, owner};
use super::observe::LocalState;
use super::probe::{self, Failure};
use super::record::Process;
use super::runner::client;
use super::slots::OtherAddresses;
use super::sockets;
use crate::Target;
use crate::connection::{Connection, Traffic, Unreachable};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Probe;

/// Time before, and pause between, two searches for where an app listens instead of on its port.
const ELSEWHERE_PAUSE: Duration = Duration::from_secs(2);

impl LocalEngine {
    /// Probes the readiness of the app of a run whose process is up.
    pub(super) async fn probe(&self, target: &Target, seen: &LocalState) -> io::Result<Probe> {
        let Some(run_number) = seen.probed_run else {
            return Ok(Probe::NotTried);
        };
        let Some(app) = self.inner.config.catalogue.get(&target.app) else {
            let why = "The catalogue no longer has this app, so its readiness can't be checked.";
            return Ok(Probe::Inconclusive(why.to_owned()));
        };
        let (id, inner) = (&target.id, &self.inner);
        let connecting = self.connect(id, run_number);
        let traffic = || {
            let traffic = inner.traffic(id, run_number);
            traffic.map(|traffic| traffic.count())
        };
        let sent = traffic();
        match probe::ask(connecting, &app.readiness).await {
            Ok(()) => {
                inner.answered(id, run_number);
                self.answered_at(target, run_number).await
            }
            Err(Failure::NotAsked(error)) => Err(error),
            Err(Failure::Refused(why)) => {
                let id = id.clone();
                let other_addresses = self
                    .call(move |inner| inner.other_addresses_of(&id, run_number))
                    .await?;
                Ok(Probe::Failed(other_addresses.unwrap_or(why)))
            }
            Err(Failure::Foreign(why)) => Ok(Probe::Failed(why)),
            // An app that owes the probe an answer while it sends something to its users lives.
            Err(Failure::Silent(why)) if traffic() != sent => Ok(Probe::Inconclusive(why)),
            Err(Failure::Silent(why) | Failure::Missed(why)) => {
                let missed = inner.missed_answer(id, run_number);
                Ok(if missed >= app.readiness.failure_threshold {
                    Probe::Failed(why)
                } else if missed == 1 {
                    Probe::Inconclusive(why)
                } else {
                    Probe::Busy(format!("The app may be busy. {why}"))
                })
            }
        }
    }

    /// Returns the result for an app that has answered, by the address on which it listens.
    async fn answered_at(&self, target: &Target, run_number: u64) -> io::Result<Probe> {
        let id = &target.id;
        let Some(port) = self.inner.open_port(id, run_number) else {
            return Ok(Probe::Succeeded);
        };
        let known = self.inner.known_listener(id, run_number);
        let address = match known {
            Some(address) => address,
            None => {
                let requested = id.clone();
                let owner = self
                    .call(move |inner| inner.listener_owner(&requested, run_number, port))
                    .await?;
                let Owner::Ours(Socket { address, .. }) = owner else {
                    return Ok(Probe::Succeeded);
                };
                if address.ip().is_unspecified() {
                    tracing::warn!(workbench = %id, app = target.app, %address, "an app listens on all network interfaces");
                }
                address
            }
        };
        if !address.ip().is_unspecified() {
            return Ok(Probe::Succeeded);
        }
        Ok(Probe::SucceededBut(format!(
            "The app answers. It listens on every network interface ({address}), where others may reach it without \
             signing in. Its command should name the address 127.0.0.1."
        )))
    }

    /// Connects to the app of a run.
    pub(super) async fn connect(
        &self,
        id: &WorkbenchId,
        run_number: u64,
    ) -> Result<Connection, Unreachable> {
        match self.inner.address(id, run_number) {
            None => Err(Unreachable::NotRunning),
            Some(AppAddress::Gate { path, port, .. }) => {
                client::connect(sockets::connect(&path), port).await
            }
            Some(AppAddress::Port(port)) => self.connect_to_port(id, run_number, port).await,
        }
    }

    /// Connects to the app of a run without a gate.
    async fn connect_to_port(
        &self,
        id: &WorkbenchId,
        run_number: u64,
        port: u16,
    ) -> Result<Connection, Unreachable> {
        let connected = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
        let stream = connected.map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused => client::refused(Some(port)),
            _ => error.into(),
        })?;
        if self.inner.known_listener(id, run_number).is_none() {
            let id = id.clone();
            let owner = self
                .call(move |inner| inner.listener_owner(&id, run_number, port))
                .await?;
            match owner {
                Owner::Ours(_) | Owner::Hidden => {}
                Owner::Nobody => return Err(client::refused(Some(port))),
                Owner::Foreign => return Err(client::foreign(Some(port))),
            }
        }
        // A failure costs speed alone.
        let _ = stream.set_nodelay(true);
        Ok(Connection::new(stream).listening_on(format_args!("127.0.0.1:{port}")))
    }
}

impl Inner {
    /// Returns how the app of a run is reached. Each process of this data folder has a slot, found at
    /// the start or taken since.
    pub(super) fn address(&self, id: &WorkbenchId, run_number: u64) -> Option<AppAddress> {
        let mut slots = self.slots();
        slots.get_mut(id, run_number)?.address.clone()
    }

    /// Returns the port of this machine on which the app of a run listens, if it has one.
    fn open_port(&self, id: &WorkbenchId, run_number: u64) -> Option<u16> {
        match self.address(id, run_number)? {
            AppAddress::Gate {
                port,
                shares_network,
                ..
            } => port.filter(|_| shares_network),
            AppAddress::Port(port) => Some(port),
        }
    }

    /// Returns the port on which the app of a run listens in its own network, if it has one.
    fn port(&self, id: &WorkbenchId, run_number: u64) -> Option<u16> {
        match self.address(id, run_number)? {
            AppAddress::Gate { port, .. } => port,
            AppAddress::Port(port) => Some(port),
        }
    }

    /// Returns the address of the socket that was found to be the app's own, if it is still open.
    fn known_listener(&self, id: &WorkbenchId, run_number: u64) -> Option<SocketAddr> {
        let known = self
            .slots()
            .get_mut(id, run_number)
            .and_then(|slot| slot.socket.clone());
        known.filter(Socket::is_open).map(|socket| socket.address)
    }

    /// Returns where the app listens instead of where it should, as a sentence, once it has had the
    /// time to begin; `None` if nowhere. Blocks.
    fn other_addresses_of(&self, id: &WorkbenchId, run_number: u64) -> io::Result<Option<String>> {
        let now = Instant::now();
        let is_recent = |at: Option<Instant>| {
            at.is_some_and(|at| now.saturating_duration_since(at) < ELSEWHERE_PAUSE)
        };
        {
            let mut slots = self.slots();
            let Some(slot) = slots.get_mut(id, run_number) else {
                return Ok(None);
            };
            let other_addresses = &mut slot.other_addresses;
            if is_recent(Some(*other_addresses.since.get_or_insert(now)))
                || is_recent(other_addresses.searched)
            {
                return Ok(other_addresses.sentence.clone());
            }
        }
        let process = self.folders.run(id, run_number).process()?;
        let Some((supervisor, pid)) =
            process.and_then(|found| Some((found.supervisor, found.pid?)))
        else {
            return Ok(None);
        };
        let port = self.port(id, run_number);
        let found = other_addresses(port, &addresses(supervisor, pid)?);
        if let Some(slot) = self.slots().get_mut(id, run_number) {
            slot.other_addresses.searched = Some(now);
            slot.other_addresses.sentence.clone_from(&found);
        }
        Ok(found)
    }

    /// Finds the owner of the socket that listens on the app's port. Blocks.
    fn listener_owner(&self, id: &WorkbenchId, run_number: u64, port: u16) -> io::Result<Owner> {
        let Some(Process { supervisor, .. }) = self.folders.run(id, run_number).process()? else {
            return Ok(Owner::Nobody);
        };
        let owner = owner(port, supervisor)?;
        if let Some(slot) = self.slots().get_mut(id, run_number) {
            slot.socket = match &owner {
                Owner::Ours(socket) => Some(socket.clone()),
                Owner::Foreign | Owner::Nobody | Owner::Hidden => None,
            };
        }
        Ok(owner)
    }

    /// Returns the count of what the app of a run sends through the gateway.
    pub(super) fn traffic(&self, id: &WorkbenchId, run_number: u64) -> Option<Arc<Traffic>> {
        let mut slots = self.slots();
        let slot = slots.get_mut(id, run_number)?;
        Some(Arc::clone(&slot.traffic))
    }

    /// Counts a missed answer of the app; returns the number in a row.
    fn missed_answer(&self, id: &WorkbenchId, run_number: u64) -> u32 {
        match self.slots().get_mut(id, run_number) {
            Some(slot) => {
                slot.missed_answers = slot.missed_answers.saturating_add(1);
                slot.missed_answers
            }
            None => u32::MAX,
        }
    }

    /// Records that the app has responded.
    fn answered(&self, id: &WorkbenchId, run_number: u64) {
        if let Some(slot) = self.slots().get_mut(id, run_number) {
            slot.missed_answers = 0;
            slot.other_addresses = OtherAddresses::default();
        }
    }
}

/// Returns where an app listens instead of on its port or its socket, as a sentence.
fn other_addresses(port: Option<u16>, addresses: &[SocketAddr]) -> Option<String> {
    if let Some(port) = port
        && let Some(address) = addresses
            .iter()
            .find(|address| address.port() == port && address.ip() != Ipv4Addr::LOCALHOST)
    {
        return Some(format!(
            "The app listens on {address}, but has to listen on 127.0.0.1:{port}. Its command should name that address."
        ));
    }
    let listed: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let listed = listed.join(", ");
    (!listed.is_empty()).then(|| match port {
        Some(port) => format!(
            "Nothing listens on the app's port {port} yet; the app listens on {listed}. Its command should name the port by {{port}} \
             or the variable PORT."
        ),
        None => format!(
            "The app doesn't listen on its socket yet; it listens on {listed}. Its command should name the socket by {{socket}}."
        ),
    })
}
