//! Claims of folders whose workbenches were deleted: they are kept for a while.

use super::change::{ChangeError, is_gone, only};
use super::{Cluster, names};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::json;
use vestibule_engine::Target;
use vestibule_model::time::Timestamp;

impl Cluster {
    /// Removes the claim of a workbench's folder, or leaves it to [`Cluster::remove_released`] at a
    /// later time.
    pub(crate) async fn release_claim(
        &self,
        target: &Target,
        remove_at: Option<Timestamp>,
    ) -> Result<(), ChangeError> {
        let workspace = self.workspace(target)?;
        let claims = self.api::<core::PersistentVolumeClaim>(&workspace);
        for claim in workspace.claims.all_of(&target.id) {
            let metadata = &claim["metadata"];
            let (Some(name), Some(uid)) = (metadata["name"].as_str(), metadata["uid"].as_str())
            else {
                continue;
            };
            let Some(at) = remove_at else {
                let deleted = claims.delete(name, &only(uid)).await;
                if !is_gone(&deleted) {
                    deleted?;
                }
                continue;
            };
            let labels = json!({ names::WORKBENCH: null, names::RELEASED: "true" });
            let annotations = json!({
                names::RELEASED_BY: target.id.as_str(),
                names::REMOVE_AT: at.to_string(),
            });
            let patch = json!({
                "metadata": { "uid": uid, "labels": labels, "annotations": annotations },
            });
            let patched = claims
                .patch(name, &PatchParams::default(), &Patch::Merge(patch))
                .await;
            if !is_gone(&patched) {
                patched?;
            }
        }
        Ok(())
    }

    /// Removes the released claims of every watched namespace whose time has come. One that refuses it
    /// doesn't keep the others.
    pub(crate) async fn remove_released(&self, now: Timestamp) {
        for workspace in self.shared.all_workspaces() {
            let namespace = &workspace.namespace;
            if let Err(error) = self.remove_released_in(namespace, now).await {
                tracing::warn!(namespace, %error, "failed to remove the folders of deleted workbenches");
            }
        }
    }

    /// Removes the released claims of a namespace whose time has come, and returns the number of the
    /// others.
    ///
    /// # Errors
    /// Fails if the API server refuses it.
    pub async fn remove_released_in(
        &self,
        namespace: &str,
        now: Timestamp,
    ) -> Result<usize, ChangeError> {
        let released = ListParams::default().labels(&format!("{}=true", names::RELEASED));
        let claims: Api<core::PersistentVolumeClaim> =
            Api::namespaced(self.shared.client.clone(), namespace);
        let mut kept = 0;
        for claim in claims.list(&released).await? {
            let metadata = claim.metadata;
            let annotations = metadata.annotations.unwrap_or_default();
            let at = annotations.get(names::REMOVE_AT);
            let at = at.and_then(|at| Timestamp::parse(at));
            match (at, metadata.name, metadata.uid) {
                (Some(at), Some(name), Some(uid)) if at <= now => {
                    let deleted = claims.delete(&name, &only(&uid)).await;
                    if !is_gone(&deleted) {
                        deleted?;
                    }
                }
                (Some(_), ..) => kept += 1,
                // Without a time it is left to a person.
                (None, ..) => {}
            }
        }
        Ok(kept)
    }
}
