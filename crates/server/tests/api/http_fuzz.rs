//! Random requests to every route, made from the OpenAPI document. No answer is a 500, and each is
//! in the document, with which the client compares it.
//!
//! `VESTIBULE_TEST_REQUESTS` is their number, `VESTIBULE_TEST_SEED` repeats those of a failed test.

use crate::support::{Client, Server};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Map, Number, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;
use vestibule_model::access::{Scope, WORKSPACE_CREATOR};
use vestibule_server::openapi::Document;
use vestibule_server::routes::ALL;

/// Number of requests without the variable.
const USUAL_REQUESTS: u64 = 3_000;

/// Operations that are left out, with the reason.
const LEFT_OUT: [(&str, &str); 7] = [
    ("get /api/runs/stream", "its answer has no end"),
    ("get /api/tabs/{id}/stream", "its answer has no end"),
    ("post /api/auth/sign-out", "the others would be refused"),
    (
        "post /api/auth/sign-in",
        "its limiter would refuse the rest",
    ),
    (
        "post /api/users/{id}/password",
        "hashing takes the time of 100 others",
    ),
    (
        "delete /api/account/sessions/{id}",
        "the others would be refused",
    ),
    (
        "post /api/users/{id}/sign-out",
        "the others would be refused",
    ),
];

/// Texts that have broken something somewhere.
const ODD_TEXTS: [&str; 24] = [
    "",
    " ",
    "x",
    "null",
    "-1",
    "0",
    "1",
    "18446744073709551616",
    "1e400",
    "NaN",
    "true",
    "*",
    "%",
    "_",
    "'; DROP TABLE users; --",
    "../../etc/passwd",
    "a/b",
    "a\u{0}b",
    "\u{200b}",
    "\u{202e}gnp.exe",
    "Ä\u{308}\u{1f600}",
    "2026-11-22T10:00:00Z",
    "+275760-09-13T00:00:00.001Z",
    "{\"a\":[1]}",
];

/// Operation of the document.
struct Operation {
    method: Method,
    path: String,
    parameters: Vec<(String, String)>,
    body: Option<Value>,
}

/// Generator of requests, with what it has learned from the answers.
struct Fuzzer {
    random: StdRng,
    schemas: Map<String, Value>,
    /// Texts of answers, by the field that had them.
    learned: BTreeMap<String, Vec<String>>,
}

#[tokio::test]
async fn random_requests_get_documented_answers() {
    let number = |name: &str| std::env::var(name).ok()?.parse().ok();
    let seed: u64 = number("VESTIBULE_TEST_SEED").unwrap_or_else(|| rand::rng().random());
    let requests = number("VESTIBULE_TEST_REQUESTS").unwrap_or(USUAL_REQUESTS);
    println!("{requests} requests; to repeat them: VESTIBULE_TEST_SEED={seed}");

    let server = Server::empty();
    let admin = server.admin().await;
    let creator = server
        .user_with("creator", WORKSPACE_CREATOR, &Scope::Platform(true))
        .await;
    let nobody = server.client();
    // Something to find at the beginning.
    admin.workbench().await;
    let document: Value = serde_json::from_str(&Document::of(ALL).json).expect("JSON");
    let schemas = document["components"]["schemas"].as_object();
    let mut fuzzer = Fuzzer {
        random: StdRng::seed_from_u64(seed),
        schemas: schemas.expect("schemas").clone(),
        learned: BTreeMap::new(),
    };
    let operations = operations(&document);
    let mut seen: BTreeMap<u16, u64> = BTreeMap::new();
    for _ in 0..requests {
        let at = fuzzer.random.random_range(0..operations.len());
        let client = match fuzzer.random.random_range(0..20) {
            0 => &nobody,
            1..5 => &creator,
            _ => &admin,
        };
        let status = fuzzer.send(client, &operations[at]).await;
        *seen.entry(status.as_u16()).or_default() += 1;
    }
    println!("{seen:?}");
    for expected in [200, 201, 202, 204, 400, 401, 403, 404, 409, 422] {
        assert!(seen.contains_key(&expected), "no {expected} among {seen:?}");
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let name = format!("{method} {path}");
            if LEFT_OUT.iter().any(|(left_out, _)| *left_out == name) {
                continue;
            }
            let parameters = operation["parameters"].as_array();
            let parameters = parameters.into_iter().flatten().filter_map(|parameter| {
                let text = |key: &str| parameter[key].as_str().map(str::to_owned);
                Some((text("in")?, text("name")?))
            });
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            found.push(Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                parameters: parameters.collect(),
                body: (!body.is_null()).then(|| body.clone()),
            });
        }
    }
    let left_out = LEFT_OUT.len();
    assert_eq!(
        found.len() + left_out,
        ALL.len(),
        "each is there, or left out"
    );
    found
}

