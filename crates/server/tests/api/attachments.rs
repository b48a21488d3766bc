//! `PUT /api/tabs/{id}/files/{name}`.

use crate::support::{Answer, Client, Server};
use crate::tabs::new_id;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use std::io;
use vestibule_model::access::Scope;
use vestibule_model::tab::attachment::{Attachment, MAX_BYTES, MAX_NAME_BYTES};

async fn tab(client: &Client<'_>) -> String {
    let (workbench, id) = (client.workbench().await, new_id());
    let body = json!({"workbenchId": workbench, "kind": "agent"});
    let answer = client.put(&format!("/api/tabs/{id}"), &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    id
}

async fn put(client: &Client<'_>, tab: &str, name: &str, body: impl Into<Body>) -> Answer {
    let path = format!("/api/tabs/{tab}/files/{name}");
    let request = client.request(Method::PUT, &path);
    let request = request.header("content-type", "application/octet-stream");
    client.send(request, body.into()).await
}

#[tokio::test]
async fn file_is_stored_whole_and_a_number_is_added_to_a_name_in_use() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = tab(&admin).await;
    let bytes = (0..=255).cycle().take(300_000).collect::<Vec<u8>>();
    for (content, expected) in [
        (bytes.clone(), "attachments/plot.png"),
        (b"other".to_vec(), "attachments/plot-1.png"),
        (Vec::new(), "attachments/plot-2.png"),
    ] {
        let length = content.len();
        let answer = put(&admin, &tab, "plot.png", content.clone()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let stored: Attachment = answer.read();
        assert_eq!(
            (stored.path.as_str(), stored.bytes),
            (expected, length as u64)
        );
        assert_eq!(server.engine.uploads.files()[expected], content);
    }
    let answer = put(&admin, &tab, "Bericht%20%C3%BC.pdf", "x").await;
    assert_eq!(
        answer.read::<Attachment>().path,
        "attachments/Bericht \u{fc}.pdf"
    );
}

#[tokio::test]
async fn names_that_leave_the_folder_are_refused() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = tab(&admin).await;
    let long = "x".repeat(MAX_NAME_BYTES + 1);
    for name in [
        "%2e%2e",
        "..%2fsecret",
        "%2Fetc%2Fpasswd",
        "a%2Fb",
        "a%5Cb",
        ".bashrc",
        "-rf",
        "a%00b",
        "a%0Ab",
        "%E2%80%AEgpj.exe",
        "%20",
        &long,
    ] {
        let refused = put(&admin, &tab, name, "x").await;
        assert_eq!(refused.problem(422).errors[0].field, "name", "{name}");
    }
    for name in ["..%2f..%2fx", "a/b", "../../x"] {
        let refused = put(&admin, &tab, name, "x").await;
        assert!(refused.status.is_client_error(), "{name}: {refused:?}");
    }
    assert!(server.engine.uploads.files().is_empty());
}

#[tokio::test]
async fn nothing_is_left_of_a_body_that_is_too_long_or_cut_off() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = tab(&admin).await;
    let most = put(&admin, &tab, "most.bin", vec![7; MAX_BYTES]).await;
    assert_eq!(most.status, StatusCode::CREATED);
    let reported = put(&admin, &tab, "big.bin", vec![7; MAX_BYTES + 1]).await;
    assert_eq!(reported.problem(413).kind, "/problems/body-too-large");
    // Its length is not known before.
    let piece = Bytes::from(vec![7; 1024 * 1024]);
    let pieces = vec![piece.clone(); 17].into_iter().map(Ok::<_, io::Error>);
    let grows = Body::from_stream(stream::iter(pieces));
    let grown = put(&admin, &tab, "big.bin", grows).await;
    assert_eq!(grown.problem(413).kind, "/problems/body-too-large");
    let cut = vec![
        Ok(piece),
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
    ];
    let cut = put(
        &admin,
        &tab,
        "cut.bin",
        Body::from_stream(stream::iter(cut)),
    )
    .await;
    cut.problem(400);
    let files = server.engine.uploads.files();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["attachments/most.bin"]);
}

#[tokio::test]
async fn full_disk_and_a_blocked_folder_are_told() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = tab(&admin).await;
    server.engine.uploads.fill_up();
    let full = put(&admin, &tab, "a.txt", "x").await;
    assert_eq!(full.problem(507).kind, "/problems/storage-full");
    server.engine.uploads.block();
    let blocked = put(&admin, &tab, "a.txt", "x").await.problem(409);
    assert_eq!(blocked.kind, "/problems/attachments-blocked");
    assert!(blocked.detail.contains("link"), "{blocked:?}");
    assert!(server.engine.uploads.files().is_empty());
}

#[tokio::test]
async fn closed_tabs_and_strangers_store_nothing() {
    let server = Server::empty();
    let admin = server.admin().await;
    let tab = tab(&admin).await;
    let other = admin.workspace().await;
    let ada = server.user("ada", &[Scope::Workspace(other)]).await;
    put(&ada, &tab, "a.txt", "x").await.problem(404);
    let shown: Value = admin.get(&format!("/api/tabs/{tab}")).await.value();
    let workspace = shown["workspaceId"].as_str().expect("an id").to_owned();
    let scope = Scope::Workspace(workspace);
    let viewer = server.user_with("bob", "workspace-viewer", &scope).await;
    put(&viewer, &tab, "a.txt", "x").await.problem(403);
    admin.delete(&format!("/api/tabs/{tab}")).await;
    let closed = put(&admin, &tab, "a.txt", "x").await;
    assert_eq!(closed.problem(409).kind, "/problems/tab-closed");
    put(&admin, &new_id(), "a.txt", "x").await.problem(404);
    assert!(server.engine.uploads.files().is_empty());
}
