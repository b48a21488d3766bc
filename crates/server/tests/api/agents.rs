//! Messages to agents, drafts and transcripts: recording, order, refusals. The numbers are those of the
//! field report.

use crate::support::{Answer, Client, Server};
use crate::tabs::new_id;
use axum::http::StatusCode;
use serde_json::json;
use vestibule_engine::clock::Clock as _;
use vestibule_engine::engine_host::EngineHost as _;
use vestibule_model::access::Scope;
use vestibule_model::ids::{MessageId, TabId};
use vestibule_model::tab::queue::{
    MAX_QUEUED, MAX_TEXT, Message, MessageList, MessageState, TabDraft,
};
use vestibule_model::tab::transcript::TranscriptPage;
use vestibule_model::tab::{Tab, TabState};

async fn agent(client: &Client<'_>, workbench: &str) -> String {
    let id = new_id();
    let body = json!({"workbenchId": workbench, "kind": "agent"});
    let answer = client.put(&format!("/api/tabs/{id}"), &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let tab: Tab = answer.read();
    assert!(tab.title.starts_with("Script") && !tab.busy, "{tab:?}");
    id
}

async fn send(client: &Client<'_>, tab: &str, message: &str, text: &str) -> Answer {
    let path = format!("/api/tabs/{tab}/messages/{message}");
    client.put(&path, &json!({"text": text})).await
}

async fn messages(client: &Client<'_>, tab: &str) -> Vec<Message> {
    let list = client.get(&format!("/api/tabs/{tab}/messages")).await;
    list.read::<MessageList>().items
}

/// In use, H1: the work of an agent holds the limit of idleness, which counts from its end.
#[tokio::test]
async fn message_in_hand_is_use_of_the_workbench() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let tab = agent(&admin, &workbench).await;
    let unused_for = || {
        let last = server.state.host.last_used(&workbench.as_str().into());
        let unused = server.clock.now().since(last.expect("a time"));
        (unused.0 + 1_800_000) / 3_600_000
    };
    server.clock.moves_on(60);
    assert_eq!(unused_for(), 1, "nothing is to do");
    let message = new_id();
    send(&admin, &tab, &message, "ls").await;
    server.clock.moves_on(60);
    assert_eq!(unused_for(), 0, "it is queued");
    let (of, id) = (TabId::new(tab.as_str()), MessageId::new(message.as_str()));
    for state in [
        MessageState::HandedOver,
        MessageState::Running,
        MessageState::Succeeded,
    ] {
        let ended_at = state.is_final().then(|| server.clock.now());
        let change = |message: &mut Message| {
            message.state = state.clone();
            message.ended_at = ended_at;
        };
        let changed = server.state.store.change_message(&of, &id, change);
        assert!(changed.expect("stored").is_some());
        server.clock.moves_on(60);
        assert_eq!(unused_for(), i64::from(state.is_final()), "{state:?}");
    }
    server.clock.moves_on(60);
    assert_eq!(unused_for(), 2, "it counts from the end of the work");
}

/// FIELD 20: a message that was typed before the tab is ready is recorded, and shown as waiting.
#[tokio::test]
async fn field_20_message_is_recorded_in_every_state_and_once() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = agent(&admin, &admin.workbench().await).await;
    let (first, second) = (new_id(), new_id());
    let sent = send(&admin, &tab, &first, "ls").await;
    assert_eq!(sent.status, StatusCode::CREATED);
    let sent: Message = sent.read();
    assert_eq!(sent.state, MessageState::Queued);
    assert_eq!(send(&admin, &tab, &first, "ls").await.status, 200);
    assert_eq!(send(&admin, &tab, &second, "pwd").await.status, 201);
    let other = send(&admin, &tab, &first, "rm").await.problem(409);
    assert_eq!(other.kind, "/problems/id-taken");
    let waiting = messages(&admin, &tab).await;
    let texts: Vec<&str> = waiting.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["ls", "pwd"]);
    let shown: Tab = admin.get(&format!("/api/tabs/{tab}")).await.read();
    assert_eq!(shown.state, TabState::PendingProvision);
}

#[tokio::test]
async fn queued_message_is_taken_back_and_stop_names_its_message() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = agent(&admin, &admin.workbench().await).await;
    let ids = [new_id(), new_id(), new_id()];
    for id in &ids {
        send(&admin, &tab, id, "ls").await;
    }
    let path = format!("/api/tabs/{tab}/messages/{}", ids[0]);
    for _ in 0..2 {
        let taken: Message = admin.delete(&path).await.read();
        assert_eq!(taken.state, MessageState::Cancelled);
    }
    let path = format!("/api/tabs/{tab}/stop");
    let stopped = admin.post(&path, &json!({"messageId": ids[1]})).await;
    assert_eq!(stopped.status, StatusCode::ACCEPTED);
    let states: Vec<MessageState> = messages(&admin, &tab)
        .await
        .into_iter()
        .map(|one| one.state)
        .collect();
    let expected = [
        MessageState::Cancelled,
        MessageState::Cancelled,
        MessageState::Queued,
    ];
    assert_eq!(states, expected, "the third one waits");
    let unknown = admin.post(&path, &json!({"messageId": new_id()})).await;
    unknown.problem(404);
}

