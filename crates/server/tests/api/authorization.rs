//! Every route checks session and permission.

use crate::support::{Answer, Client, PASSWORD, Server};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use vestibule_model::access::{
    Dimension, Grant, Permission, Roles, SYSTEM_ROLES, Scope, WORKSPACE_CREATOR,
};
use vestibule_model::time::Millis;
use vestibule_server::clock;
use vestibule_server::routes::{self, Access, Route};
use vestibule_server::store::Actor;

struct Things {
    workspace: String,
    workbench: String,
    run: String,
    build: String,
    tab: String,
}

impl Things {
    fn that_do_not_exist() -> Self {
        Self {
            workspace: "ws-none".to_owned(),
            workbench: "wb-none".to_owned(),
            run: "run-none".to_owned(),
            build: "bld-none".to_owned(),
            tab: "tab-none".to_owned(),
        }
    }
}

async fn things(server: &Server, admin: &Client<'_>) -> Things {
    let workbench = admin.workbench().await;
    if server.engine.builds.blueprint("lab").is_none() {
        server.engine.builds.has("lab");
    }
    let shown = admin
        .get(&format!("/api/workbenches/{workbench}"))
        .await
        .value();
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let body = json!({"app": "lab", "workspaceId": shown["workspaceId"]});
    let tab = crate::tabs::new_id();
    let new = json!({"workbenchId": workbench, "kind": "terminal"});
    let opened = admin.put(&format!("/api/tabs/{tab}"), &new).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{opened:?}");
    let shared = json!({"shared": true});
    admin.patch(&format!("/api/tabs/{tab}"), &shared).await;
    Things {
        tab,
        build: text(&admin.post("/api/builds", &body).await.value()["id"]),
        workspace: text(&shown["workspaceId"]),
        run: text(&shown["run"]["id"]),
        workbench,
    }
}

/// Calls a route on existing objects.
async fn call(client: &Client<'_>, route: Route, things: &Things) -> Answer {
    let id = match route.path {
        path if path.starts_with("/api/builds/") => &things.build,
        path if path.starts_with("/api/tabs/") => &things.tab,
        path if path.starts_with("/api/runs/") => &things.run,
        path if path.starts_with("/api/workbenches/") => &things.workbench,
        _ => &things.workspace,
    };
    let path = route.path.replace("{id}", id).replace("{name}", "KEY");
    let path = path
        .replace("{user}", "u-none")
        .replace("{grant}", "g-none");
    let path = path.replace("{number}", "1");
    let method: Method = route.method.to_uppercase().parse().expect("a method");
    if path.ends_with("/stream") {
        // Its body does not end, unless it is refused.
        let response = client
            .raw(client.request(method, &path), Body::empty())
            .await;
        let (status, headers) = (response.status(), response.headers().clone());
        if !status.is_success() {
            return client.get(&path).await;
        }
        let body = Vec::new();
        return Answer {
            status,
            headers,
            body,
        };
    }
    match method {
        Method::GET => client.get(&path).await,
        Method::DELETE => client.delete(&path).await,
        method if route.access == Access::Body => {
            let body = json!({"app": "lab", "workspaceId": things.workspace});
            client.json(method, &path, &body).await
        }
        method if route.access == Access::BodyWorkbench => {
            let body = json!({"workbenchId": things.workbench, "kind": "terminal"});
            client.json(method, &path, &body).await
        }
        method => client.json(method, &path, &json!({})).await,
    }
}

fn guarded() -> impl Iterator<Item = Route> {
    let routes = routes::ALL.iter().copied();
    routes.filter(|route| !route.needs.is_empty())
}

#[test]
fn every_route_names_what_it_needs() {
    for route in routes::ALL {
        let is_open = matches!(
            route.access,
            Access::Public | Access::RunToken | Access::Session
        );
        assert_eq!(route.needs.is_empty(), is_open, "{route:?}");
        let names_one = route.path.contains("{id}") && route.access != Access::RunToken;
        let is_about_one = matches!(
            route.access,
            Access::Workspace | Access::Workbench | Access::Run | Access::Build | Access::Tab
        );
        assert!(!is_about_one || names_one, "{route:?}");
        assert!(
            is_about_one
                || !names_one
                || matches!(
                    route.access,
                    Access::Platform | Access::Session | Access::Public | Access::BodyWorkbench
                ),
            "{route:?}"
        );
    }
}

#[tokio::test]
async fn only_public_routes_work_without_a_session() {
    let server = Server::empty();
    let things = things(&server, &server.admin().await).await;
    for route in routes::ALL {
        let is_public = route.access == Access::Public;
        let status = call(&server.client(), *route, &things).await.status;
        let is_refused = status == StatusCode::UNAUTHORIZED;
        assert_eq!(is_refused, !is_public, "{route:?}");
    }
}

/// Result of a request that the table of routes predicts.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// The handler ran.
    Passes,
    /// 403 that names this permission.
    Missing(&'static str),
    /// 404, as for an id that does not exist.
    Hidden,
}

