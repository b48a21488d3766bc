//! Namespaces of workspaces that were deleted.

use crate::support::{Server, ada, kubectl};
use serde_json::json;
use vestibule_server::command_store::CommandStore as _;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn namespace_of_a_deleted_workspace_is_adopted_once_its_label_is_set_anew() {
    let server = Server::start().await;
    let (id, namespace) = (server.workspace.clone(), server.namespace.clone());
    let deleted = server.resources.delete_workspace(&id, ada()).await;
    assert_eq!(deleted.expect("works").expect("a workspace").total, 0);
    let label = |label: &str| kubectl(&["label", "namespace", &namespace, label]);
    // A change of the namespace, which is found and left alone.
    label("team=climate");
    server.apply("climate", json!({ "app": "welcome" }));
    label("vestibule.dev/workspace-");
    assert!(server.store.workspace(&id).expect("works").is_none());
    label("vestibule.dev/workspace=true");
    server
        .until("an adopted namespace", || {
            server.store.workspace(&id).expect("works")
        })
        .await;
    server.shows("climate", "Creating").await;
    server.end().await;
}