#[tokio::test]
async fn bad_messages_are_refused_and_change_nothing() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let tab = agent(&admin, &workbench).await;
    for (text, status) in [
        (" \n".to_owned(), 422),
        ("x".repeat(MAX_TEXT + 1), 422),
        ("nul\0".to_owned(), 422),
        ("x".repeat(1024 * 1024), 413),
    ] {
        let answer = send(&admin, &tab, &new_id(), &text).await;
        assert_eq!(answer.status, status, "{} bytes", text.len());
    }
    let odd = send(&admin, &tab, "not-a-uuid", "ls").await;
    assert_eq!(odd.status, 422);
    assert_eq!(messages(&admin, &tab).await, []);
    for _ in 0..MAX_QUEUED {
        assert_eq!(send(&admin, &tab, &new_id(), "ls").await.status, 201);
    }
    let full = send(&admin, &tab, &new_id(), "ls").await.problem(409);
    assert_eq!(full.kind, "/problems/queue-full");
    let terminal = new_id();
    let body = json!({"workbenchId": workbench, "kind": "terminal"});
    admin.put(&format!("/api/tabs/{terminal}"), &body).await;
    let refused = send(&admin, &terminal, &new_id(), "ls").await.problem(409);
    assert_eq!(refused.kind, "/problems/not-an-agent");
}

/// FIELD 22: closing works in every state, and nothing waits in a closed tab.
#[tokio::test]
async fn field_22_closing_cancels_what_waits_and_refuses_more() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = agent(&admin, &admin.workbench().await).await;
    let id = new_id();
    send(&admin, &tab, &id, "ls").await;
    admin.delete(&format!("/api/tabs/{tab}")).await;
    let left = messages(&admin, &tab).await;
    assert_eq!(left[0].state, MessageState::Cancelled);
    let late = send(&admin, &tab, &new_id(), "ls").await.problem(409);
    assert_eq!(late.kind, "/problems/tab-closed");
    assert_eq!(send(&admin, &tab, &id, "ls").await.status, 200, "the same");
    let draft = json!({"text": "late"});
    let draft = admin.put(&format!("/api/tabs/{tab}/draft"), &draft).await;
    assert_eq!(draft.problem(409).kind, "/problems/tab-closed");
}

/// FIELD 23: a draft belongs to one tab and one user; of two windows, none overwrites the other unseen.
#[tokio::test]
async fn field_23_drafts_are_kept_by_tab_and_user() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.workbench().await;
    let shown = admin.get(&format!("/api/workbenches/{workbench}")).await;
    let workspace = shown.value()["workspaceId"].clone();
    let scope = Scope::Workspace(workspace.as_str().expect("an id").to_owned());
    let ada = server.user("ada", &[scope]).await;
    let (one, other) = (
        agent(&admin, &workbench).await,
        agent(&admin, &workbench).await,
    );
    let path = format!("/api/tabs/{one}/draft");
    let stored: TabDraft = admin.put(&path, &json!({"text": "mine"})).await.read();
    assert_eq!((stored.text.as_str(), stored.version), ("mine", 1));
    let stored: TabDraft = ada.put(&path, &json!({"text": "hers"})).await.read();
    assert_eq!(stored.text, "hers");
    assert_eq!(admin.get(&path).await.read::<TabDraft>().text, "mine");
    let elsewhere = format!("/api/tabs/{other}/draft");
    assert_eq!(
        admin.get(&elsewhere).await.read::<TabDraft>(),
        TabDraft::default()
    );
    let newer = json!({"text": "window a", "version": 1});
    assert_eq!(admin.put(&path, &newer).await.read::<TabDraft>().version, 2);
    let older = json!({"text": "window b", "version": 1});
    let refused = admin.put(&path, &older).await.problem(409);
    assert_eq!(refused.kind, "/problems/draft-changed");
    let long = json!({"text": "x".repeat(MAX_TEXT + 1)});
    assert_eq!(admin.put(&path, &long).await.status, 422);
    let seen = format!("/api/tabs/{one}/seen");
    for (event, expected) in [(7, 7), (3, 7), (8, 8)] {
        let stored: TabDraft = admin.put(&seen, &json!({"event": event})).await.read();
        assert_eq!((stored.seen, stored.text.as_str()), (expected, "window a"));
    }
}

/// Ids of another user's tabs and messages give nothing away.
#[tokio::test]
async fn strangers_learn_nothing() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = agent(&admin, &admin.workbench().await).await;
    let message = new_id();
    send(&admin, &tab, &message, "secret plan").await;
    let own = admin.workbench().await;
    let shown = admin.get(&format!("/api/workbenches/{own}")).await;
    let workspace = shown.value()["workspaceId"].clone();
    let scope = Scope::Workspace(workspace.as_str().expect("an id").to_owned());
    let ada = server.user("ada", &[scope]).await;
    for path in [
        "messages",
        "draft",
        "transcript",
        "transcript/download",
        "stream",
    ] {
        let hidden = ada.get(&format!("/api/tabs/{tab}/{path}")).await;
        let nothing = ada.get(&format!("/api/tabs/none/{path}")).await;
        assert_eq!(hidden.problem(404), nothing.problem(404), "{path}");
    }
    let mine = agent(&ada, &own).await;
    let taken = send(&ada, &mine, &message, "x").await;
    assert_eq!(taken.problem(409).kind, "/problems/id-taken");
    let body = json!({"messageId": message});
    let stop = ada.post(&format!("/api/tabs/{mine}/stop"), &body).await;
    stop.problem(404);
    let path = format!("/api/tabs/{mine}/messages/{message}");
    ada.delete(&path).await.problem(404);
    assert_eq!(messages(&admin, &tab).await[0].state, MessageState::Queued);
}

#[tokio::test]
async fn empty_transcript_has_no_events() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = agent(&admin, &admin.workbench().await).await;
    let path = format!("/api/tabs/{tab}/transcript");
    let page: TranscriptPage = admin.get(&path).await.read();
    assert_eq!(page, TranscriptPage::default());
    assert_eq!(admin.get(&format!("{path}?after=x")).await.status, 422);
    let text = admin.get(&format!("{path}/download")).await;
    assert_eq!(text.body, b"");
}
