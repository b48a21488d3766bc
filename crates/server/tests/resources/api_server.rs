//! API server of Kubernetes in a small: objects, versions, watches, field managers of a spec's fields,
//! finalizers and subresources. Nothing runs and nothing is checked.

use crate::fields::{conflict, has_labels, merge, own, remove_absent};
use crate::rights::Rights;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use vestibule_server::clock;

/// Kind, namespace and name of an object; the namespace of a namespace is empty.
type Key = (String, String, String);

/// Objects, and their changes so far.
#[derive(Default)]
struct Objects {
    version: u64,
    all: BTreeMap<Key, Value>,
    changes: Vec<(u64, Key, &'static str, Value)>,
    /// Writes of statuses that fail from now on.
    failing: u32,
    rights: Rights,
}

/// The API server. Cheap to clone.
#[derive(Clone)]
pub struct ApiServer {
    objects: Arc<Mutex<Objects>>,
    update: Arc<watch::Sender<u64>>,
}

/// Request, taken apart.
struct Asked<'a> {
    kind: String,
    namespace: String,
    name: Option<String>,
    subresource: Option<String>,
    query: HashMap<String, String>,
    headers: &'a HeaderMap,
    body: Value,
}

impl ApiServer {
    /// Starts it, and returns its address.
    pub async fn start() -> (Self, String) {
        let server = Self {
            objects: Arc::default(),
            update: Arc::new(watch::channel(0).0),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a listener");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (server, address)
    }

    /// Returns an object, or `None` if there is none.
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        self.lock().all.get(&key).cloned()
    }

    /// Returns the names of the objects of a kind in a namespace.
    pub fn names(&self, kind: &str, namespace: &str) -> Vec<String> {
        let objects = self.lock();
        let all = objects.all.keys();
        let of_kind = all.filter(|key| key.0 == kind && key.1 == namespace);
        of_kind.map(|key| key.2.clone()).collect()
    }

    /// Creates an object, as kubectl does.
    pub fn create(&self, kind: &str, namespace: &str, object: Value) {
        let name = object["metadata"]["name"]
            .as_str()
            .expect("a name")
            .to_owned();
        let key = (kind.to_owned(), namespace.to_owned(), name);
        self.write(&key, "kubectl-create", None, |_| Some(object.clone()));
    }

    /// Changes an object by a merge patch, as a field manager.
    pub fn patch(&self, manager: &str, kind: &str, namespace: &str, name: &str, patch: &Value) {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        self.write(&key, manager, None, |before| {
            let mut after = before?.clone();
            merge(&mut after, patch);
            Some(after)
        });
    }

    /// Deletes an object; one with finalizers stays until they are removed.
    pub fn delete(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        self.write(&key, "", None, |before| {
            let mut after = before?.clone();
            let metadata = &mut after["metadata"];
            if metadata["deletionTimestamp"].is_null() {
                metadata["deletionTimestamp"] = json!(clock::now().to_string());
                let generation = metadata["generation"].as_u64().unwrap_or(1);
                metadata["generation"] = json!(generation + 1);
            }
            Some(after)
        })
    }

    /// Lets the next writes of statuses fail.
    pub fn fail_statuses(&self, count: u32) {
        self.lock().failing = count;
    }

    /// Changes the rights of the server.
    pub fn rights<T>(&self, change: impl FnOnce(&mut Rights) -> T) -> T {
        change(&mut self.lock().rights)
    }

