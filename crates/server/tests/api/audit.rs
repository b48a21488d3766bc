//! The audit log.

use crate::support::Server;
use serde_json::{Value, json};
use vestibule_model::access::Scope;
use vestibule_model::time::Millis;
use vestibule_server::clock;

fn items(value: &Value) -> &Vec<Value> {
    value["items"].as_array().expect("a list")
}

#[tokio::test]
async fn every_change_of_people_is_recorded_with_before_and_after() {
    let server = Server::empty();
    let admin = server.admin().await;
    let body = json!({"username": "ada", "email": "ada@example.org"});
    let made = admin.post("/api/users", &body).await.value();
    let id = made["user"]["id"].as_str().expect("an id");
    let path = format!("/api/users/{id}");
    let body = json!({"role": "user-manager", "scope": {"platform": true}});
    let grant = admin.post(&format!("{path}/grants"), &body).await.id();
    admin.delete(&format!("{path}/grants/{grant}")).await;
    admin.patch(&path, &json!({"disabled": true})).await;
    admin.patch(&path, &json!({"disabled": true})).await;
    let reset = admin
        .post(&format!("{path}/password"), &json!({}))
        .await
        .value();
    let body = json!({"name": "ops", "title": "Operators", "permissions": ["app:read"]});
    admin.post("/api/roles", &body).await;

    let log = admin.get("/api/audit").await.value();
    let actions: Vec<_> = items(&log)
        .iter()
        .map(|one| one["action"].as_str().expect("a word"))
        .collect();
    assert_eq!(
        actions,
        [
            "role.create",
            "user.password",
            "user.disable",
            "grant.remove",
            "grant.add",
            "user.create",
            "session.create"
        ]
    );
    let added = &items(&log)[4];
    assert_eq!(added["actorName"], "admin");
    assert_eq!(added["address"], "0.0.0.0");
    assert_eq!(
        (&added["targetId"], &added["targetName"]),
        (&json!(id), &json!("ada"))
    );
    assert_eq!(added["before"], Value::Null);
    assert_eq!(added["after"]["role"], "user-manager");
    assert_eq!(items(&log)[3]["before"], added["after"]);
    let text = log.to_string();
    for password in [&made["password"], &reset["password"]] {
        assert!(!text.contains(password.as_str().expect("a password")));
    }

    // A refused change leaves no entry.
    admin.post("/api/roles", &body).await.problem(409);
    let again = admin.get("/api/audit").await.value();
    assert_eq!(again, log);

    // A deleted user has no name in the log any more.
    admin.delete(&path).await;
    let log = admin.get("/api/audit").await.value();
    assert!(!log.to_string().contains("\"ada\""), "{log}");
    assert_eq!(items(&log)[0]["action"], "user.delete");
    assert_eq!(items(&log)[0]["targetName"], id);
}

#[tokio::test]
async fn the_log_is_filtered_paged_and_exported() {
    let server = Server::empty();
    let admin = server.admin().await;
    for name in ["ada", "=cmd", "bob"] {
        let body = json!({"username": name.trim_start_matches('='), "displayName": name});
        assert_eq!(admin.post("/api/users", &body).await.status, 201);
    }
    let body = json!({"name": "ops", "title": "=1+1", "permissions": ["app:read"]});
    admin.post("/api/roles", &body).await;
    let count = async |query: &str| {
        let path = format!("/api/audit?{query}");
        items(&admin.get(&path).await.value()).len()
    };
    assert_eq!(count("").await, 5);
    assert_eq!(count("action=user").await, 3);
    assert_eq!(count("action=user.create").await, 3);
    assert_eq!(count("action=use").await, 0);
    assert_eq!(count("target=ops").await, 1);
    assert_eq!(count("actor=u-none").await, 0);
    assert_eq!(count("since=2200-01-01T00:00:00Z").await, 0);
    assert_eq!(count("until=2200-01-01T00:00:00Z").await, 5);
    let page = admin.get("/api/audit?limit=3").await.value();
    let cursor = page["nextCursor"].as_str().expect("more");
    assert_eq!(count(&format!("limit=3&cursor={cursor}")).await, 2);
    let lines = admin.get("/api/audit?format=jsonl").await;
    assert_eq!(lines.header("content-type"), "application/jsonl");
    let text = String::from_utf8(lines.body).expect("text");
    let parsed = text.lines().map(serde_json::from_str::<Value>);
    assert_eq!(
        parsed.collect::<Result<Vec<_>, _>>().expect("JSON").len(),
        5
    );
    let csv = admin.get("/api/audit?format=csv").await;
    assert!(csv.header("content-disposition").contains("audit.csv"));
    let text = String::from_utf8(csv.body).expect("text");
    assert!(text.starts_with("seq,at,"), "{text}");
    assert!(text.contains("\"'=1+1\""), "{text}");
    for bad in ["since=yesterday", "format=xml", "limit=0", "cursor=x"] {
        admin.get(&format!("/api/audit?{bad}")).await.problem(422);
    }
    let manager = server
        .user_with("manager", "user-manager", &Scope::Platform(true))
        .await;
    manager.get("/api/audit").await.problem(403);
}

