//! Notes on Pods that Vestibule itself does not read.

use super::Cluster;
use super::change::{ChangeError, is_gone};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use vestibule_model::ids::WorkbenchId;

impl Cluster {
    /// Sets an annotation of a run's Pod, if there is one.
    pub(crate) async fn annotate_pod(
        &self,
        id: &WorkbenchId,
        run: u64,
        name: &str,
        text: &str,
    ) -> Result<(), ChangeError> {
        let Some((workspace, pod)) = self.known_pod(id, run) else {
            return Ok(());
        };
        let metadata = &pod["metadata"];
        let Some(pod) = metadata["name"].as_str() else {
            return Ok(());
        };
        let pods: Api<core::Pod> =
            Api::namespaced(self.shared.client.clone(), &workspace.namespace);
        // The same name with another uid is another Pod, and refused as a conflict.
        let patch = json!({
            "metadata": { "uid": metadata["uid"], "annotations": { name: text } },
        });
        let patched = pods
            .patch(pod, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        if !is_gone(&patched) {
            patched?;
        }
        Ok(())
    }
}
