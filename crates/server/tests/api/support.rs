//! A whole server in memory, with an engine controlled by the test, and a small client.

use crate::contract::{self, Asked};
use crate::fake_builds::FakeBuilds;
use crate::fake_engine::{FakeEngine, FakeSessions};
use crate::fake_uploads::FakeUploads;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use vestibule_engine::builder::Builder;
use vestibule_engine::clock::Clock;
use vestibule_engine::controller::Controller;
use vestibule_model::access::{ADMINISTRATOR, Grant, Roles, Scope, WORKSPACE_CREATOR};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::{Observed, Volume};
use vestibule_model::phase::Phase;
use vestibule_model::problem::Problem;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::Workbench;
use vestibule_server::agents::Agents;
use vestibule_server::auth::limiter::Limiter;
use vestibule_server::auth::password::{self, Passwords};
use vestibule_server::auth::set_up::SetUpLink;
use vestibule_server::command_store::LocalCommands;
use vestibule_server::cookies::Cookies;
use vestibule_server::embedding::EmbeddingReports;
use vestibule_server::engine_host::ServerHost;
use vestibule_server::last_uses::LastUses;
use vestibule_server::notices::Notices;
use vestibule_server::oidc::Providers;
use vestibule_server::per_user::{MOST_STREAMS, PerUser};
use vestibule_server::progress::Reports;
use vestibule_server::proxy::Proxy;
use vestibule_server::public_url::PublicUrl;
use vestibule_server::redirects::Redirects;
use vestibule_server::secrets::SecretCipher;
use vestibule_server::settings::ConsoleSettings;
use vestibule_server::state::{AppState, Inner};
use vestibule_server::store::{NewUser, Store};
use vestibule_server::tickets::Tickets;
use vestibule_server::trusted_proxies::TrustedProxies;
use vestibule_server::{clock, hosts, tokens};

pub const ORIGIN: &str = "http://vestibule.localhost:8080";
pub const HOST: &str = "vestibule.localhost:8080";
pub const PASSWORD: &str = "correct horse battery";

/// A server and its folder.
pub struct Server {
    pub state: AppState,
    pub engine: Arc<FakeEngine>,
    /// Clock of tokens, secrets and uses.
    pub clock: Arc<Steps>,
    pub dir: TempDir,
    router: Router,
}

/// The machine's clock plus the milliseconds by which the test has advanced it.
#[derive(Default)]
pub struct Steps(AtomicI64);

impl Steps {
    pub fn moves_on(&self, minutes: i64) {
        self.0.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }
}

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        clock::now() + Millis(self.0.load(Ordering::SeqCst))
    }
}

impl Server {
    /// Starts a server with an empty store.
    pub fn empty() -> Self {
        Self::with_proxy(Proxy::default())
    }

    /// Starts a server with an empty store and this metrics token.
    pub fn with_metrics_token(token: &str) -> Self {
        Self::with_settings(|inner| inner.metrics_token = Some(tokens::hash(token)))
    }

    /// Starts a server with an empty store and this proxy to apps.
    pub fn with_proxy(proxy: Proxy) -> Self {
        Self::with_settings(|inner| inner.proxy = proxy)
    }

