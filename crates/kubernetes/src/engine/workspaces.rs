//! Namespaces of workspaces, and what keeps the engine from acting.

use super::{KubernetesEngine, manifest};
use crate::cluster::{ChangeError, Cluster, Way};
use crate::rights::Uses;
use std::sync::Arc;
use std::sync::atomic::Ordering;
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
        self.config.observe_only || self.is_superseded()
    }

    /// Returns the use that this server makes of the cluster, as far as it is set.
    pub fn uses(&self) -> Uses {
        Uses {
            observes_only: self.config.observe_only,
            impersonates: self.config.impersonate.is_some(),
            forwards: self.config.way == Way::Forward,
            ..Uses::default()
        }
    }

    /// Tells the engine whether another server manages the cluster: then nothing is acted on.
    pub fn supersede(&self, is_superseded: bool) {
        self.is_superseded.store(is_superseded, Ordering::Release);
    }

    /// Returns `true` while another server manages the cluster.
    pub fn is_superseded(&self) -> bool {
        self.is_superseded.load(Ordering::Acquire)
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
        if self.is_superseded() {
            Some("Another server manages this cluster: this one starts and stops nothing.")
        } else if self.config.observe_only {
            Some("The server only observes (--observe-only): it starts and stops nothing.")
        } else if self.cluster.is_paused(&target.workspace_id, &target.id) {
            Some("Paused by the annotation vestibule.dev/paused: nothing is started or stopped.")
        } else {
            None
        }
    }
}