/// Grant of the walk, and whether it is asked about its own workspace and workbench.
struct Situation<'a> {
    roles: &'a Roles,
    role: &'a str,
    scope: &'a Scope,
    is_own: bool,
}

impl Situation<'_> {
    /// Returns `true` if the grant gives a permission on a route's resource.
    fn holds(&self, permission: Permission, access: Access) -> bool {
        let has = self
            .roles
            .flatten(self.role)
            .contains_key(permission.name());
        let dimension = permission.dimension();
        let about_workbench = matches!(
            access,
            Access::Workbench | Access::Run | Access::Tab | Access::BodyWorkbench
        );
        let binds = match self.scope {
            Scope::Platform(_) => true,
            Scope::Workspace(_) => dimension != Dimension::Platform && self.is_own,
            Scope::Workbench(_) => {
                dimension == Dimension::Workbench && self.is_own && about_workbench
            }
        };
        has && binds
    }

    fn outcome(&self, route: Route) -> Outcome {
        let sees = match route.access {
            Access::Public | Access::RunToken | Access::Session | Access::Filtered => {
                return Outcome::Passes;
            }
            Access::Somewhere => {
                let permission = route.needs[0];
                let has = self
                    .roles
                    .flatten(self.role)
                    .contains_key(permission.name());
                return match has {
                    true => Outcome::Passes,
                    false => Outcome::Missing(permission.name()),
                };
            }
            Access::Platform => None,
            Access::Workspace | Access::Body => Some(Permission::WorkspaceRead),
            Access::Workbench
            | Access::Run
            | Access::Build
            | Access::Tab
            | Access::BodyWorkbench => Some(Permission::WorkbenchRead),
        };
        if sees.is_some_and(|sees| !self.holds(sees, route.access)) {
            return Outcome::Hidden;
        }
        let mut needs = route.needs.iter();
        match needs.find(|needed| !self.holds(**needed, route.access)) {
            Some(missing) => Outcome::Missing(missing.name()),
            None => Outcome::Passes,
        }
    }
}

fn seen(answer: &Answer, route: Route) -> Outcome {
    let detail = || answer.problem(answer.status.as_u16()).detail;
    match answer.status {
        StatusCode::UNAUTHORIZED => panic!("no session: {route:?}"),
        StatusCode::FORBIDDEN => {
            let detail = detail();
            let named = route.needs.iter().find(|one| detail.contains(one.name()));
            Outcome::Missing(named.expect("the permission is named").name())
        }
        // The handler did not find what is beneath the resource, such as a secret.
        StatusCode::NOT_FOUND => {
            let hidden = ["workspace", "workbench", "run", "build", "tab"];
            match hidden
                .iter()
                .any(|what| detail().contains(&format!("no such {what}.")))
            {
                true => Outcome::Hidden,
                false => Outcome::Passes,
            }
        }
        _ => Outcome::Passes,
    }
}

/// Every route, with every system role, in the role's own workspace and in another one.
#[tokio::test]
async fn every_route_does_what_its_entry_says_for_every_role() {
    let roles = Roles::default();
    let mut cases = 0;
    for role in SYSTEM_ROLES {
        let server = Server::empty();
        server.engine.builds.has("lab");
        let admin = server.admin().await;
        let (own, other) = (things(&server, &admin).await, things(&server, &admin).await);
        let scope = match role.name {
            name if name.starts_with("workspace-") && name != WORKSPACE_CREATOR => {
                Scope::Workspace(own.workspace.clone())
            }
            name if name.starts_with("workbench-") => Scope::Workbench(own.workbench.clone()),
            _ => Scope::Platform(true),
        };
        let ada = server.user_with("ada", role.name, &scope).await;
        // Deletions come last: they take the objects away.
        let (mut last, first): (Vec<Route>, Vec<Route>) =
            guarded().partition(|route| route.method == "delete");
        last.sort_by_key(|route| route.path.ends_with("/membership"));
        for route in first.into_iter().chain(last) {
            for (things, is_own) in [(&other, false), (&own, true)] {
                let situation = Situation {
                    roles: &roles,
                    role: role.name,
                    scope: &scope,
                    is_own,
                };
                let answer = call(&ada, route, things).await;
                let outcome = situation.outcome(route);
                let what = format!("{} {route:?} own: {is_own}", role.name);
                assert_eq!(seen(&answer, route), outcome, "{what}");
                if outcome == Outcome::Hidden {
                    // Security review, finding 25: the answer is the same as for an id that does
                    // not exist.
                    let nothing = call(&ada, route, &Things::that_do_not_exist()).await;
                    assert_eq!(nothing.body, answer.body, "{what}");
                }
                cases += 1;
            }
        }
    }
    println!("{cases} cases of route × role × workspace");
    assert!(cases >= guarded().count() * SYSTEM_ROLES.len() * 2);
}

