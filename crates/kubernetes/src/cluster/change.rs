//! Changes of a cluster: creation and removal of what belongs to a run.
//!
//! Each can be repeated: what is there already stays, and what is gone needs no removal.

use super::copies::{Created, Kind, Workspace, why_failed};
use super::status::FIELD_MANAGER;
use super::{Cluster, names};
use crate::facts::STOP_REQUESTED;
use crate::mutex::lock;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{
    DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams, Preconditions,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_engine::Target;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// Deadline that ends a Pod at once, in seconds; Kubernetes takes no smaller one.
const AT_ONCE: u32 = 1;

/// Failure of a change: a sentence without a secret.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct ChangeError {
    why: String,
    /// The `Status` with which it is refused; `None` if nothing has refused it.
    refusal: Option<Value>,
}

impl ChangeError {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            refusal: None,
        }
    }

    /// Returns the failure of a change that can't be carried out until someone changes something.
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            refusal: Some(json!({ "message": why })),
            why,
        }
    }

    /// Returns `true` if the same change is refused again until someone changes something.
    pub(crate) fn is_lasting(&self) -> bool {
        let code = |refusal: &Value| refusal["code"].as_u64().unwrap_or_default();
        let refusal = self.refusal.as_ref();
        refusal.is_some_and(|refusal| !matches!(code(refusal), 409 | 429 | 500..))
    }

    /// Returns `true` if the object to change is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        let refusal = self.refusal.as_ref();
        refusal.is_some_and(|refusal| refusal["code"] == 404)
    }
}

impl From<kube::Error> for ChangeError {
    fn from(error: kube::Error) -> Self {
        let why = why_failed(&error);
        let refusal = match error {
            kube::Error::Api(status) => serde_json::to_value(&status).ok(),
            _ => None,
        };
        Self { why, refusal }
    }
}

impl Cluster {
    /// Returns the uid of the Pod of the current run, or `None` if there is none.
    pub(crate) fn pod_uid(&self, target: &Target) -> Option<String> {
        let pod = self.known_pod(&target.id, target.run.as_ref()?.number)?.1;
        pod["metadata"]["uid"].as_str().map(str::to_owned)
    }

    /// Returns the Pod of a run, and the copies of its namespace; `None` if there is none.
    pub(super) fn known_pod(
        &self,
        id: &WorkbenchId,
        run: u64,
    ) -> Option<(Arc<Workspace>, Arc<Value>)> {
        let workspace = self.shared.workspace_of(id, Kind::Pod)?;
        let is_of_run = |pod: &Value| names::run_of(pod) == Some(run);
        let pod = workspace.pods.newest_of(id, is_of_run)?;
        Some((workspace, pod))
    }

    /// Returns the refusal of an object of the current run, or of what comes before it; `None` if there was
    /// none.
    pub(super) fn refusal(&self, target: &Target, created: Created) -> Option<Value> {
        let run = target.run.as_ref()?;
        let refusals = lock(&self.shared.refusals);
        let (number, refusal) = refusals.get(&(target.id.clone(), created))?;
        (*number == run.number).then(|| refusal.clone())
    }

    /// Records how the creation of an object ended: a refusal is observed until it succeeds.
    pub(crate) fn record_creation(
        &self,
        target: &Target,
        created: Created,
        done: &Result<(), ChangeError>,
    ) {
        let Some(run) = &target.run else {
            return;
        };
        let key = (target.id.clone(), created);
        let mut refusals = lock(&self.shared.refusals);
        match done {
            Ok(()) => {
                refusals.remove(&key);
            }
            Err(error) => {
                let Some(refusal) = &error.refusal else {
                    return;
                };
                let new = (run.number, refusal.clone());
                if refusals.get(&key) != Some(&new) {
                    tracing::warn!(workbench = %target.id, ?created, %error, "a creation is refused");
                    refusals.insert(key, new);
                }
            }
        }
    }

    /// Applies the Secret of a run.
    pub(crate) async fn apply_secret(
        &self,
        target: &Target,
        manifest: Value,
    ) -> Result<(), ChangeError> {
        let secrets = self.api::<core::Secret>(self.workspace(target)?.as_ref());
        let name = name_of(&manifest);
        let how = PatchParams::apply(FIELD_MANAGER).force();
        secrets.patch(&name, &how, &Patch::Apply(manifest)).await?;
        Ok(())
    }

