//! Progress of a run as an annotation of its resource, which Vestibule itself does not read.

use super::change::is_gone;
use super::copies::{Kind, session_resource};
use super::{Cluster, names};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use vestibule_model::ids::WorkbenchId;

/// Annotation of a resource: the newest progress message of the current run's app.
const PROGRESS: &str = "vestibule.dev/runner-progress";
/// Field manager of that annotation alone: an apply without it removes it.
const FIELD_MANAGER: &str = "vestibule-progress";

impl Cluster {
    /// Sets the progress of a run on the workbench's resource, or removes it. There may be no resource, or
    /// a newer run: then nothing is changed.
    ///
    /// # Errors
    /// Fails if the API server refuses it.
    pub(crate) async fn note_progress(
        &self,
        id: &WorkbenchId,
        run: u64,
        text: Option<&str>,
    ) -> Result<(), kube::Error> {
        let Some(workspace) = self.shared.workspace_of(id, Kind::Session) else {
            return Ok(());
        };
        if self.highest_run(&workspace.id, id) > run {
            return Ok(());
        }
        let Some(session) = workspace.sessions.newest_of(id, |_| true) else {
            return Ok(());
        };
        let metadata = &session["metadata"];
        let known = metadata["annotations"][PROGRESS].as_str();
        let (Some(name), true) = (metadata["name"].as_str(), known != text) else {
            return Ok(());
        };
        let resource = session_resource();
        let annotations: Value = match text {
            Some(text) => {
                let all = [Some(PROGRESS), self.progress_annotation.as_deref()];
                let all = all.into_iter().flatten();
                all.map(|name| (name.to_owned(), json!(text))).collect()
            }
            None => json!({}),
        };
        let body = json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            // The same name with another uid is another workbench, and refused as a conflict.
            "metadata": { "name": name, "uid": names::uid(id), "annotations": annotations },
        });
        let how = PatchParams::apply(FIELD_MANAGER).force();
        let sessions = self.sessions(&workspace.namespace);
        let patched = sessions.patch(name, &how, &Patch::Apply(&body)).await;
        if !is_gone(&patched) {
            patched?;
        }
        Ok(())
    }
}
