//! Ways to permissions that nobody gave: signing in as another user, and roles that outlast their end.

use crate::support::{Client, PASSWORD, Server};
use serde_json::{Value, json};
use vestibule_model::access::{Grant, Roles, Scope};
use vestibule_model::ids::UserId;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_server::clock;
use vestibule_server::store::{Actor, MAX_WORKSPACES_PER_USER};

const PLATFORM: Scope = Scope::Platform(true);

async fn me(client: &Client<'_>) -> String {
    let me = client.get("/api/auth/me").await.value();
    me["user"]["id"].as_str().expect("an id").to_owned()
}

fn give(server: &Server, user: &str, role: &str, scope: &Scope, end: Option<Timestamp>) {
    let grant = Grant {
        expires_at: end,
        ..Grant::new(&Roles::default(), role, scope.clone())
    };
    let by = Actor::command_line();
    let given = server
        .state
        .store
        .add_grant(&UserId::new(user), &grant, &by);
    given.expect("a grant");
}

async fn user_ends(client: &Client<'_>, id: &str) -> Vec<Value> {
    let user = client.get(&format!("/api/users/{id}")).await.value();
    let grants = user["grants"].as_array().expect("grants").iter();
    grants.map(|one| one["expiresAt"].clone()).collect()
}

/// SH1: a user manager gave an owner of a workspace a new password and signed in as them.
#[tokio::test]
async fn nobody_lets_sign_in_as_a_user_with_more_permissions() {
    let server = Server::empty();
    let admin = server.admin().await;
    let manager = server.user_with("manager", "user-manager", &PLATFORM).await;
    let bench = admin.workbench().await;
    let ws = admin
        .get(&format!("/api/workbenches/{bench}"))
        .await
        .value()["workspaceId"]
        .clone();
    let ws = ws.as_str().expect("a workspace");
    let make = async |name: &str, grant: Value| {
        let body = json!({"username": name, "invite": true, "grants": [grant]});
        let made = admin.post("/api/users", &body).await.value();
        format!("/api/users/{}", made["user"]["id"].as_str().expect("an id"))
    };
    let owner = json!({"role": "workspace-owner", "scope": {"workspace": ws}});
    let everywhere = json!({"role": "workspace-viewer", "scope": {"workspace": "*"}});
    let guest = json!({"role": "workbench-guest", "scope": {"workbench": bench}});
    for (name, grant) in [("owner", owner), ("auditor", everywhere), ("guest", guest)] {
        let user = make(name, grant).await;
        for way in ["password", "invitation"] {
            let refused = manager.post(&format!("{user}/{way}"), &json!({})).await;
            let refused = refused.problem(403);
            assert_eq!(refused.kind, "/problems/not-manageable");
            assert!(refused.detail.contains("workbench:read"), "{refused:?}");
        }
        // To take a way to sign in is no way to sign in; to give it back is.
        let path = user.as_str();
        let disable = |disabled: bool| json!({"disabled": disabled});
        assert_eq!(manager.patch(path, &disable(true)).await.status, 200);
        manager.patch(path, &disable(false)).await.problem(403);
        assert_eq!(admin.patch(path, &disable(false)).await.status, 200);
        let shown = admin.get(path).await.value();
        assert_eq!(shown["hasPassword"], false, "{shown}");
    }
    // Who may give all of it may also let sign in.
    give(
        &server,
        &me(&manager).await,
        "workspace-owner",
        &Scope::Workspace(ws.to_owned()),
        None,
    );
    let viewer = json!({"role": "workspace-viewer", "scope": {"workspace": ws}});
    let viewer = make("viewer", viewer).await;
    let reset = manager
        .post(&format!("{viewer}/password"), &json!({}))
        .await;
    assert_eq!(reset.status, 200, "{reset:?}");
}