impl Fuzzer {
    async fn send(&mut self, client: &Client<'_>, operation: &Operation) -> StatusCode {
        let mut path = operation.path.clone();
        let mut query = String::new();
        let mut headers = Vec::new();
        for (place, name) in &operation.parameters {
            let is_in_path = place == "path";
            if !is_in_path && self.chance(0.6) {
                continue;
            }
            let text = match is_in_path && name == "id" && self.chance(0.9) {
                true => self.id_in(&operation.path),
                false => self.text(name),
            };
            match place.as_str() {
                "path" => path = path.replace(&format!("{{{name}}}"), &encode(&text)),
                "query" => {
                    let separator = if query.is_empty() { '?' } else { '&' };
                    let text = encode(&text);
                    write!(query, "{separator}{name}={text}").expect("a text takes it");
                }
                _ => headers.push((name.clone(), text)),
            }
        }
        let target = format!("{path}{query}");
        let mut request = client.request(operation.method.clone(), &target);
        for (name, text) in headers {
            if let Ok(value) = axum::http::HeaderValue::from_str(&text) {
                request = request.header(name, value);
            }
        }
        let body = match &operation.body {
            Some(schema) if !self.chance(0.03) => self.value(schema, "", 0).to_string(),
            _ if self.chance(0.1) => self.unusual().to_owned(),
            _ => String::new(),
        };
        let shown = format!("{} {target} {body}", operation.method);
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let answer = client.send(request, Body::from(body));
        let answer = tokio::time::timeout(Duration::from_secs(60), answer).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer to {shown}"));
        let status = answer.status;
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{shown}");
        if let Ok(value) = serde_json::from_slice(&answer.body) {
            self.learn(&value, "");
        }
        status
    }

    /// Returns a known identifier of what a path is about.
    fn id_in(&mut self, path: &str) -> String {
        let (field, prefix) = match path.split('/').nth(2) {
            Some("workspaces") => ("id", "ws-"),
            Some("workbenches") => ("id", "wb-"),
            Some("runs") => ("id", "run-"),
            Some("builds") => ("id", "bld-"),
            Some("users") => ("id", "u-"),
            _ => ("name", ""),
        };
        let known = self.learned.get(field).into_iter().flatten();
        let known: Vec<&String> = known.filter(|known| known.starts_with(prefix)).collect();
        match known.len() {
            0 => "x".to_owned(),
            count => known[self.random.random_range(0..count)].clone(),
        }
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability)
    }

    fn unusual(&mut self) -> &'static str {
        let at = self.random.random_range(0..ODD_TEXTS.len());
        ODD_TEXTS[at]
    }

    /// Returns a text for a field or parameter: mostly one that an answer had in such a field.
    fn text(&mut self, name: &str) -> String {
        match self.random.random_range(0..100) {
            0..15 => self.unusual().to_owned(),
            15..17 => "é".repeat(self.random.random_range(1..3_000)),
            17..25 => format!("fresh-{}", self.random.random_range(0..1_000_000)),
            at => {
                let known = self.learned.get(name).or_else(|| self.learned.get("id"));
                let found = known.filter(|known| !known.is_empty());
                found.map_or_else(|| "x".to_owned(), |known| known[at % known.len()].clone())
            }
        }
    }

    /// Returns a value of a schema, now and then one of another type.
    fn value(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        if self.chance(0.02) || depth > 6 {
            return self.other();
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.rsplit('/').next().unwrap_or_default();
            let target = self.schemas.get(target).cloned().unwrap_or_default();
            return self.value(&target, name, depth + 1);
        }
        for choice in ["oneOf", "anyOf", "enum"] {
            if let Some(choices) = schema[choice].as_array() {
                let chosen = choices[self.random.random_range(0..choices.len())].clone();
                return match choice {
                    "enum" => chosen,
                    _ => self.value(&chosen, name, depth + 1),
                };
            }
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds[self.random.random_range(0..kinds.len())].as_str(),
            kind => kind.as_str(),
        };
        match kind {
            Some("object") => self.object(schema, depth),
            Some("array") => {
                let count = self.random.random_range(0..4);
                let items = (0..count).map(|_| self.value(&schema["items"], name, depth + 1));
                items.collect()
            }
            Some("integer" | "number") => {
                const NUMBERS: [i64; 8] = [0, 1, -1, 5, 300, 86_401, i64::MAX, i64::MIN];
                NUMBERS[self.random.random_range(0..NUMBERS.len())].into()
            }
            Some("boolean") => self.chance(0.5).into(),
            Some("string") => self.text(name).into(),
            _ => Value::Null,
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut object = Map::new();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema["properties"].as_object().cloned();
        for (name, property) in properties.unwrap_or_default() {
            let is_required = required.iter().any(|required| *required == name.as_str());
            if self.chance(if is_required { 0.97 } else { 0.5 }) {
                let value = self.value(&property, &name, depth + 1);
                object.insert(name, value);
            }
        }
        if schema["additionalProperties"].is_object() && self.chance(0.5) {
            let value = self.value(&schema["additionalProperties"], "", depth + 1);
            object.insert(self.text("name"), value);
        }
        if self.chance(0.02) {
            object.insert("surplus".to_owned(), self.other());
        }
        object.into()
    }

    fn other(&mut self) -> Value {
        match self.random.random_range(0..7) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!([]),
            3 => json!({}),
            4 => json!([[[[[{}]]]]]),
            5 => Number::from_f64(1e308).map_or(Value::Null, Value::Number),
            _ => self.unusual().into(),
        }
    }

    /// Keeps some of the texts of an answer for later requests.
    fn learn(&mut self, value: &Value, name: &str) {
        match value {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| self.learn(value, name)),
            Value::Array(items) => items
                .iter()
                .take(20)
                .for_each(|item| self.learn(item, name)),
            Value::String(text) if text.len() < 200 => {
                // A user of `ws-1` in a path is its `id` elsewhere.
                let place = self.random.random_range(0..40);
                let known = self.learned.entry(name.to_owned()).or_default();
                match known.iter().any(|known| known == text) {
                    true => {}
                    false if known.len() < 40 => known.push(text.clone()),
                    false => known[place] = text.clone(),
                }
            }
            _ => {}
        }
    }
}

/// Encodes, by percent signs, a text for a path or a query.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => write!(encoded, "%{byte:02X}").expect("a text takes it"),
        }
    }
    encoded
}