    fn lock(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores what a change makes of an object, and returns it.
    fn write(
        &self,
        key: &Key,
        manager: &str,
        subresource: Option<&str>,
        change: impl FnOnce(Option<&Value>) -> Option<Value>,
    ) -> Option<Value> {
        let mut objects = self.lock();
        let before = objects.all.get(key).cloned();
        let mut after = change(before.as_ref())?;
        let metadata = &mut after["metadata"];
        if before.is_none() {
            metadata["name"] = json!(key.2);
            metadata["uid"] = json!(vestibule_server::tokens::uuid(clock::now()));
            metadata["creationTimestamp"] = json!(clock::now().to_string());
            metadata["generation"] = json!(1);
            if !key.1.is_empty() {
                metadata["namespace"] = json!(key.1);
            }
            if key.0 == "persistentvolumeclaims" {
                after["status"] = json!({ "phase": "Bound" });
            }
        }
        if subresource.is_none() {
            own(before.as_ref(), &mut after, manager);
        }
        let old = before.clone().unwrap_or_default();
        if before.is_some() && old["spec"] != after["spec"] {
            let generation = old["metadata"]["generation"].as_u64().unwrap_or(1);
            after["metadata"]["generation"] = json!(generation + 1);
        }
        if before.as_ref() == Some(&after) {
            return Some(after);
        }
        objects.version += 1;
        let version = objects.version;
        after["metadata"]["resourceVersion"] = json!(version.to_string());
        let finalizers = after["metadata"]["finalizers"].as_array();
        let is_gone = after["metadata"]["deletionTimestamp"].is_string()
            && finalizers.is_none_or(Vec::is_empty);
        let what = match (is_gone, before) {
            (true, _) => "DELETED",
            (_, None) => "ADDED",
            _ => "MODIFIED",
        };
        if is_gone {
            objects.all.remove(key);
        } else {
            objects.all.insert(key.clone(), after.clone());
        }
        objects
            .changes
            .push((version, key.clone(), what, after.clone()));
        drop(objects);
        self.update.send_replace(version);
        Some(after)
    }

    fn list(&self, asked: &Asked<'_>) -> Response {
        let objects = self.lock();
        let found = objects
            .all
            .iter()
            .filter(|(key, object)| asked.selects(key, object));
        let items: Vec<&Value> = found.map(|(_, object)| object).collect();
        let metadata = json!({ "resourceVersion": objects.version.to_string() });
        reply(
            200,
            &json!({ "apiVersion": "v1", "kind": "List", "metadata": metadata, "items": items }),
        )
    }

    fn watch(&self, asked: Asked<'_>) -> Response {
        let since = asked.query.get("resourceVersion");
        let since = since.and_then(|since| since.parse().ok()).unwrap_or(0_u64);
        let (kind, namespace) = (asked.kind.clone(), asked.namespace.clone());
        let selector = asked.query.get("labelSelector").cloned();
        let state = (self.clone(), self.update.subscribe(), since);
        let lines = stream::unfold(state, move |(server, mut update, since)| {
            let (kind, namespace, selector) = (kind.clone(), namespace.clone(), selector.clone());
            async move {
                loop {
                    update.borrow_and_update();
                    let (lines, version) = {
                        let objects = server.lock();
                        let new = objects.changes.iter().filter(|(version, key, ..)| {
                            *version > since && key.0 == kind && key.1 == namespace
                        });
                        let lines: String = new
                            .map(|(_, _, what, object)| {
                                // What has lost the labels is gone for this watch.
                                let is_shown = has_labels(object, selector.as_deref());
                                let what = if is_shown { what } else { "DELETED" };
                                format!("{}\n", json!({ "type": what, "object": object }))
                            })
                            .collect();
                        (lines, objects.version)
                    };
                    if !lines.is_empty() {
                        let lines = Ok::<_, std::convert::Infallible>(Bytes::from(lines));
                        return Some((lines, (server, update, version)));
                    }
                    update.changed().await.ok()?;
                }
            }
        });
        Body::from_stream(lines.boxed()).into_response()
    }

    fn change(&self, asked: &Asked<'_>, name: &str) -> Response {
        let key = (asked.kind.clone(), asked.namespace.clone(), name.to_owned());
        let patch = &asked.body;
        let kind = asked.headers.get(header::CONTENT_TYPE);
        let is_apply = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/apply"));
        let subresource = asked.subresource.as_deref();
        if subresource.is_some() {
            let mut objects = self.lock();
            if objects.failing > 0 {
                objects.failing -= 1;
                return refusal(500, "InternalError", &json!([]));
            }
        }
        let before = self.lock().all.get(&key).cloned();
        let metadata = &patch["metadata"];
        if let Some(before) = &before {
            for field in ["uid", "resourceVersion"] {
                if !metadata[field].is_null() && metadata[field] != before["metadata"][field] {
                    return refusal(409, "Conflict", &json!([]));
                }
            }
        } else if !is_apply {
            return refusal(404, "NotFound", &json!([]));
        } else if metadata["uid"].is_string() {
            return refusal(409, "Conflict", &json!([]));
        }
        let manager = asked.query.get("fieldManager").cloned().unwrap_or_default();
        let is_forced = asked
            .query
            .get("force")
            .is_some_and(|force| force == "true");
        if let (true, false, Some(before)) = (is_apply, is_forced, &before)
            && let Some(conflict) = conflict(before, patch, &manager)
        {
            return refusal(409, "Conflict", &json!([conflict]));
        }
        let changed = self.write(&key, &manager, subresource, |before| {
            let mut after = before.cloned().unwrap_or_else(|| json!({}));
            match subresource {
                Some(part) => {
                    if is_apply {
                        remove_absent(&mut after[part], &patch[part]);
                    }
                    merge(&mut after[part], &patch[part]);
                }
                None => merge(&mut after, patch),
            }
            Some(after)
        });
        reply(200, &changed.unwrap_or_default())
    }
}

impl Asked<'_> {
    fn selects(&self, key: &Key, object: &Value) -> bool {
        let labels = self.query.get("labelSelector").map(String::as_str);
        key.0 == self.kind && key.1 == self.namespace && has_labels(object, labels)
    }
}