/// SH1: a user who is made with the role for new users is a way to that role as well.
#[tokio::test]
async fn new_users_have_no_role_that_their_creator_could_not_give() {
    let server = Server::with_settings(|inner| {
        inner.default_role = Some("administrator".to_owned());
    });
    let manager = server.user_with("manager", "user-manager", &PLATFORM).await;
    let body = json!({"username": "puppet", "password": PASSWORD});
    manager.post("/api/users", &body).await.problem(403);
    let body = json!({"username": "puppet", "password": PASSWORD, "grants": []});
    assert_eq!(manager.post("/api/users", &body).await.status, 201);
}

/// SH1: the provider decides about its persons, so that no password is a second way in.
#[tokio::test]
async fn user_of_a_provider_gets_neither_password_nor_invitation() {
    let server = Server::empty();
    let admin = server.admin().await;
    let body = json!({"username": "ada", "invite": true, "grants": []});
    let made = admin.post("/api/users", &body).await.value();
    let id = made["user"]["id"].as_str().expect("an id");
    let link = made["invitation"].as_str().expect("a link");
    let store = &server.state.store;
    let identity = ("https://login.example.org", "s-1");
    let linked = store.link(&UserId::new(id), "lab", identity, &Actor::command_line());
    linked.expect("linked");
    for way in ["password", "invitation"] {
        let path = format!("/api/users/{id}/{way}");
        let refused = admin.post(&path, &json!({})).await.problem(409);
        assert_eq!(refused.kind, "/problems/has-identity");
        assert!(refused.detail.contains("lab"), "{refused:?}");
    }
    // An earlier invitation is none any more.
    let (_, token) = link.split_once('#').expect("a token");
    let body = json!({"token": token, "password": PASSWORD});
    let client = server.client();
    let accepted = client.post("/api/auth/invitation/accept", &body).await;
    accepted.problem(403);
}

/// SH2: a role with an end was made permanent by its holder.
#[tokio::test]
async fn a_role_with_an_end_ends_for_everybody_who_gets_it_from_its_holder() {
    let server = Server::empty();
    let admin = server.admin().await;
    let end = clock::now() + Millis(3_600_000);
    let later = (end + Millis(1)).to_string();
    let shown_end = json!(end.to_string());
    let deputy = server
        .user_with("deputy", "workspace-viewer", &Scope::Platform(false))
        .await;
    let id = me(&deputy).await;
    give(&server, &id, "administrator", &PLATFORM, Some(end));
    let friend = server
        .user_with("friend", "workspace-viewer", &Scope::Platform(false))
        .await;
    let friend = me(&friend).await;
    // To themselves, to a friend, and to a new user.
    let grant = json!({"role": "administrator", "scope": {"platform": true}});
    for user in [&id, &friend] {
        let path = format!("/api/users/{user}/grants");
        assert_eq!(
            deputy.post(&path, &grant).await.value()["expiresAt"],
            shown_end
        );
        let mut long = grant.clone();
        long["expiresAt"] = json!(later);
        let refused = deputy.post(&path, &long).await.problem(422);
        assert_eq!(refused.errors[0].field, "expiresAt");
        let ends = user_ends(&admin, user).await;
        assert!(ends.iter().skip(1).all(|one| *one == shown_end), "{ends:?}");
    }
    let body = json!({"username": "puppet", "password": PASSWORD, "grants": [grant]});
    let made = deputy.post("/api/users", &body).await.value();
    assert_eq!(made["user"]["grants"][0]["expiresAt"], shown_end);

    // As a member, and by a share.
    let bench = admin.workbench().await;
    let ws = admin
        .get(&format!("/api/workbenches/{bench}"))
        .await
        .value()["workspaceId"]
        .clone();
    let members = format!("/api/workspaces/{}/members", ws.as_str().expect("an id"));
    let owner = json!({"role": "workspace-owner"});
    let set = deputy.put(&format!("{members}/{id}"), &owner).await.value();
    assert_eq!(set["grants"][0]["expiresAt"], shown_end);
    let share = json!({"user": "friend", "role": "workbench-guest"});
    let shared = deputy
        .post(&format!("/api/workbenches/{bench}/shares"), &share)
        .await;
    assert_eq!(shared.value()["grants"][0]["expiresAt"], shown_end);
    // A member without an end keeps what they have.
    admin.put(&format!("{members}/{friend}"), &owner).await;
    let kept = deputy
        .put(&format!("{members}/{friend}"), &owner)
        .await
        .value();
    assert_eq!(kept["grants"][0].get("expiresAt"), None);

    // Through a role that they have without an end.
    let role = json!({"name": "mine", "title": "Mine", "permissions": ["app:read"]});
    assert_eq!(admin.post("/api/roles", &role).await.status, 201);
    give(&server, &id, "mine", &PLATFORM, None);
    let request = deputy
        .request(axum::http::Method::PUT, "/api/roles/mine")
        .header("content-type", "application/json")
        .header("if-match", "\"1\"");
    let body = json!({"title": "Mine", "description": "", "permissions": ["app:read", "user:grant"], "inherits": []});
    let refused = deputy
        .send(request, body.to_string().into())
        .await
        .problem(403);
    assert!(refused.detail.contains("user:grant"), "{refused:?}");
}

