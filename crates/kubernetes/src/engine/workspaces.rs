//! Namespaces of workspaces, and what keeps the engine from acting.

use super::{KubernetesEngine, Standing, manifest};
use crate::cluster::{ChangeError, Cluster, PodRoute};
use crate::mutex::lock;
use crate::rights::ClusterUse;
use std::sync::Arc;
use std::time::Instant;
use vestibule_engine::Target;
use vestibule_model::ids::WorkspaceId;

impl KubernetesEngine {
    /// Returns what is observed of the cluster.
    pub fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    /// Returns the namespace of a workspace: the one that is watched, or else the one with the prefix.
    pub fn namespace(&self, workspace: &WorkspaceId) -> String {
        let watched = self.cluster.namespace(workspace);
        watched.unwrap_or_else(|| format!("{}{workspace}", self.config.namespace_prefix))
    }

    /// Returns `true` if nothing is created, changed or removed.
    pub fn is_observing_only(&self) -> bool {
        self.config.observe_only || self.why_not_managing().is_some()
    }

    /// Returns the use that this server makes of the cluster, as far as it is set.
    pub fn uses(&self) -> ClusterUse {
        ClusterUse {
            observes_only: self.config.observe_only,
            impersonates: self.config.impersonate.is_some(),
            forwards: self.config.pod_route == PodRoute::Forward,
            ..ClusterUse::default()
        }
    }

    /// Sets the state of this server's lease. While it doesn't, nothing is acted on.
    pub fn set_standing(&self, standing: Standing) {
        *lock(&self.standing) = Some(standing);
    }

    /// Returns why this server doesn't manage the cluster, or `None` if it does.
    pub fn why_not_managing(&self) -> Option<&'static str> {
        match *lock(&self.standing) {
            Some(Standing::Lost) => Some("another server manages the cluster"),
            Some(Standing::Held { until }) if until <= Instant::now() => {
                Some("this server's lease of the cluster has expired, and is being renewed")
            }
            Some(Standing::Held { .. }) | None => None,
        }
    }

    /// Creates the namespace of a workspace, unless it exists, and begins to watch its resources.
    ///
    /// # Errors
    /// Fails if the API server refuses it.
    pub async fn open_workspace(&self, workspace: &WorkspaceId) -> Result<(), ChangeError> {
        let namespace = self.namespace(workspace);
        let manifest = manifest::namespace(&namespace, workspace);
        self.cluster.ensure_namespace(&namespace, manifest).await?;
        self.cluster.watch_sessions(workspace, &namespace);
        Ok(())
    }

    /// Returns why nothing of a workbench is acted on, or `None` if it is.
    pub(super) fn hold(&self, target: &Target) -> Option<&'static str> {
        if self.why_not_managing().is_some() {
            Some("This server doesn't hold the lease of the cluster: it starts and stops nothing.")
        } else if self.config.observe_only {
            Some("The server only observes (--observe-only): it starts and stops nothing.")
        } else if self.cluster.is_paused(&target.workspace_id, &target.id) {
            Some("Paused by the annotation vestibule.dev/paused: nothing is started or stopped.")
        } else {
            None
        }
    }
}
