//! Workbenches whose desired state is in the resources of a cluster.
//!
//! A command becomes a change of the resource first, and its acceptance is applied to the rows by the same
//! function as what others change there. The rows are a copy for lists, streams and the journal.

mod commands;
mod notices;
mod originators;
mod placing;
mod reflector;
mod releasing;
mod rights;
mod statuses;
mod unreadable;

pub use rights::REVIEW_EVERY;
pub use statuses::ResourceStatuses;

use crate::clock;
use crate::command_store::on_store;
use crate::store::{
    self, Actor, Adopted, NewMessageRow, Originators, Resource, ResourceRow, Store,
};
use crate::tokens;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use vestibule_engine::Engine as _;
use vestibule_engine::controller::Controller;
use vestibule_kubernetes::cluster::{Cluster, ResourceKey, Session};
use vestibule_kubernetes::engine::KubernetesEngine;
use vestibule_model::adoption::Wanted;
use vestibule_model::backoff::Backoff;
use vestibule_model::ids::{MessageId, TabId, UserId, WorkbenchId, WorkspaceId};
use vestibule_model::time::Millis;

/// Most resources that are adopted or written at the same time.
const AT_ONCE: usize = 8;

/// The resources of a cluster, and the rows that follow them.
pub struct Resources {
    store: Arc<Store>,
    engine: Arc<KubernetesEngine>,
    /// Workbenches whose status is being written; `true` if it has to be written once more.
    statuses: Mutex<HashMap<WorkbenchId, bool>>,
    /// Locks of resources that are being changed or adopted, by workbench, and of workspaces that are
    /// being deleted or get a workbench.
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Requests of the console whose resources are being created.
    creating: Mutex<HashSet<String>>,
    /// Workbenches whose deletion is complete, while their resources may still be shown.
    released: Mutex<HashSet<WorkbenchId>>,
    /// Resources that can't be read, and their generations for which that was reported.
    unread: Mutex<HashMap<WorkbenchId, u64>>,
    /// Wakes the removal of folders in released namespaces.
    news_of_releases: Notify,
    turns: Semaphore,
    closing: CancellationToken,
}

impl Resources {
    /// Begins to watch the resources of every workspace. It comes before the controller, which looks for
    /// workbenches in the namespaces that are watched. Has to be called within a tokio runtime.
    ///
    /// # Errors
    /// Fails if the workspaces cannot be read.
    pub fn watch(store: Arc<Store>, engine: Arc<KubernetesEngine>) -> store::Result<Arc<Self>> {
        for (workspace, namespace) in store.namespaces()? {
            let namespace = namespace.unwrap_or_else(|| engine.namespace(&workspace));
            engine.cluster().watch_sessions(&workspace, &namespace);
        }
        Ok(Arc::new(Self {
            store,
            engine,
            statuses: Mutex::default(),
            locks: Mutex::default(),
            creating: Mutex::default(),
            released: Mutex::default(),
            unread: Mutex::default(),
            news_of_releases: Notify::new(),
            turns: Semaphore::new(AT_ONCE),
            closing: CancellationToken::new(),
        }))
    }

    /// Begins to follow the resources. Has to be called within a tokio runtime.
    pub fn follow(self: &Arc<Self>, controller: &Controller) {
        self.spawn(Arc::clone(self).reflect(controller.clone()));
        self.spawn(Arc::clone(self).adopt_namespaces());
        self.spawn(Arc::clone(self).remove_released_folders());
    }

    /// Ends the following of resources.
    pub fn shut_down(&self) {
        self.closing.cancel();
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(self.closing.clone().run_until_cancelled_owned(work));
    }

    fn cluster(&self) -> &Cluster {
        self.engine.cluster()
    }

    /// Writes to the store, however often that takes.
    async fn write<T: Send + 'static>(
        &self,
        what: &str,
        work: impl Fn(&Store) -> store::Result<T> + Send + Sync + 'static,
    ) -> T {
        let work = Arc::new(work);
        let mut backoff = backoff();
        loop {
            let turn = Arc::clone(&work);
            match on_store(&self.store, move |store| turn(store)).await {
                Ok(done) => return done,
                Err(error) => {
                    tracing::error!(%error, "failed to {what}");
                    tokio::time::sleep(pause(&mut backoff)).await;
                }
            }
        }
    }

    /// Returns the lock of a workbench's resource, or of a workspace.
    fn lock_of(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = lock(&self.locks);
        locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        Arc::clone(locks.entry(id.to_owned()).or_default())
    }

    /// Applies a resource to the rows. `had_row`: it had one when it was read.
    async fn adopt(
        &self,
        workspace: &WorkspaceId,
        session: &Session,
        had_row: bool,
        by: Originators,
        remark: Option<String>,
    ) -> store::Result<Adopted> {
        let spec = &session.spec;
        let mut settings = spec.settings.clone();
        settings.env.get_or_insert_default();
        settings.parameters.get_or_insert_default();
        let task = self.engine.task(&spec.app, &settings).await;
        let author = by.settings.id.clone();
        let resource = Resource {
            id: session.id.clone(),
            workspace_id: workspace.clone(),
            namespace: session.namespace.clone(),
            name: session.name.clone(),
            app: spec.app.clone(),
            generation: session.generation,
            had_row,
            wanted: Wanted {
                name: session.shown_name().to_owned(),
                spec: settings,
                desired: spec.desired.clone(),
                run_request: spec.run_request.clone(),
                deleting: session.deleting,
            },
            status: session.status.clone(),
            highest_run: self.cluster().highest_run(workspace, &session.id),
            task: task.map(|text| NewMessageRow {
                id: MessageId::new(tokens::uuid(clock::now())),
                tab_id: TabId::new(tokens::uuid(clock::now())),
                text,
                by: author.unwrap_or_else(|| UserId::new("")),
            }),
        };
        on_store(&self.store, move |store| {
            store.adopt(&resource, &by, remark.as_deref())
        })
        .await
    }

    /// Continues the deletion of a resource, however often that takes.
    fn release(self: &Arc<Self>, id: WorkbenchId, row: ResourceRow) {
        let resources = Arc::clone(self);
        self.spawn(async move {
            let place = place(&id, &row);
            let mut backoff = backoff();
            while let Err(error) = resources.cluster().release_session(&place).await {
                tracing::warn!(workbench = %id, %error, "failed to release a resource that is deleted");
                tokio::time::sleep(pause(&mut backoff)).await;
            }
        });
    }
}

fn place(id: &WorkbenchId, row: &ResourceRow) -> ResourceKey {
    ResourceKey {
        namespace: row.namespace.clone(),
        name: row.name.clone(),
        id: id.clone(),
    }
}

fn backoff() -> Backoff {
    Backoff::new(Millis(250), Millis::from_secs(10))
}

fn pause(backoff: &mut Backoff) -> Duration {
    backoff.pause(1.0, None).to_std()
}

/// Returns the cluster as the originator of a change.
fn cluster_itself() -> Actor {
    Actor {
        name: "The cluster".to_owned(),
        ..Actor::server(clock::now())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change behind these locks is complete by itself.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