    /// Changes a key of a run's Secret.
    pub(crate) async fn change_secret(
        &self,
        target: &Target,
        name: &str,
        key: &str,
        text: &str,
    ) -> Result<(), ChangeError> {
        let secrets = self.api::<core::Secret>(self.workspace(target)?.as_ref());
        let patch = json!({ "stringData": { key: text } });
        let patched = secrets
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        if !is_gone(&patched) {
            patched?;
        }
        Ok(())
    }

    /// Returns the names of the Secrets of a workspace, by the name of the secret.
    pub(crate) fn secret_objects(&self, workspace: &WorkspaceId) -> BTreeMap<String, String> {
        let workspace = self.shared.workspace(workspace);
        workspace.map_or_else(BTreeMap::new, |workspace| workspace.secret_objects())
    }

    /// Returns the content of a run's Secret, or `None` if there is none.
    pub(crate) async fn secret(
        &self,
        id: &WorkbenchId,
        run: u64,
        name: &str,
    ) -> Result<Option<core::Secret>, ChangeError> {
        let Some((workspace, _)) = self.known_pod(id, run) else {
            return Ok(None);
        };
        let secrets: Api<core::Secret> =
            Api::namespaced(self.shared.client.clone(), &workspace.namespace);
        Ok(secrets.get_opt(name).await?)
    }

    /// Creates an object of a workbench.
    pub(crate) async fn create(
        &self,
        target: &Target,
        created: Created,
        manifest: Value,
    ) -> Result<(), ChangeError> {
        let workspace = self.workspace(target)?;
        let kind = created.kind();
        let all: Api<DynamicObject> = Api::namespaced_with(
            self.shared.client.clone(),
            &workspace.namespace,
            &kind.resource(),
        );
        let name = name_of(&manifest);
        let answer = all.create(&by_us(), &object(manifest)?).await;
        let there = match answer {
            Ok(object) => object,
            Err(kube::Error::Api(status))
                if status.code == 409 && status.reason == "AlreadyExists" =>
            {
                all.get(&name).await?
            }
            Err(error) => return Err(error.into()),
        };
        let there = kind.object(&there).filter(|there| {
            let is_of_run = created == Created::Claim
                || names::run_of(&there.value) == target.run.as_ref().map(|run| run.number);
            there.workbench.as_ref() == Some(&target.id) && is_of_run
        });
        let Some(there) = there else {
            return Err(ChangeError::refused(format!(
                "An object that isn't Vestibule's has the name {name} in the namespace {}. Remove it.",
                workspace.namespace
            )));
        };
        workspace.of(kind).put(there);
        Ok(())
    }

