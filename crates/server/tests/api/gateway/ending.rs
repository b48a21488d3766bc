//! End of what is open when access is taken away. Security review, finding 22.

use super::passing::{echo, upgrade};
use super::site::{Site, serve};
use crate::support::Server;
use axum::Router;
use axum::body::Body;
use axum::routing::any;
use futures_util::stream;
use http_body_util::BodyExt as _;
use std::convert::Infallible;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vestibule_model::time::Millis;
use vestibule_server::clock;
use vestibule_server::per_user::PerUser;
use vestibule_server::store::Actor;

/// Within this everything must have ended.
const LIMIT: Duration = Duration::from_secs(3);

/// Returns an app that sends an event each 50 ms, for ever.
fn drips() -> Router {
    Router::new().fallback(any(async || {
        Body::from_stream(stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some((Ok::<_, Infallible>("drip\n"), ()))
        }))
    }))
}

/// Changes the database as another program does; the server checks for that every second.
fn from_outside(site: &Site, change: &str) {
    let database = rusqlite::Connection::open(site.server.dir.path().join("vestibule.db"));
    let database = database.expect("the database");
    database
        .pragma_update(None, "foreign_keys", true)
        .expect("set");
    database.execute(change, []).expect("changed");
    site.server.state.store.publish_external_access_changes();
}

async fn stream_ends_after(change: impl FnOnce(&Site)) {
    let site = Site::with(drips()).await;
    let cookie = site.enter().await;
    let request = site.request("GET", "/").header("cookie", &cookie);
    let mut body = site.send(request, "").await.into_body();
    assert!(body.frame().await.is_some_and(|frame| frame.is_ok()));
    change(&site);
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    let ended = tokio::time::timeout(LIMIT, rest).await;
    ended.expect("the stream ends");
}

async fn socket_ends_after(change: impl FnOnce(&Site)) {
    let site = Site::at(echo().await).await;
    let cookie = site.enter().await;
    let (head, mut socket) = upgrade(&site, &cookie, &site.origin()).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    socket.write_all(b"ping").await.expect("sent");
    let mut back = [0; 4];
    socket.read_exact(&mut back).await.expect("echoed");
    change(&site);
    let ended = tokio::time::timeout(LIMIT, socket.read(&mut back)).await;
    assert_eq!(ended.expect("the socket ends").unwrap_or(0), 0);
}

fn take_the_grant(site: &Site) {
    from_outside(site, "DELETE FROM grants");
}

fn remove_the_user(site: &Site) {
    from_outside(site, "DELETE FROM users");
}

fn reset_the_password(site: &Site) {
    let store = &site.server.state.store;
    let user = store.account_by_name("admin", clock::now());
    let user = user.expect("the store works").expect("a user");
    let reset = store.reset_password(&user.id, "a hash", &Actor::command_line());
    reset.expect("the store works");
}

fn disable_the_user(site: &Site) {
    from_outside(site, "UPDATE users SET disabled_at = 1");
}

fn let_the_grant_expire(site: &Site) {
    let store = &site.server.state.store;
    store
        .end_expired_grants(clock::now() + Millis(120_000))
        .expect("the store works");
}

/// Gives the user a custom role for a minute instead of their own.
fn with_a_custom_role(site: &Site) {
    from_outside(
        site,
        "INSERT INTO roles VALUES ('opens', '', '', '[\"workbench:read\",\"workbench:open\"]', '[]', 1, 1, 1, '')",
    );
    let end = (clock::now() + Millis(60_000)).as_millis();
    from_outside(
        site,
        &format!("UPDATE grants SET role = 'opens', expires_at = {end}"),
    );
}

fn take_open_from_the_role(site: &Site) {
    from_outside(
        site,
        "UPDATE roles SET permissions_json = '[\"workbench:read\"]'",
    );
}

#[tokio::test]
async fn who_loses_open_by_a_role_an_end_or_being_disabled_is_out() {
    for change in [
        take_open_from_the_role,
        let_the_grant_expire,
        disable_the_user,
    ] {
        let site = Site::at(echo().await).await;
        let cookie = site.enter().await;
        with_a_custom_role(&site);
        let (head, mut socket) = upgrade(&site, &cookie, &site.origin()).await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        change(&site);
        let ended = tokio::time::timeout(LIMIT, socket.read(&mut [0; 4])).await;
        assert_eq!(ended.expect("the socket ends").unwrap_or(0), 0);
    }
}

#[tokio::test]
async fn a_stream_of_an_app_ends_with_the_grant_the_user_and_the_password() {
    stream_ends_after(take_the_grant).await;
    stream_ends_after(remove_the_user).await;
    stream_ends_after(reset_the_password).await;
}

#[tokio::test]
async fn a_web_socket_of_an_app_ends_with_the_grant_the_user_and_the_password() {
    socket_ends_after(take_the_grant).await;
    socket_ends_after(remove_the_user).await;
    socket_ends_after(reset_the_password).await;
}

/// Security review, finding 7: behind a proxy all users share one address.
#[tokio::test]
async fn connections_of_a_user_to_apps_have_a_bound() {
    let server = Server::with_settings(|inner| inner.connections = PerUser::new(2));
    let site = Site::on(server, serve(drips()).await).await;
    let cookie = site.enter().await;
    let get = async || {
        let request = site.request("GET", "/").header("cookie", &cookie);
        site.send(request, "").await
    };
    let (first, _second) = (get().await, get().await);
    let refused = get().await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["x-vestibule-gateway"], "too-many");
    drop(first);
    // The server sees the end of a connection when it next writes to it.
    let again = async {
        while get().await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let again = tokio::time::timeout(Duration::from_secs(20), again).await;
    again.expect("there is room again");
}
