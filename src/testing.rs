//! Support for tests in a real browser: a stubbed server, mounting, and waiting.

use crate::app::provide_contexts;
use crate::store::{Session, SessionUser, Store, open_streams};
use gloo_timers::future::TimeoutFuture;
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyView;
use serde_json::{Value, json};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use vestibule_model::access::{ADMINISTRATOR, Grant, Roles, Scope};
use vestibule_model::auth::{Me, User};
use vestibule_model::ids::UserId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

/// Replaces `fetch` by a stub. Paths without a response get the server's 404; requests are counted.
pub fn stub_server() {
    eval(
        "window.answers = {}; window.asked = [];
         window.fetch = async (address, init) => {
           const request = new Request(address, init);
           const path = new URL(request.url).pathname;
           window.asked.push(`${request.method} ${path}`);
           const answer = window.answers[`${request.method} ${path}`] ?? window.answers[path];
           const [status, body] = answer ?? [404, JSON.stringify({ type: '/problems/not-found' })];
           return new Response(status === 304 ? null : body, { status });
         };",
    );
}

/// Sets the stub's response to a path.
pub fn answer(path: &str, status: u16, body: &Value) {
    let body = JsValue::from_str(&body.to_string());
    let pair = js_sys::Array::of2(&JsValue::from(status), &body);
    let answers = js_sys::Reflect::get(&window(), &"answers".into()).expect("the stub is there");
    js_sys::Reflect::set(&answers, &path.into(), &pair).expect("a plain object takes it");
}

/// Returns the number of requests to a path.
pub fn asked(what: &str) -> usize {
    let requested = js_sys::Reflect::get(&window(), &"asked".into()).expect("the stub is there");
    js_sys::Array::from(&requested)
        .iter()
        .filter(|one| one.as_string().as_deref() == Some(what))
        .count()
}

/// Makes every poller request now.
pub fn refresh_pollers() {
    eval("dispatchEvent(new Event('offline')); dispatchEvent(new Event('online'));");
}

/// Replaces `EventSource` by a stub: `emit(kind, data, id)` sends an event.
pub fn stub_stream() {
    eval(
        "window.sources = [];
         window.EventSource = class {
           constructor(url) { this.url = url; this.readyState = 0; this.on = {}; window.sources.push(this); }
           addEventListener(kind, hear) { this.on[kind] = hear; }
           close() { this.readyState = 2; }
         };
         window.emit = (kind, data, id) => window.sources.at(-1).on[kind](
           new MessageEvent(kind, { data: JSON.stringify(data), lastEventId: String(id ?? '') }));",
    );
}

/// Returns a user without permissions.
pub fn user_without_permissions(id: &str) -> SessionUser {
    with_grants(id, Vec::new())
}

/// Returns an administrator.
pub fn administrator(id: &str) -> SessionUser {
    let grant = Grant::new(&Roles::default(), ADMINISTRATOR, Scope::Platform(true));
    with_grants(id, vec![grant])
}

fn with_grants(id: &str, grants: Vec<Grant>) -> SessionUser {
    SessionUser::SignedIn(Me {
        user: User {
            id: UserId::new(id),
            username: "ada".into(),
            display_name: String::new(),
        },
        grants,
        permissions: Vec::new(),
        access_version: String::new(),
    })
}

/// Returns the number of panics since the first call. One in a task of the page doesn't reach the test.
pub fn panics() -> u32 {
    static PANICS: AtomicU32 = AtomicU32::new(0);
    static COUNTING: Once = Once::new();
    // After a test that failed, the hook can't be changed any more.
    if thread::panicking() {
        return 0;
    }
    COUNTING.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            before(info);
        }));
    });
    PANICS.load(Ordering::Relaxed)
}

/// Runs script in the page.
pub fn eval(script: &str) -> JsValue {
    js_sys::eval(script).expect("the script runs")
}

