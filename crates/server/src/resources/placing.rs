//! Namespaces that are adopted as workspaces.

use super::Resources;
use crate::clock;
use crate::store::{Actor, Namespace};
use std::sync::Arc;
use vestibule_kubernetes::cluster::{LabelledNamespace, NamespaceChange};
use vestibule_model::ids::WorkspaceId;

impl Resources {
    /// Adopts namespaces with the label of workspaces until the server ends.
    pub(super) async fn adopt_namespaces(self: Arc<Self>) {
        let mut found = self.cluster().watch_namespaces();
        while let Some(changes) = found.recv().await {
            match changes {
                NamespaceChange::Labelled(namespace) => self.adopt_namespace(namespace).await,
                NamespaceChange::Unlabelled(namespace) => {
                    let namespace = stored(namespace);
                    self.write("forget a namespace", move |store| {
                        store.forget_release(&namespace)
                    })
                    .await;
                }
                NamespaceChange::Listed(all) => {
                    let all = all.into_iter().map(stored).collect();
                    self.write("compare the namespaces", move |store| {
                        store.forget_unlabelled(&all)
                    })
                    .await;
                }
            }
        }
    }

    async fn adopt_namespace(&self, namespace: LabelledNamespace) {
        let id = workspace_of(&namespace);
        let name = namespace.name.clone();
        let lock = self.lock_of(id.as_str());
        let _locked = lock.lock().await;
        let is_own = self.engine.namespace(&id) == name;
        let (workspace, namespace) = (id.clone(), stored(namespace));
        let adopting = self.write("adopt a namespace", move |store| match is_own {
            // A workspace that was deleted is not made anew.
            true => Ok(store.workspace(&workspace)?.is_some()),
            false => store.adopt_workspace(&workspace, &namespace, &Actor::server(clock::now())),
        });
        match adopting.await {
            true => self.cluster().watch_sessions(&id, &name),
            false => tracing::info!(
                namespace = name,
                workspace = %id,
                "a namespace of a workspace that was deleted or has another namespace is left alone"
            ),
        }
    }
}

fn stored(namespace: LabelledNamespace) -> Namespace {
    Namespace {
        name: namespace.name,
        uid: namespace.uid,
    }
}

/// Returns the workspace that a namespace is: the one that its label names, or one of its own.
fn workspace_of(namespace: &LabelledNamespace) -> WorkspaceId {
    match namespace.label.strip_prefix("ws-") {
        Some(rest) if !rest.is_empty() => WorkspaceId::new(namespace.label.as_str()),
        _ => WorkspaceId::new(format!("ws-{}", namespace.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespace_is_the_workspace_of_its_label_or_one_of_its_own() {
        let workspace = |label: &str| {
            let namespace = LabelledNamespace {
                name: "team".to_owned(),
                uid: "u-1".to_owned(),
                label: label.to_owned(),
            };
            workspace_of(&namespace).to_string()
        };
        assert_eq!(workspace("ws-7k2m9x4q"), "ws-7k2m9x4q");
        for label in ["", "true", "ws-", "WS-team"] {
            assert_eq!(workspace(label), "ws-team", "{label}");
        }
    }
}
