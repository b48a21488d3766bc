//! `/api/workbenches/{id}/runs` and `/api/runs/{id}`.

use crate::support::{Client, Server};
use axum::http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule_model::ids::RunId;
use vestibule_model::list::List;
use vestibule_model::phase::Phase;
use vestibule_model::run::{Run, RunLog, RunStatus};
use vestibule_model::transition::{Transition, TransitionKind};
use vestibule_server::log_keeper;

fn run_id(workbench: &Value) -> String {
    workbench["run"]["id"].as_str().expect("a run").to_owned()
}

#[tokio::test]
async fn a_run_has_numbered_journal_entries() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.running_workbench().await;
    let shown = admin.get(&format!("/api/workbenches/{id}")).await.value();
    let journal = format!("/api/runs/{}/journal", run_id(&shown));
    let list: List<Transition> = admin.get(&journal).await.read();
    assert_eq!(list.items[0].kind, TransitionKind::Command);
    assert_eq!(list.items[0].reason, "Start");
    assert!(list.items.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    let last = list.items.last().expect("entries").seq;
    assert_eq!(shown["run"]["lastSeq"], last);

    let middle = list.items[3].seq;
    let rest: List<Transition> = admin.get(&format!("{journal}?after={middle}")).await.read();
    assert_eq!(rest.items, list.items[4..]);
    let none: List<Transition> = admin.get(&format!("{journal}?after={last}")).await.read();
    assert_eq!(none.items, []);
    let problem = admin
        .get(&format!("{journal}?after=soon"))
        .await
        .problem(422);
    assert_eq!(problem.errors[0].field, "after");
}

#[tokio::test]
async fn a_run_keeps_how_it_ended() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.running_workbench().await;
    server.engine.sees_it_exit(2);
    server.settle(&id, &Phase::Failed).await;
    admin
        .post(&format!("/api/workbenches/{id}/start"), &json!({}))
        .await;
    let list: List<Run> = admin
        .get(&format!("/api/workbenches/{id}/runs"))
        .await
        .read();
    let numbers: Vec<_> = list.items.iter().map(|run| run.number).collect();
    assert_eq!(numbers, [2, 1]);
    let ended = &list.items[1];
    assert_eq!(ended.status, RunStatus::Failed);
    assert_eq!(ended.cause.as_deref(), Some("PrerequisiteFailed"));
    assert_eq!(ended.exit_code, Some(2));
    assert!(ended.ready_at.is_some() && ended.finished_at.is_some());
    let one: Run = admin.get(&format!("/api/runs/{}", ended.id)).await.read();
    assert_eq!(one, *ended);
    // By its number, as a link to a run does.
    let runs = format!("/api/workbenches/{id}/runs");
    let linked: Run = admin.get(&format!("{runs}/1")).await.read();
    assert_eq!(linked, *ended);
    for none in ["3", "0", "-1", "one", "99999999999999999999"] {
        admin.get(&format!("{runs}/{none}")).await.problem(404);
    }
}

#[tokio::test]
async fn the_end_of_the_output_is_kept_with_the_run() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let store = Arc::clone(&server.state.store);
    let keeper = tokio::spawn(log_keeper::run(
        Arc::clone(&store),
        server.engine.clone(),
        store.run_ended(),
    ));
    server.engine.sees_it_exit(1);
    let ended = server.settle(&id, &Phase::Failed).await;
    let run: RunId = ended.run.expect("a run").id;
    while store.run_log(&run).expect("the store works").is_none() {
        tokio::task::yield_now().await;
    }
    keeper.abort();
    let log = admin.get(&format!("/api/runs/{run}/log")).await.value();
    assert_eq!(log["text"], "the output of run 1\n");
    follows(&admin, &run).await;
}

/// Checks that continuation from a position works for stored output as for the engine's.
async fn follows(client: &Client<'_>, run: &RunId) {
    let path = format!("/api/runs/{run}/log");
    let after = async |n: u64| {
        client
            .get(&format!("{path}?after={n}"))
            .await
            .read::<RunLog>()
    };
    let whole: RunLog = client.get(&path).await.read();
    assert_eq!((whole.skipped_bytes, whole.ends_at), (0, 20));
    let rest = after(14).await;
    assert_eq!((rest.text.as_str(), rest.skipped_bytes), ("run 1\n", 14));
    let nothing = after(rest.ends_at).await;
    assert_eq!((nothing.text.as_str(), nothing.skipped_bytes), ("", 20));
    assert_eq!(after(999).await, whole, "that was never told");
    let problem = client.get(&format!("{path}?after=x")).await.problem(422);
    assert_eq!(problem.errors[0].field, "after");
}

#[tokio::test]
async fn the_output_can_be_followed_while_it_runs() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    server.engine.sees_it_running();
    let running = server.settle(&id, &Phase::Running).await;
    follows(&admin, &running.run.expect("a run").id).await;
}

#[tokio::test]
async fn diagnostics_hold_the_cause_and_no_secret() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let secret = format!("/api/workspaces/{workspace}/secrets/NOTE");
    let value = json!({"value": "output of"});
    admin.json(Method::PUT, &secret, &value).await;
    let body = json!({
        "name": "Bench", "app": "welcome",
        "spec": {"secrets": ["NOTE"], "env": {"DB_PASSWORD": "swordfish"}},
    });
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let id = admin.post(&path, &body).await.id();
    server.engine.sees_it_exit(2);
    let ended = server.settle(&id, &Phase::Failed).await;
    let path = format!("/api/runs/{}/diagnostics", ended.run.expect("a run").id);
    let answer = admin.get(&path).await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let text = String::from_utf8(answer.body).expect("text");
    let link =
        format!("Page: http://vestibule.localhost:8080/workspaces/{workspace}/sessions/{id}");
    for part in [
        "## Vestibule diagnostics\n",
        &link,
        "Exit code: 2\n",
        "Reason: PrerequisiteFailed\n",
        "## Journal\n",
        "Variable: DB_PASSWORD=***\n",
        "the *** run 1\n",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let message = admin.get(&format!("{path}?for=administrator")).await;
    let text = String::from_utf8(message.body).expect("text");
    assert!(text.starts_with("Workbench: Bench ("), "{text}");
    assert!(!text.contains("output of"), "{text}");
    let refused = admin.get(&format!("{path}?for=everybody")).await;
    assert_eq!(refused.problem(422).errors[0].field, "for");
}
