//! `/api/tabs`: opening, moving by itself, closing, retrying. The numbers are those of the field
//! report.

use crate::event_reader::{EventReader, STREAM};
use crate::support::{Answer, Client, Server};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use vestibule_engine::engine_host::EngineHost as _;
use vestibule_model::access::Scope;
use vestibule_model::ids::{TabId, WorkbenchId, uuid_7};
use vestibule_model::phase::Phase;
use vestibule_model::tab::reconcile::{MAX_ATTEMPTS, Session};
use vestibule_model::tab::{MAX_OPEN, Tab, TabErrorReason, TabList, TabState};
use vestibule_model::time::Millis;
use vestibule_server::tabs;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Returns a new identifier of a tab.
pub fn new_id() -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("01939f6e-7b2a-7c4d-9e1f-{number:012x}")
}

/// Starts the task that moves tabs.
pub fn moving(server: &Server) -> tokio::task::JoinHandle<()> {
    tokio::spawn(tabs::run(server.state.clone()))
}

async fn open(client: &Client<'_>, workbench: &str, id: &str) -> Answer {
    let body = json!({"workbenchId": workbench, "kind": "terminal"});
    client.put(&format!("/api/tabs/{id}"), &body).await
}

async fn opened(client: &Client<'_>, workbench: &str) -> Tab {
    let answer = open(client, workbench, &new_id()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.read()
}

async fn shown(client: &Client<'_>, id: &TabId) -> Tab {
    client.get(&format!("/api/tabs/{id}")).await.read()
}

pub async fn until(client: &Client<'_>, id: &TabId, holds: impl Fn(&Tab) -> bool) -> Tab {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        let tab = shown(client, id).await;
        if holds(&tab) {
            return tab;
        }
        assert!(tokio::time::Instant::now() < deadline, "still {tab:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub async fn until_ready(client: &Client<'_>, id: &TabId) -> Tab {
    until(client, id, |tab| tab.state == TabState::Ready).await
}

fn reason(tab: &Tab) -> Option<&TabErrorReason> {
    tab.error.as_ref().map(|error| &error.reason)
}

#[tokio::test]
async fn tab_is_there_at_once_and_becomes_ready_by_itself() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let tab = opened(&admin, &workbench).await;
    assert_eq!(tab.state, TabState::PendingProvision);
    assert_eq!(
        (tab.stage.as_str(), tab.title.as_str()),
        ("Preparing environment", "Terminal")
    );
    assert!(tab.deadline.is_some() && tab.run_number.is_none());
    assert_eq!(server.engine.sessions.count(), 0);
    server.engine.sees_it_running();
    server.settle(&workbench, &Phase::Running).await;
    let ready = until_ready(&admin, &tab.id).await;
    assert_eq!((ready.run_number, ready.deadline), (Some(1), None));
    assert_eq!(server.engine.sessions.count(), 1);
}

/// In use, H1: a terminal that prints is used, also without a window.
#[tokio::test]
async fn output_of_a_terminal_is_use_of_the_workbench() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    let tab = opened(&admin, &workbench).await;
    until_ready(&admin, &tab.id).await;
    let last_used = || server.state.host.last_used(&workbench.as_str().into());
    let opened = last_used();
    let output = &server.engine.sessions.output;
    let until_observed = async || {
        let seen = server.engine.sessions.observed.load(Ordering::SeqCst);
        let enough = || server.engine.sessions.observed.load(Ordering::SeqCst) > seen + 1;
        while !enough() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    until_observed().await;
    server.clock.moves_on(60);
    until_observed().await;
    assert_eq!(last_used(), opened, "it is silent");
    output.store(12, Ordering::SeqCst);
    until_observed().await;
    let used = last_used().expect("a time");
    assert!(used.since(opened.expect("a time")) >= Millis::from_secs(3_600));
    until_observed().await;
    assert_eq!(last_used(), Some(used), "it is silent again");
}

/// FIELD 23: a double click on "+" makes one tab.
#[tokio::test]
async fn field_23_the_same_request_twice_opens_one_tab() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let id = new_id();
    assert_eq!(open(&admin, &workbench, &id).await.status, 201);
    assert_eq!(open(&admin, &workbench, &id).await.status, 200);
    let list = admin
        .get(&format!("/api/workbenches/{workbench}/tabs"))
        .await;
    assert_eq!(list.read::<TabList>().items.len(), 1);
    let other = admin.workbench().await;
    let taken = open(&admin, &other, &id).await.problem(409);
    assert_eq!(taken.kind, "/problems/id-taken");
}

