//! Copies of the objects of each namespace, and notifications of their changes.

use super::cache::{Object, ObjectCache};
use super::names;
use super::resource_changes::ResourceChange;
use super::to_review::ScopesToReview;
use crate::mutex::lock;
use crate::resource::AgenticSession;
use k8s_openapi::api::core::v1 as core;
use kube::api::ApiResource;
use kube::runtime::watcher;
use kube::{Client, ResourceExt};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use vestibule_engine::clock::Clock;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// Time for which the first list of a namespace is waited for.
pub(super) const FIRST_LIST_WITHIN: Duration = Duration::from_secs(5);
/// Reason of a failure before the first list.
const NOT_LISTED: &str = "it was not listed yet";

/// Kind of the watched objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Session,
    Pod,
    Claim,
    Secret,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Session, Self::Pod, Self::Claim, Self::Secret];
    /// Kinds that an observation needs.
    pub(super) const OF_RUNS: [Self; 3] = [Self::Pod, Self::Claim, Self::Secret];

    pub(super) fn resource(self) -> ApiResource {
        match self {
            Self::Session => session_resource(),
            Self::Pod => ApiResource::erase::<core::Pod>(&()),
            Self::Claim => ApiResource::erase::<core::PersistentVolumeClaim>(&()),
            Self::Secret => ApiResource::erase::<core::Secret>(&()),
        }
    }

    /// Returns the configuration of the watch, with the objects of Vestibule alone.
    pub(super) fn config(self) -> watcher::Config {
        let config = watcher::Config::default();
        match self {
            Self::Session => config,
            Self::Pod | Self::Claim => config.labels(names::WORKBENCH),
            Self::Secret => config.labels(&format!("{}=true", names::SECRET)),
        }
    }

    /// Returns an object without the types of the client, or `None` if it is not JSON.
    pub(super) fn object(self, object: &(impl Serialize + ResourceExt)) -> Option<Object> {
        let mut value = serde_json::to_value(object).ok()?;
        // They are as long as the object, and only those of sessions are read.
        if self != Self::Session
            && let Some(metadata) = value["metadata"].as_object_mut()
        {
            metadata.remove("managedFields");
        }
        Some(Object {
            name: object.name_any(),
            workbench: self.workbench_of(&value),
            value: Arc::new(value),
        })
    }

    fn workbench_of(self, value: &Value) -> Option<WorkbenchId> {
        match self {
            Self::Session => names::workbench_of_session(value),
            Self::Pod | Self::Claim => names::workbench_of(value),
            Self::Secret => None,
        }
    }
}

/// Kind of an object that is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Created {
    Pod,
    Claim,
}

impl Created {
    /// Returns the kind of its copies.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Pod => Kind::Pod,
            Self::Claim => Kind::Claim,
        }
    }
}

/// Client, copies and changes of a cluster.
pub(super) struct Shared {
    pub(super) client: Client,
    /// Places whose rights are in doubt.
    pub(super) to_review: Arc<ScopesToReview>,
    /// `true` once a namespace was to be created.
    pub(super) creates_namespaces: AtomicBool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) workspaces: RwLock<BTreeMap<WorkspaceId, Arc<Workspace>>>,
    /// The `Status` with which the creation of a run's object was refused, with the run's number.
    pub(super) refusals: Mutex<HashMap<(WorkbenchId, Created), (u64, Value)>>,
    pub(super) changes: mpsc::UnboundedSender<WorkbenchId>,
    pub(super) receiver: Mutex<Option<mpsc::UnboundedReceiver<WorkbenchId>>>,
    pub(super) resource_changes: mpsc::UnboundedSender<ResourceChange>,
    pub(super) session_receiver: Mutex<Option<mpsc::UnboundedReceiver<ResourceChange>>>,
}

/// Copies of the objects of one namespace.
pub(super) struct Workspace {
    pub(super) id: WorkspaceId,
    pub(super) namespace: String,
    /// Kinds whose watches have begun.
    pub(super) begun: Mutex<Vec<Kind>>,
    /// Held while a session is created: whether there is one of its name has to be known until then.
    pub(super) creating: tokio::sync::Mutex<()>,
    pub(super) sessions: Watched,
    pub(super) pods: Watched,
    pub(super) claims: Watched,
    pub(super) secrets: Watched,
    /// Wakes those that wait for the first lists, when one is complete or has failed.
    pub(super) change: Notify,
    /// Ends the watches.
    pub(super) closing: CancellationToken,
}

/// Copy of the objects of one kind.
pub(super) struct Watched {
    pub(super) cache: Mutex<ObjectCache>,
    /// Begin and reason of the watch's failure; `None` while it works.
    pub(super) failure: Mutex<Option<Failure>>,
}

#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) since: Timestamp,
    pub(super) why: String,
}

impl Workspace {
    pub(super) fn new(
        id: WorkspaceId,
        namespace: String,
        begin: Timestamp,
        closing: CancellationToken,
    ) -> Self {
        let watched = || Watched {
            cache: Mutex::default(),
            failure: Mutex::new(Some(Failure {
                since: begin,
                why: NOT_LISTED.to_owned(),
            })),
        };
        Self {
            id,
            namespace,
            begun: Mutex::default(),
            creating: tokio::sync::Mutex::default(),
            sessions: watched(),
            pods: watched(),
            claims: watched(),
            secrets: watched(),
            change: Notify::new(),
            closing,
        }
    }

