//! Progress of apps, as kubectl shows it.

use crate::support::{Server, kubectl};
use serde_json::json;
use vestibule_engine::Engine as _;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn newest_progress_is_on_the_resource_until_the_next_run() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let id = server.shows("climate", "Creating").await.id;
    let shown = async |expected: Option<&str>| {
        let what = format!("the progress {expected:?}");
        server
            .until(&what, || {
                let resource = server.resource("climate")?;
                let annotations = &resource["metadata"]["annotations"];
                let text = annotations["vestibule.dev/runner-progress"].as_str();
                (text == expected).then_some(())
            })
            .await;
    };
    server.engine.show_progress(&id, 1, "Indexed 1 of 10");
    server.engine.show_progress(&id, 1, "Indexed 3 of 10");
    shown(Some("Indexed 3 of 10")).await;

    server.patch("climate", json!({ "spec": { "runRequest": "again" } }));
    server
        .until("the second run", || {
            (server.workbench()?.run?.number == 2).then_some(())
        })
        .await;
    server.shows("climate", "Creating").await;
    shown(None).await;
    // A message of the run before comes late.
    server.engine.show_progress(&id, 1, "Indexed 4 of 10");
    server.engine.show_progress(&id, 2, "Indexed 1 of 5");
    shown(Some("Indexed 1 of 5")).await;
    let resource = server.resource("climate").expect("a resource");
    // Nothing that a user ordered was changed by it.
    assert_eq!(resource["metadata"]["generation"], 2);

    let columns = [
        "get",
        "ags",
        "climate",
        "-n",
        &server.namespace,
        "-o",
        "wide",
    ];
    let table = kubectl(&columns);
    assert!(
        table.contains("END") && table.contains("NotEnded"),
        "{table}"
    );
    server.end().await;
}