/// The id of another user's tab neither opens it nor shows it.
#[tokio::test]
async fn id_of_another_user_is_refused() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (own, other) = (admin.workbench().await, admin.workbench().await);
    let tab = opened(&admin, &other).await;
    let own_workspace = admin.get(&format!("/api/workbenches/{own}")).await.value();
    let scope = Scope::Workspace(
        own_workspace["workspaceId"]
            .as_str()
            .expect("an id")
            .to_owned(),
    );
    let ada = server.user("ada", &[scope]).await;
    let answer = open(&ada, &own, tab.id.as_str()).await;
    assert_eq!(answer.problem(409).kind, "/problems/id-taken");
    let path = format!("/api/tabs/{}", tab.id);
    for answer in [ada.get(&path).await, ada.delete(&path).await] {
        let problem = answer.problem(404);
        let nothing = ada.get("/api/tabs/none").await.problem(404);
        assert_eq!(problem, nothing);
    }
}

/// FIELD 24: a late success after the tab was closed is torn down.
#[tokio::test]
async fn field_24_closed_tab_wins_over_a_late_success() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let tab = opened(&admin, &workbench).await;
    let path = format!("/api/tabs/{}", tab.id);
    let closed: Tab = admin.delete(&path).await.read();
    assert!(closed.closed_at.is_some());
    let again: Tab = admin.delete(&path).await.read();
    assert_eq!(again.closed_at, closed.closed_at);
    server.engine.sees_it_running();
    server.settle(&workbench, &Phase::Running).await;
    let second = opened(&admin, &workbench).await;
    until_ready(&admin, &second.id).await;
    assert_eq!(server.engine.sessions.count(), 1, "only the second one's");
    admin.delete(&format!("/api/tabs/{}", second.id)).await;
    until(&admin, &second.id, |tab| tab.run_number.is_none()).await;
    assert_eq!(server.engine.sessions.count(), 0);
    let body = json!({"title": "Late"});
    assert_eq!(
        admin.patch(&path, &body).await.problem(409).kind,
        "/problems/tab-closed"
    );
    let retried = admin.post(&format!("{path}/retry"), &json!({})).await;
    assert_eq!(retried.problem(409).kind, "/problems/tab-closed");
    let list = admin
        .get(&format!("/api/workbenches/{workbench}/tabs"))
        .await;
    assert_eq!(list.read::<TabList>().items, []);
}

/// FIELD 21 and 22: a server that ends while a session is created comes back and completes, and a
/// retry keeps the id.
#[tokio::test]
async fn field_21_tab_whose_server_ended_in_between_completes() {
    let server = Server::empty();
    let first = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    server
        .engine
        .sessions
        .answers
        .lock()
        .expect("answers")
        .push_back(None);
    let tab = opened(&admin, &workbench).await;
    let waits = until(&admin, &tab.id, |tab| {
        tab.state == TabState::PendingSessionCreate
    })
    .await;
    assert_eq!((waits.attempt, waits.run_number), (1, Some(1)));
    while server.engine.sessions.asked.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    first.abort();
    let _second = moving(&server);
    until_ready(&admin, &tab.id).await;
    assert_eq!(server.engine.sessions.count(), 1);
}

/// FIELD 22.
#[tokio::test]
async fn field_22_broken_tab_is_retried_in_place_and_spares_its_siblings() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    let well = opened(&admin, &workbench).await;
    until_ready(&admin, &well.id).await;
    let refused = Some(Session::Refused("No terminals are left.".to_owned()));
    let answers = vec![refused; MAX_ATTEMPTS as usize];
    *server.engine.sessions.answers.lock().expect("answers") = answers.into();
    let tab = opened(&admin, &workbench).await;
    let broken = until(&admin, &tab.id, |tab| tab.error.is_some()).await;
    assert_eq!(reason(&broken), Some(&TabErrorReason::SessionRefused));
    assert!(
        broken
            .error
            .expect("an error")
            .message
            .contains("No terminals are left")
    );
    assert_eq!(shown(&admin, &well.id).await.state, TabState::Ready);
    let retried = admin
        .post(&format!("/api/tabs/{}/retry", tab.id), &json!({}))
        .await;
    assert_eq!(retried.status, 202);
    until_ready(&admin, &tab.id).await;
}

#[tokio::test]
async fn session_that_ended_is_told_and_begins_anew_by_a_retry() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    let tab = opened(&admin, &workbench).await;
    until_ready(&admin, &tab.id).await;
    let left = Session::Ended("The shell was left.".to_owned());
    server
        .engine
        .sessions
        .set(&WorkbenchId::new(&*workbench), 1, &tab.id, left);
    let ended = until(&admin, &tab.id, |tab| tab.error.is_some()).await;
    assert_eq!(reason(&ended), Some(&TabErrorReason::SessionEnded));
    admin
        .post(&format!("/api/tabs/{}/retry", tab.id), &json!({}))
        .await;
    until_ready(&admin, &tab.id).await;
}