#[tokio::test]
async fn the_log_is_append_only_and_kept_as_long_as_the_setting_says() {
    let server = Server::empty();
    let admin = server.admin().await;
    let body = json!({"username": "ada"});
    admin.post("/api/users", &body).await;
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let raw = raw.expect("a database");
    let changed = raw.execute("UPDATE audit SET action = 'nothing'", []);
    assert!(changed.is_err(), "{changed:?}");
    let store = &server.state.store;
    let now = clock::now();
    store.forget_audit(now - Millis(60_000)).expect("it works");
    let log = admin.get("/api/audit").await.value();
    assert_eq!(items(&log).len(), 2);
    store.forget_audit(now + Millis(60_000)).expect("it works");
    let log = admin.get("/api/audit").await.value();
    assert_eq!(items(&log).len(), 0);
}

#[tokio::test]
async fn every_change_of_workspaces_secrets_and_workbenches_is_recorded_without_values() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}");
    admin.patch(&path, &json!({"name": "Lab"})).await;
    admin.patch(&path, &json!({"name": "Field"})).await;
    let secret = format!("{path}/secrets/KEY");
    let value = json!({"value": "hunter2-secret"});
    admin.json(axum::http::Method::PUT, &secret, &value).await;
    admin.delete(&secret).await;
    let body = json!({"name": "Bench", "app": "welcome", "desired": "Stopped"});
    let bench = admin.post(&format!("{path}/workbenches"), &body).await.id();
    let bench_path = format!("/api/workbenches/{bench}");
    let spec = json!({"spec": {"env": {"TOKEN": "hunter3-variable"}}});
    admin.patch(&bench_path, &spec).await;
    admin.patch(&bench_path, &spec).await;
    admin.post(&format!("{bench_path}/start"), &json!({})).await;
    admin.post(&format!("{bench_path}/start"), &json!({})).await;
    admin.post(&format!("{bench_path}/stop"), &json!({})).await;
    admin.delete(&bench_path).await;
    let empty = format!("/api/workspaces/{}", admin.workspace().await);
    assert_eq!(admin.delete(&empty).await.status, 204);
    admin.post("/api/auth/sign-out", &json!({})).await;

    let log = server
        .sign_in("admin")
        .await
        .get("/api/audit")
        .await
        .value();
    let rows = items(&log).iter().rev();
    let actions: Vec<_> = rows
        .map(|one| one["action"].as_str().expect("a word"))
        .collect();
    assert_eq!(
        actions,
        [
            "session.create",
            "workspace.create",
            "grant.add",
            "workspace.update",
            "secret.set",
            "secret.delete",
            "workbench.create",
            "workbench.update",
            "workbench.start",
            "workbench.stop",
            "workbench.delete",
            "workspace.create",
            "grant.add",
            "workspace.delete",
            "session.end",
            "session.create",
        ]
    );
    assert!(!log.to_string().contains("hunter"), "{log}");
    let update = items(&log)
        .iter()
        .find(|one| one["action"] == "workbench.update");
    let update = update.expect("an update");
    assert_eq!(update["after"]["env"], json!(["TOKEN"]));
    assert_eq!(
        (&update["targetId"], &update["actorName"]),
        (&json!(bench), &json!("admin"))
    );
}

#[tokio::test]
async fn expired_grants_and_refused_sign_ins_are_recorded() {
    let server = Server::empty();
    let admin = server.admin().await;
    let made = admin
        .post("/api/users", &json!({"username": "ada"}))
        .await
        .value();
    let id = made["user"]["id"].as_str().expect("an id");
    let end = clock::now() + Millis(60_000);
    let body =
        json!({"role": "user-manager", "scope": {"platform": true}, "expiresAt": end.to_string()});
    admin.post(&format!("/api/users/{id}/grants"), &body).await;
    let ended = server.state.store.end_expired_grants(end + Millis(1));
    ended.expect("the store works");
    for name in ["ada", "a password typed here"] {
        let body = json!({"username": name, "password": "wrong wrong wrong"});
        server
            .client()
            .post("/api/auth/sign-in", &body)
            .await
            .problem(401);
    }
    let log = admin.get("/api/audit").await.value();
    let rows = items(&log);
    assert_eq!(rows[0]["action"], "session.refuse");
    assert_eq!(
        (&rows[0]["targetName"], &rows[0]["actorName"]),
        (&json!(""), &json!(""))
    );
    assert_eq!(
        (&rows[1]["targetId"], &rows[1]["targetName"]),
        (&json!(id), &json!("ada"))
    );
    assert_eq!(
        (&rows[2]["action"], &rows[2]["actorName"]),
        (&json!("grant.expire"), &json!("server"))
    );
    assert_eq!(rows[2]["before"]["role"], "user-manager");
    assert!(!log.to_string().contains("typed here"), "{log}");
}

#[tokio::test]
async fn addresses_are_kept_as_long_as_the_setting_says() {
    let server = Server::empty();
    let admin = server.admin().await;
    let address = async || admin.get("/api/audit").await.value()["items"][0]["address"].clone();
    let (store, now) = (&server.state.store, clock::now());
    store.forget_addresses(now - Millis(60_000)).expect("works");
    assert_eq!(address().await, "0.0.0.0");
    store.forget_addresses(now + Millis(60_000)).expect("works");
    assert_eq!(address().await, "");
}
