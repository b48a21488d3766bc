//! An API client without a browser, to prepare and to check.

use crate::{LONG, until_within};
use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::task::JoinSet;

/// A response.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// Returns the body as JSON, or null if it isn't JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Returns the response, or an error unless its status is a success.
    pub fn ok(self) -> Result<Self> {
        if !self.status.is_success() {
            bail!("the server answered {}: {}", self.status, self.text);
        }
        Ok(self)
    }

    /// Returns the cookie of `Set-Cookie`, for a `Cookie` header.
    pub fn cookie(&self) -> Option<String> {
        let text = self.headers.get(header::SET_COOKIE)?.to_str().ok()?;
        Some(text.split(';').next()?.to_owned())
    }
}

/// A client, signed in or not.
#[derive(Clone)]
pub struct Api {
    client: Client<HttpConnector, Full<Bytes>>,
    port: u16,
    cookie: Option<String>,
}

impl Api {
    /// Returns a client of this port that isn't signed in.
    pub fn signed_out(port: u16) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            port,
            cookie: None,
        }
    }

    /// Signs in.
    pub async fn signed_in(port: u16, username: &str, password: &str) -> Result<Self> {
        let mut api = Self::signed_out(port);
        let body = json!({"username": username, "password": password});
        let answer = api.post("/api/auth/sign-in", body).await?.ok()?;
        api.cookie = Some(answer.cookie().context("signing in set no cookie")?);
        Ok(api)
    }

    /// Returns the session's cookie, for a `Cookie` header.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Sends GET.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, None).await
    }

    /// Sends POST.
    pub async fn post(&self, path: &str, body: Value) -> Result<Answer> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Sends PUT.
    pub async fn put(&self, path: &str, body: Value) -> Result<Answer> {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// Sends PATCH.
    pub async fn patch(&self, path: &str, body: Value) -> Result<Answer> {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// Sends DELETE.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send(Method::DELETE, path, None).await
    }

    /// Creates a workspace; returns its id.
    pub async fn workspace(&self, name: &str) -> Result<String> {
        let made = self.post("/api/workspaces", json!({"name": name})).await?;
        text(&made.ok()?.json(), "/id")
    }

    /// Creates a workbench, which starts; returns its id.
    pub async fn workbench(&self, workspace: &str, name: &str, app: &str) -> Result<String> {
        self.make(workspace, json!({"name": name, "app": app}))
            .await
    }

    /// Creates a stopped workbench; returns its id.
    pub async fn stopped(&self, workspace: &str, name: &str, app: &str) -> Result<String> {
        let body = json!({"name": name, "app": app, "desired": "Stopped"});
        self.make(workspace, body).await
    }

    /// Creates a workbench with this request body; returns its id.
    pub async fn make(&self, workspace: &str, body: Value) -> Result<String> {
        let path = format!("/api/workspaces/{workspace}/workbenches");
        let made = self.post(&path, body).await?;
        text(&made.ok()?.json(), "/id")
    }

    /// Requests a build of an app; returns its id.
    pub async fn build(&self, workspace: &str, app: &str) -> Result<String> {
        let body = json!({"app": app, "workspaceId": workspace});
        let asked = self.post("/api/builds", body).await?;
        text(&asked.ok()?.json(), "/id")
    }

    /// Creates stopped workbenches "Row 1", "Row 2" and so on, and waits until all were reconciled, so
    /// that their status doesn't change any more.
    pub async fn rows(&self, workspace: &str, count: usize) -> Result<()> {
        const AT_ONCE: usize = 16;
        let mut all = JoinSet::new();
        for first in 1..=AT_ONCE {
            let api = self.clone();
            let workspace = workspace.to_owned();
            all.spawn(async move {
                for number in (first..=count).step_by(AT_ONCE) {
                    let name = format!("Row {number}");
                    api.stopped(&workspace, &name, "welcome").await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(made) = all.join_next().await {
            made.context("a maker of rows gave up")??;
        }
        let path = format!("/api/workspaces/{workspace}/workbenches");
        until_within(LONG * 2, "all rows to be observed", async || {
            let list = self.get(&path).await?.ok()?.json();
            let rows = list["items"].as_array().context("no list")?;
            let is_seen = |row: &Value| row["status"]["observedGeneration"] == row["generation"];
            let left = rows.iter().filter(|row| !is_seen(row)).count();
            ensure!(left == 0, "{left} are not");
            Ok(Some(()))
        })
        .await
    }

    /// Returns id and page of the demo's workbenches, by name.
    pub async fn samples(&self) -> Result<HashMap<String, (String, String)>> {
        let mut samples = HashMap::new();
        let items = |list: Value| list["items"].as_array().cloned().unwrap_or_default();
        for workspace in items(self.get("/api/workspaces").await?.ok()?.json()) {
            let workspace = text(&workspace, "/id")?;
            let path = format!("/api/workspaces/{workspace}/workbenches");
            for workbench in items(self.get(&path).await?.ok()?.json()) {
                let (id, name) = (text(&workbench, "/id")?, text(&workbench, "/name")?);
                let page = format!("/workspaces/{workspace}/sessions/{id}");
                samples.insert(name, (id, page));
            }
        }
        Ok(samples)
    }

    /// Returns the workbench.
    pub async fn get_workbench(&self, workbench: &str) -> Result<Value> {
        let path = format!("/api/workbenches/{workbench}");
        Ok(self.get(&path).await?.ok()?.json())
    }

    /// Waits for this `k8sStatus`; returns the workbench.
    pub async fn until_status(&self, workbench: &str, status: &str) -> Result<Value> {
        let mut seen = Value::Null;
        let what = format!("{workbench} to be {status}");
        until_within(LONG, &what, async || {
            seen = self.get_workbench(workbench).await?;
            if seen["k8sStatus"] == status {
                return Ok(Some(seen.clone()));
            }
            bail!("it is {seen:#}")
        })
        .await
    }

    /// Returns a one-time address of an app.
    pub async fn ticket(&self, workbench: &str) -> Result<String> {
        let path = format!("/api/workbenches/{workbench}/ticket");
        let made = self.post(&path, json!({})).await?;
        text(&made.ok()?.json(), "/url")
    }

    /// Sends a request to any of the server's hosts, with exactly these headers.
    pub async fn raw(
        &self,
        method: Method,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:{}{path}", self.port))
            .header(header::HOST, host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .context("failed to form a request")?;
        let answer = self.client.request(request).await.context("no answer")?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.context("the answer broke off")?;
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        })
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer> {
        let host = format!("vestibule.localhost:{}", self.port);
        let mut headers = Vec::new();
        if let Some(cookie) = &self.cookie {
            headers.push(("cookie", cookie.as_str()));
        }
        let body = body.map(|body| body.to_string());
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let body = body.unwrap_or_default();
        self.raw(method.clone(), &host, path, &headers, &body)
            .await
            .with_context(|| format!("{method} {path}"))
    }
}

fn text(json: &Value, pointer: &str) -> Result<String> {
    let found = json.pointer(pointer).and_then(Value::as_str);
    let found = found.with_context(|| format!("no {pointer} in {json:#}"))?;
    Ok(found.to_owned())
}
