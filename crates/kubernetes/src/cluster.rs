//! Observation of a cluster: watches keep a copy of what belongs to the workbenches of each
//! namespace, and an observation reads that copy.

mod cache;
mod change;
mod copies;
mod edit;
mod events;
mod finalizer;
mod follow;
pub mod names;
mod namespaces;
mod note;
mod pod_route;
mod released;
mod resource_changes;
mod reviews;
mod session;
mod session_error;
mod sessions;
mod status;
#[cfg(test)]
mod tests;
mod to_review;
mod users;
mod watch_backoff;

use crate::facts::{self, Facts};
use crate::mutex::lock;
use copies::{FIRST_LIST_WITHIN, Failure, Kind, Shared, Workspace, why_failed};
use k8s_openapi::api::core::v1 as core;
use kube::api::{ApiResource, DynamicObject, ListParams};
use kube::{Api, Client, Config};
use serde_json::Value;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use to_review::{ScopesToReview, reviewing_refusals};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use users::Users;
use vestibule_engine::Target;
use vestibule_engine::clock::SystemClock;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::observed::{Observed, Probe, Runner, Volume};
use vestibule_model::time::{Millis, Timestamp};

pub use change::ChangeError;
pub(crate) use copies::Created;
pub use edit::EditConflict;
pub use events::Notice;
pub use namespaces::{LabelledNamespace, NamespaceChange};
pub use pod_route::PodRoute;
pub(crate) use pod_route::Stream;
pub use resource_changes::ResourceChange;
pub use session::{
    CONSOLE, FINALIZER, PAUSED, REQUEST, REQUESTED_BY, Session, Unreadable, is_deleting, is_held,
};
pub use session_error::SessionError;
pub use sessions::{Left, NewSession, ResourceKey, SpecChange};
pub use status::{FIELD_MANAGER, StatusError};
pub use to_review::ReviewScope;

/// Watched namespaces of a cluster. Dropping it ends the watches.
pub struct Cluster {
    shared: Arc<Shared>,
    /// Clients of users; `None` if the server acts as itself for them.
    users: Option<Users>,
    /// Second annotation with a run's progress, for other programs; `None` for none.
    progress_annotation: Option<String>,
    closing: CancellationToken,
}

impl Cluster {
    /// Creates the copies of a cluster, of which nothing is watched yet.
    pub fn new(client: Client) -> Self {
        let (changes, receiver) = mpsc::unbounded_channel();
        let (resource_changes, session_receiver) = mpsc::unbounded_channel();
        let to_review = Arc::new(ScopesToReview::default());
        // The rights in the whole cluster are reviewed first.
        to_review.add(None);
        let client = reviewing_refusals(client, Arc::clone(&to_review));
        let shared = Shared {
            client,
            to_review,
            creates_namespaces: AtomicBool::new(false),
            clock: Arc::new(SystemClock),
            workspaces: RwLock::default(),
            refusals: Mutex::default(),
            changes,
            receiver: Mutex::new(Some(receiver)),
            resource_changes,
            session_receiver: Mutex::new(Some(session_receiver)),
        };
        Self {
            shared: Arc::new(shared),
            users: None,
            progress_annotation: None,
            closing: CancellationToken::new(),
        }
    }

    /// Acts as the users of the console where those change resources.
    pub fn impersonating(mut self, config: Config) -> Self {
        self.users = Some(Users::new(config));
        self
    }

    /// Writes the progress of runs into another annotation too.
    pub fn noting_progress_in(mut self, annotation: Option<String>) -> Self {
        self.progress_annotation = annotation;
        self
    }

    /// Begins to watch the namespace of a workspace, unless that is watched already. Has to be called
    /// within a tokio runtime.
    pub fn watch(&self, workspace: &WorkspaceId, namespace: &str) {
        self.watch_kinds(workspace, namespace, &Kind::ALL);
    }

    /// Begins to watch the namespace of a workspace without its AgenticSessions, whose definition the
    /// cluster may not have.
    pub fn watch_runs(&self, workspace: &WorkspaceId, namespace: &str) {
        self.watch_kinds(workspace, namespace, &Kind::OF_RUNS);
    }

    /// Begins to watch the AgenticSessions of a workspace.
    pub fn watch_sessions(&self, workspace: &WorkspaceId, namespace: &str) {
        self.watch_kinds(workspace, namespace, &[Kind::Session]);
    }

    /// Ends the watches of a workspace that was deleted.
    pub fn unwatch(&self, workspace: &WorkspaceId) {
        let workspaces = self.shared.workspaces.write();
        let mut workspaces = workspaces.unwrap_or_else(PoisonError::into_inner);
        if let Some(gone) = workspaces.remove(workspace) {
            gone.closing.cancel();
        }
    }

    /// Returns the namespace of a workspace, or `None` if it is not watched.
    pub fn namespace(&self, workspace: &WorkspaceId) -> Option<String> {
        let workspace = self.shared.workspace(workspace)?;
        Some(workspace.namespace.clone())
    }

