//! Namespaces that are adopted as workspaces.

use super::{Resources, backoff, pause};
use crate::clock;
use crate::command_store::on_store;
use crate::store::Actor;
use std::sync::Arc;
use vestibule_kubernetes::cluster::LabelledNamespace;
use vestibule_model::ids::WorkspaceId;

impl Resources {
    /// Adopts namespaces with the label of workspaces until the server ends.
    pub(super) async fn adopt_namespaces(self: Arc<Self>) {
        let mut found = self.cluster().watch_namespaces();
        while let Some(namespace) = found.recv().await {
            let id = workspace_of(&namespace);
            let is_own = self.engine.namespace(&id) == namespace.name;
            let mut backoff = backoff();
            let is_known = loop {
                let (id, name) = (id.clone(), namespace.name.clone());
                let adopted = on_store(&self.store, move |store| match is_own {
                    // A workspace that was deleted is not made anew.
                    true => Ok(store.workspace(&id)?.is_some()),
                    false => store.adopt_workspace(&id, &name, &Actor::server(clock::now())),
                });
                match adopted.await {
                    Ok(is_known) => break is_known,
                    Err(error) => {
                        tracing::error!(namespace = namespace.name, %error, "failed to adopt a namespace");
                        tokio::time::sleep(pause(&mut backoff)).await;
                    }
                }
            };
            match is_known {
                true => self.cluster().watch_sessions(&id, &namespace.name),
                false => tracing::info!(
                    namespace = namespace.name,
                    workspace = %id,
                    "a namespace of a workspace that was deleted or has another namespace is left alone"
                ),
            }
        }
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
