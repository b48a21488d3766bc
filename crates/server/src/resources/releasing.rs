//! Workspaces that are deleted: their namespaces are released, and stay with what is not Vestibule's own.

use super::Resources;
use crate::clock;
use crate::command_store::{CommandError, on_store};
use crate::store::Actor;
use std::sync::Arc;
use std::time::Duration;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::workspace::WorkbenchCounts;

/// Pause between two searches for folders of deleted workbenches in released namespaces.
const FOLDERS_EVERY: Duration = Duration::from_secs(30);

impl Resources {
    /// Deletes an empty workspace, and releases its namespace: no finalizer of Vestibule holds anything
    /// there any more, and it is no longer watched.
    pub(super) async fn release_workspace(
        &self,
        id: &WorkspaceId,
        by: Actor,
    ) -> Result<Option<WorkbenchCounts>, CommandError> {
        let lock = self.lock_of(id.as_str());
        let _locked = lock.lock().await;
        let key = id.clone();
        let known = on_store(&self.store, move |store| store.workspace(&key)).await?;
        let Some(known) = known else {
            return Ok(None);
        };
        if known.workbenches.total > 0 {
            return Ok(Some(known.workbenches));
        }
        self.expect_to_manage()?;
        // Of workbenches that are gone, or that this database never had.
        for place in self.cluster().held_sessions(id) {
            if self.engine.is_observing_only() {
                return Err(CommandError::ClusterRefuses(format!(
                    "the server only observes (--observe-only), and can't take its finalizer from the resource {}",
                    place.name
                )));
            }
            self.cluster().release_session(&place).await?;
        }
        let namespace = self.engine.namespace(id);
        let workspace = id.clone();
        let deleted = on_store(&self.store, move |store| {
            store.delete_workspace(&workspace, Some(&namespace), &by)
        })
        .await?;
        if deleted.is_some_and(|workbenches| workbenches.total == 0) {
            self.cluster().unwatch(id);
            self.news_of_releases.notify_one();
        }
        Ok(deleted)
    }

    /// Removes the folders that are kept in released namespaces, at their time, until the server ends.
    pub(super) async fn remove_released_folders(self: Arc<Self>) {
        loop {
            let namespaces = self.write("read the released namespaces", |store| {
                store.namespaces_with_folders()
            });
            let mut is_done = true;
            for namespace in namespaces.await {
                is_done &= self.remove_folders(namespace).await;
            }
            let pause = async {
                match is_done {
                    true => std::future::pending().await,
                    false => tokio::time::sleep(FOLDERS_EVERY).await,
                }
            };
            tokio::select! {
                () = pause => {}
                () = self.news_of_releases.notified() => {}
            }
        }
    }

    /// Removes the folders that are kept in a released namespace and whose time has come. Returns `true`
    /// if there are no others.
    async fn remove_folders(&self, namespace: String) -> bool {
        if self.engine.is_observing_only() {
            return false;
        }
        let kept = self.cluster().remove_released_in(&namespace, clock::now());
        match kept.await {
            Ok(0) => {
                self.write("note a namespace without folders", move |store| {
                    store.note_no_folders(&namespace)
                })
                .await;
                true
            }
            Ok(_) => false,
            Err(error) => {
                tracing::warn!(namespace, %error, "failed to remove the folders of deleted workbenches");
                false
            }
        }
    }
}