/// A run of an earlier version cannot have sessions.
#[tokio::test]
async fn run_without_sessions_is_told() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    let answer = Some(Session::NotSupported);
    server
        .engine
        .sessions
        .answers
        .lock()
        .expect("answers")
        .push_back(answer);
    let tab = opened(&admin, &workbench).await;
    let reported = until(&admin, &tab.id, |tab| tab.error.is_some()).await;
    assert_eq!(reason(&reported), Some(&TabErrorReason::NotSupported));
    assert!(reported.error.expect("an error").message.contains("estart"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(
        server.engine.sessions.asked.load(Ordering::SeqCst),
        1,
        "asked once"
    );
}

#[tokio::test]
async fn tab_starts_its_workbench_in_the_background_and_follows_a_stop() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    let path = format!("/api/workbenches/{workbench}");
    let first = opened(&admin, &workbench).await;
    until_ready(&admin, &first.id).await;
    admin.post(&format!("{path}/stop"), &json!({})).await;
    server.engine.sees_it_exit(143);
    server.settle(&workbench, &Phase::Stopped).await;
    let stopped = until(&admin, &first.id, |tab| tab.error.is_some()).await;
    assert_eq!(reason(&stopped), Some(&TabErrorReason::WorkbenchStopped));
    server.engine.sees_nothing();
    let second = opened(&admin, &workbench).await;
    let bench = admin.get(&path).await.value();
    assert_eq!(bench["desired"], "Running", "{bench}");
    until(&admin, &first.id, |tab| {
        tab.state == TabState::PendingProvision
    })
    .await;
    server.engine.sees_it_running();
    server.settle(&workbench, &Phase::Running).await;
    for id in [&first.id, &second.id] {
        assert_eq!(until_ready(&admin, id).await.run_number, Some(2));
    }
}

#[tokio::test]
async fn tabs_are_renamed_and_moved() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(opened(&admin, &workbench).await.id);
    }
    let order = async || {
        let list = admin
            .get(&format!("/api/workbenches/{workbench}/tabs"))
            .await;
        let items = list.read::<TabList>().items.into_iter();
        items
            .map(|tab| ids.iter().position(|id| *id == tab.id))
            .collect::<Vec<_>>()
    };
    let path = |at: usize| format!("/api/tabs/{}", ids[at]);
    let renamed = admin.patch(&path(0), &json!({"title": "  Logs ✓ "})).await;
    assert_eq!(renamed.read::<Tab>().title, "Logs ✓");
    admin.patch(&path(0), &json!({"after": ids[2]})).await;
    assert_eq!(order().await, [Some(1), Some(2), Some(0)]);
    admin.patch(&path(2), &json!({"after": null})).await;
    assert_eq!(order().await, [Some(2), Some(1), Some(0)]);
    for bad in [
        json!({"title": ""}),
        json!({"title": "a\u{202e}b"}),
        json!({"after": "x"}),
        json!({"title": "Half", "after": "x"}),
    ] {
        admin.patch(&path(0), &bad).await.problem(422);
    }
    let tab = admin.get(&path(0)).await.read::<Tab>();
    assert_eq!(tab.title, "Logs ✓", "a refused request stores nothing");
}

/// The clocks of clients differ by years: neither the order of tabs nor of an agent's messages is that
/// of their identifiers.
#[tokio::test]
async fn clocks_of_clients_decide_nothing() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let of_times = |unique: u16| {
        let millis = [4_102_444_800_000, 1_000, 1_764_000_000_000];
        let random = |byte| [byte, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        let bytes = unique.to_be_bytes();
        millis.map(|millis| uuid_7(millis, random(bytes[1])))
    };
    let tabs = of_times(1);
    for id in &tabs {
        let body = json!({"workbenchId": workbench, "kind": "agent"});
        let answer = admin.put(&format!("/api/tabs/{id}"), &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    }
    let list = admin
        .get(&format!("/api/workbenches/{workbench}/tabs"))
        .await;
    let listed = list.read::<TabList>().items.into_iter();
    let listed: Vec<String> = listed.map(|tab| tab.id.to_string()).collect();
    assert_eq!(listed, tabs);
    let messages = of_times(2);
    for id in &messages {
        let path = format!("/api/tabs/{}/messages/{id}", tabs[0]);
        admin.put(&path, &json!({"text": "echo"})).await;
    }
    let list: Value = admin
        .get(&format!("/api/tabs/{}/messages", tabs[0]))
        .await
        .read();
    let items = list["items"].as_array().expect("a list").iter();
    let listed: Vec<&str> = items.filter_map(|one| one["id"].as_str()).collect();
    assert_eq!(listed, messages);
}

/// A workbench that is being deleted gets no tabs, and those that it has say so.
#[tokio::test]
async fn deleted_workbench_gets_no_tabs() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let tab = opened(&admin, &workbench).await;
    admin.delete(&format!("/api/workbenches/{workbench}")).await;
    let refused = open(&admin, &workbench, &new_id()).await.problem(409);
    assert_eq!(refused.kind, "/problems/deleting");
    let moving = moving(&server);
    let is_told = |tab: &Tab| reason(tab) == Some(&TabErrorReason::WorkbenchDeleted);
    until(&admin, &tab.id, is_told).await;
    moving.abort();
}