    /// Returns a server with an empty store and changed settings.
    pub fn with_settings(change: impl FnOnce(&mut Inner)) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(dir.path()).expect("a store"));
        let seen = Mutex::new(Observed {
            volume: Volume::Bound,
            ..Observed::default()
        });
        let engine = Arc::new(FakeEngine {
            seen,
            listens: Mutex::new(None),
            was_asked: AtomicBool::new(false),
            is_broken: AtomicBool::new(false),
            host: OnceLock::new(),
            progress: Mutex::default(),
            asked_with: Mutex::default(),
            rules: Mutex::default(),
            exited_run: Mutex::default(),
            builds: FakeBuilds::default(),
            sessions: FakeSessions::default(),
            uploads: FakeUploads::default(),
            sizes: Mutex::default(),
            tabs: Mutex::new(("script", None)),
            parameters: Mutex::default(),
        });
        let clock = Arc::new(Steps::default());
        let host = Arc::new(ServerHost {
            store: store.clone(),
            cipher: Arc::new(SecretCipher::random()),
            uses: Arc::new(LastUses::since_now(clock.clone())),
            clock: clock.clone(),
        });
        engine
            .host
            .set(host.clone())
            .expect("nobody has set it before");
        let controller = Controller::start(engine.clone(), store.clone());
        let controller_of_builds = controller.clone();
        let enqueue = Box::new(move |id: &WorkbenchId| controller_of_builds.enqueue(id));
        let mut inner = Inner {
            agents: Agents::new(store.folder_beside("transcripts")),
            builder: Builder::start(engine.clone(), store.clone(), 2, enqueue),
            commands: Arc::new(LocalCommands(store.clone())),
            controller,
            metrics_token: None,
            store,
            host,
            engine: engine.clone(),
            public_url: PublicUrl::local(8080),
            console: ConsoleSettings::default(),
            files: |_| None,
            default_role: Some(WORKSPACE_CREATOR.to_owned()),
            cookies: Cookies {
                secure: true,
                apps_are_cross_site: false,
            },
            tickets: Tickets::default(),
            passwords: Passwords::new().expect("hashing works"),
            sign_ins: Limiter::default(),
            progress: Reports::default(),
            set_up: SetUpLink::default(),
            embedding_reports: EmbeddingReports::default(),
            proxy: Proxy::default(),
            providers: Providers::default(),
            user_header: None,
            trusted_proxies: TrustedProxies::default(),
            streams: PerUser::new(MOST_STREAMS),
            connections: PerUser::new(1000),
            presence: Arc::default(),
            redirects: Redirects::default(),
            notices: Notices::default(),
            shutdown: CancellationToken::new(),
        };
        change(&mut inner);
        let state = AppState::new(inner);
        Self {
            router: hosts::router(&state),
            state,
            engine,
            clock,
            dir,
        }
    }

    /// Returns a client without a session.
    pub fn client(&self) -> Client<'_> {
        Client {
            server: self,
            cookie: None,
        }
    }

    /// Returns a client with the session of an administrator.
    pub async fn admin(&self) -> Client<'_> {
        let admin = NewUser::administrator("admin", password::hash(PASSWORD).expect("a hash"));
        self.add(&admin).await
    }

    /// Returns a client with the session of a user who has every permission in that workspace, and
    /// none elsewhere.
    pub async fn user(&self, name: &str, scopes: &[Scope]) -> Client<'_> {
        let mut user = NewUser::administrator(name, password::hash(PASSWORD).expect("a hash"));
        let roles = Roles::default();
        let grants = scopes
            .iter()
            .map(|scope| Grant::new(&roles, ADMINISTRATOR, scope.clone()));
        user.grants = grants.collect();
        self.add(&user).await
    }

    /// Returns a client with the session of a user who has one role.
    pub async fn user_with(&self, name: &str, role: &str, scope: &Scope) -> Client<'_> {
        let mut user = NewUser::administrator(name, password::hash(PASSWORD).expect("a hash"));
        let roles = self.state.store.roles().expect("roles");
        user.grants = vec![Grant::new(&roles, role, scope.clone())];
        self.add(&user).await
    }

    async fn add(&self, user: &NewUser) -> Client<'_> {
        let made = self.state.store.create_user(user, clock::now());
        assert!(made.expect("the store works").is_some());
        self.sign_in(&user.username).await
    }

    /// Returns a client with the session of a user.
    pub async fn sign_in(&self, name: &str) -> Client<'_> {
        let body = json!({"username": name, "password": PASSWORD});
        let answer = self.client().post("/api/auth/sign-in", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        Client {
            server: self,
            cookie: Some(answer.cookie()),
        }
    }

    /// Reconciles a workbench until it is in this phase.
    pub async fn settle(&self, id: &str, phase: &Phase) -> Workbench {
        let settled = |shown: Option<Workbench>| {
            let shown = shown.expect("the workbench is there");
            let is_told = shown
                .run
                .as_ref()
                .is_none_or(|run| run.number == shown.status.run_number);
            (shown.status.phase == *phase && is_told).then_some(shown)
        };
        self.until(id, settled).await
    }

    /// Reconciles a workbench until it is gone.
    pub async fn gone(&self, id: &str) {
        self.until(id, |shown| shown.is_none().then_some(())).await;
    }

    /// Reconciles a workbench until the condition holds.
    pub async fn until<T>(&self, id: &str, done: impl Fn(Option<Workbench>) -> Option<T>) -> T {
        let id = WorkbenchId::new(id);
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let shown = self.state.store.workbench(&id).expect("the store works");
            if let Some(found) = done(shown.clone()) {
                return found;
            }
            assert!(tokio::time::Instant::now() < deadline, "still {shown:?}");
            self.state.controller.enqueue(&id);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// HTTP client.
#[derive(Clone)]
pub struct Client<'a> {
    server: &'a Server,
    pub cookie: Option<String>,
}