/// SM2: an editor of roles took permissions from others that they lacked themselves.
#[tokio::test]
async fn editor_of_roles_takes_no_permission_that_they_lack() {
    let server = Server::empty();
    let admin = server.admin().await;
    let role =
        json!({"name": "editors", "title": "Editors", "permissions": ["role:update", "app:read"]});
    admin.post("/api/roles", &role).await;
    let role =
        json!({"name": "auditors", "title": "Auditors", "permissions": ["audit:read", "app:read"]});
    admin.post("/api/roles", &role).await;
    let role = json!({"name": "poor", "title": "Poor", "permissions": ["app:read"]});
    admin.post("/api/roles", &role).await;
    let editor = server.user_with("editor", "editors", &PLATFORM).await;
    server.user_with("auditor", "auditors", &PLATFORM).await;
    let put = async |permissions: &[&str]| {
        let request = editor
            .request(axum::http::Method::PUT, "/api/roles/auditors")
            .header("content-type", "application/json")
            .header("if-match", "\"1\"");
        let body =
            json!({"title": "A", "description": "", "permissions": permissions, "inherits": []});
        editor.send(request, body.to_string().into()).await
    };
    let refused = put(&["app:read"]).await.problem(403);
    assert!(refused.detail.contains("audit:read"), "{refused:?}");
    let delete = async |query: &str| {
        let request = editor
            .request(
                axum::http::Method::DELETE,
                &format!("/api/roles/auditors{query}"),
            )
            .header("if-match", "\"1\"");
        editor.send(request, axum::body::Body::empty()).await
    };
    let refused = delete("?replacement=poor").await.problem(403);
    assert!(refused.detail.contains("audit:read"), "{refused:?}");
    // What they hold themselves they may take.
    assert_eq!(put(&["audit:read"]).await.status, 200);
}

/// SM1: a username was another user's address, and what was shared by the address went to the wrong one.
#[tokio::test]
async fn usernames_and_addresses_are_one_namespace() {
    let server = Server::empty();
    let admin = server.admin().await;
    let body = json!({"username": "ada", "email": "ada@example.org", "password": PASSWORD});
    let ada = admin.post("/api/users", &body).await.value();
    let ada = ada["user"]["id"].as_str().expect("an id");
    for body in [
        json!({"username": "ADA@example.org", "password": PASSWORD}),
        json!({"username": "eve", "email": "Ada@Example.org", "password": PASSWORD}),
    ] {
        let taken = admin.post("/api/users", &body).await.problem(409);
        assert_eq!(taken.kind, "/problems/taken");
    }
    let body = json!({"username": "eve@example.org", "password": PASSWORD});
    let eve = admin.post("/api/users", &body).await.value();
    let eve = eve["user"]["id"].as_str().expect("an id");
    let path = format!("/api/users/{ada}");
    let address = json!({"email": "eve@example.org"});
    admin.patch(&path, &address).await.problem(409);

    // A database of an earlier version may have both: the address then names nobody.
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let sql = "UPDATE users SET email = 'eve@example.org' WHERE id = ?1";
    let changed = raw.expect("the database").execute(sql, [ada]);
    assert_eq!(changed.expect("works"), 1);
    let bench = admin.workbench().await;
    let shares = format!("/api/workbenches/{bench}/shares");
    let share = |user: &str| json!({"user": user, "role": "workbench-guest"});
    let refused = admin.post(&shares, &share("eve@example.org")).await;
    assert_eq!(refused.problem(409).kind, "/problems/ambiguous-user");
    let shared = admin.post(&shares, &share(eve)).await.value();
    assert_eq!(shared["username"], "eve@example.org");
    // An address may be one's own username.
    let body =
        json!({"username": "bob@example.org", "email": "bob@example.org", "password": PASSWORD});
    assert_eq!(admin.post("/api/users", &body).await.status, 201);
    let shared = admin.post(&shares, &share("bob@example.org")).await;
    assert_eq!(shared.status, 201);
}

