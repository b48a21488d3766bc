//! Resources that can't be read, as those of a newer version: they cause no action, and that is reported.

use super::reflector::FollowError;
use super::{Resources, lock, originators};
use crate::clock;
use crate::command_store::on_store;
use crate::store::{Command, Refusal, ResourceRow};
use serde_json::Value;
use std::sync::Arc;
use vestibule_engine::controller::Controller;
use vestibule_kubernetes::cluster::{Notice, ResourceKey, Unreadable, is_deleting, is_held};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

impl Resources {
    /// Reports, once for each generation, that a resource can't be read: by an event about it, and in the
    /// journal of its run. A deletion is carried out nevertheless.
    pub(super) async fn leave_unread(
        self: &Arc<Self>,
        workspace: &WorkspaceId,
        id: &WorkbenchId,
        object: &Value,
        row: Option<&ResourceRow>,
        why: &Unreadable,
        controller: &Controller,
    ) -> Result<(), FollowError> {
        if is_deleting(object) {
            return self.delete_unread(id, object, row, controller).await;
        }
        let generation = object["metadata"]["generation"].as_u64().unwrap_or(1);
        if lock(&self.unread).insert(id.clone(), generation) == Some(generation) {
            return Ok(());
        }
        let metadata = &object["metadata"];
        tracing::warn!(namespace = %metadata["namespace"], name = %metadata["name"], error = %why, "a resource can't be read");
        let message = format!(
            "The resource can't be read: {why}. What runs goes on, and nothing else is done until the resource is \
             corrected. If a newer version of Vestibule wrote it, update the server."
        );
        if row.is_some() {
            let (id, message) = (id.clone(), message.clone());
            on_store(&self.store, move |store| {
                store.note_unreadable(&id, generation, &message, clock::now())
            })
            .await?;
        }
        if !self.engine.is_observing_only() {
            let notice = Notice {
                is_warning: true,
                condition: "Read".to_owned(),
                reason: "Unreadable".to_owned(),
                message,
            };
            let published = self.cluster().publish(workspace, id, &[notice]).await;
            if let Err(error) = published {
                tracing::warn!(workbench = %id, %error, "failed to publish an event");
            }
        }
        Ok(())
    }

    /// Carries out the deletion of a resource that can't be read.
    async fn delete_unread(
        self: &Arc<Self>,
        id: &WorkbenchId,
        object: &Value,
        row: Option<&ResourceRow>,
        controller: &Controller,
    ) -> Result<(), FollowError> {
        if row.is_some() {
            let (workbench, by) = (id.clone(), originators::unknown(clock::now()));
            let deleted = on_store(&self.store, move |store| {
                store.carry_out(&workbench, &Command::Delete, &by)
            });
            match deleted.await {
                Err(Refusal::Store(error)) => return Err(error.into()),
                // It is known already.
                Err(_) => {}
                Ok(_) => controller.enqueue(id),
            }
            return Ok(());
        }
        let may_act = !self.engine.is_observing_only();
        if let (true, true, Some(place)) = (is_held(object), may_act, ResourceKey::of(object)) {
            // Nothing is known of a run; its Pods go with the resource.
            self.cluster().release_session(&place).await?;
        }
        Ok(())
    }

    /// Notes that a resource can be read, or is gone.
    pub(super) fn forget_unread(&self, id: &WorkbenchId) {
        lock(&self.unread).remove(id);
    }
}
