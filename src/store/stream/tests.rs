//! The event stream in a real browser, with a stubbed stream.

use crate::pages::workbenches::page::WorkspacePage;
use crate::store::{Session, SessionUser, Store, open_streams};
use crate::testing::{
    MountedPage, answer, asked, eval, refresh_pollers, stub_server, stub_stream, until,
    user_without_permissions, workbench,
};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos_router::components::Router;
use serde_json::{Value, json};
use vestibule_model::ids::WorkspaceId;
use wasm_bindgen_test::wasm_bindgen_test;

/// Returns the path of a test's list. Pages of earlier tests may still request theirs.
fn list(user: &str) -> String {
    format!("/api/workspaces/ws-{user}/workbenches")
}

/// Mounts the page of a workspace with one workbench and an open stream. Each test has its own
/// user, so that no tab leads for another test.
async fn open(user: &'static str, rows: &[Value]) -> (MountedPage, Session) {
    stub_server();
    stub_stream();
    answer(&list(user), 200, &json!({"items": rows}));
    answer_workspace(user);
    MountedPage::mount_for(user, move || {
        view! { <Router><WorkspacePage id=WorkspaceId::new(format!("ws-{user}")) /></Router> }
            .into_any()
    })
    .await
}

fn answer_workspace(user: &str) {
    let id = format!("ws-{user}");
    let path = format!("/api/workspaces/{id}");
    answer(&path, 200, &json!({"id": id, "name": "Lab"}));
}

fn count(script: &str) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count"
    )]
    let count = eval(script).as_f64().expect("a number") as usize;
    count
}

fn emit(kind: &str, data: &Value, id: u64) {
    eval(&format!("window.emit('{kind}', {data}, {id})"));
}

async fn until_stream(stage: &MountedPage, word: &str) {
    stage.wait(&format!("[data-stream={word}]")).await;
}

/// Returns a row of a test's list.
fn row(user: &str, id: &str, name: &str, k8s_status: &str) -> Value {
    let mut row = workbench(id, name, k8s_status);
    row["workspaceId"] = json!(format!("ws-{user}"));
    row
}

/// Returns an event with a whole workbench.
fn update(mut row: Value, seq: u64) -> Value {
    row["lastSeq"] = json!(seq);
    json!({"seq": seq, "id": row["id"], "workspaceId": row["workspaceId"], "k8sStatus": row["k8sStatus"],
        "phase": "Running", "generation": 1, "workbench": row})
}

/// Starts the stream; a list that was read before is read once more.
async fn begin(stage: &MountedPage, user: &str) {
    let get = format!("GET {}", list(user));
    until("the list is read", || asked(&get) == 1).await;
    emit("snapshot", &json!({"seq": 1, "runs": []}), 1);
    until_stream(stage, "live").await;
    until("what came in between is read", || asked(&get) == 2).await;
}

#[wasm_bindgen_test]
async fn field_19_events_are_applied_without_a_request() {
    let known = row("u-news", "wb-known", "known", "Running");
    let (stage, _) = open("u-news", std::slice::from_ref(&known)).await;
    begin(&stage, "u-news").await;
    stage.wait("tr [data-k8s-status=Running]").await;
    emit("workbench-update", &update(known, 1), 1);
    emit(
        "heartbeat",
        &json!({"serverTime": "2026-11-21T10:00:00Z"}),
        1,
    );
    emit("workbench-update", &json!({"garbled": true}), 1);
    let fresh = row("u-news", "wb-fresh", "fresh", "Progressing");
    for seq in 2..30 {
        emit("workbench-update", &update(fresh.clone(), seq), seq);
    }
    stage.wait("tr [data-k8s-status=Progressing]").await;
    assert!(stage.text().contains("fresh"));
    let elsewhere = row("u-other", "wb-other", "other", "Failed");
    emit("workbench-update", &update(elsewhere, 30), 30);
    TimeoutFuture::new(1_200).await;
    let get = format!("GET {}", list("u-news"));
    assert_eq!(asked(&get), 2, "what is reported is not requested");
    assert!(stage.find("tr [data-k8s-status=Failed]").is_none());
    let by_itself = eval("window.asked.some((one) => one.includes('/api/workbenches/'))");
    assert_eq!(by_itself.as_bool(), Some(false));
}

