//! Permissions that the reader lacks for the workbench, as the reasons of switched-off actions.

use crate::pages::shared::use_refusal;
use leptos::prelude::*;
use vestibule_model::access::{Permission, Resource};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Reason why each action is refused, or `None` where it is permitted.
#[derive(Clone, Copy)]
pub struct Refusals {
    /// Starting, restarting and extending a start.
    pub start: Memo<Option<String>>,
    /// Stopping.
    pub stop: Memo<Option<String>>,
    /// Changing name and settings.
    pub update: Memo<Option<String>>,
    /// Deleting.
    pub delete: Memo<Option<String>>,
    /// Sharing.
    pub share: Memo<Option<String>>,
    /// Opening the app.
    pub open: Memo<Option<String>>,
    /// Adding a secret.
    pub secret: Memo<Option<String>>,
}

impl Refusals {
    /// Follows the reader's permissions for a workbench.
    pub fn new(workspace: &WorkspaceId, workbench: &WorkbenchId) -> Self {
        let refusal = |permission| {
            use_refusal(
                permission,
                Resource::Workbench(workspace.clone(), workbench.clone()),
            )
        };
        Self {
            start: refusal(Permission::WorkbenchStart),
            stop: refusal(Permission::WorkbenchStop),
            update: refusal(Permission::WorkbenchUpdate),
            delete: refusal(Permission::WorkbenchDelete),
            share: refusal(Permission::WorkbenchShare),
            open: refusal(Permission::WorkbenchOpen),
            secret: refusal(Permission::SecretWrite),
        }
    }

    /// Returns why a restart is refused: it stops and starts.
    pub fn restart(self) -> Signal<Option<String>> {
        Signal::derive(move || self.stop.get().or_else(|| self.start.get()))
    }
}
