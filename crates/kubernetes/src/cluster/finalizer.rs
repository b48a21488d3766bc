//! The finalizer: the deletion of a resource is held until the end of its run is observed.

use super::copies::session_resource;
use super::session::{FINALIZER, is_held};
use super::session_error::SessionError;
use super::sessions::{CHANGES, ResourceKey, TRIES};
use super::status::FIELD_MANAGER;
use super::{Cluster, names};
use crate::mutex::lock;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use vestibule_model::ids::WorkspaceId;

impl Cluster {
    /// Returns the resources of a workspace that have Vestibule's finalizer.
    pub fn held_sessions(&self, workspace: &WorkspaceId) -> Vec<ResourceKey> {
        let Some(workspace) = self.shared.workspace(workspace) else {
            return Vec::new();
        };
        let cache = lock(&workspace.sessions.cache);
        let held = cache.all().filter(|session| is_held(session));
        held.filter_map(ResourceKey::of).collect()
    }

    /// Returns `true` if a resource is there, asked of the API server and not of the copy.
    ///
    /// # Errors
    /// Fails if the API server doesn't answer.
    pub async fn has_session(&self, place: &ResourceKey) -> Result<bool, SessionError> {
        let found = self.sessions(&place.namespace).get_opt(&place.name).await?;
        Ok(found.is_some_and(|found| found.metadata.uid.as_deref() == Some(names::uid(&place.id))))
    }

    /// Holds the deletion of a resource until [`Cluster::release_session`].
    ///
    /// # Errors
    /// Fails if the API server refuses it.
    pub async fn hold_session(&self, place: &ResourceKey) -> Result<(), SessionError> {
        let resource = session_resource();
        let body = json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": { "name": place.name, "uid": names::uid(&place.id), "finalizers": [FINALIZER] },
        });
        let how = PatchParams::apply(FIELD_MANAGER).force();
        let sessions = self.sessions(&place.namespace);
        sessions
            .patch(&place.name, &how, &Patch::Apply(&body))
            .await?;
        Ok(())
    }

    /// Continues the deletion of a resource.
    ///
    /// # Errors
    /// Fails if the API server refuses it.
    pub async fn release_session(&self, place: &ResourceKey) -> Result<(), SessionError> {
        let sessions = self.sessions(&place.namespace);
        for _ in 0..TRIES {
            let Some(live) = sessions.get_opt(&place.name).await? else {
                return Ok(());
            };
            let metadata = live.metadata;
            let mut finalizers = metadata.finalizers.unwrap_or_default();
            let is_held = finalizers.iter().any(|one| one == FINALIZER);
            if !is_held || metadata.uid.as_deref() != Some(names::uid(&place.id)) {
                return Ok(());
            }
            finalizers.retain(|one| one != FINALIZER);
            let body = json!({ "metadata": {
                "resourceVersion": metadata.resource_version,
                "finalizers": finalizers,
            } });
            let how = PatchParams::default();
            match sessions
                .patch(&place.name, &how, &Patch::Merge(&body))
                .await
            {
                Ok(_) => return Ok(()),
                Err(error) => match SessionError::from(error) {
                    SessionError::Gone => {}
                    other => return Err(other),
                },
            }
        }
        Err(SessionError::Unreachable(CHANGES.to_owned()))
    }
}
