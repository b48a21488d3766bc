//! The engine beyond the conformance table: what others reach, tokens, bad weather and sudden ends.

use crate::conformance::Remote;
use crate::faulty;
use crate::proxy::Proxy;
use crate::suite::check::faults;
use crate::suite::{App, TestEngineHost as _, TestHost};
use crate::support::{config, until};
use k8s_openapi::api::core::v1 as core;
use kube::{Api, Client};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vestibule_engine::Engine;
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_engine::controller::Controller;
use vestibule_engine::test_support::{MemoryStore, Row, desired_run, record, target_run};
use vestibule_model::condition::ConditionType;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::{Observed, RunToken};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reconcile::Action;
use vestibule_model::workbench::Desired;

const ID: &str = "wb-subject";
/// Longer than anything takes here, even on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Number of kills; `VESTIBULE_TEST_KILLS` has another.
const KILLS: u32 = 12;

pub fn id() -> WorkbenchId {
    WorkbenchId::from(ID)
}

/// A store, and an engine with its controller.
pub struct Server {
    pub store: Arc<MemoryStore>,
    pub engine: Arc<dyn Engine>,
    pub controller: Controller,
}

impl Server {
    pub fn begin(engine: Arc<dyn Engine>, store: &Arc<MemoryStore>) -> Self {
        Self {
            store: Arc::clone(store),
            controller: Controller::start(Arc::clone(&engine), store.clone()),
            engine,
        }
    }

    /// Waits until the row is as wanted.
    pub async fn until(&self, what: &str, wanted: impl Fn(&Row) -> bool) -> Row {
        row_as(&self.store, what, wanted).await
    }
}

async fn row_as(store: &MemoryStore, what: &str, wanted: impl Fn(&Row) -> bool) -> Row {
    let begin = Instant::now();
    loop {
        let row = store.row(&id()).expect("the workbench is there");
        if wanted(&row) {
            return row;
        }
        assert!(begin.elapsed() < PATIENCE, "it is not {what}: {row:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Returns a store with a workbench that is to run.
fn store(ground: &Remote, app: App) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::checked(faults));
    store.insert(record(&id(), ground.app(app), SystemClock.now()));
    store
}

pub fn is_running(row: &Row) -> bool {
    row.k8s_status == K8sStatus::Running
}

fn is_stopped(row: &Row) -> bool {
    row.record.status.phase == Phase::Stopped
}

/// Deletes the workbench, and waits until it is forgotten.
pub async fn delete(server: &Server) {
    server
        .store
        .command(&id(), |row| row.record.subject.deleting = true);
    server.controller.enqueue(&id());
    let begin = Instant::now();
    while let Some(row) = server.store.row(&id()) {
        assert!(begin.elapsed() < PATIENCE, "it is not gone: {row:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// FIELD 35: nobody but the gateway reaches an app, whatever the network lets through.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn app_is_reached_through_the_gate_alone() {
    let mut ground = Remote::default();
    let engine = ground.begin(Arc::<TestHost>::default(), None).await;
    let server = Server::begin(engine, &store(&ground, App::Serves));
    server.until("running", is_running).await;
    let address = ground
        .pod(&id())
        .await
        .status
        .and_then(|status| status.pod_ip);
    let address = address.expect("an address");

    let app = TcpStream::connect((address.as_str(), 8080)).await;
    assert!(app.is_err(), "the app listens where others reach it");
    let mut plain = TcpStream::connect((address.as_str(), 8443))
        .await
        .expect("a gate");
    plain
        .write_all(b"cGET / HTTP/1.0\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = Vec::new();
    // A reset is as good as an end.
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));

    let target = server.store.row(&id()).expect("a row").record.target;
    let mut entered = server.engine.endpoint(&target).await.expect("entered");
    entered
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = String::new();
    entered.read_to_string(&mut answer).await.expect("text");
    assert!(answer.contains("200 OK"), "{answer}");
    delete(&server).await;
    server.controller.shut_down().await;
}

/// The app reaches its runner alone; the server waits at the runner.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn progress_of_an_app_reaches_the_server() {
    let mut ground = Remote::default();
    let engine = ground.begin(Arc::<TestHost>::default(), None).await;
    let mut reports = engine.take_reports().expect("the first call");
    assert!(engine.take_reports().is_none());
    let store = Arc::new(MemoryStore::checked(faults));
    store.insert(record(&id(), "reports", SystemClock.now()));
    let server = Server::begin(engine, &store);
    let report = tokio::time::timeout(PATIENCE, reports.recv()).await;
    let mut report = report.expect("in time").expect("a connection");
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        request.push(report.read_u8().await.expect("a request"));
    }
    let request = String::from_utf8(request).expect("text");
    let path = format!("POST /api/runs/run-{ID}-1/progress ");
    assert!(request.starts_with(&path), "{request}");
    let token = format!("Bearer the token of run-{ID}-1");
    assert!(request.contains(&token), "{request}");
    assert!(request.contains("Indexed 3 of 10"), "{request}");
    let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
    report.write_all(answer).await.expect("answered");
    report.flush().await.expect("sent");
    // The app ends well once it has the answer.
    let row = server.until("complete", |row| row.k8s_status == K8sStatus::Complete);
    row.await;
    delete(&server).await;
    server.controller.shut_down().await;
}

