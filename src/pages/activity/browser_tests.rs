//! The indicator in a real browser, with a stubbed server and stream.

use super::ActivityIndicator;
use crate::store::{PendingCommand, Session, SessionUser, Store};
use crate::testing::{
    MountedPage, answer, asked, changes, count_changes, eval, refresh_pollers, stub_server,
    stub_stream, until,
};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use serde_json::{Value, json};
use std::cell::Cell;
use vestibule_client::activity::Request;
use wasm_bindgen_test::wasm_bindgen_test;

/// Mounts the indicator for a user of its own, with an open stream.
async fn open(user: &'static str) -> (MountedPage, Session) {
    stub_server();
    stub_stream();
    answer("/api/builds", 200, &json!({"builds": []}));
    answer(
        "/api/runs",
        200,
        &json!({"items": [], "nextCursor": "more"}),
    );
    answer("/api/acknowledgements", 200, &json!({"items": []}));
    answer("/api/apps", 200, &json!({"items": []}));
    answer("/api/workspaces", 200, &json!({"items": []}));
    MountedPage::mount_for(user, || {
        STORE.set(Some(Store::expect()));
        view! { <ActivityIndicator /> }.into_any()
    })
    .await
}

thread_local! {
    /// Returns the store of the page that was mounted last.
    static STORE: Cell<Option<Store>> = const { Cell::new(None) };
}

fn begin(request: Request) -> PendingCommand {
    let store = STORE.get().expect("just mounted");
    store.begin_command(request, None)
}

fn emit(kind: &str, data: &Value, id: u64) {
    eval(&format!("window.emit('{kind}', {data}, {id})"));
}

fn run(user: &str, number: u64, status: &str, seq: u64) -> Value {
    let now = eval("new Date().toISOString()")
        .as_string()
        .expect("a text");
    let ended = matches!(status, "stopped" | "failed" | "succeeded").then(|| now.clone());
    let ready = (status == "running").then(|| now.clone());
    json!({
        "id": format!("run-{number}"), "workbenchId": format!("wb-{number}"), "workspaceId": "ws-1",
        "projectId": "ws-1", "number": 1, "status": status, "startedAt": now, "readyAt": ready,
        "finishedAt": ended, "lastSeq": seq, "name": format!("Bench {number}"), "startedBy": user,
    })
}

fn update(user: &str, number: u64, status: &str, seq: u64) {
    let run = run(user, number, status, seq);
    emit("run-update", &json!({"seq": seq, "run": run}), seq);
}

fn name(stage: &MountedPage) -> String {
    let button = stage.find("[popovertarget]");
    button
        .and_then(|button| button.get_attribute("aria-label"))
        .unwrap_or_default()
}

async fn until_name(stage: &MountedPage, expected: &str) {
    for _ in 0..250 {
        if name(stage) == expected {
            return;
        }
        TimeoutFuture::new(20).await;
    }
    panic!("“{expected}” never came, but “{}”", name(stage));
}

fn toggle(stage: &MountedPage) {
    let button = stage.find("[popovertarget]").expect("it is there");
    button.click();
}

#[wasm_bindgen_test]
async fn indicator_shows_activity_until_the_session_ends() {
    let (stage, session) = open("u-tells").await;
    until_name(&stage, "Activity: nothing under way").await;
    emit("snapshot", &json!({"seq": 1, "runs": []}), 1);
    update("u-tells", 1, "pending", 2);
    until_name(&stage, "Activity: Starting Bench 1…").await;
    update("u-tells", 1, "running", 3);
    until_name(&stage, "Activity: Running: Bench 1").await;
    let saving = begin(Request::SaveSecret);
    until_name(&stage, "Activity: Saving secret…, 1 more").await;
    drop(saving);
    until_name(&stage, "Activity: Running: Bench 1").await;
    // FIELD 25: it was removed while the page was disconnected.
    emit("snapshot", &json!({"seq": 9, "runs": []}), 9);
    until_name(&stage, "Activity: nothing under way").await;
    session.user.set(SessionUser::SignedOut);
}

