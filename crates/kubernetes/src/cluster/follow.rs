//! Watches: each keeps one copy and publishes the workbenches that its changes concern.

use super::cache::WatchChange;
use super::copies::{Failure, Kind, Shared, Watched, Workspace, why_failed};
use super::resource_changes::ResourceChange;
use super::watch_backoff::WatchBackoff;
use crate::mutex::lock;
use futures_util::{Stream, StreamExt as _};
use k8s_openapi::api::core::v1 as core;
use kube::api::{DynamicObject, PartialObjectMeta};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, ResourceExt};
use serde::Serialize;
use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;

/// Watches the objects of a kind in a namespace, for ever. A watch that was cut is continued, and begun
/// anew with a list where that is not possible.
pub(super) async fn follow(shared: Arc<Shared>, workspace: Arc<Workspace>, kind: Kind) {
    let namespace = workspace.namespace.as_str();
    if kind == Kind::Secret {
        // The values stay on the API server: names are enough.
        let api: Api<PartialObjectMeta<core::Secret>> =
            Api::namespaced(shared.client.clone(), namespace);
        let changes = watcher(api, kind.config()).backoff(WatchBackoff::default());
        take(&shared, &workspace, kind, changes).await;
    } else {
        let api: Api<DynamicObject> =
            Api::namespaced_with(shared.client.clone(), namespace, &kind.resource());
        let changes = watcher(api, kind.config()).backoff(WatchBackoff::default());
        take(&shared, &workspace, kind, changes).await;
    }
}

async fn take<K: Serialize + ResourceExt>(
    shared: &Shared,
    workspace: &Workspace,
    kind: Kind,
    changes: impl Stream<Item = Result<Event<K>, watcher::Error>>,
) {
    let watched = workspace.of(kind);
    let mut changes = pin!(changes);
    while let Some(change) = changes.next().await {
        let change = match change {
            Ok(event) => plain(kind, event),
            Err(error) => {
                note_failure(shared, watched, &error);
                workspace.change.notify_waiters();
                tracing::warn!(namespace = workspace.namespace, ?kind, %error, "failed to watch");
                continue;
            }
        };
        let Some(change) = change else { continue };
        let is_list = change == WatchChange::Complete;
        let touched = lock(&watched.cache).apply(change);
        if kind == Kind::Session {
            let id = &workspace.id;
            let changed = touched.iter().filter_map(|object| object.workbench.clone());
            let mut changes: Vec<_> = changed
                .map(|workbench| ResourceChange::Changed(id.clone(), workbench))
                .collect();
            if is_list {
                changes.push(ResourceChange::Listed(id.clone()));
            }
            for one in changes {
                // There is no receiver once the server ends.
                let _ = shared.resource_changes.send(one);
            }
        }
        // A list that is not complete yet says nothing about the rest.
        if is_list || lock(&watched.cache).is_listed() {
            *lock(&watched.failure) = None;
            workspace.change.notify_waiters();
        }
        let concerned = touched
            .iter()
            .flat_map(|object| workspace.concerned(kind, object));
        for id in concerned.collect::<BTreeSet<_>>() {
            // There is no receiver once the loop has ended.
            let _ = shared.changes.send(id);
        }
    }
}

fn note_failure(shared: &Shared, watched: &Watched, error: &watcher::Error) {
    let mut failure = lock(&watched.failure);
    let since = failure.as_ref().map(|failure| failure.since);
    *failure = Some(Failure {
        since: since.unwrap_or_else(|| shared.clock.now()),
        why: why(error),
    });
}

/// Returns why a watch failed, for people.
pub(super) fn why(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => why_failed(error),
        watcher::Error::WatchError(status) => status.message.clone(),
        other => other.to_string(),
    }
}

/// Returns a change without the types of the client, or `None` for an object that is not JSON.
fn plain<K: Serialize + ResourceExt>(kind: Kind, event: Event<K>) -> Option<WatchChange> {
    let object = |object: K| kind.object(&object);
    match event {
        Event::Init => Some(WatchChange::Begin),
        Event::InitApply(one) => object(one).map(WatchChange::Listed),
        Event::InitDone => Some(WatchChange::Complete),
        Event::Apply(one) => object(one).map(WatchChange::Applied),
        Event::Delete(one) => object(one).map(WatchChange::Deleted),
    }
}