/// A token is renewed in its Secret, from which the kubelet takes it into the Pod. A renewal that fails is
/// tried again at the next observation, and not when the next one is due: the token would be stale by then.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn token_of_a_run_that_a_new_server_finds_is_renewed() {
    let mut ground = Remote::default();
    let engine = ground.begin(Arc::<TestHost>::default(), None).await;
    let store = store(&ground, App::Serves);
    let server = Server::begin(engine, &store);
    server.until("running", is_running).await;
    server.controller.shut_down().await;
    ground.end().await;

    let secrets: Api<core::Secret> = ground.api();
    let name = format!("{ID}-1");
    let change = serde_json::json!({ "stringData": { "token": "old" } });
    secrets
        .patch(&name, &Default::default(), &kube::api::Patch::Merge(change))
        .await
        .expect("changed");
    let (proxy, by_proxy) = Proxy::before(config().await).await;
    let client = Client::try_from(by_proxy).expect("a client");
    let engine = ground
        .begin_by(client, Arc::<TestHost>::default(), None)
        .await;
    let target = store.row(&id()).expect("a row").record.target;
    let seen: Observed = engine.observe(&target).await;
    assert_eq!(seen.token, RunToken::Due);
    proxy.cut();
    let failed = engine.apply(&target, &Action::RenewToken).await;
    failed.expect_err("the API server is away");
    proxy.mend();
    until("a token that is due", async || {
        (engine.observe(&target).await.token == RunToken::Due).then_some(())
    })
    .await;
    let renewed = engine.apply(&target, &Action::RenewToken).await;
    renewed.expect("renewed");
    assert_eq!(engine.observe(&target).await.token, RunToken::Good);
    let secret = secrets.get(&name).await.expect("a Secret");
    let token = secret.data.expect("data")["token"].0.clone();
    let expected = format!("the token of run-{ID}-1");
    assert_eq!(String::from_utf8_lossy(&token), expected);
    let server = Server::begin(engine, &store);
    delete(&server).await;
    server.controller.shut_down().await;
}

/// The API server goes away again and again: the start, the stop and what is reported about them stay true.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn cut_connections_to_the_api_server_lose_and_invent_nothing() {
    let mut ground = Remote::default();
    let (proxy, by_proxy) = Proxy::before(config().await).await;
    let client = Client::try_from(by_proxy).expect("a client");
    let engine = ground
        .begin_by(client, Arc::<TestHost>::default(), None)
        .await;
    let server = Server::begin(engine, &store(&ground, App::Serves));
    let cutting = tokio::spawn(async move {
        for pause in pauses().take(20) {
            tokio::time::sleep(pause).await;
            proxy.cut();
            tokio::time::sleep(pause / 4).await;
            proxy.mend();
        }
        proxy
    });
    server.until("running", is_running).await;
    server
        .store
        .command(&id(), |row| row.record.subject.desired = Desired::Stopped);
    server.controller.enqueue(&id());
    let row = server.until("stopped", is_stopped).await;
    only_true(&row);
    let proxy = cutting.await.expect("cut");
    delete(&server).await;
    server.controller.shut_down().await;
    assert_eq!(server.store.faults(), Vec::<String>::new());
    drop(proxy);
}

