//! Sessions of runs, as the server reaches them through a run's gate.

use super::engine::LocalEngine;
use super::gate::AppAddress;
use super::inner::Inner;
use super::runner::client;
use super::runner::wire::SessionVerb;
use super::sockets;
use crate::connection::Unreachable;
use crate::sessions::{ObservedSession, Size, TerminalConnection};
use std::io;
use std::path::PathBuf;
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::tab::reconcile::Session;
use vestibule_model::tab::typed::InputStream;

impl LocalEngine {
    /// Makes a request about a session, and returns its state.
    pub(super) async fn ask_session(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        what: SessionVerb,
    ) -> Session {
        match self.gate(id, run) {
            Ok(gate) => client::session(sockets::connect(&gate), tab, what).await,
            Err(Unreachable::NotRunning) => Session::NotSupported,
            Err(_) => Session::Unknown,
        }
    }

    /// Observes a session.
    pub(super) async fn inspect_session(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
    ) -> ObservedSession {
        match self.gate(id, run) {
            Ok(gate) => client::inspect(sockets::connect(&gate), tab).await,
            Err(Unreachable::NotRunning) => Session::NotSupported.into(),
            Err(_) => Session::Unknown.into(),
        }
    }

    /// Connects to a session.
    pub(super) async fn attach(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
        input: Option<InputStream>,
    ) -> Result<TerminalConnection, Unreachable> {
        let gate = self.gate(id, run)?;
        client::attach(sockets::connect(&gate), tab, after, input).await
    }

    /// Returns the gate of a run. [`Unreachable::NotRunning`] if it has none: an earlier version started
    /// it.
    pub(super) fn gate(&self, id: &WorkbenchId, run: u64) -> Result<PathBuf, Unreachable> {
        match self.inner.address(id, run) {
            Some(AppAddress::Gate { path, .. }) => Ok(path),
            Some(AppAddress::Port(_)) => Err(Unreachable::NotRunning),
            None => Err(io::Error::from(io::ErrorKind::NotConnected).into()),
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
        let requested = id.clone();
        match self
            .call(move |inner| inner.refuses_terminal(&requested, run))
            .await
        {
            Ok(None) => {
                let verb = SessionVerb::Open(size.bounded());
                self.ask_session(id, run, tab, verb).await
            }
            Ok(Some(why)) => Session::Refused(why.to_owned()),
            Err(error) => {
                tracing::warn!(workbench = %id, run, %error, "failed to read how a run was started");
                Session::Unknown
            }
        }
    }
}

impl Inner {
    /// Returns why a run may have no terminal.
    pub(super) fn refuses_terminal(
        &self,
        id: &WorkbenchId,
        run: u64,
    ) -> io::Result<Option<&'static str>> {
        let Some(launch) = self.folders.run(id, run).launch()? else {
            return Ok(Some("The run has no record of its start."));
        };
        let entry = self.config.catalogue.get(&launch.app);
        let is_isolated = launch.sandbox.is_some();
        Ok(match entry {
            Some(entry) => entry.refuses_sessions(is_isolated),
            None if is_isolated => None,
            None => Some("The catalogue has no such app any more, and it runs without a sandbox."),
        })
    }
}