async fn answer(
    State(server): State<ApiServer>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let (version, rest) = match path[..] {
        ["version"] => {
            return reply(
                200,
                &json!({ "major": "1", "minor": "37", "gitVersion": "v1.37.0", "gitCommit": "", "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "", "platform": "" }),
            );
        }
        ["api", version, ref rest @ ..] => (version.to_owned(), rest),
        ["apis", group, version, ref rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return refusal(404, "NotFound", &json!([])),
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        rest => ("", rest),
    };
    let query = uri.query().unwrap_or_default();
    let asked = Asked {
        kind: rest.first().copied().unwrap_or_default().to_owned(),
        namespace: namespace.to_owned(),
        name: rest.get(1).map(|name| (*name).to_owned()),
        subresource: rest.get(2).map(|part| (*part).to_owned()),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: &headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    if let Some(answer) = server.lock().rights.review(&asked.kind, &asked.body) {
        return reply(201, &answer);
    }
    let verb = match (&method, asked.query.contains_key("watch"), &asked.name) {
        (&Method::POST, ..) => "create",
        (&Method::PATCH, ..) => "patch",
        (&Method::DELETE, _, Some(_)) => "delete",
        (&Method::DELETE, ..) => "deletecollection",
        (_, true, _) => "watch",
        (_, _, None) => "list",
        _ => "get",
    };
    let namespace = match asked.kind.as_str() {
        "namespaces" => asked.name.as_deref().unwrap_or_default(),
        _ => asked.namespace.as_str(),
    };
    if server.lock().rights.refuses(verb, &asked.kind, namespace) {
        server.rights(|rights| rights.refusals += usize::from(verb == "create"));
        let message = format!(
            "{} is forbidden: User \"vestibule\" cannot {verb} resource \"{}\"",
            asked.kind, asked.kind
        );
        let status = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 403, "reason": "Forbidden", "message": message });
        return reply(403, &status);
    }
    if asked.kind == "serviceaccounts" {
        return reply(200, &json!({ "metadata": { "name": "default" } }));
    }
    match (&method, asked.name.clone()) {
        (&Method::GET, None) if asked.query.contains_key("watch") => server.watch(asked),
        (&Method::GET, None) => server.list(&asked),
        (&Method::GET, Some(name)) => match server.get(&asked.kind, &asked.namespace, &name) {
            Some(mut object) => {
                // Events are the same objects in both of their groups.
                object["apiVersion"] = json!(version);
                reply(200, &object)
            }
            None => refusal(404, "NotFound", &json!([])),
        },
        (&Method::POST, _) => {
            let name = asked.body["metadata"]["name"].as_str().unwrap_or_default();
            if server.get(&asked.kind, &asked.namespace, name).is_some() {
                return refusal(409, "AlreadyExists", &json!([]));
            }
            server.create(&asked.kind, &asked.namespace, asked.body.clone());
            let made = server.get(&asked.kind, &asked.namespace, name);
            reply(201, &made.unwrap_or_default())
        }
        (&Method::PATCH, Some(name)) => server.change(&asked, &name),
        (&Method::DELETE, Some(name)) => {
            match server.delete(&asked.kind, &asked.namespace, &name) {
                Some(object) => reply(200, &object),
                None => refusal(404, "NotFound", &json!([])),
            }
        }
        (&Method::DELETE, None) => {
            let all: Vec<Key> = {
                let objects = server.lock();
                let found = objects
                    .all
                    .iter()
                    .filter(|(key, object)| asked.selects(key, object));
                found.map(|(key, _)| key.clone()).collect()
            };
            for (kind, namespace, name) in all {
                server.delete(&kind, &namespace, &name);
            }
            reply(
                200,
                &json!({ "apiVersion": "v1", "kind": "List", "metadata": {}, "items": [] }),
            )
        }
        _ => refusal(405, "MethodNotAllowed", &json!([])),
    }
}

fn reply(code: u16, value: &Value) -> Response {
    let code = StatusCode::from_u16(code).unwrap_or_default();
    let json = [(header::CONTENT_TYPE, "application/json")];
    (code, json, value.to_string()).into_response()
}

fn refusal(code: u16, reason: &str, causes: &Value) -> Response {
    reply(
        code,
        &json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
            "reason": reason, "message": reason, "details": { "causes": causes },
        }),
    )
}