    pub(super) fn of(&self, kind: Kind) -> &Watched {
        match kind {
            Kind::Session => &self.sessions,
            Kind::Pod => &self.pods,
            Kind::Claim => &self.claims,
            Kind::Secret => &self.secrets,
        }
    }

    /// Waits until everything was listed, or a list has failed.
    pub(super) async fn listed(&self) {
        loop {
            let change = self.change.notified();
            match self.first_listing() {
                Some(failure) if failure.why == NOT_LISTED => change.await,
                _ => return,
            }
        }
    }

    /// Returns why there is nothing to read yet, or `None` once everything was listed.
    pub(super) fn first_listing(&self) -> Option<Failure> {
        let missing = Kind::OF_RUNS.into_iter().map(|kind| self.of(kind));
        let mut missing = missing.filter(|watched| !lock(&watched.cache).is_listed());
        missing.find_map(|watched| lock(&watched.failure).clone())
    }

    pub(super) fn secret_names(&self) -> BTreeSet<String> {
        let cache = lock(&self.secrets.cache);
        cache.all().filter_map(names::secret_of).collect()
    }

    /// Returns the names of the Secrets, by the name of the secret.
    pub(super) fn secret_objects(&self) -> BTreeMap<String, String> {
        let cache = lock(&self.secrets.cache);
        let named = cache.all().filter_map(|secret| {
            let object = secret["metadata"]["name"].as_str()?;
            Some((names::secret_of(secret)?, object.to_owned()))
        });
        named.collect()
    }

    /// Returns the workbenches that a change of an object concerns.
    pub(super) fn concerned(&self, kind: Kind, object: &Object) -> Vec<WorkbenchId> {
        match kind {
            Kind::Session | Kind::Pod | Kind::Claim => object.workbench.iter().cloned().collect(),
            Kind::Secret => {
                let Some(name) = names::secret_of(&object.value) else {
                    return Vec::new();
                };
                let cache = lock(&self.sessions.cache);
                let users = cache.all().filter(|session| names_secret(session, &name));
                users.filter_map(names::workbench_of_session).collect()
            }
        }
    }
}

impl Shared {
    /// Returns the copies of a workspace's namespace, or `None` if it is not watched.
    pub(super) fn workspace(&self, id: &WorkspaceId) -> Option<Arc<Workspace>> {
        let workspaces = self.workspaces.read();
        let workspaces = workspaces.unwrap_or_else(PoisonError::into_inner);
        workspaces.get(id).cloned()
    }

    pub(super) fn all_workspaces(&self) -> Vec<Arc<Workspace>> {
        let workspaces = self.workspaces.read();
        let workspaces = workspaces.unwrap_or_else(PoisonError::into_inner);
        workspaces.values().cloned().collect()
    }

    /// Returns `true` if a namespace is watched.
    pub(super) fn watches(&self, namespace: &str) -> bool {
        let all = self.all_workspaces();
        all.iter().any(|workspace| workspace.namespace == namespace)
    }

    /// Returns the copies in which a workbench has an object of a kind, or `None` if it has none.
    pub(super) fn workspace_of(&self, id: &WorkbenchId, kind: Kind) -> Option<Arc<Workspace>> {
        let workspaces = self.workspaces.read();
        let workspaces = workspaces.unwrap_or_else(PoisonError::into_inner);
        let has =
            |workspace: &&Arc<Workspace>| workspace.of(kind).newest_of(id, |_| true).is_some();
        workspaces.values().find(has).cloned()
    }
}

impl Watched {
    /// Adds an object that the API server has just returned, so that the next observation is not older
    /// than it.
    pub(super) fn put(&self, object: Object) {
        lock(&self.cache).put_created(object);
    }

    /// Returns the objects of a workbench.
    pub(super) fn all_of(&self, id: &WorkbenchId) -> Vec<Arc<Value>> {
        lock(&self.cache).of(id).cloned().collect()
    }

    /// Returns the newest object of a workbench that is chosen, or `None`.
    pub(super) fn newest_of(
        &self,
        id: &WorkbenchId,
        is_chosen: impl Fn(&Value) -> bool,
    ) -> Option<Arc<Value>> {
        let cache = lock(&self.cache);
        let all = cache.of(id).filter(|object| is_chosen(object));
        all.max_by_key(|object| names::created(object))
            .map(Arc::clone)
    }
}

fn names_secret(session: &Value, name: &str) -> bool {
    let named = session["spec"]["secrets"].as_array();
    named.is_some_and(|named| named.iter().any(|one| one == name))
}

/// Returns why a call failed, for people: in the API server's words if it answered.
pub(super) fn why_failed(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => status.message.clone(),
        kube::Error::Api(status) => format!("the API server answered with {}", status.code),
        other => format!("the API server can't be reached ({other})"),
    }
}

/// Returns the resource by which sessions are watched. One of a newer version must not take the list
/// with it, so it is read leniently.
pub(super) fn session_resource() -> ApiResource {
    ApiResource::erase::<AgenticSession>(&())
}