/// A response with its whole body.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Client<'_> {
    /// Returns the same client with this session.
    pub fn with_cookie(mut self, cookie: &str) -> Self {
        self.cookie = Some(cookie.to_owned());
        self
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path), Body::empty())
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path), Body::empty())
            .await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::PUT, path, body).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::PATCH, path, body).await
    }

    pub async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = self
            .request(method, path)
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request, Body::from(body.to_string())).await
    }

    /// Returns a request to be completed by the test.
    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let builder = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST);
        match &self.cookie {
            Some(cookie) => builder.header(header::COOKIE, cookie),
            None => builder,
        }
    }

    /// Sends the request; returns the response, which has been compared with the OpenAPI document.
    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let asked = Asked::of(&request);
        let response = self.raw(request, body).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_vec(),
        };
        contract::check(&asked, &answer);
        answer
    }

    /// Sends the request; returns the response before its body was read.
    pub async fn raw(&self, request: axum::http::request::Builder, body: Body) -> Response<Body> {
        let request = request.body(body).expect("a good request");
        let router = self.server.router.clone();
        match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Creates a workspace; returns its id.
    pub async fn workspace(&self) -> String {
        let answer = self.post("/api/workspaces", &json!({"name": "Lab"})).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.id()
    }

    /// Creates a workbench in a new workspace; returns its id.
    pub async fn workbench(&self) -> String {
        let path = format!("/api/workspaces/{}/workbenches", self.workspace().await);
        let answer = self
            .post(&path, &json!({"name": "Bench", "app": "welcome"}))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.id()
    }

    /// Creates a running workbench in a new workspace; returns its id.
    pub async fn running_workbench(&self) -> String {
        let id = self.workbench().await;
        self.server.engine.sees_it_running();
        self.server.settle(&id, &Phase::Running).await;
        id
    }
}

impl Answer {
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).expect("the answer is of this type")
    }

    pub fn id(&self) -> String {
        self.value()["id"].as_str().expect("an id").to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("visible ASCII"))
    }

    /// Returns the problem, whose status equals the response's.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Problem {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Problem = self.read();
        assert_eq!(problem.status, status);
        assert!(!problem.detail.is_empty() && !problem.title.is_empty());
        problem
    }

    /// Returns the session cookie as a browser sends it back.
    pub fn cookie(&self) -> String {
        let cookie = self.header("set-cookie");
        cookie.split(';').next().unwrap_or_default().to_owned()
    }

    /// Returns all cookies as the browser would send them back.
    pub fn cookies(&self) -> String {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }
}