/// SL: what outlasts a token, or ends what others have, is not done by a token.
#[tokio::test]
async fn access_token_makes_no_users_ends_no_sessions_and_leaves_nothing() {
    let server = Server::empty();
    let admin = server.admin().await;
    let ws = admin.workspace().await;
    let bob = server
        .user_with("bob", "workspace-viewer", &Scope::Workspace(ws.clone()))
        .await;
    let bob = me(&bob).await;
    let wanted = json!({
        "name": "script", "permissions": ["workspace:read", "user:read", "user:update", "user:create"],
        "expiresAt": clock::now() + Millis(3_600_000),
    });
    let made = admin.post("/api/account/tokens", &wanted).await.value();
    let bearer = format!("Bearer {}", made["secret"].as_str().expect("a token"));
    for (method, path, body) in [
        ("DELETE", format!("/api/workspaces/{ws}/membership"), ""),
        ("POST", format!("/api/users/{bob}/sign-out"), "{}"),
        ("POST", "/api/users".to_owned(), r#"{"username": "puppet"}"#),
    ] {
        let method = method.parse().expect("a method");
        let request = server
            .client()
            .request(method, &path)
            .header("authorization", &bearer)
            .header("content-type", "application/json");
        let answer = admin.clone().send(request, body.into()).await;
        assert_eq!(
            answer.problem(403).kind,
            "/problems/session-needed",
            "{path}"
        );
    }
}

/// SL: one user created 3,000 workspaces in 15 seconds.
#[tokio::test]
async fn one_user_creates_a_limited_number_of_workspaces() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = me(&admin).await;
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
         INSERT INTO workspaces (id, name, created_by, created_at, updated_at)
         SELECT 'ws-many' || i, 'Many', ?1, 0, 0 FROM n";
    let most = MAX_WORKSPACES_PER_USER - 1;
    let filled = raw
        .expect("the database")
        .execute(sql, rusqlite::params![id, most]);
    assert_eq!(
        filled.expect("works"),
        usize::try_from(most).expect("small")
    );
    let body = json!({"name": "Last"});
    assert_eq!(admin.post("/api/workspaces", &body).await.status, 201);
    let refused = admin.post("/api/workspaces", &body).await.problem(409);
    assert_eq!(refused.kind, "/problems/too-many-workspaces");
}

/// SL: an id of a build that the user may not see was told apart from one that nobody has.
#[tokio::test]
async fn id_of_a_foreign_build_is_none() {
    let server = Server::empty();
    let admin = server.admin().await;
    server.engine.builds.has("lab");
    let foreign = crate::builds::asked(&admin, &admin.workspace().await, "lab").await;
    let eve = server
        .user_with("eve", "workspace-creator", &PLATFORM)
        .await;
    let own = eve.workspace().await;
    let body = json!({"id": foreign.id, "app": "lab", "workspaceId": own});
    eve.post("/api/builds", &body).await.problem(404);
}
