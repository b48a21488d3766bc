//! Namespaces that are workspaces: those with a label, and those that Vestibule creates. Others are not even
//! listed.

use super::change::{ChangeError, by_us, object};
use super::watch_backoff::WatchBackoff;
use super::{Cluster, names};
use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1 as core;
use kube::api::{ApiResource, DynamicObject, PartialObjectMeta};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, ResourceExt as _};
use serde_json::Value;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;

/// Number of attempts to find the service account of a new namespace.
const ACCOUNT_TRIES: u32 = 50;
/// Pause between two of them.
const ACCOUNT_PAUSE: Duration = Duration::from_millis(100);

/// Namespace with the label of workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledNamespace {
    /// Name.
    pub name: String,
    /// Uid.
    pub uid: String,
    /// The value of the label.
    pub label: String,
}

/// Change of the namespaces with the label of workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamespaceChange {
    /// Namespace with the label.
    Labelled(LabelledNamespace),
    /// Namespace that was deleted or lost the label.
    Unlabelled(LabelledNamespace),
    /// All namespaces with the label.
    Listed(Vec<LabelledNamespace>),
}

impl Cluster {
    /// Begins to watch the namespaces with the label of workspaces, and returns their changes. Has to be
    /// called within a tokio runtime.
    pub fn watch_namespaces(&self) -> mpsc::UnboundedReceiver<NamespaceChange> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let client = self.shared.client.clone();
        let watching = async move {
            let all: Api<PartialObjectMeta<core::Namespace>> = Api::all(client);
            let config = watcher::Config::default().labels(names::WORKSPACE);
            let mut failure = None;
            let mut listed = Vec::new();
            let mut changes = pin!(watcher(all, config).backoff(WatchBackoff::default()));
            while let Some(change) = changes.next().await {
                let is_deleting = |one: &PartialObjectMeta<core::Namespace>| {
                    one.metadata.deletion_timestamp.is_some()
                };
                let changes = match change {
                    Ok(Event::Apply(one)) => {
                        (!is_deleting(&one)).then(|| NamespaceChange::Labelled(labelled(&one)))
                    }
                    Ok(Event::InitApply(one)) => {
                        listed.push(labelled(&one));
                        (!is_deleting(&one)).then(|| NamespaceChange::Labelled(labelled(&one)))
                    }
                    Ok(Event::Delete(one)) => Some(NamespaceChange::Unlabelled(labelled(&one))),
                    Ok(Event::Init) => {
                        listed.clear();
                        None
                    }
                    Ok(Event::InitDone) => {
                        failure = None;
                        Some(NamespaceChange::Listed(std::mem::take(&mut listed)))
                    }
                    Err(error) => {
                        let why = super::follow::why(&error);
                        if failure.as_ref() != Some(&why) {
                            tracing::warn!(
                                error = why,
                                "failed to watch namespaces: none is adopted"
                            );
                        }
                        failure = Some(why);
                        None
                    }
                };
                if changes.is_some_and(|changes| sender.send(changes).is_err()) {
                    return;
                }
            }
        };
        tokio::spawn(self.closing.clone().run_until_cancelled_owned(watching));
        receiver
    }

    /// Creates a namespace that a workspace's objects are in, unless it exists.
    pub(crate) async fn ensure_namespace(
        &self,
        name: &str,
        manifest: Value,
    ) -> Result<(), ChangeError> {
        let all: Api<DynamicObject> = Api::all_with(
            self.shared.client.clone(),
            &ApiResource::erase::<core::Namespace>(&()),
        );
        // Reading a namespace may be allowed where creating one is not.
        if all.get_opt(name).await?.is_some() {
            return Ok(());
        }
        self.shared
            .creates_namespaces
            .store(true, Ordering::Relaxed);
        match all.create(&by_us(), &object(manifest)?).await {
            Ok(_) => self.wait_for_account(name).await,
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for the service account of a new namespace, without which no Pod is admitted.
    async fn wait_for_account(&self, namespace: &str) -> Result<(), ChangeError> {
        let accounts: Api<core::ServiceAccount> =
            Api::namespaced(self.shared.client.clone(), namespace);
        for _ in 0..ACCOUNT_TRIES {
            if accounts.get_opt("default").await?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(ACCOUNT_PAUSE).await;
        }
        // A Pod that is refused is observed as that.
        Ok(())
    }
}

fn labelled(namespace: &PartialObjectMeta<core::Namespace>) -> LabelledNamespace {
    let label = namespace.labels().get(names::WORKSPACE).cloned();
    LabelledNamespace {
        name: namespace.name_any(),
        uid: namespace.uid().unwrap_or_default(),
        label: label.unwrap_or_default(),
    }
}
