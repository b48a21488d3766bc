//! A certified OpenID Connect provider that runs here, and a person with a browser. Without the
//! provider nothing is tested; `cargo xtask test` installs it.

use crate::support::{Answer, Client, ORIGIN, Server};
use axum::body::Body;
use axum::http::{Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use vestibule_server::oidc::Providers;

/// Settings that let everybody in.
pub const OPEN: &str = "allow_everyone = true";

/// A provider.
pub struct Lab {
    pub address: String,
    pub process: Child,
}

impl Lab {
    /// Starts a provider, or returns `None` where there is none on this machine.
    pub async fn start() -> Option<Self> {
        let Some(main) = std::env::var_os("VESTIBULE_OIDC_PROVIDER") else {
            eprintln!("SKIPPED: VESTIBULE_OIDC_PROVIDER doesn't name an OpenID Connect provider");
            return None;
        };
        // The cause of a refusal is in the log alone.
        let _ = tracing_subscriber::fmt().with_test_writer().try_init();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/provider.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .arg(main)
            .arg(format!("{ORIGIN}/api/auth/providers/lab/callback"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts");
        let output = process.stdout.take().expect("its output");
        let mut lines = BufReader::new(output).lines();
        let port = loop {
            let line = lines.next_line().await.expect("a line");
            let line = line.expect("the provider prints its port");
            if let Some(port) = line.strip_prefix("PORT ") {
                break port.to_owned();
            }
        };
        let lab = Self {
            address: format!("http://127.0.0.1:{port}"),
            process,
        };
        lab.accounts(&json!({"ada-1": ada(&["ml"])})).await;
        Some(lab)
    }

    /// Sets the accounts with their claims.
    pub async fn accounts(&self, accounts: &Value) {
        let mut person = Person::default();
        let path = format!("{}/accounts", self.address);
        let answer = person.send("PUT", &path, accounts.to_string()).await;
        assert_eq!(answer.status(), 200);
    }

    /// Returns a server that has this provider with these rules, and an administrator.
    pub async fn server(&self, rules: &str) -> Server {
        let server = Server::with_settings(|inner| {
            inner.providers = providers(&self.address, rules);
        });
        server.admin().await;
        server
    }
}

/// Returns the claims of a person.
pub fn ada(groups: &[&str]) -> Value {
    json!({
        "name": "Ada Lovelace", "preferred_username": "ada", "email": "ada@example.org",
        "email_verified": true, "groups": groups,
    })
}

/// Returns a provider at this address.
pub fn providers(address: &str, rules: &str) -> Providers {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("providers.toml");
    let text = format!(
        "[[provider]]\nid = \"lab\"\nname = \"The lab\"\nissuer = \"{address}\"\nclient_id = \"vestibule\"\n\
         client_secret_env = \"SECRET\"\nscopes = [\"profile\", \"email\", \"groups\"]\n{rules}\n"
    );
    std::fs::write(&file, text).expect("a file");
    let secret = |_: &str| Some("a secret of the tests".to_owned());
    Providers::load(&file, secret).expect("valid settings")
}

/// A person's browser at the provider.
#[derive(Default)]
pub struct Person {
    cookies: BTreeMap<String, String>,
}

impl Person {
    /// Signs in at the provider as this account, or cancels; returns the path and the query with
    /// which the browser comes back.
    pub async fn visit(&mut self, address: &str, account: Option<&str>) -> String {
        let origin = address.split('/').take(3).collect::<Vec<_>>().join("/");
        let first = self.send("GET", address, String::new()).await;
        let form = format!("{origin}{}", location(&first));
        let body = account.map_or(String::new(), |name| format!("login={name}"));
        let sent = self.send("POST", &form, body).await;
        let back = self.send("GET", &location(&sent), String::new()).await;
        let back = location(&back);
        let path = back.strip_prefix(ORIGIN);
        path.unwrap_or_else(|| panic!("it leads to {back}"))
            .to_owned()
    }

    async fn send(&mut self, method: &str, address: &str, body: String) -> Response<Incoming> {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        let client = Http::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let response = client.request(request).await.expect("an answer");
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let text = cookie.to_str().expect("text");
            let pair = text.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }
}

fn location(response: &Response<Incoming>) -> String {
    let location = response.headers().get(header::LOCATION);
    let location = location.unwrap_or_else(|| panic!("no redirect: {}", response.status()));
    location.to_str().expect("text").to_owned()
}

/// Beginning of a sign-in.
pub struct Begun {
    /// The address at the provider.
    pub address: String,
    /// The cookie of the browser.
    pub cookie: String,
}

/// Begins a sign-in that returns to this path.
pub async fn begin(server: &Server, next: &str) -> Begun {
    let path = format!("/api/auth/providers/lab/start?next={next}");
    let answer = server.client().get(&path).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    Begun {
        address: answer.header("location").to_owned(),
        cookie: answer.cookie(),
    }
}

/// Comes back from the provider, as a browser does from another site.
pub async fn come_back(client: &Client<'_>, path: &str) -> Answer {
    let request = client
        .request(Method::GET, path)
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    client.send(request, Body::empty()).await
}

/// Signs in as this account; returns the last answer.
pub async fn sign_in(server: &Server, account: &str) -> Answer {
    let begun = begin(server, "/account").await;
    let back = Person::default().visit(&begun.address, Some(account)).await;
    come_back(&server.client().with_cookie(&begun.cookie), &back).await
}

/// Returns the session's cookie of a sign-in that succeeded.
pub fn session(answer: &Answer) -> String {
    let cookies = answer.cookies();
    let found = cookies
        .split("; ")
        .find(|one| one.starts_with("__Host-vestibule="));
    found
        .unwrap_or_else(|| panic!("no session: {answer:?}"))
        .to_owned()
}

/// Returns the reason of a sign-in that was refused, which has no session.
pub fn reason(answer: &Answer) -> String {
    assert_eq!(answer.status, 303);
    assert!(
        !answer.cookies().contains("__Host-vestibule="),
        "{answer:?}"
    );
    let location = answer.header("location");
    let query = location.strip_prefix("/sign-in?problem=");
    let query = query.unwrap_or_else(|| panic!("it leads to {location}"));
    query.split('&').next().unwrap_or_default().to_owned()
}