/// Counts the changes in the first matching element from now on.
pub fn count_changes(css: &str) {
    eval(&format!(
        "window.changes = 0;
         window.watcher?.disconnect();
         window.watcher = new MutationObserver((all) => {{ window.changes += all.length; }});
         window.watcher.observe(document.querySelector('{css}'),
           {{ subtree: true, childList: true, attributes: true, characterData: true }});"
    ));
}

/// Returns the number of changes since the last call.
pub fn changes() -> f64 {
    let changes = eval("const seen = window.changes; window.changes = 0; seen");
    changes.as_f64().expect("it is counted")
}

/// Mounted view, which is unmounted when this is dropped.
pub struct MountedPage {
    root: HtmlElement,
    owner: Owner,
    _mounted: Box<dyn std::any::Any>,
}

impl MountedPage {
    /// Mounts a view into a fresh element.
    pub fn mount(view: impl FnOnce() -> AnyView + 'static) -> Self {
        let root: HtmlElement = document()
            .create_element("div")
            .expect("an element")
            .unchecked_into();
        document()
            .body()
            .expect("a body")
            .append_child(&root)
            .expect("a place");
        let (owner, place) = (Owner::new(), root.clone());
        let mounted = owner.with(|| {
            mount_to(place, || {
                provide_contexts();
                view()
            })
        });
        Self {
            root,
            owner,
            _mounted: Box::new(mounted),
        }
    }

    /// Mounts a view for a user with an open event stream, which [`stub_stream`] made.
    pub async fn mount_for(
        user: &'static str,
        view: impl FnOnce() -> AnyView + 'static,
    ) -> (Self, Session) {
        let session = StoredValue::new(None);
        let stage = Self::mount(move || {
            let provided = Session::expect();
            provided.user.set(user_without_permissions(user));
            session.set_value(Some(provided));
            open_streams(Store::expect());
            view()
        });
        until("the stream is begun", || {
            eval("window.sources.length").as_f64() == Some(1.0)
        })
        .await;
        (stage, session.get_value().expect("just mounted"))
    }

    /// Returns the first matching element.
    pub fn find(&self, css: &str) -> Option<HtmlElement> {
        self.root
            .query_selector(css)
            .expect("a selector")
            .map(JsCast::unchecked_into)
    }

    /// Returns the text of each matching element.
    pub fn text_of_all(&self, css: &str) -> Vec<String> {
        let all = self.root.query_selector_all(css).expect("a selector");
        let texts = (0..all.length()).filter_map(|place| all.get(place)?.text_content());
        texts.collect()
    }

    /// Waits for an element.
    pub async fn wait(&self, css: &str) -> HtmlElement {
        until(css, || self.find(css).is_some()).await;
        self.find(css).expect("just seen")
    }

    /// Returns the whole text.
    pub fn text(&self) -> String {
        self.root.text_content().unwrap_or_default()
    }
}

impl Drop for MountedPage {
    fn drop(&mut self) {
        self.root.remove();
        // Effects end after their signals; see `ui/keyed.rs`.
        self.owner.pause();
        // Else the page's store and streams would live on, and take part in the next test.
        self.owner.cleanup();
    }
}

/// Waits for a condition; an error names the one that was not met.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if condition() {
            return;
        }
        TimeoutFuture::new(20).await;
    }
    panic!("never came: {what}");
}

/// Returns a workbench as the API sends it.
pub fn workbench(id: &str, name: &str, k8s_status: &str) -> Value {
    json!({
        "id": id, "workspaceId": "ws-1", "name": name, "app": "welcome", "generation": 1,
        "desired": "Running", "k8sStatus": k8s_status,
        "status": {"phase": "Running", "runNumber": 1, "conditions": [
            {"type": "RunnerStarted", "status": "True", "reason": "ContainerRunning"}]},
        "run": {"id": "run-1", "number": 1, "status": "pending", "startedAt": "2026-11-21T10:00:00Z"}
    })
}