#[tokio::test]
async fn bad_requests_are_refused_in_words() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    open(&admin, &workbench, "not-a-uuid").await.problem(422);
    open(&admin, "wb-none", &new_id()).await.problem(404);
    let body = json!({"workbenchId": workbench, "kind": "holodeck"});
    let path = format!("/api/tabs/{}", new_id());
    admin.put(&path, &body).await.problem(422);
    for _ in 0..MAX_OPEN {
        opened(&admin, &workbench).await;
    }
    let one_more = open(&admin, &workbench, &new_id()).await;
    assert_eq!(one_more.problem(409).kind, "/problems/too-many-tabs");
}

/// In use, C3: a shell is no agent, and no script is offered that nobody has set up.
#[tokio::test]
async fn an_app_without_a_script_gets_no_script_tab() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let body = json!({"workbenchId": workbench, "kind": "agent"});
    let before = format!("/api/tabs/{}", new_id());
    assert_eq!(admin.put(&before, &body).await.status, StatusCode::CREATED);
    server.engine.tabs.lock().expect("the tabs").0 = "none";
    let apps: Value = admin.get("/api/apps").await.read();
    assert_eq!(apps["items"][0]["agent"], "none", "{apps}");
    let path = format!("/api/tabs/{}", new_id());
    let refused = admin.put(&path, &body).await.problem(409);
    assert_eq!(refused.kind, "/problems/no-script");
    admin.get(&path).await.problem(404);
    // One that was opened before stays, and so does a terminal.
    assert_eq!(admin.put(&before, &body).await.status, StatusCode::OK);
    opened(&admin, &workbench).await;
}

/// In use, M8: a terminal that can never open starts no workbench.
#[tokio::test]
async fn a_terminal_that_can_never_open_is_refused_before_anything_starts() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let path = format!("/api/workbenches/{workbench}");
    let tab = opened(&admin, &workbench).await;
    admin.post(&format!("{path}/stop"), &json!({})).await;
    let reason = "There is no sandbox.";
    server.engine.tabs.lock().expect("the tabs").1 = Some(reason);
    let apps: Value = admin.get("/api/apps").await.read();
    let shown = &apps["items"][0]["sessionsUnavailableReason"];
    assert_eq!(shown, reason, "{apps}");
    let before: Value = admin.get(&path).await.read();
    for kind in ["terminal", "agent"] {
        let body = json!({"workbenchId": workbench, "kind": kind});
        let id = new_id();
        let refused = admin.put(&format!("/api/tabs/{id}"), &body).await;
        let refused = refused.problem(409);
        assert_eq!(refused.kind, "/problems/no-sessions");
        assert_eq!(refused.detail, reason);
    }
    let retry = format!("/api/tabs/{}/retry", tab.id);
    let retried = admin.post(&retry, &json!({})).await;
    assert_eq!(retried.problem(409).kind, "/problems/no-sessions");
    let after: Value = admin.get(&path).await.read();
    assert_eq!(after["desired"], before["desired"]);
    assert_eq!(after["generation"], before["generation"]);
    let log = json!({"workbenchId": workbench, "kind": "log"});
    let answer = admin.put(&format!("/api/tabs/{}", new_id()), &log).await;
    assert_eq!(answer.status, StatusCode::CREATED, "a log needs no session");
}

