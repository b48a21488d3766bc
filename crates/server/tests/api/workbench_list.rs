//! `GET /api/workspaces/{id}/workbenches`, asked again and again.

use crate::support::{Answer, Client, Server};
use axum::body::Body;
use axum::http::{Method, header};
use serde_json::json;
use vestibule_model::phase::Phase;

/// Asks for a list that one has already.
async fn again(client: &Client<'_>, path: &str, tag: &str) -> Answer {
    let request = client
        .request(Method::GET, path)
        .header(header::IF_NONE_MATCH, tag);
    client.send(request, Body::empty()).await
}

#[tokio::test]
async fn a_list_that_is_as_it_was_is_not_sent_again_and_each_change_is() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let mut tag = admin.get(&path).await.header("etag").to_owned();

    let made = json!({"name": "Bench", "app": "welcome", "desired": "Stopped"});
    let id = admin.post(&path, &made).await.id();
    let one = format!("/api/workbenches/{id}");
    let changed_list = async |tag: &mut String, what: &str| {
        let changed = again(&admin, &path, tag).await;
        assert_eq!(changed.status, 200, "{what}");
        assert_ne!(changed.header("etag"), tag, "{what}");
        assert_eq!(changed.header("content-type"), "application/json", "{what}");
        *tag = changed.header("etag").to_owned();
        changed.value()
    };
    let list = changed_list(&mut tag, "creation").await;
    assert_eq!(list["items"][0]["id"], json!(id));

    // The controller may be writing what it saw first; then it is quiet.
    let mut tries = 0..100;
    let unchanged = loop {
        assert!(tries.next().is_some(), "it is never the list one has");
        let answer = again(&admin, &path, &format!("\"another\", W/{tag}")).await;
        if answer.status == 304 {
            break answer;
        }
        tag = answer.header("etag").to_owned();
    };
    assert_eq!((unchanged.header("etag"), unchanged.body.len()), (&*tag, 0));
    assert_eq!(unchanged.header("cache-control"), "private, no-cache");

    admin.patch(&one, &json!({"name": "Desk"})).await;
    assert_eq!(
        changed_list(&mut tag, "a name").await["items"][0]["name"],
        "Desk"
    );

    server.engine.sees_it_running();
    admin.post(&format!("{one}/start"), &json!({})).await;
    server.settle(&id, &Phase::Running).await;
    let list = changed_list(&mut tag, "a start").await;
    assert_eq!(list["items"][0]["status"]["phase"], "Running");

    server.engine.sees_it_exit(0);
    server.settle(&id, &Phase::Completed).await;
    let list = changed_list(&mut tag, "an end").await;
    assert_eq!(list["items"][0]["run"]["status"], "succeeded");

    admin.delete(&one).await;
    server.engine.sees_nothing();
    server.gone(&id).await;
    assert_eq!(changed_list(&mut tag, "deletion").await["items"], json!([]));
}

#[tokio::test]
async fn a_tag_lets_nobody_in() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let tag = admin.get(&path).await.header("etag").to_owned();
    let guest = server.user("guest", &[]).await;
    for tag in [tag.as_str(), "*"] {
        assert_eq!(again(&guest, &path, tag).await.status, 403);
        assert_eq!(again(&server.client(), &path, tag).await.status, 401);
    }
    let nowhere = "/api/workspaces/ws-nowhere1/workbenches";
    assert_eq!(again(&admin, nowhere, &tag).await.status, 404);
}