#[wasm_bindgen_test]
async fn field_25_removed_workbench_is_gone_at_once_and_not_revived() {
    let rows = [
        row("u-gone", "wb-stays", "stays", "Running"),
        row("u-gone", "wb-goes", "goes", "Running"),
    ];
    let (stage, _) = open("u-gone", &rows).await;
    let path = list("u-gone");
    let [stays, goes] = rows;
    let came = row("u-gone", "wb-came", "came", "Running");
    let whole = json!({"items": [stays, goes, came], "version": "e.1", "seq": 1});
    answer(&path, 200, &whole);
    begin(&stage, "u-gone").await;
    // The second response has been applied: the next request names its version.
    stage.wait("[data-row=wb-came]").await;
    // A response that is slower than the event.
    eval(
        "{ const stub = window.fetch;
           window.fetch = async (address, init) => {
             const answer = await stub(address, init);
             if (String(address.url ?? address).includes('ws-u-gone/workbenches?since=e.1')) {
               await new Promise((resolve) => { window.arrive = resolve; });
             }
             return answer;
           }; }",
    );
    let mut late = row("u-gone", "wb-goes", "goes", "Progressing");
    late["lastSeq"] = json!(2);
    let part = json!({"items": [late], "since": "e.1", "version": "e.2", "seq": 2});
    answer(&path, 200, &part);
    refresh_pollers();
    until("it is asked for", || {
        eval("typeof window.arrive").as_string().as_deref() == Some("function")
    })
    .await;
    let gone = json!({"seq": 3, "id": "wb-goes", "workspaceId": "ws-u-gone"});
    emit("workbench-removed", &gone, 3);
    until("it is gone", || stage.find("[data-row=wb-goes]").is_none()).await;
    eval("window.arrive()");
    TimeoutFuture::new(300).await;
    assert!(stage.find("[data-row=wb-goes]").is_none());
    assert!(stage.find("[data-row=wb-stays]").is_some());
    assert_eq!(asked(&format!("GET {path}")), 3);
}

#[wasm_bindgen_test]
async fn workspace_events_update_its_name_and_its_removal() {
    let (stage, _) = open("u-space", &[]).await;
    let own = "/api/workspaces/ws-u-space";
    begin(&stage, "u-space").await;
    until("it is named", || stage.text().contains("Lab")).await;
    let named = asked(&format!("GET {own}"));
    let update = |id: &str, seq: u64| json!({"seq": seq, "workspace": {"id": id, "name": "Library", "colour": 7}});
    let removed = |id: &str, seq: u64| json!({"seq": seq, "id": id});
    emit("workspace-update", &update("ws-another", 2), 2);
    emit("workspace-removed", &removed("ws-another", 3), 3);
    emit("workspace-update", &update("ws-u-space", 4), 4);
    until("the new name", || stage.text().contains("Library")).await;
    assert!(stage.find(".empty").is_some_and(|empty| {
        let text = empty.text_content().unwrap_or_default();
        text.contains("No workbenches yet")
    }));
    let get = format!("GET {}", list("u-space"));
    assert_eq!(
        (asked(&get), asked(&format!("GET {own}"))),
        (2, named),
        "what is told is not asked for"
    );
    emit("workspace-removed", &removed("ws-u-space", 5), 5);
    until("it is said", || {
        stage.text().contains("This workspace was deleted")
    })
    .await;
    assert!(stage.find(".page-top a").is_none(), "nothing is offered");
}