#[tokio::test]
async fn stream_tells_of_tabs_to_those_who_may_see_them() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let workspace = admin.workspace().await;
    let ada = server.user("ada", &[Scope::Workspace(workspace)]).await;
    let mut seen = EventReader::open(&admin, STREAM, None).await;
    let mut hidden = EventReader::open(&ada, STREAM, None).await;
    seen.next_named("snapshot").await;
    hidden.next_named("snapshot").await;
    let tab = opened(&admin, &workbench).await;
    let reported = seen.next_named("tab-update").await;
    let expected: Value = serde_json::to_value(&tab).expect("JSON");
    assert_eq!(reported.data["tab"], expected);
    assert_eq!(reported.id, Some(tab.last_seq));
    admin.delete(&format!("/api/tabs/{}", tab.id)).await;
    let reported = seen.next_named("tab-update").await;
    assert!(reported.data["tab"]["closedAt"].is_string());
    let quiet = tokio::time::timeout(Duration::from_millis(200), hidden.next_named("tab-update"));
    assert!(quiet.await.is_err());
}

/// In use, H7.
#[tokio::test]
async fn terminal_is_its_owners_until_the_owner_shares_it() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let workspace = admin.get(&format!("/api/workbenches/{workbench}")).await;
    let workspace = workspace
        .read::<vestibule_model::workbench::Workbench>()
        .workspace_id;
    let scope = Scope::Workspace(workspace.as_str().to_owned());
    let ada = server.user_with("ada", "workspace-member", &scope).await;
    let tab = opened(&ada, &workbench).await;
    assert_eq!(tab.owner, tab.created_by);
    assert_eq!(
        (tab.owner_name.as_deref(), tab.shared),
        (Some("ada"), false)
    );

    let bob = server.user_with("bob", "workspace-member", &scope).await;
    let path = format!("/api/tabs/{}", tab.id);
    let listed = bob.get(&format!("/api/workbenches/{workbench}/tabs")).await;
    assert_eq!(listed.read::<TabList>().items.len(), 1, "it is seen");
    let refused = |answer: Answer, kind: &str| {
        let problem = answer.problem(403);
        assert_eq!(problem.kind, format!("/problems/{kind}"), "{problem:?}");
        problem.detail
    };
    let rename = json!({"title": "Mine"});
    for answer in [
        bob.patch(&path, &rename).await,
        bob.post(&format!("{path}/retry"), &json!({})).await,
        bob.delete(&path).await,
    ] {
        let detail = refused(answer, "private-terminal");
        assert_eq!(detail, "This is ada's terminal. Ask ada to share it.");
    }
    // Also an administrator asks.
    for client in [&bob, &admin] {
        let share = client.patch(&path, &json!({"shared": true})).await;
        refused(share, "not-its-owner");
        let same = client.patch(&path, &json!({"shared": false})).await;
        assert_eq!(same.status, StatusCode::OK, "what was read is sent back");
    }
    let shared = ada.patch(&path, &json!({"shared": true})).await;
    assert!(shared.read::<Tab>().shared);
    let renamed = bob.patch(&path, &rename).await.read::<Tab>();
    assert_eq!((renamed.title.as_str(), renamed.shared), ("Mine", true));
    let mut access = server.state.store.access_changes();
    access.mark_unchanged();
    let private = ada.patch(&path, &json!({"shared": false})).await;
    assert!(!private.read::<Tab>().shared);
    assert!(
        access.has_changed().expect("the store is open"),
        "sockets check again"
    );
    let again = json!({"title": "Still mine"});
    refused(bob.patch(&path, &again).await, "private-terminal");
    // What a user has left open, who may share the workbench can close.
    assert_eq!(admin.delete(&path).await.status, StatusCode::OK);

    let log = admin.get("/api/audit?action=workbench").await.value();
    let entries = log["items"].as_array().expect("a list").iter();
    let actions: Vec<_> = entries
        .map(|entry| entry["action"].as_str().expect("a word"))
        .collect();
    assert_eq!(
        actions[..3],
        [
            "workbench.unshare-terminal",
            "workbench.share-terminal",
            "workbench.terminal"
        ]
    );
}

#[tokio::test]
async fn only_terminals_are_shared_and_by_no_program() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let id = new_id();
    let body = json!({"workbenchId": workbench, "kind": "agent"});
    admin.put(&format!("/api/tabs/{id}"), &body).await;
    let share = json!({"shared": true});
    admin
        .patch(&format!("/api/tabs/{id}"), &share)
        .await
        .problem(422);
}

/// In use: two tabs are not called the same.
#[tokio::test]
async fn tabs_of_one_kind_are_numbered() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let first = opened(&admin, &workbench).await;
    let second = opened(&admin, &workbench).await;
    let third = opened(&admin, &workbench).await;
    assert_eq!(
        [&first.title, &second.title, &third.title],
        ["Terminal", "Terminal 2", "Terminal 3"]
    );
    admin.delete(&format!("/api/tabs/{}", second.id)).await;
    assert_eq!(opened(&admin, &workbench).await.title, "Terminal 2");
}
