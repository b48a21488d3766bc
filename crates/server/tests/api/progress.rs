//! `POST /api/runs/{id}/progress`.

use crate::support::{Answer, Server};
use axum::body::Body;
use axum::http::{Method, header};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use vestibule_engine::connection::Connection;
use vestibule_engine::engine_host::EngineHost as _;
use vestibule_model::ids::RunId;
use vestibule_model::list::List;
use vestibule_model::phase::Phase;
use vestibule_model::transition::{Source, Transition, TransitionKind};
use vestibule_server::progress_socket;

/// Run that lasts.
struct Run {
    server: Server,
    admin_cookie: String,
    bench: String,
    id: RunId,
}

impl Run {
    async fn begin() -> Self {
        let server = Server::empty();
        let (bench, cookie) = {
            let admin = server.admin().await;
            let workspace = admin.workspace().await;
            let path = format!("/api/workspaces/{workspace}/secrets/KEY");
            let value = json!({"value": "hunter2"});
            assert_eq!(admin.json(Method::PUT, &path, &value).await.status, 201);
            let path = format!("/api/workspaces/{workspace}/workbenches");
            let body = json!({"name": "Bench", "app": "welcome", "spec": {"secrets": ["KEY"]}});
            let made = admin.post(&path, &body).await;
            (made.id(), admin.cookie.clone().expect("a session"))
        };
        server.engine.sees_it_running();
        let shown = server.settle(&bench, &Phase::Running).await;
        Self {
            id: shown.run.expect("a run").id,
            admin_cookie: cookie,
            server,
            bench,
        }
    }

    fn token(&self) -> String {
        let token = self.server.state.host.issue_run_token(&self.id);
        token.expect("it lasts").expose_secret().to_owned()
    }

    async fn report(&self, token: &str, message: &str) -> Answer {
        self.report_to(&self.id.to_string(), token, message).await
    }

