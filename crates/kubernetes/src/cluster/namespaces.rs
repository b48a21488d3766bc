//! Namespaces that are workspaces: those with a label. Others are not even listed.

use super::{Cluster, names};
use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1 as core;
use kube::api::PartialObjectMeta;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, ResourceExt as _};
use std::pin::pin;
use tokio::sync::mpsc;

/// Namespace with the label of workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledNamespace {
    /// Its name.
    pub name: String,
    /// The value of the label.
    pub label: String,
}

impl Cluster {
    /// Begins to watch the namespaces with the label of workspaces, and returns them as they are found.
    /// Has to be called within a tokio runtime.
    pub fn watch_namespaces(&self) -> mpsc::UnboundedReceiver<LabelledNamespace> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let client = self.shared.client.clone();
        let watching = async move {
            let all: Api<PartialObjectMeta<core::Namespace>> = Api::all(client);
            let config = watcher::Config::default().labels(names::WORKSPACE);
            let mut failure = None;
            let mut changes = pin!(watcher(all, config).default_backoff());
            while let Some(change) = changes.next().await {
                match change {
                    Ok(Event::Apply(one) | Event::InitApply(one)) => {
                        let label = one.labels().get(names::WORKSPACE).cloned();
                        let found = LabelledNamespace {
                            name: one.name_any(),
                            label: label.unwrap_or_default(),
                        };
                        if one.metadata.deletion_timestamp.is_none() && sender.send(found).is_err()
                        {
                            return;
                        }
                    }
                    Ok(Event::InitDone) => failure = None,
                    Ok(Event::Init | Event::Delete(_)) => {}
                    Err(error) => {
                        let why = super::follow::why(&error);
                        if failure.as_ref() != Some(&why) {
                            tracing::warn!(
                                error = why,
                                "failed to watch namespaces: none is adopted"
                            );
                        }
                        failure = Some(why);
                    }
                }
            }
        };
        tokio::spawn(self.closing.clone().run_until_cancelled_owned(watching));
        receiver
    }
}
