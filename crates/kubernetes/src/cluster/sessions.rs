//! Calls about resources: creation, changes, deletion, and the finalizer.

use super::copies::{Kind, Workspace, session_resource, why_failed};
use super::edit;
use super::resource_changes::ResourceChange;
use super::session::{CONSOLE, FINALIZER, REQUEST, REQUESTED_BY, Session, Unreadable, is_paused};
use super::session_error::SessionError;
use super::{Cluster, names};
use crate::mutex::lock;
use crate::resource::AgenticSessionSpec;
use kube::Api;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, Preconditions};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use vestibule_engine::Target;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::workbench::Desired;

/// Tries of a change that newer versions of the resource overtake.
pub(super) const TRIES: u32 = 12;
/// Pause after the first try; each further one is longer.
const PAUSE: Duration = Duration::from_millis(10);
/// Reason of a change that was overtaken as often.
pub(super) const CHANGES: &str = "the resource changes all the time";

/// Place of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceKey {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The workbench, whose identifier has the uid.
    pub id: WorkbenchId,
}

impl ResourceKey {
    /// Returns the key of a resource, or `None` if its metadata has no identity.
    pub fn of(session: &Value) -> Option<Self> {
        let metadata = &session["metadata"];
        Some(Self {
            namespace: metadata["namespace"].as_str()?.to_owned(),
            name: metadata["name"].as_str()?.to_owned(),
            id: names::workbench_of_session(session)?,
        })
    }
}

/// Resource to create.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Name.
    pub name: &'a str,
    /// The request, so that the same one again creates no second resource.
    pub request: &'a str,
    /// The desired state.
    pub spec: AgenticSessionSpec,
    /// The user who requests it.
    pub requested_by: &'a str,
    /// `true` if its deletion is held from the beginning.
    pub is_held: bool,
}

/// State of a resource after its deletion was requested.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    /// No resource.
    Nothing,
    /// Resource that is being deleted.
    Deleting(Box<Session>),
    /// Unreadable resource that is being deleted.
    Unreadable,
}

/// Change of the spec of a resource.
#[derive(Debug, Clone)]
pub struct SpecChange<'a> {
    /// The user who requests it.
    pub requested_by: &'a str,
    /// `true` if fields of other managers are taken, of those that are changed.
    pub is_forced: bool,
}

impl Cluster {
    /// Returns the stream of changes of resources; `None` from the second call on.
    pub fn take_resource_changes(&self) -> Option<mpsc::UnboundedReceiver<ResourceChange>> {
        lock(&self.shared.session_receiver).take()
    }

    /// Returns the copy of a workbench's resource, or `None` if there is none.
    pub fn session(&self, workspace: &WorkspaceId, id: &WorkbenchId) -> Option<Arc<Value>> {
        let workspace = self.shared.workspace(workspace)?;
        workspace.sessions.newest_of(id, |_| true)
    }

    /// Returns the workbenches whose resources are in a workspace, or `None` before they were listed.
    pub fn session_ids(&self, workspace: &WorkspaceId) -> Option<Vec<WorkbenchId>> {
        let workspace = self.shared.workspace(workspace)?;
        let cache = lock(&workspace.sessions.cache);
        let all = cache.all().filter_map(names::workbench_of_session);
        cache.is_listed().then(|| all.collect())
    }

    /// Returns `true` if an annotation keeps Vestibule from acting on a workbench.
    pub fn is_paused(&self, workspace: &WorkspaceId, id: &WorkbenchId) -> bool {
        self.session(workspace, id)
            .is_some_and(|session| is_paused(&session))
    }