/// FIELD 26: unchanged data is not touched, and if changes do not fit, the whole list is read.
#[wasm_bindgen_test]
async fn only_changes_of_a_list_are_requested_and_applied() {
    let named = |id: &str, name: &str| row("u-parts", id, name, "Running");
    let rows = [named("wb-one", "one"), named("wb-two", "two")];
    let (stage, _) = open("u-parts", &rows).await;
    let path = list("u-parts");
    let versioned = |rows: &[Value]| json!({"items": rows, "version": "e.4", "seq": 1});
    answer(&path, 200, &versioned(&rows));
    begin(&stage, "u-parts").await;
    stage.wait("[data-row=wb-two]").await;
    eval(
        "window.queries = []; window.touched = new Set();
         { const stub = window.fetch;
           window.fetch = (address, init) => {
             const url = new URL(address.url ?? address, location.href);
             if (url.pathname.includes('ws-u-parts/')) { window.queries.push(url.search.replace(/&$/, '')); }
             return stub(address, init);
           }; }
         new MutationObserver((all) => { for (const one of all) {
             const at = one.target.nodeType === 1 ? one.target : one.target.parentElement;
             window.touched.add(at.closest('tr')?.querySelector('a')?.dataset.row);
         } }).observe(document.querySelector('tbody.rows'),
           { subtree: true, characterData: true, attributes: true });",
    );
    let part =
        json!({"items": [named("wb-one", "only")], "since": "e.4", "version": "e.5", "seq": 2});
    answer(&path, 200, &part);
    refresh_pollers();
    until("the change is there", || stage.text().contains("only")).await;
    let touched = eval("[...window.touched].join()").as_string();
    assert_eq!(touched.as_deref(), Some("wb-one"));

    let removed =
        json!({"items": [], "since": "e.5", "removed": ["wb-two"], "version": "e.6", "seq": 3});
    answer(&path, 200, &removed);
    refresh_pollers();
    until("it is gone", || stage.find("[data-row=wb-two]").is_none()).await;

    let other = json!({"items": [named("wb-one", "other")], "since": "e.9", "version": "e.10"});
    answer(&path, 200, &other);
    refresh_pollers();
    until("it is asked", || count("window.queries.length") >= 3).await;
    let older = eval("window.queries.slice(0, 3).join(' ')").as_string();
    assert_eq!(older.as_deref(), Some("?since=e.4 ?since=e.5 ?since=e.6"));
    let newer = json!({"items": [named("wb-one", "whole")], "version": "e.11", "seq": 9});
    answer(&path, 200, &newer);
    until("the whole list is there", || stage.text().contains("whole")).await;
    assert!(
        !stage.text().contains("other"),
        "what does not fit is dropped"
    );
    assert_eq!(
        eval("window.queries.at(-1)").as_string().as_deref(),
        Some("")
    );
}

#[wasm_bindgen_test]
async fn field_29_a_burst_of_errors_is_one_reconnect_and_resumes() {
    let (stage, _) = open("u-burst", &[]).await;
    emit("snapshot", &json!({"seq": 41, "runs": []}), 41);
    until_stream(&stage, "live").await;
    // As in a browser: a closed connection sends nothing any more.
    eval(
        "for (let i = 0; i < 5; i += 1) {
           for (const one of window.sources) { if (one.readyState !== 2) { one.on.error(new Event('error')); } }
         }",
    );
    assert_eq!(
        count("window.sources.filter((one) => one.readyState !== 2).length"),
        0
    );
    // "reconnecting", and "polling" as soon as a request is answered.
    stage.wait("[data-stream]:not([data-stream=live])").await;
    until("it tries again", || count("window.sources.length") == 2).await;
    assert_eq!(
        eval("window.sources[1].url").as_string().as_deref(),
        Some("/api/runs/stream?workbench=*&after=41")
    );
    emit(
        "heartbeat",
        &json!({"serverTime": "2026-11-21T10:00:00Z"}),
        41,
    );
    until_stream(&stage, "live").await;
    assert_eq!(count("window.sources.length"), 2);
}

#[wasm_bindgen_test]
async fn field_30_a_refused_stream_is_probed_and_a_401_signs_out() {
    let (_stage, session) = open("u-refused", &[]).await;
    answer("/api/auth/me", 401, &json!({"status": 401}));
    eval(
        "{ const last = window.sources.at(-1); last.readyState = 2; last.on.error(new Event('error')); }",
    );
    until("signed out", || {
        session.user.get_untracked() == SessionUser::SignedOut
    })
    .await;
    assert_eq!(asked("GET /api/auth/me"), 1);
    assert_eq!(count("window.sources.length"), 1);
}