#[tokio::test]
async fn without_a_grant_lists_are_empty_and_everything_else_is_refused() {
    let server = Server::empty();
    let things = things(&server, &server.admin().await).await;
    let nobody = server.user("nobody", &[]).await;
    for route in guarded() {
        let answer = call(&nobody, route, &things).await;
        let expected = match route.access {
            Access::Filtered if route.path == "/api/tabs/socket" => StatusCode::UPGRADE_REQUIRED,
            Access::Filtered => StatusCode::OK,
            Access::Platform | Access::Somewhere => StatusCode::FORBIDDEN,
            _ => StatusCode::NOT_FOUND,
        };
        assert_eq!(answer.status, expected, "{route:?}");
    }
    for list in ["/api/workspaces", "/api/runs"] {
        assert_eq!(nobody.get(list).await.value()["items"], json!([]), "{list}");
    }
    let builds = nobody.get("/api/builds").await.value();
    assert_eq!(builds["builds"], json!([]));
}

/// FIELD 35: a role that does not bind a needed dimension counted as "any".
#[tokio::test]
async fn field_35_lists_show_only_what_one_may_see() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (own, _other) = (things(&server, &admin).await, things(&server, &admin).await);
    let scope = Scope::Workspace(own.workspace.clone());
    let ada = server.user_with("ada", "workspace-viewer", &scope).await;
    let seen = ada.get("/api/workspaces").await.value();
    assert_eq!(seen["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(seen["items"][0]["id"], own.workspace.as_str());
    let guest = Scope::Workbench(own.workbench.clone());
    let guest = server.user_with("guest", "workbench-guest", &guest).await;
    let seen = guest.get("/api/workspaces").await.value();
    assert_eq!(seen["items"], json!([]));
    for who in [&ada, &guest] {
        let runs = who.get("/api/runs").await.value();
        assert_eq!(runs["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(runs["items"][0]["workbenchId"], own.workbench.as_str());
    }
    let made = ada.post("/api/workspaces", &json!({"name": "Mine"})).await;
    assert!(made.problem(403).detail.contains("workspace:create"));
}

#[tokio::test]
async fn who_creates_a_workspace_owns_it() {
    let server = Server::empty();
    let ada = server
        .user_with("ada", "workspace-creator", &Scope::Platform(true))
        .await;
    let body = json!({"name": "Mine"});
    let workspace = ada.post("/api/workspaces", &body).await.id();
    let body = json!({"name": "first", "app": "welcome"});
    let path = format!("/api/workspaces/{workspace}/workbenches");
    assert_eq!(ada.post(&path, &body).await.status, StatusCode::CREATED);
    let me = ada.get("/api/auth/me").await.value();
    assert_eq!(me["grants"][1]["role"], "workspace-owner");
    assert_eq!(me["grants"][1]["scope"]["workspace"], workspace.as_str());
    let permissions = me["grants"][1]["permissions"].as_array().expect("a list");
    assert!(permissions.contains(&json!("workbench:stop")));
    // Another user does not see it.
    let eve = server
        .user_with("eve", "workspace-creator", &Scope::Platform(true))
        .await;
    let path = format!("/api/workspaces/{workspace}");
    eve.get(&path).await.problem(404);
}

#[tokio::test]
async fn a_grant_ends_with_its_time_its_workspace_and_its_user() {
    let server = Server::empty();
    let admin = server.admin().await;
    let own = things(&server, &admin).await;
    let scope = Scope::Workspace(own.workspace.clone());
    let ada = server.user_with("ada", "workspace-member", &scope).await;
    let path = format!("/api/workspaces/{}", own.workspace);
    assert_eq!(ada.get(&path).await.status, StatusCode::OK);
    let store = &server.state.store;
    let user = store.account_by_name("ada", clock::now());
    let user = user.expect("it works").expect("a user").id;
    let grants = store.grants_of(&user, clock::now()).expect("it works");
    let by = Actor::command_line();
    store
        .remove_grant(&user, &grants[0].id, &by)
        .expect("a grant");
    ada.get(&path).await.problem(404);

    let roles = store.roles().expect("roles");
    let now = clock::now();
    let short = Grant {
        expires_at: Some(now + Millis(60_000)),
        ..Grant::new(&roles, "workspace-member", scope)
    };
    store.add_grant(&user, &short, &by).expect("a grant");
    assert_eq!(ada.get(&path).await.status, StatusCode::OK);
    let later = now + Millis(61_000);
    assert_eq!(store.grants_of(&user, later).expect("it works"), []);
    let before = *store.access_changes().borrow();
    store.end_expired_grants(later).expect("it works");
    assert!(*store.access_changes().borrow() > before);
    ada.get(&path).await.problem(404);

    store.set_disabled(&user, true, &by).expect("a user");
    ada.get("/api/auth/me").await.problem(401);
    let body = json!({"username": "ada", "password": PASSWORD});
    let client = server.client();
    client.post("/api/auth/sign-in", &body).await.problem(401);
    store.set_disabled(&user, false, &by).expect("a user");
    let answer = client.post("/api/auth/sign-in", &body).await;
    assert_eq!(answer.status, StatusCode::OK);
}