    /// Returns the reference to a workbench's resource as the owner of its Pods, or `None` if there is no
    /// resource.
    pub(crate) fn owner(&self, target: &Target) -> Option<Value> {
        let session = self.session(&target.workspace_id, &target.id)?;
        let metadata = &session["metadata"];
        let resource = session_resource();
        Some(json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "name": metadata["name"],
            "uid": metadata["uid"],
            // A drain removes only Pods that something would make again.
            "controller": true,
        }))
    }

    /// Returns the highest number of a workbench's runs that the cluster shows, in Pods or in the
    /// status; 0 if there is none.
    pub fn highest_run(&self, workspace: &WorkspaceId, id: &WorkbenchId) -> u64 {
        let of_status = self
            .session(workspace, id)
            .and_then(|session| session["status"]["runNumber"].as_u64());
        let workspace = self.shared.workspace(workspace);
        let pods = workspace.map_or_else(Vec::new, |workspace| workspace.pods.all_of(id));
        let of_pods = pods.iter().filter_map(|pod| names::run_of(pod));
        of_pods.chain(of_status).max().unwrap_or(0)
    }

    /// Creates a resource, unless there is one of this request or name, and returns it, and whether it
    /// is new.
    ///
    /// # Errors
    /// Fails if the API server refuses it.
    pub async fn create_session(
        &self,
        workspace: &WorkspaceId,
        new: &NewSession<'_>,
    ) -> Result<(Session, bool), SessionError> {
        let workspace = self.shared.workspace(workspace).ok_or(SessionError::Gone)?;
        let _creating = workspace.creating.lock().await;
        let sessions = self.sessions(&workspace.namespace);
        let NewSession { name, request, .. } = *new;
        // Asked of the API server: after a restart the copy is not complete yet.
        let of_request = ListParams::default().labels(&format!("{REQUEST}={request}"));
        let requested = sessions.list(&of_request).await?.items.pop();
        let there = match requested {
            None => sessions.get_opt(name).await?,
            there => there,
        };
        if let Some(there) = there {
            return Ok((read(&there)?, false));
        }
        let resource = session_resource();
        let mut body = json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": {
                "name": name,
                "labels": { REQUEST: request },
                "annotations": { REQUESTED_BY: new.requested_by },
            },
            "spec": edit::spec_value(&new.spec),
        });
        if new.is_held {
            body["metadata"]["finalizers"] = json!([FINALIZER]);
        }
        // Applied and not created: the console then owns the fields as it does after a change.
        let how = PatchParams::apply(CONSOLE);
        let sessions = self.sessions_of(new.requested_by, &workspace.namespace)?;
        let created = sessions.patch(name, &how, &Patch::Apply(&body)).await;
        let created = created.map_err(|error| match &error {
            // The namespace is missing.
            kube::Error::Api(status) if status.code == 404 => {
                SessionError::Refused(why_failed(&error))
            }
            // Another one came first.
            kube::Error::Api(status) if status.code == 409 => {
                SessionError::Unreachable(why_failed(&error))
            }
            _ => SessionError::of_change(error),
        })?;
        self.keep(&workspace, &created);
        Ok((read(&created)?, true))
    }

    /// Changes the spec of a resource, and returns it with the managers that the changed fields of the
    /// desired state had.
    ///
    /// # Errors
    /// Fails if the API server refuses it, or a changed field belongs to another manager.
    pub async fn change_session(
        &self,
        place: &ResourceKey,
        how: &SpecChange<'_>,
        change: impl Fn(&mut AgenticSessionSpec),
    ) -> Result<(Session, Vec<String>), SessionError> {
        let sessions = self.sessions(&place.namespace);
        let of_user = self.sessions_of(how.requested_by, &place.namespace)?;
        for turn in 1..=TRIES {
            let live = sessions.get_opt(&place.name).await?;
            let live = live.ok_or(SessionError::Gone)?;
            let mut session = read(&live)?;
            if session.id != place.id {
                return Err(SessionError::Gone);
            }
            let before = session.spec.clone();
            change(&mut session.spec);
            let live = value(&live);
            let mut body = edit::body(&live, &session.spec, how.requested_by)
                .map_err(SessionError::Conflict)?;
            let resource = session_resource();
            body["apiVersion"] = resource.api_version.into();
            body["kind"] = resource.kind.into();
            let mut params = PatchParams::apply(CONSOLE);
            params.force = how.is_forced;
            match of_user
                .patch(&place.name, &params, &Patch::Apply(&body))
                .await
            {
                Ok(changed) => {
                    let is_taken = how.is_forced && before.desired != session.spec.desired;
                    let owners = match is_taken {
                        true => edit::others_of(&live, "desired"),
                        false => Vec::new(),
                    };
                    let owners = owners.into_iter().map(str::to_owned).collect();
                    return Ok((read(&changed)?, owners));
                }
                Err(error) => {
                    let why = why_failed(&error);
                    tracing::debug!(
                        name = place.name,
                        turn,
                        why,
                        "a change of a resource is overtaken"
                    );
                    match SessionError::of_change(error) {
                        // A newer version, as of its status; if it is gone, the next list shows it.
                        SessionError::Gone => tokio::time::sleep(PAUSE * turn).await,
                        other => return Err(other),
                    }
                }
            }
        }
        Err(SessionError::Unreachable(CHANGES.to_owned()))
    }

    /// Requests a stop from a resource that can't be read: the one field is changed.
    ///
    /// # Errors
    /// Fails if the API server refuses it.
    pub async fn stop_unreadable(
        &self,
        place: &ResourceKey,
        requested_by: &str,
    ) -> Result<(), SessionError> {
        let sessions = self.sessions_of(requested_by, &place.namespace)?;
        let body = json!({
            "metadata": {
                "uid": names::uid(&place.id),
                "annotations": { REQUESTED_BY: requested_by },
            },
            "spec": { "desired": Desired::Stopped },
        });
        let how = PatchParams {
            field_manager: Some(CONSOLE.to_owned()),
            ..PatchParams::default()
        };
        sessions
            .patch(&place.name, &how, &Patch::Merge(&body))
            .await?;
        Ok(())
    }

    /// Deletes a resource, and returns what is left of it.
    ///
    /// # Errors
    /// Fails if the API server refuses it.
    pub async fn delete_session(
        &self,
        place: &ResourceKey,
        requested_by: &str,
    ) -> Result<Left, SessionError> {
        let sessions = self.sessions_of(requested_by, &place.namespace)?;
        let only = DeleteParams::default().preconditions(Preconditions {
            uid: Some(names::uid(&place.id).to_owned()),
            ..Preconditions::default()
        });
        for turn in 1..=TRIES {
            match sessions.delete(&place.name, &only).await {
                Ok(deleted) => {
                    return Ok(match deleted.left().map(|left| read(&left)) {
                        None => Left::Nothing,
                        Some(Ok(session)) => Left::Deleting(Box::new(session)),
                        Some(Err(_)) => Left::Unreadable,
                    });
                }
                Err(error) => match SessionError::of_change(error) {
                    // Another one has its name, or only its version is newer.
                    SessionError::Gone if self.has_session(place).await? => {
                        tokio::time::sleep(PAUSE * turn).await;
                    }
                    SessionError::Gone => return Ok(Left::Nothing),
                    other => return Err(other),
                },
            }
        }
        Err(SessionError::Unreachable(CHANGES.to_owned()))
    }

    /// Returns a resource as it is now, asked of the API server and not of the copy; `None` if it is gone.
    ///
    /// # Errors
    /// Fails if the API server doesn't answer.
    pub async fn newest_session(
        &self,
        place: &ResourceKey,
    ) -> Result<Option<Session>, SessionError> {
        let found = self.sessions(&place.namespace).get_opt(&place.name).await?;
        let uid = Some(names::uid(&place.id));
        let found = found.filter(|found| found.metadata.uid.as_deref() == uid);
        Ok(found.map(|found| read(&found)).transpose()?)
    }

    /// Returns the resources of a namespace for changes of a user.
    fn sessions_of(&self, user: &str, namespace: &str) -> Result<Api<DynamicObject>, kube::Error> {
        let client = match &self.users {
            Some(users) => users.client(user)?,
            None => self.shared.client.clone(),
        };
        Ok(Api::namespaced_with(client, namespace, &session_resource()))
    }

    pub(super) fn sessions(&self, namespace: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.shared.client.clone(), namespace, &session_resource())
    }

    /// Adds a resource that the API server has just returned to the copy.
    fn keep(&self, workspace: &Workspace, object: &DynamicObject) {
        if let Some(object) = Kind::Session.object(object) {
            workspace.sessions.put(object);
        }
    }
}

fn read(object: &DynamicObject) -> Result<Session, Unreadable> {
    Session::read(&value(object))
}

fn value(object: &DynamicObject) -> Value {
    serde_json::to_value(object).unwrap_or_default()
}

#[cfg(test)]
mod tests;
