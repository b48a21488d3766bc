//! Rows that follow what others change in the cluster.

use super::{Resources, backoff, cluster_itself, lock, originators, pause, place};
use crate::clock;
use crate::command_store::on_store;
use crate::store::{self, Adopted};
use std::collections::BTreeSet;
use std::sync::Arc;
use vestibule_engine::controller::Controller;
use vestibule_kubernetes::cluster::{ResourceChange, ResourceKey, Session, SessionError};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Reason why a resource could not be followed now.
#[derive(Debug, thiserror::Error)]
pub(super) enum FollowError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("the console is creating it")]
    BeingCreated,
}

impl Resources {
    /// Follows the resources until the server ends.
    pub(super) async fn reflect(self: Arc<Self>, controller: Controller) {
        let Some(mut changes) = self.cluster().take_resource_changes() else {
            return;
        };
        while let Some(one) = changes.recv().await {
            match one {
                ResourceChange::Changed(workspace, id) => {
                    self.spawn(Arc::clone(&self).follow_one(workspace, id, controller.clone()));
                }
                ResourceChange::Listed(workspace) => {
                    self.spawn(Arc::clone(&self).follow_all(workspace, controller.clone()));
                }
            }
        }
    }

    /// Follows the resources of a list, and those that are missing in it.
    async fn follow_all(self: Arc<Self>, workspace: WorkspaceId, controller: Controller) {
        let mut backoff = backoff();
        let known = loop {
            let key = workspace.clone();
            let known = on_store(&self.store, move |store| {
                store.workbenches_with_resources(&key)
            });
            match known.await {
                Ok(known) => break known,
                Err(error) => {
                    tracing::error!(%workspace, %error, "failed to list the workbenches of a workspace");
                    tokio::time::sleep(pause(&mut backoff)).await;
                }
            }
        };
        let shown = self.cluster().session_ids(&workspace).unwrap_or_default();
        for id in known.into_iter().chain(shown).collect::<BTreeSet<_>>() {
            let following = Arc::clone(&self).follow_one(workspace.clone(), id, controller.clone());
            self.spawn(following);
        }
    }

    /// Follows one resource, as it is now.
    async fn follow_one(
        self: Arc<Self>,
        workspace: WorkspaceId,
        id: WorkbenchId,
        controller: Controller,
    ) {
        let mut backoff = backoff();
        loop {
            let followed = {
                // The turn last: a task that waits for a long command to the same resource holds none.
                let lock = self.lock_of(id.as_str());
                let _locked = lock.lock().await;
                // Not closed while this task lives.
                let _turn = self.turns.acquire().await;
                self.try_to_follow(&workspace, &id, &controller).await
            };
            match followed {
                Ok(()) => return,
                Err(error) => {
                    if !matches!(error, FollowError::BeingCreated) {
                        tracing::warn!(workbench = %id, %error, "failed to follow a resource");
                    }
                    tokio::time::sleep(pause(&mut backoff)).await;
                }
            }
        }
    }

    async fn try_to_follow(
        self: &Arc<Self>,
        workspace: &WorkspaceId,
        id: &WorkbenchId,
        controller: &Controller,
    ) -> Result<(), FollowError> {
        let row = {
            let id = id.clone();
            on_store(&self.store, move |store| store.resource_row(&id)).await?
        };
        let Some(object) = self.cluster().session(workspace, id) else {
            lock(&self.released).remove(id);
            self.forget_unread(id);
            let Some(row) = row.filter(|row| !row.is_gone) else {
                return Ok(());
            };
            // A copy that is begun anew is no proof.
            if !self.cluster().has_session(&place(id, &row)).await? {
                let id = id.clone();
                let by = cluster_itself();
                let gone = id.clone();
                let has_changed =
                    on_store(&self.store, move |store| store.note_gone(&gone, &by)).await?;
                if has_changed {
                    tracing::warn!(workbench = %id, name = row.name, namespace = row.namespace, "a resource is gone from the cluster");
                    controller.enqueue(&id);
                }
            }
            return Ok(());
        };
        if lock(&self.released).contains(id) {
            return Ok(());
        }
        let session = match Session::read(&object) {
            Ok(session) => session,
            Err(why) => {
                let row = row.as_ref();
                let left = self.leave_unread(workspace, id, &object, row, &why, controller);
                return left.await;
            }
        };
        self.forget_unread(id);
        if session.deleting && !session.is_held && row.is_none() {
            return Ok(());
        }
        let request = session.request.as_ref();
        if row.is_none() && request.is_some_and(|request| lock(&self.creating).contains(request)) {
            return Err(FollowError::BeingCreated);
        }
        if row.is_none() && !self.has_workspace(workspace).await? {
            tracing::warn!(%workspace, name = session.name, "a resource is in the namespace of no workspace");
            return Ok(());
        }
        // Held before it is a workbench: the deletion of one that is not held is only seen afterwards.
        let may_act = !self.engine.is_observing_only() && !self.cluster().is_paused(workspace, id);
        if !session.is_held && !session.deleting && may_act {
            let place = ResourceKey {
                namespace: session.namespace.clone(),
                name: session.name.clone(),
                id: session.id.clone(),
            };
            self.cluster().hold_session(&place).await?;
        }
        let by = originators::of(&session, clock::now());
        let had_row = row.is_some();
        match self.adopt(workspace, &session, had_row, by, None).await? {
            Adopted::Changed => controller.enqueue(id),
            Adopted::Known => {}
            // Deleted just now.
            Adopted::NoWorkspace | Adopted::Deleted => return Ok(()),
        }
        self.show_status(id.clone());
        Ok(())
    }
    async fn has_workspace(&self, workspace: &WorkspaceId) -> store::Result<bool> {
        let workspace = workspace.clone();
        let found = on_store(&self.store, move |store| store.workspace(&workspace)).await?;
        Ok(found.is_some())
    }
}
