//! `/api/acknowledgements`, and stream events about acknowledgements and builds.

use crate::event_reader::{EventReader, STREAM};
use crate::support::{Client, Server};
use serde_json::{Value, json};
use vestibule_engine::builds::BuildVerdict;
use vestibule_model::access::Scope;
use vestibule_model::build::Build;
use vestibule_model::phase::Phase;

const PATH: &str = "/api/acknowledgements";

/// Creates a failed run; returns its key.
async fn failed_run(server: &Server, client: &Client<'_>) -> (String, String) {
    let id = client.running_workbench().await;
    server.engine.sees_it_exit(1);
    let ended = server.settle(&id, &Phase::Failed).await;
    (id, ended.run.expect("a run").id.to_string())
}

#[tokio::test]
async fn acknowledgements_belong_to_one_user_on_every_device() {
    let server = Server::empty();
    let admin = server.admin().await;
    let ada = server.user("ada", &[Scope::Platform(true)]).await;
    let (bench, run) = failed_run(&server, &admin).await;
    let key = format!("run:{run}");
    let (mut own, mut other) = (
        EventReader::open(&admin, STREAM, None).await,
        EventReader::open(&ada, STREAM, None).await,
    );
    own.next_named("snapshot").await;
    other.next_named("snapshot").await;
    let keys = json!({"keys": [key, "run:run-none", "build:bld-none", "nonsense", ""]});
    for _ in 0..2 {
        let noted = admin.post(PATH, &keys).await;
        assert_eq!(noted.value()["items"], json!([key]));
    }
    let event = own.next_named("acknowledged").await;
    assert_eq!(event.data["keys"], json!([key]));
    assert_eq!(event.id, event.data["seq"].as_u64());
    assert_eq!(ada.get(PATH).await.value()["items"], json!([]));
    let is_noted = async |client: &Client<'_>| {
        let one = client.get(&format!("/api/runs/{run}")).await.value();
        let all = client.get("/api/runs").await.value();
        let of_bench = client.get(&format!("/api/workbenches/{bench}/runs")).await;
        let number = client
            .get(&format!("/api/workbenches/{bench}/runs/1"))
            .await;
        [
            one["acknowledged"].clone(),
            all["items"][0]["acknowledged"].clone(),
            of_bench.value()["items"][0]["acknowledged"].clone(),
            number.value()["acknowledged"].clone(),
        ]
    };
    assert_eq!(is_noted(&admin).await, [true, true, true, true]);
    assert_eq!(is_noted(&ada).await, [false, false, false, false]);
    // Another device of the same user, and a device of another user.
    let noted = async |client: &Client<'_>| {
        let mut reader = EventReader::open(client, STREAM, None).await;
        let runs: Value = reader.next_named("snapshot").await.data["runs"].clone();
        runs[0]["acknowledged"] == json!(true)
    };
    assert!(noted(&admin).await && !noted(&ada).await);
    // The other user gets no event about it: their next event is the next change.
    admin
        .post(&format!("/api/workbenches/{bench}/start"), &json!({}))
        .await;
    assert_ne!(other.next().await.expect("news").name, "acknowledged");
    // It is deleted with the run.
    server.engine.sees_nothing();
    admin.delete(&format!("/api/workbenches/{bench}")).await;
    server.gone(&bench).await;
    assert_eq!(admin.get(PATH).await.value()["items"], json!([]));
}

#[tokio::test]
async fn hidden_things_cannot_be_acknowledged() {
    let server = Server::empty();
    let admin = server.admin().await;
    let nobody = server.user("nobody", &[]).await;
    let (_, run) = failed_run(&server, &admin).await;
    let keys = json!({"keys": [format!("run:{run}")]});
    assert_eq!(nobody.post(PATH, &keys).await.value()["items"], json!([]));
    let many: Vec<String> = (0..501).map(|n| format!("run:{n}")).collect();
    let problem = admin.post(PATH, &json!({"keys": many})).await.problem(422);
    assert_eq!(problem.errors[0].field, "keys");
    admin.post(PATH, &json!({"keys": "x"})).await.problem(422);
}

#[tokio::test]
async fn stream_publishes_builds_from_request_to_removal() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    server.engine.builds.has("lab");
    let mut reader = EventReader::open(&admin, STREAM, None).await;
    let begun = reader.next_named("snapshot").await.id.expect("a number");
    let body = json!({"app": "lab", "workspaceId": workspace});
    let build: Build = admin.post("/api/builds", &body).await.read();
    let mut last = begun;
    let mut until = async |status: &str| loop {
        let event = reader.next_named("build-update").await;
        assert!(event.id > Some(last), "numbers only grow");
        last = event.id.expect("a number");
        assert_eq!(event.data["build"]["id"], build.id.as_str());
        let build = &event.data["build"];
        // The step of a running build follows a moment later.
        let is_whole = status != "running" || build["step"] != Value::Null;
        if build["status"] == status && is_whole {
            return event;
        }
    };
    assert_eq!(until("pending").await.data["build"]["queuePosition"], 1);
    let running = until("running").await;
    assert_eq!(running.data["build"]["step"], "Step 1 of 2: pip install it");
    server.engine.builds.end(&build.id, BuildVerdict::Built);
    let done = until("succeeded").await;
    assert_eq!(done.data["build"]["acknowledged"], false);
    // From the acknowledgement on, every event and snapshot carries it.
    let key = format!("build:{}", build.id);
    admin.post(PATH, &json!({"keys": [key]})).await;
    assert_eq!(
        reader.next_named("acknowledged").await.data["keys"],
        json!([key])
    );
    let shown = admin
        .get(&format!("/api/builds/{}", build.id))
        .await
        .value();
    assert_eq!(shown["acknowledged"], true);
    let mut back = EventReader::open(&admin, STREAM, Some(&begun.to_string())).await;
    let event = back.next_named("build-update").await;
    assert_eq!(event.data["build"]["status"], "succeeded", "as it is now");
    assert_eq!(event.data["build"]["acknowledged"], true);
    // Removals are published even if there has never been a run.
    admin.delete(&format!("/api/workspaces/{workspace}")).await;
    assert_eq!(
        reader.next_named("build-removed").await.data["id"],
        build.id.as_str()
    );
}