/// FIELD 26: "Unchanged data still causes 12 state changes a minute."
#[wasm_bindgen_test]
async fn field_26_equal_data_with_200_finished_runs_changes_nothing() {
    let (stage, session) = open("u-idle").await;
    let runs: Vec<Value> = (1..=200)
        .map(|number| run("u-idle", number, "stopped", number))
        .collect();
    emit("snapshot", &json!({"seq": 300, "runs": runs}), 300);
    toggle(&stage);
    until("the rows", || {
        stage.text().contains("Bench 200") && stage.text().contains("Bench 1")
    })
    .await;
    toggle(&stage);
    until("everything was asked about", || {
        asked("GET /api/builds") > 0 && asked("GET /api/acknowledgements") > 0
    })
    .await;
    TimeoutFuture::new(1_000).await;
    count_changes("body");
    let before = asked("GET /api/builds");
    for _ in 0..2 {
        emit("snapshot", &json!({"seq": 300, "runs": runs}), 300);
        for run in runs.iter().take(50) {
            emit(
                "run-update",
                &json!({"seq": run["lastSeq"], "run": run}),
                300,
            );
        }
        emit(
            "heartbeat",
            &json!({"serverTime": "2026-11-21T10:00:00Z"}),
            300,
        );
        refresh_pollers();
        TimeoutFuture::new(1_200).await;
    }
    assert!(asked("GET /api/builds") > before, "it was asked again");
    // Going offline and online, which triggers the pollers, must not be visible either.
    assert_eq!(changes(), 0.0);
    session.user.set(SessionUser::SignedOut);
}

#[wasm_bindgen_test]
async fn change_updates_only_its_row() {
    let (stage, session) = open("u-row").await;
    let runs: Vec<Value> = (1..=300)
        .map(|number| run("u-row", number, "pending", number))
        .collect();
    emit("snapshot", &json!({"seq": 300, "runs": runs}), 300);
    until("the name", || name(&stage).ends_with(", 299 more")).await;
    toggle(&stage);
    // The indicator's label names a run before the panel has been fetched.
    until("the rows", || {
        eval("document.querySelectorAll('.activity-row').length").as_f64() == Some(300.0)
    })
    .await;
    eval(
        "for (const row of document.querySelectorAll('.activity-row')) { row.dataset.seen = 'yes'; }",
    );
    update("u-row", 7, "running", 301);
    stage.wait(".activity-state[data-kind=ready]").await;
    let fresh = eval("document.querySelectorAll('.activity-row:not([data-seen])').length");
    assert_eq!(fresh.as_f64(), Some(1.0), "one has moved, the others stay");
    toggle(&stage);
    session.user.set(SessionUser::SignedOut);
}

#[wasm_bindgen_test]
async fn failure_is_dismissed_by_the_server_and_errors_are_shown() {
    let (stage, session) = open("u-fails").await;
    let failed = run("u-fails", 1, "failed", 1);
    emit("snapshot", &json!({"seq": 1, "runs": [failed]}), 1);
    until_name(&stage, "Activity: 1 failed").await;
    toggle(&stage);
    let dismiss = stage.wait("[aria-label='Dismiss Bench 1']").await;
    answer(
        "POST /api/acknowledgements",
        500,
        &json!({"detail": "The disk is full."}),
    );
    dismiss.click();
    until("the error", || stage.text().contains("The disk is full.")).await;
    assert_eq!(name(&stage), "Activity: 1 failed");
    answer("POST /api/acknowledgements", 200, &json!({}));
    stage.wait("[aria-label='Dismiss Bench 1']").await.click();
    until_name(&stage, "Activity: nothing under way").await;
    toggle(&stage);
    session.user.set(SessionUser::SignedOut);
}

/// In use, M21: "9 failed" was back after a page load, though the panel had been open.
#[wasm_bindgen_test]
async fn failures_that_were_seen_are_not_counted_again_after_a_page_load() {
    let badge = |stage: &MountedPage| stage.find(".activity-failed").is_some();
    let (stage, session) = open("u-seen").await;
    let failed = run("u-seen", 1, "failed", 1);
    emit("snapshot", &json!({"seq": 1, "runs": [failed.clone()]}), 1);
    until("the count", || badge(&stage)).await;
    toggle(&stage);
    until("the count to go", || !badge(&stage)).await;
    toggle(&stage);
    session.user.set(SessionUser::SignedOut);
    drop(stage);
    let (stage, session) = open("u-seen").await;
    let fresh = run("u-seen", 2, "failed", 2);
    emit("snapshot", &json!({"seq": 2, "runs": [failed.clone()]}), 2);
    until_name(&stage, "Activity: 1 failed").await;
    assert!(!badge(&stage), "it was seen");
    emit("snapshot", &json!({"seq": 3, "runs": [failed, fresh]}), 3);
    until("the count of the new one", || {
        stage
            .find(".activity-failed")
            .and_then(|badge| badge.get_attribute("data-text"))
            .as_deref()
            == Some("1 failed")
    })
    .await;
    session.user.set(SessionUser::SignedOut);
}
