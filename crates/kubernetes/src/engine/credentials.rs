//! Connections to the gates of Pods, with the credentials of their runs.

use super::manifest;
use crate::cluster::{Cluster, PodRoute, Stream};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vestibule_engine::pod::{self, ClientCredentials};
use vestibule_model::ids::WorkbenchId;

/// Time limit of a connection, with its handshake.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

type Run = (WorkbenchId, u64);

/// Credentials of runs. They are also in the run's Secret, for a server that has started anew.
#[derive(Default)]
pub(super) struct CredentialCache(Mutex<HashMap<Run, Arc<ClientCredentials>>>);

impl CredentialCache {
    /// Adds the credentials of a run, instead of those of the workbench's earlier ones.
    pub(super) fn put(&self, id: &WorkbenchId, run: u64, credentials: Arc<ClientCredentials>) {
        let mut known = self.known();
        known.retain(|(other, _), _| other != id);
        known.insert((id.clone(), run), credentials);
    }

    /// Forgets the credentials of a workbench.
    pub(super) fn forget(&self, id: &WorkbenchId) {
        self.known().retain(|(other, _), _| other != id);
    }

    fn get(&self, id: &WorkbenchId, run: u64) -> Option<Arc<ClientCredentials>> {
        self.known().get(&(id.clone(), run)).cloned()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Run, Arc<ClientCredentials>>> {
        // Every change of it is complete by itself.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects to the gate of a run.
    pub(super) async fn connect(
        &self,
        cluster: &Cluster,
        pod_route: PodRoute,
        id: &WorkbenchId,
        run: u64,
    ) -> io::Result<impl Stream + use<>> {
        let connecting = async {
            cluster.listed(id).await;
            let credentials = self.of(cluster, id, run).await?;
            let stream = cluster
                .connect(pod_route, id, run, manifest::GATE_PORT)
                .await?;
            pod::connect(stream, &credentials).await
        };
        tokio::time::timeout(CONNECT_WITHIN, connecting).await?
    }

    async fn of(
        &self,
        cluster: &Cluster,
        id: &WorkbenchId,
        run: u64,
    ) -> io::Result<Arc<ClientCredentials>> {
        if let Some(known) = self.get(id, run) {
            return Ok(known);
        }
        let name = manifest::pod_name(id, run).map_err(io::Error::other)?;
        let secret = cluster.secret(id, run, &name);
        let secret = secret.await.map_err(io::Error::other)?;
        let data = secret.and_then(|secret| secret.data).unwrap_or_default();
        let text = data.get(manifest::CLIENT);
        let text = text.ok_or(io::ErrorKind::NotConnected)?;
        // The error must not quote the text, which contains a key.
        let found: ClientCredentials = serde_json::from_slice(&text.0)
            .map_err(|_| io::Error::other("the run's Secret has no credentials"))?;
        let found = Arc::new(found);
        self.put(id, run, Arc::clone(&found));
        Ok(found)
    }
}