    async fn report_to(&self, run: &str, token: &str, message: &str) -> Answer {
        let client = self.server.client();
        let request = client
            .request(Method::POST, &format!("/api/runs/{run}/progress"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        let body = json!({"message": message}).to_string();
        client.send(request, Body::from(body)).await
    }

    async fn journal(&self) -> Vec<Transition> {
        let client = self.server.client().with_cookie(&self.admin_cookie);
        let path = format!("/api/runs/{}/journal", self.id);
        let list: List<Transition> = client.get(&path).await.read();
        list.items
    }
}

#[tokio::test]
async fn progress_message_adds_a_note_and_changes_nothing_else() {
    let run = Run::begin().await;
    let admin = run.server.client().with_cookie(&run.admin_cookie);
    let path = format!("/api/workbenches/{}", run.bench);
    let before = admin.get(&path).await.value();
    let token = run.token();
    let said = "Loading with hunter2\n and ".to_owned() + &token + " 3/7\u{1b}[0m";
    assert_eq!(run.report(&token, &said).await.status, 204);
    let journal = run.journal().await;
    let note = journal.last().expect("an entry");
    assert_eq!(
        (&note.kind, &note.source),
        (&TransitionKind::Note, &Source::Run)
    );
    assert_eq!(note.message, "Loading with *** and *** 3/7 [0m");
    assert_eq!((&note.condition, &note.to), (&None, &None));
    let after = admin.get(&path).await.value();
    assert_eq!(before["status"], after["status"]);
    assert_eq!(before["generation"], after["generation"]);
    assert_eq!(after["run"]["lastSeq"], note.seq);
}

/// Apps of a cluster cannot reach the server: the engine opens connections to them.
#[tokio::test]
async fn messages_on_connections_of_the_engine_are_taken_by_the_same_rules() {
    let run = Run::begin().await;
    let (engine, reports) = mpsc::channel(1);
    let reports = progress_socket::Reports(reports);
    let serving = tokio::spawn(progress_socket::serve(reports, run.server.state.clone()));
    for (token, status) in [(run.token(), 204), ("x".to_owned(), 401)] {
        let (mut app, to_app) = tokio::io::duplex(16 * 1024);
        let sent = engine.send(Connection::new(to_app)).await;
        assert!(sent.is_ok(), "the server takes connections");
        let body = r#"{"message":"Indexed 3 of 10 with hunter2"}"#;
        let request = format!(
            "POST /api/runs/{}/progress HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            run.id,
            body.len(),
        );
        app.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        app.read_to_string(&mut answer).await.expect("text");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    let notes = run.journal().await;
    let notes = notes.iter().filter(|e| e.kind == TransitionKind::Note);
    let notes: Vec<_> = notes.map(|note| note.message.as_str()).collect();
    assert_eq!(notes, ["Indexed 3 of 10 with ***"]);
    let shown = run.server.engine.shown_progress();
    assert_eq!(shown, ["1: Indexed 3 of 10 with ***"]);
    serving.abort();
}

#[tokio::test]
async fn run_token_is_required_and_permits_nothing_else() {
    let run = Run::begin().await;
    let token = run.token();
    let path = format!("/api/runs/{}/progress", run.id);
    let admin = run.server.client().with_cookie(&run.admin_cookie);
    let answer = admin
        .post(&path, &json!({"message": "I may do everything"}))
        .await;
    answer.problem(401);
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    for wrong in ["", "x", &token[1..], &token.to_uppercase()] {
        run.report(wrong, "hello").await.problem(401);
    }
    run.report_to("run-another", &token, "hello")
        .await
        .problem(401);

    let client = run.server.client();
    for read in ["", "/journal", "/log"] {
        let request = client
            .request(Method::GET, &format!("/api/runs/{}{read}", run.id))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::COOKIE, format!("__Host-vestibule={token}"));
        client.send(request, Body::empty()).await.problem(401);
    }
    assert!(
        run.journal()
            .await
            .iter()
            .all(|entry| entry.kind != TransitionKind::Note)
    );
}

#[tokio::test]
async fn each_run_token_lasts_for_an_hour() {
    let run = Run::begin().await;
    let first = run.token();
    run.server.clock.moves_on(45);
    let second = run.token();
    run.server.clock.moves_on(14);
    assert_eq!(run.report(&first, "59 minutes").await.status, 204);
    run.server.clock.moves_on(2);
    run.report(&first, "61 minutes").await.problem(401);
    assert_eq!(run.report(&second, "16 minutes").await.status, 204);
    run.server.clock.moves_on(48);
    run.report(&second, "64 minutes").await.problem(401);
    assert_eq!(run.report(&run.token(), "a third one").await.status, 204);
    let shown = run.server.state.store.workbench(&run.bench.as_str().into());
    let shown = shown.expect("the store works").expect("it is there");
    assert_eq!(
        shown.status.phase,
        Phase::Running,
        "a stale token changes nothing"
    );
}

#[tokio::test]
async fn once_the_run_is_over_there_is_nothing_to_report() {
    let run = Run::begin().await;
    let token = run.token();
    run.server.engine.sees_it_exit(0);
    run.server.settle(&run.bench, &Phase::Completed).await;
    let entries = run.journal().await.len();
    run.report(&token, "still here").await.problem(409);
    assert!(run.server.state.host.issue_run_token(&run.id).is_err());
    run.server.clock.moves_on(11);
    run.report(&token, "still here").await.problem(401);
    assert_eq!(run.journal().await.len(), entries);
}

#[tokio::test]
async fn invalid_and_too_many_messages_are_refused() {
    let run = Run::begin().await;
    let token = run.token();
    for bad in ["", " \n\t\u{0}", &"x ".repeat(600)] {
        let problem = run.report(&token, bad).await.problem(422);
        assert_eq!(problem.errors[0].field, "message");
    }
    let mut taken = 0;
    let refused = loop {
        let answer = run.report(&token, "again").await;
        if answer.status != 204 {
            break answer;
        }
        taken += 1;
    };
    refused.problem(429);
    assert!((1..=20).contains(&taken), "{taken}");
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=2).contains(&wait));
    run.server.clock.moves_on(1);
    assert_eq!(run.report(&run.token(), "later").await.status, 204);
}

#[tokio::test]
async fn only_progress_is_served_at_the_loopback_address() {
    let run = Run::begin().await;
    let token = run.token();
    let client = run.server.client();
    let to = |method: Method, path: String| {
        axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
    };
    let body = || Body::from(json!({"message": "hello"}).to_string());
    let path = format!("/api/runs/{}/progress", run.id);
    let answer = client.send(to(Method::POST, path.clone()), body()).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let browser = to(Method::POST, path).header("origin", "http://127.0.0.1:8080");
    client.send(browser, body()).await.problem(403);
    let stop = format!("/api/workbenches/{}/stop", run.bench);
    client
        .send(to(Method::POST, stop), body())
        .await
        .problem(421);
}
