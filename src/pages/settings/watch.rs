//! The workspace and its secrets as the settings show them.

use crate::api;
use crate::pages::shared::NotFoundReason;
use crate::store::{Polled, use_counted_workspace, use_polled};
use leptos::prelude::*;
use vestibule_client::poll::Freshness;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;
use vestibule_model::secret::Secret;
use vestibule_model::workspace::Workspace;

/// A value that the settings show and change.
pub struct Watch<T: Send + Sync + 'static> {
    /// The newest value, or `None` before the first answer.
    pub known: Signal<Option<T>>,
    /// Freshness of the value.
    pub freshness: Signal<Freshness>,
    /// `true` if this page is deleting it: then its end is announced elsewhere.
    pub leaving: RwSignal<bool>,
    refresh: Callback<()>,
    retry: Callback<()>,
}

impl<T: Send + Sync + 'static> Clone for Watch<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Watch<T> {}

/// Follows the workspace and the number of its workbenches.
pub fn use_workspace_settings(id: &WorkspaceId) -> Watch<Workspace> {
    let watch = use_counted_workspace(id);
    // The sections stay while the workspace is being deleted: one of them waits for the answer.
    let known = Memo::new(move |before: Option<&Option<Workspace>>| {
        let before = || before.cloned().flatten();
        watch.workspace.get().or_else(before)
    });
    Watch {
        known: known.into(),
        freshness: watch.freshness.into(),
        leaving: RwSignal::new(false),
        refresh: Callback::new(move |()| watch.refresh()),
        retry: Callback::new(move |()| watch.retry()),
    }
}

/// Polls the workspace's secrets: the stream does not report them.
pub fn use_secrets(id: &WorkspaceId) -> Watch<Vec<Secret>> {
    let polled: Polled<List<Secret>> = use_polled(api::secrets_path(id));
    Watch {
        known: Signal::derive(move || polled.data.get().map(|list| list.items)),
        freshness: polled.freshness.into(),
        leaving: RwSignal::new(false),
        refresh: Callback::new(move |()| polled.refresh()),
        retry: Callback::new(move |()| polled.retry()),
    }
}

impl Watch<Workspace> {
    /// Returns the workspace's name; empty until the first answer.
    pub fn name(self) -> Memo<String> {
        Memo::new(move |_| {
            let known = self.known.read();
            known
                .as_ref()
                .map(|known| known.name.clone())
                .unwrap_or_default()
        })
    }
}

impl<T: Send + Sync + 'static> Watch<T> {
    /// Requests the value now: the user changed it.
    pub fn refresh(self) {
        self.refresh.run(());
    }

    /// Requests the value now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.retry.run(());
    }

    /// Returns why there is nothing to show, or `None`.
    pub fn lost(self) -> Memo<Option<NotFoundReason>> {
        Memo::new(move |_| {
            let lost = NotFoundReason::of(self.freshness.get());
            lost.filter(|_| !self.leaving.get())
        })
    }
}
