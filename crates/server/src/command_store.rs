//! Commands to workbenches, where the engine has the desired state: in the database, or in the resources of
//! a cluster.

use crate::problem::{self, ApiError};
use crate::store::{self, Actor, Command, Created, NewRow, Refusal, Store};
use async_trait::async_trait;
use std::sync::Arc;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::workbench::Workbench;
use vestibule_model::workspace::WorkbenchCounts;

/// Reason why a command was not accepted.
#[derive(Debug)]
pub enum CommandError {
    /// The workbench's state does not allow it, or the database failed.
    Refused(Refusal),
    /// The field belongs to another field manager of the resource.
    Conflict {
        /// The field.
        field: String,
        /// The manager.
        manager: String,
    },
    /// The resource is gone from the cluster.
    Gone,
    /// The cluster refuses it, in its words.
    ClusterRefuses(String),
    /// The cluster doesn't answer, and nothing was changed.
    ClusterAway(String),
    /// The cluster has not confirmed the change, which may have been carried out.
    ClusterUnconfirmed(String),
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<store::Error> for CommandError {
    fn from(error: store::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refused(refusal),
            CommandError::Conflict { field, manager } => problem::conflict(
                "managed-elsewhere",
                format!(
                    "The field {field} of the resource is managed by {manager}. Change it there."
                ),
            ),
            CommandError::Gone => problem::conflict(
                "gone-from-cluster",
                "The workbench's resource is gone from the cluster. Delete the workbench, and create a new one.",
            ),
            CommandError::ClusterRefuses(why) => {
                problem::conflict("cluster-refused", format!("The cluster refuses it: {why}"))
            }
            CommandError::ClusterAway(why) => problem::cluster_away(format!(
                "The cluster didn't take the change: {why}. Try again."
            )),
            CommandError::ClusterUnconfirmed(why) => problem::cluster_away(format!(
                "The cluster didn't confirm the change: {why}. It may have been carried out. Try again."
            )),
        }
    }
}

fn refused(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::Gone => problem::not_found("workbench"),
        Refusal::Deleting => problem::conflict(
            "deleting",
            "The workbench is being deleted. Create a new one instead.",
        ),
        Refusal::Stopping => problem::conflict(
            "stopping",
            "The workbench is being stopped. Start it once it has stopped.",
        ),
        Refusal::NotStarting => problem::conflict(
            "not-running",
            "There's no start to extend. Start the workbench.",
        ),
        Refusal::Store(error) => error.into(),
    }
}

/// Store of the desired state.
#[async_trait]
pub trait CommandStore: Send + Sync {
    /// Creates a workbench. The same request twice creates one.
    async fn create(&self, new: NewRow, by: Actor) -> Result<Created, CommandError>;

    /// Carries a command out, and returns the workbench after it.
    async fn carry_out(
        &self,
        id: &WorkbenchId,
        command: Command,
        by: Actor,
    ) -> Result<Box<Workbench>, CommandError>;

    /// Deletes an empty workspace. Returns the counts of its workbenches, or `None` if it does not exist.
    async fn delete_workspace(
        &self,
        id: &WorkspaceId,
        by: Actor,
    ) -> Result<Option<WorkbenchCounts>, CommandError>;
}

/// The database as the store of the desired state.
pub struct LocalCommands(pub Arc<Store>);

#[async_trait]
impl CommandStore for LocalCommands {
    async fn create(&self, new: NewRow, by: Actor) -> Result<Created, CommandError> {
        Ok(on_store(&self.0, move |store| store.create_workbench(&new, &by)).await?)
    }

    async fn carry_out(
        &self,
        id: &WorkbenchId,
        command: Command,
        by: Actor,
    ) -> Result<Box<Workbench>, CommandError> {
        let id = id.clone();
        Ok(on_store(&self.0, move |store| store.carry_out(&id, &command, &by)).await?)
    }

    async fn delete_workspace(
        &self,
        id: &WorkspaceId,
        by: Actor,
    ) -> Result<Option<WorkbenchCounts>, CommandError> {
        let id = id.clone();
        let deleted = on_store(&self.0, move |store| store.delete_workspace(&id, None, &by));
        Ok(deleted.await?)
    }
}

/// Runs a call to the store on a blocking thread.
pub async fn on_store<T: Send + 'static>(
    store: &Arc<Store>,
    work: impl FnOnce(&Store) -> T + Send + 'static,
) -> T {
    let store = Arc::clone(store);
    match tokio::task::spawn_blocking(move || work(&store)).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            // Re-raises the panic in the caller; the request is answered 500.
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a runtime that ends cancels blocking work; no request waits any more.
            Err(_) => std::future::pending().await,
        },
    }
}
