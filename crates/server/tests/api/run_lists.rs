//! `GET /api/runs` and `GET /api/workbenches/{id}/runs`, page by page.

use crate::support::{Client, Server};
use serde_json::json;
use vestibule_model::access::Scope;
use vestibule_model::list::List;
use vestibule_model::phase::Phase;
use vestibule_model::run::Run;

/// Creates a workbench with this number of successful runs.
async fn bench(server: &Server, admin: &Client<'_>, runs: usize) -> String {
    let id = admin.workbench().await;
    for number in 1..=runs {
        server.engine.sees_it_exit(0);
        server.settle(&id, &Phase::Completed).await;
        if number < runs {
            let path = format!("/api/workbenches/{id}/start");
            assert_eq!(admin.post(&path, &json!({})).await.status, 202);
        }
    }
    id
}

/// Returns every page of a list, and the number of pages.
async fn pages(client: &Client<'_>, path: &str) -> (Vec<Run>, usize) {
    let (mut all, mut count, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page: List<Run> = client.get(&format!("{path}{cursor}")).await.read();
        all.extend(page.items);
        count += 1;
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (all, count),
        }
    }
}

/// In use, M22: unknown names in a query, and `projectId`, were ignored with 200.
#[tokio::test]
async fn what_an_address_does_not_know_is_refused_by_name() {
    let server = Server::empty();
    let admin = server.admin().await;
    let bench = admin.workbench().await;
    for (path, name) in [
        ("/api/runs?colour=red", "colour"),
        ("/api/builds?limit=1&after=2", "after"),
        ("/api/runs/stream?workspaces=x", "workspaces"),
        ("/api/workspaces?limit=1", "limit"),
        ("/api/auth/me?x", "x"),
        ("/api/users?Search=a", "Search"),
    ] {
        let problem = admin.get(path).await.problem(422);
        assert_eq!(problem.errors[0].field, name, "{path}");
    }
    let start = format!("/api/workbenches/{bench}/stop?force=1");
    let problem = admin.post(&start, &json!({})).await.problem(422);
    assert_eq!(problem.errors[0].field, "force");
    let both = "/api/runs?workspace=ws-a&projectId=ws-b";
    assert_eq!(
        admin.get(both).await.problem(422).errors[0].field,
        "projectId"
    );
}

/// In use, M22.
#[tokio::test]
async fn project_id_is_another_name_of_the_workspace() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (first, _) = (admin.workbench().await, admin.workbench().await);
    for bench in [&first] {
        let path = format!("/api/workbenches/{bench}/start");
        assert_eq!(admin.post(&path, &json!({})).await.status, 202);
    }
    let run = admin.get("/api/runs").await.value()["items"][0].clone();
    let own = run["projectId"].as_str().expect("an id");
    let of = async |id: &str| {
        let found = admin
            .get(&format!("/api/runs?projectId={id}"))
            .await
            .value();
        found["items"].as_array().map(Vec::len)
    };
    assert_eq!((of(own).await, of("ws-nothing").await), (Some(1), Some(0)));
    let builds = admin.get(&format!("/api/builds?projectId={own}")).await;
    assert_eq!(builds.status, 200);
}

#[tokio::test]
async fn every_run_is_on_one_page_newest_first() {
    let server = Server::empty();
    let admin = server.admin().await;
    let first = bench(&server, &admin, 4).await;
    bench(&server, &admin, 3).await;
    let (all, count) = pages(&admin, "/api/runs?limit=2").await;
    assert_eq!((all.len(), count), (7, 4));
    let place = |run: &Run| (run.started_at, run.id.clone());
    assert!(all.windows(2).all(|pair| place(&pair[0]) > place(&pair[1])));
    let whole: List<Run> = admin.get("/api/runs").await.read();
    assert_eq!((whole.items, whole.next_cursor), (all, None));

    let path = format!("/api/workbenches/{first}/runs?limit=3");
    let (own, count) = pages(&admin, &path).await;
    let numbers: Vec<_> = own.iter().map(|run| run.number).collect();
    assert_eq!((numbers.as_slice(), count), (&[4, 3, 2, 1][..], 2));
}

#[tokio::test]
async fn runs_are_filtered_by_state_and_workspace() {
    let server = Server::empty();
    let admin = server.admin().await;
    let ended = bench(&server, &admin, 1).await;
    server.engine.sees_it_exit(1);
    let failed = admin.workbench().await;
    let failed = server.settle(&failed, &Phase::Failed).await;
    let workspace = |run: &Run| run.workspace_id.to_string();
    let (found, _) = pages(&admin, "/api/runs?status=failed").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].workbench_id, failed.id);
    let (found, _) = pages(
        &admin,
        &format!("/api/runs?workspace={}", workspace(&found[0])),
    )
    .await;
    assert_eq!(found.len(), 1);
    let (found, _) = pages(&admin, "/api/runs?status=succeeded&workspace=ws-nothing").await;
    assert_eq!(found.len(), 0);
    let (found, _) = pages(&admin, "/api/runs?status=succeeded").await;
    assert_eq!(found[0].workbench_id.as_str(), ended);
}

#[tokio::test]
async fn lists_contain_only_permitted_runs() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (in_workspace, alone, hidden) = (
        bench(&server, &admin, 1).await,
        bench(&server, &admin, 2).await,
        bench(&server, &admin, 1).await,
    );
    let shown = admin.get(&format!("/api/workbenches/{in_workspace}")).await;
    let workspace = shown.value()["workspaceId"]
        .as_str()
        .expect("an id")
        .to_owned();
    let scopes = [
        Scope::Workspace(workspace),
        Scope::Workbench(alone.clone()),
        Scope::Platform(false),
    ];
    let ada = server.user("ada", &scopes).await;
    let (seen, _) = pages(&ada, "/api/runs?limit=1").await;
    let of = |id: &str| {
        seen.iter()
            .filter(|run| run.workbench_id.as_str() == id)
            .count()
    };
    assert_eq!((of(&in_workspace), of(&alone), of(&hidden)), (1, 2, 0));
}

#[tokio::test]
async fn invalid_queries_name_the_parameter() {
    let server = Server::empty();
    let admin = server.admin().await;
    let own = format!("/api/workbenches/{}/runs", admin.workbench().await);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("limit=", "limit"),
        ("cursor=", "cursor"),
        ("cursor=x", "cursor"),
        ("cursor=-1", "cursor"),
    ] {
        for path in ["/api/runs", &own] {
            let problem = admin.get(&format!("{path}?{query}")).await.problem(422);
            assert_eq!(problem.errors[0].field, field, "{path}?{query}");
        }
    }
    for path in ["/api/runs", &own, "/api/runs/stream"] {
        let twice = format!("{path}?cursor=1&cursor=2&after=1&after=2");
        admin.get(&twice).await.problem(422);
    }
    let problem = admin.get("/api/runs?status=dancing").await.problem(422);
    assert_eq!(problem.errors[0].field, "status");
}
