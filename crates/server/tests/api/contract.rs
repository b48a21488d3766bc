//! Comparison of every answer of these tests with the OpenAPI document.

use crate::support::{Answer, HOST, Server};
use axum::http::request::Builder;
use axum::http::{Method, header};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use vestibule_server::openapi::Document;
use vestibule_server::routes::ALL;

/// Request that is compared, or nothing if it is not for the API.
pub struct Asked(Option<(String, String)>);

impl Asked {
    pub fn of(request: &Builder) -> Self {
        let host = request.headers_ref().and_then(|all| all.get(header::HOST));
        let is_console = host.is_some_and(|host| host == HOST);
        let method = request.method_ref().unwrap_or(&Method::GET);
        let path = request.uri_ref().map_or("", |uri| uri.path());
        let key = (method.as_str().to_lowercase(), path.to_owned());
        Self(is_console.then_some(key))
    }
}

/// The document, whose objects have no more properties than it lists: an undocumented field would
/// go unnoticed otherwise.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document: Value = serde_json::from_str(&Document::of(ALL).json).expect("JSON");
    let schemas = document["components"]["schemas"].as_object_mut();
    let schemas = schemas.expect("schemas");
    let wholes = schemas
        .values()
        .filter_map(|schema| schema["allOf"].as_array());
    let parts = wholes.flatten().filter_map(|part| part["$ref"].as_str());
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    for (name, schema) in schemas {
        let is_part = parts
            .iter()
            .any(|part| part.rsplit('/').next() == Some(name));
        if schema["properties"].is_object() && !is_part {
            schema["additionalProperties"] = json!(false);
        } else if schema["allOf"].is_array() {
            schema["unevaluatedProperties"] = json!(false);
        }
    }
    document
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Refuses an answer that the document does not describe.
#[track_caller]
pub fn check(asked: &Asked, answer: &Answer) {
    let Some((method, path)) = &asked.0 else {
        return;
    };
    let status = answer.status.as_u16();
    let method = if method == "head" { "get" } else { method };
    // Addresses and methods that the API does not have are answered by a problem.
    let Some(template) = template(method, path) else {
        return;
    };
    let responses = &DOCUMENT["paths"][template][method]["responses"];
    if matches!(status, 304) {
        return;
    }
    let place = format!("{method} {template} {status}");
    let (code, response) = match &responses[status.to_string()] {
        Value::Null if status >= 400 => ("default".to_owned(), &responses["default"]),
        Value::Null => panic!("{place} is not in the document"),
        found => (status.to_string(), found),
    };
    let Some(content) = response["content"].as_object() else {
        assert!(answer.body.is_empty(), "{place} has an undocumented body");
        return;
    };
    let media = answer.header("content-type").split(';').next();
    let media = media.unwrap_or_default();
    let Some(content) = content.get(media) else {
        panic!("{place} has the undocumented type {media}");
    };
    if !media.ends_with("json") || answer.body.is_empty() {
        return;
    }
    let key = format!("{method} {template} {code} {media}");
    let value = answer.value();
    if let Err(error) = validator(&key, &content["schema"]).validate(&value) {
        panic!("{place}: {error} at {}\n{value:#}", error.instance_path());
    }
}

/// Returns the route's path in the document. A fixed word is preferred to a placeholder.
fn template(method: &str, path: &str) -> Option<&'static str> {
    let fits = |template: &str| {
        let (mut asked, mut named) = (path.split('/'), template.split('/'));
        loop {
            match (asked.next(), named.next()) {
                (None, None) => return true,
                (Some(word), Some(name)) if name == word || name.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let mut found: Vec<&str> = ALL
        .iter()
        .map(|route| route.path)
        .filter(|one| fits(one))
        .collect();
    found.sort_by_key(|path| path.matches('{').count());
    let best = *found.first()?;
    let has_method = |route: &&_| -> bool {
        let route: &vestibule_server::routes::Route = route;
        route.path == best && route.method == method
    };
    ALL.iter().any(|route| has_method(&route)).then_some(best)
}

fn validator(key: &str, schema: &Value) -> Arc<Validator> {
    let mut known = VALIDATORS.lock().unwrap_or_else(|error| error.into_inner());
    let made = known.entry(key.to_owned()).or_insert_with(|| {
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": DOCUMENT["components"],
            "allOf": [schema],
        });
        Arc::new(jsonschema::validator_for(&whole).expect("a valid schema"))
    });
    made.clone()
}

#[tokio::test]
async fn document_and_its_page_are_served_to_anybody() {
    let server = Server::empty();
    let client = server.client();
    let answer = client.get("/api/openapi.json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.value()["openapi"], "3.1.0");
    let page = client.get("/api/docs").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
    assert!(!policy.contains("unsafe"));
}