    fn watch_kinds(&self, workspace: &WorkspaceId, namespace: &str, kinds: &[Kind]) {
        let found = self.shared.workspace(workspace).unwrap_or_else(|| {
            let workspaces = self.shared.workspaces.write();
            let mut workspaces = workspaces.unwrap_or_else(PoisonError::into_inner);
            let added = workspaces.entry(workspace.clone()).or_insert_with(|| {
                self.shared.to_review.add(Some(namespace.to_owned()));
                let begin = self.shared.clock.now();
                Arc::new(Workspace::new(
                    workspace.clone(),
                    namespace.to_owned(),
                    begin,
                    self.closing.child_token(),
                ))
            });
            Arc::clone(added)
        });
        let mut begun = lock(&found.begun);
        for kind in kinds {
            if begun.contains(kind) {
                continue;
            }
            begun.push(*kind);
            let following = follow::follow(Arc::clone(&self.shared), Arc::clone(&found), *kind);
            tokio::spawn(found.closing.clone().run_until_cancelled_owned(following));
        }
    }

    /// Returns the stream of workbenches of which something has changed; `None` from the second call
    /// on.
    pub fn take_changes(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        lock(&self.shared.receiver).take()
    }

    /// Observes a workbench. The copies are read; only events, and Pods while their watch fails, are
    /// asked for.
    pub async fn observe(&self, target: &Target) -> Observed {
        let Some(workspace) = self.shared.workspace(&target.workspace_id) else {
            let why = format!("the workspace {} has no namespace", target.workspace_id);
            return unobserved(self.shared.clock.now(), why);
        };
        // A workspace that is new is listed within milliseconds.
        let _ = tokio::time::timeout(FIRST_LIST_WITHIN, workspace.listed()).await;
        if let Some(failure) = workspace.first_listing() {
            return unobserved(failure.since, failure.why);
        }
        let pod = match self.pod(target, &workspace).await {
            Ok(pod) => pod,
            Err(failure) => return unobserved(failure.since, failure.why),
        };
        let claim = workspace.claims.newest_of(&target.id, |_| true);
        let secrets = workspace.secret_names();
        let now = self.shared.clock.now();
        let refusal = self.refusal(target, Created::Pod);
        let claim_refusal = self.refusal(target, Created::Claim);
        let mut found = Facts {
            pod: pod.as_deref(),
            claim: claim.as_deref(),
            named_secrets: &target.spec.secrets,
            secrets: Some(&secrets),
            active_deadline: target
                .spec
                .active_deadline_seconds
                .map(|seconds| Millis::from_secs(seconds.into())),
            refusal: refusal.as_ref(),
            claim_refusal: claim_refusal.as_ref(),
            ..Facts::default()
        };
        let seen = facts::observed(&found, now);
        let stuck = [
            pod.as_deref().filter(|_| is_stuck(&seen)),
            claim.as_deref().filter(|_| is_pending(&seen.volume)),
        ];
        let mut events = Vec::new();
        for object in stuck.into_iter().flatten() {
            events.extend(self.events(&workspace.namespace, object).await);
        }
        if events.is_empty() {
            return seen;
        }
        found.events = &events;
        facts::observed(&found, now)
    }

    /// Returns the Pod of the current run, from the copy or, while that may be old, by a call.
    async fn pod(
        &self,
        target: &Target,
        workspace: &Workspace,
    ) -> Result<Option<Arc<Value>>, Failure> {
        let Some(run) = &target.run else {
            return Ok(None);
        };
        let is_of_run = |object: &Value| names::run_of(object) == Some(run.number);
        let Some(failure) = lock(&workspace.pods.failure).clone() else {
            return Ok(workspace.pods.newest_of(&target.id, is_of_run));
        };
        let pods: Api<DynamicObject> = Api::namespaced_with(
            self.shared.client.clone(),
            &workspace.namespace,
            &ApiResource::erase::<core::Pod>(&()),
        );
        let chosen = ListParams::default().labels(&format!(
            "{}={},{}={}",
            names::WORKBENCH,
            target.id,
            names::RUN,
            run.number
        ));
        let found = pods.list(&chosen).await.map_err(|error| Failure {
            why: why_failed(&error),
            ..failure
        })?;
        // The watch stands still, but the Pod was seen just now.
        if let Some(failure) = &mut *lock(&workspace.pods.failure) {
            failure.since = self.shared.clock.now();
        }
        let objects = found
            .items
            .iter()
            .filter_map(|pod| serde_json::to_value(pod).ok());
        Ok(objects.max_by_key(names::created).map(Arc::new))
    }

    /// Returns the events about an object; none if they cannot be listed, because they only explain.
    async fn events(&self, namespace: &str, object: &Value) -> Vec<Value> {
        let Some(uid) = object["metadata"]["uid"].as_str() else {
            return Vec::new();
        };
        let events: Api<DynamicObject> = Api::namespaced_with(
            self.shared.client.clone(),
            namespace,
            &ApiResource::erase::<core::Event>(&()),
        );
        let about = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
        match events.list(&about).await {
            Ok(found) => found
                .items
                .iter()
                .filter_map(|event| serde_json::to_value(event).ok())
                .collect(),
            Err(error) => {
                tracing::warn!(namespace, %error, "failed to list events");
                Vec::new()
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

fn is_stuck(seen: &Observed) -> bool {
    matches!(seen.runner, Runner::Waiting { .. }) || matches!(seen.probe, Probe::Failed(_))
}

fn is_pending(volume: &Volume) -> bool {
    matches!(
        volume,
        Volume::Pending(_) | Volume::WithJob | Volume::Lost(_)
    )
}

fn unobserved(since: Timestamp, why: String) -> Observed {
    Observed {
        runner: Runner::Unobserved { since, why },
        ..Observed::default()
    }
}