/// Requests are refused, carried out without an answer, late, and watches expire, each at random.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn requests_that_fail_at_random_lose_and_invent_nothing() {
    let mut ground = Remote::default();
    let seed = seed();
    let (client, faults) = faulty::client(seed).await;
    let engine = ground
        .begin_by(client, Arc::<TestHost>::default(), None)
        .await;
    let server = Server::begin(engine, &store(&ground, App::Serves));
    for number in 1..=4 {
        if number > 1 {
            start_again(&server.store, number);
            server.controller.enqueue(&id());
        }
        server.until("running", is_running).await;
        server
            .store
            .command(&id(), |row| row.record.subject.desired = Desired::Stopped);
        server.controller.enqueue(&id());
        let row = server.until("stopped", is_stopped).await;
        only_true(&row);
    }
    delete(&server).await;
    server.controller.shut_down().await;
    eprintln!("{faults:?}");
    assert_eq!(server.store.faults(), Vec::<String>::new());
}

/// FIELD 12: servers are killed at random instants of starts and stops.
#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn servers_killed_at_random_instants_lose_and_invent_nothing() {
    let outside = runtime();
    let (mut ground, store) = outside.block_on(async {
        let mut ground = Remote::default();
        // Creates the namespace.
        ground.begin(Arc::<TestHost>::default(), None).await;
        ground.end().await;
        let store = store(&ground, App::Serves);
        (ground, store)
    });
    let kills = std::env::var("VESTIBULE_TEST_KILLS").ok();
    let kills = kills.and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let mut pauses = pauses();
    let (mut number, mut killed) = (1, 0);
    while killed < kills {
        // Servers end by losing every task at whatever it awaits.
        for wanted in [is_running as fn(&Row) -> bool, is_stopped] {
            loop {
                let server = runtime();
                let pause = pauses.next().expect("a pause");
                let reached = server.block_on(async {
                    let engine = ground.begin(Arc::<TestHost>::default(), None).await;
                    let server = Server::begin(engine, &store);
                    let reached = server.until("as wanted", wanted);
                    tokio::time::timeout(pause, reached).await.is_ok()
                });
                outside.block_on(ground.end());
                server.shutdown_background();
                killed += 1;
                if reached {
                    break;
                }
                assert!(
                    killed < kills + 200,
                    "it never gets there: {:#?}",
                    store.row(&id())
                );
            }
            store.command(&id(), |row| row.record.subject.desired = Desired::Stopped);
        }
        let row = store.row(&id()).expect("a row");
        only_true(&row);
        number += 1;
        start_again(&store, number);
    }
    outside.block_on(async {
        let engine = ground.begin(Arc::<TestHost>::default(), None).await;
        let server = Server::begin(engine, &store);
        delete(&server).await;
        server.controller.shut_down().await;
        until("a namespace without leavings", async || {
            ground.leavings(&id()).await.is_none().then_some(())
        })
        .await;
    });
    eprintln!("{killed} servers killed, {} runs", number - 1);
    assert_eq!(store.faults(), Vec::<String>::new());
    // Its end removes the namespace, for which it needs a runtime.
    outside.block_on(async move { drop(ground) });
}

/// Requests another run.
fn start_again(store: &MemoryStore, number: u64) {
    store.command(&id(), |row| {
        let subject = &mut row.record.subject;
        subject.desired = Desired::Running;
        subject.run = Some(desired_run(number, subject.generation, SystemClock.now()));
        row.record.target.run = Some(target_run(&id(), number));
        row.journal.clear();
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Returns a number that differs from run to run, and prints it.
fn seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = u64::from(now.expect("a clock").subsec_nanos()) | 1;
    eprintln!("seed {seed}");
    seed
}

/// Returns pauses of 50 ms to 4 s that differ from run to run.
fn pauses() -> impl Iterator<Item = Duration> {
    let mut state = seed();
    std::iter::from_fn(move || {
        // Xorshift (Marsaglia, 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some(Duration::from_millis(50 + state % 3950))
    })
}

/// Checks that the journal of a run that was started, used and stopped contains nothing else.
#[track_caller]
fn only_true(row: &Row) {
    let never = [ConditionType::Failed, ConditionType::Completed];
    for kind in never {
        assert!(
            !row.was_ever_true(&kind),
            "{kind} was True: {:#?}",
            row.journal
        );
    }
    assert!(
        row.was_ever_true(&ConditionType::Ready),
        "{:#?}",
        row.journal
    );
    let words = debug(&row.record.status.stopped_reason);
    assert_eq!(words, debug(&Some("UserStopped")));
}

fn debug(value: &impl Debug) -> String {
    format!("{value:?}")
}