/// FIELD 29, for permissions: a change between the page's first answer and the start of the stream.
#[wasm_bindgen_test]
async fn field_29_permissions_that_changed_before_the_stream_began_are_read_again() {
    let (_stage, session) = open("u-promoted", &[]).await;
    // The session also asks for the settings, unless it has them.
    let config = json!({"serverTime": "2026-11-21T10:00:00Z", "publicUrl": "http://a",
        "appOriginPattern": "http://{id}.a"});
    answer("/api/config", 200, &config);
    let beat = |version: &str| {
        let time = "2026-11-21T10:00:00Z";
        json!({"serverTime": time, "accessVersion": version})
    };
    let me = json!({"user": {"id": "u-promoted"}, "grants": [], "accessVersion": "v2"});
    answer("/api/auth/me", 200, &me);
    emit("snapshot", &json!({"seq": 7, "runs": []}), 7);
    emit("heartbeat", &beat("v2"), 7);
    until("it is read again", || {
        let user = session.user.read_untracked();
        user.me().is_some_and(|me| me.access_version == "v2")
    })
    .await;
    emit("heartbeat", &beat("v2"), 7);
    emit("heartbeat", &beat(""), 7);
    TimeoutFuture::new(100).await;
    assert_eq!(asked("GET /api/auth/me"), 1, "equal versions are no news");
}

#[wasm_bindgen_test]
async fn sign_out_closes_the_stream_and_the_next_user_gets_another() {
    let (stage, session) = open("u-leaves", &[]).await;
    emit("snapshot", &json!({"seq": 7, "runs": []}), 7);
    until_stream(&stage, "live").await;
    session.user.set(SessionUser::SignedOut);
    until_stream(&stage, "signed-out").await;
    assert_eq!(count("window.sources[0].readyState"), 2);
    session.user.set(user_without_permissions("u-comes"));
    until("a stream of their own", || {
        count("window.sources.length") == 2
    })
    .await;
    assert_eq!(
        eval("window.sources[1].url").as_string().as_deref(),
        Some("/api/runs/stream?workbench=*"),
        "not where another person was"
    );
}

/// FIELD 27: another tab of the same user leads; this one gets the events through the channel.
#[wasm_bindgen_test]
async fn follower_opens_no_stream_and_takes_over_from_a_closed_leader() {
    stub_server();
    eval(
        "window.leader = new BroadcastChannel('vestibule.stream.u-second');
         window.heard = [];
         window.leader.onmessage = (event) => window.heard.push(event.data);
         window.led = navigator.locks.request('vestibule.stream.u-second',
           () => new Promise((resolve) => { window.leave = resolve; }));",
    );
    until("the lead is held", || {
        eval("typeof window.leave").as_string().as_deref() == Some("function")
    })
    .await;

    answer(&list("u-second"), 200, &json!({"items": []}));
    answer_workspace("u-second");
    eval(
        "window.sources = []; window.EventSource = class { constructor(url) { this.url = url; window.sources.push(this); } addEventListener() {} close() {} };",
    );
    let stage = MountedPage::mount(|| {
        Session::expect()
            .user
            .set(user_without_permissions("u-second"));
        open_streams(Store::expect());
        view! { <Router><WorkspacePage id=WorkspaceId::new("ws-u-second") /></Router> }.into_any()
    });
    until("it asks how things stand", || {
        eval("window.heard.includes('ask')").as_bool() == Some(true)
    })
    .await;
    eval(r#"window.leader.postMessage('standing\n{"seq":12,"runs":[]}')"#);
    until_stream(&stage, "live").await;
    until("the list is read once more", || {
        asked(&format!("GET {}", list("u-second"))) == 2
    })
    .await;
    let update = update(row("u-second", "wb-told", "told", "Progressing"), 13);
    eval(&format!(
        "window.leader.postMessage('event\\nworkbench-update\\n13\\n' + JSON.stringify({update}))"
    ));
    stage.wait("tr [data-k8s-status=Progressing]").await;
    assert_eq!(count("window.sources.length"), 0);
    eval("window.leave(); window.leader.close();");
    until("it leads", || count("window.sources.length") == 1).await;
    assert_eq!(
        eval("window.sources[0].url").as_string().as_deref(),
        Some("/api/runs/stream?workbench=*&after=13")
    );
}
