//! Reasons of switched-off actions: permissions that the reader lacks for the workbench, and a server that
//! cannot be reached.

use crate::pages::shared::{unreachable_reason, use_refusal};
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
    /// Opening, changing and closing tabs. Allowed while offline: the page shows it at once and retries.
    tab: Memo<Option<String>>,
}

impl Refusals {
    /// Follows the reader's permissions for a workbench, and whether the server can be reached.
    pub fn new(
        workspace: &WorkspaceId,
        workbench: &WorkbenchId,
        is_unreachable: Memo<bool>,
    ) -> Self {
        let unreachable = unreachable_reason(is_unreachable);
        let missing = |permission| {
            use_refusal(
                permission,
                Resource::Workbench(workspace.clone(), workbench.clone()),
            )
        };
        let refusal = |permission| {
            let missing = missing(permission);
            Memo::new(move |_| missing.get().or_else(|| unreachable.get()))
        };
        let (open, update) = (
            missing(Permission::WorkbenchOpen),
            missing(Permission::WorkbenchUpdate),
        );
        Self {
            start: refusal(Permission::WorkbenchStart),
            stop: refusal(Permission::WorkbenchStop),
            update: refusal(Permission::WorkbenchUpdate),
            delete: refusal(Permission::WorkbenchDelete),
            share: refusal(Permission::WorkbenchShare),
            open,
            tab: Memo::new(move |_| open.get().or_else(|| update.get())),
            secret: refusal(Permission::SecretWrite),
        }
    }

    /// Returns why tabs may not be opened, changed or closed.
    pub fn tab(self) -> Option<String> {
        self.tab.get()
    }

    /// Returns why a restart is refused: it stops and starts.
    pub fn restart(self) -> Signal<Option<String>> {
        Signal::derive(move || self.stop.get().or_else(|| self.start.get()))
    }
}