    /// Makes a Secret vanish with its Pod.
    pub(crate) async fn give_to_pod(&self, target: &Target, name: &str) -> Result<(), ChangeError> {
        let Some(uid) = self.pod_uid(target) else {
            return Ok(());
        };
        let owner = json!({ "apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid });
        let patch = json!({ "metadata": { "ownerReferences": [owner] } });
        let secrets = self.api::<core::Secret>(self.workspace(target)?.as_ref());
        secrets
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await?;
        Ok(())
    }

    /// Ends the Pod of the current run: its containers are asked to end, and killed after its grace
    /// period.
    ///
    /// A Pod whose container has started is not deleted, but given a deadline that has passed: so it
    /// stays, with its end and its output.
    pub(crate) async fn stop_pod(
        &self,
        target: &Target,
        now: Timestamp,
    ) -> Result<(), ChangeError> {
        let Some(run) = &target.run else {
            return Ok(());
        };
        let Some((workspace, pod)) = self.known_pod(&target.id, run.number) else {
            return Ok(());
        };
        let metadata = &pod["metadata"];
        let (Some(name), Some(uid)) = (metadata["name"].as_str(), metadata["uid"].as_str()) else {
            return Ok(());
        };
        // The deadline comes with the request; a deletion after it, which may have failed.
        let is_asked = metadata["annotations"][STOP_REQUESTED].is_string()
            && pod["spec"]["activeDeadlineSeconds"] == AT_ONCE;
        if is_asked || metadata["deletionTimestamp"].is_string() {
            return Ok(());
        }
        let has_started = pod["status"]["containerStatuses"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|status| {
                status["started"] == true
                    || status["restartCount"].as_u64() > Some(0)
                    || !status["state"]["terminated"].is_null()
            });
        let pods = self.api::<core::Pod>(&workspace);
        let mut patch = json!({
            // The same name with another uid is another Pod, and refused as a conflict.
            "metadata": { "uid": uid, "annotations": { STOP_REQUESTED: now.to_string() } },
        });
        if has_started {
            patch["spec"] = json!({ "activeDeadlineSeconds": AT_ONCE });
        }
        let patched = pods
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        if is_gone(&patched) {
            return Ok(());
        }
        patched?;
        if !has_started {
            let deleted = pods.delete(name, &only(uid)).await;
            if !is_gone(&deleted) {
                deleted?;
            }
        }
        Ok(())
    }

    /// Returns `true` if the cluster may start a container of the current run's Pod.
    pub(crate) fn may_run(&self, target: &Target) -> bool {
        let run = target.run.as_ref();
        let pod = run.and_then(|run| self.known_pod(&target.id, run.number));
        pod.is_some_and(|(_, pod)| {
            let phase = pod["status"]["phase"].as_str();
            pod["metadata"]["deletionTimestamp"].is_null()
                && pod["spec"]["restartPolicy"] != "Never"
                && !matches!(phase, Some("Succeeded" | "Failed"))
        })
    }

    /// Removes the Pods and Secrets of a workbench.
    pub(crate) async fn remove_runs(&self, target: &Target) -> Result<(), ChangeError> {
        let workspace = self.workspace(target)?;
        let ours = ListParams::default().labels(&format!("{}={}", names::WORKBENCH, target.id));
        let how = DeleteParams::default();
        self.api::<core::Pod>(&workspace)
            .delete_collection(&how, &ours)
            .await?;
        self.api::<core::Secret>(&workspace)
            .delete_collection(&how, &ours)
            .await?;
        lock(&self.shared.refusals).retain(|(id, _), _| *id != target.id);
        Ok(())
    }

    /// Removes the Pods of runs before this one.
    pub(crate) async fn remove_runs_before(
        &self,
        target: &Target,
        run: u64,
    ) -> Result<(), ChangeError> {
        let workspace = self.workspace(target)?;
        let all = workspace.pods.all_of(&target.id);
        let is_old = |pod: &&Arc<Value>| names::run_of(pod).is_some_and(|number| number < run);
        let pods = self.api::<core::Pod>(&workspace);
        for pod in all.iter().filter(is_old) {
            let metadata = &pod["metadata"];
            let (Some(name), Some(uid)) = (metadata["name"].as_str(), metadata["uid"].as_str())
            else {
                continue;
            };
            let deleted = pods.delete(name, &only(uid)).await;
            if !is_gone(&deleted) {
                deleted?;
            }
        }
        Ok(())
    }

    pub(super) fn workspace(&self, target: &Target) -> Result<Arc<Workspace>, ChangeError> {
        self.shared.workspace(&target.workspace_id).ok_or_else(|| {
            ChangeError::new(format!(
                "the workspace {} has no namespace",
                target.workspace_id
            ))
        })
    }

    pub(super) fn api<K>(&self, workspace: &Workspace) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.shared.client.clone(), &workspace.namespace)
    }
}

pub(super) fn by_us() -> PostParams {
    PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    }
}

/// Returns the condition that an object to delete is still the one that was seen.
pub(super) fn only(uid: &str) -> DeleteParams {
    DeleteParams::default().preconditions(Preconditions {
        uid: Some(uid.to_owned()),
        ..Preconditions::default()
    })
}

/// Returns `true` if an object to change is gone, or another one has its name.
pub(super) fn is_gone<T>(answer: &Result<T, kube::Error>) -> bool {
    matches!(answer, Err(kube::Error::Api(status)) if [404, 409].contains(&status.code))
}

fn name_of(manifest: &Value) -> String {
    let name = manifest["metadata"]["name"].as_str();
    name.unwrap_or_default().to_owned()
}

pub(super) fn object(manifest: Value) -> Result<DynamicObject, ChangeError> {
    serde_json::from_value(manifest).map_err(|error| ChangeError::new(error.to_string()))
}
