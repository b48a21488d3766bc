//! A release server with a hostile app, for each way to reach it.

use crate::proxies::{self, Directives, ProxyProcess};
use crate::wire::{self, exchange};
use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vestibule_e2e::{ADMIN, Api, PASSWORD, Server, free_port, until};

const APP: &str = include_str!("evil.py");

const CATALOGUE: &str = r#"
[[app]]
name = "evil"
title = "Evil"
command = ["python3", "-c", "import base64; exec(base64.b64decode('APP'))", "{port}"]
[[app]]
name = "plain"
title = "Plain"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
"#;

/// Way on which attackers reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryPoint {
    /// At its own port.
    Direct,
    /// Through nginx with the documented configuration.
    Nginx,
    /// Through Caddy with the documented configuration.
    Caddy,
}

/// All ways.
pub const ENTRY_POINTS: [EntryPoint; 3] =
    [EntryPoint::Direct, EntryPoint::Nginx, EntryPoint::Caddy];

/// A server with a running hostile app, and the administrator's session.
pub struct Site {
    pub server: Server,
    pub api: Api,
    /// Port that attackers use.
    pub port: u16,
    /// The server's own port.
    pub listens: u16,
    pub workspace: String,
    pub workbench: String,
    /// The app's session cookie.
    pub app_cookie: String,
    _proxy: Option<ProxyProcess>,
}

impl Site {
    /// Returns a site, or `None` if the proxy is not installed.
    pub async fn reached_by(entry: EntryPoint) -> Result<Option<Self>> {
        Self::with(entry, "", &[], Directives::default()).await
    }

    /// Returns a site at its own port; `before` is shell code such as `ulimit -n 128`.
    pub async fn limited(before: &str, flags: &[&str]) -> Result<Self> {
        let site = Self::with(EntryPoint::Direct, before, flags, Directives::default()).await?;
        site.context("there is no proxy that could be missing")
    }

    /// Returns a site with more directives of nginx.
    pub async fn with(
        entry: EntryPoint,
        before: &str,
        flags: &[&str],
        directives: Directives<'_>,
    ) -> Result<Option<Self>> {
        let listens = free_port()?;
        let (port, proxy) = match entry {
            EntryPoint::Direct => (listens, None),
            EntryPoint::Nginx | EntryPoint::Caddy => {
                let port = free_port()?;
                let proxy = match entry {
                    EntryPoint::Caddy => proxies::caddy(port, listens).await?,
                    _ => proxies::nginx(port, listens, directives).await?,
                };
                let Some(proxy) = proxy else {
                    eprintln!("SKIPPED: {entry:?} is not installed");
                    return Ok(None);
                };
                (port, Some(proxy))
            }
        };
        // Braces in it would be placeholders.
        let catalogue = CATALOGUE.replace("APP", &STANDARD.encode(APP));
        let server = Server::start_custom(port, listens, &catalogue, before, flags).await?;
        let api = Api::signed_in(port, ADMIN, PASSWORD).await?;
        let workspace = api.workspace("Lab").await?;
        let workbench = api.workbench(&workspace, "Evil", "evil").await?;
        api.until_status(&workbench, "Running").await?;
        let mut site = Self {
            server,
            api,
            port,
            listens,
            workspace,
            workbench,
            app_cookie: String::new(),
            _proxy: proxy,
        };
        let entered = site.to_app("GET", &site.ticket().await?, "", "").await?;
        let cookie = wire::header(&entered, "set-cookie");
        let cookie = cookie.first().and_then(|cookie| cookie.split(';').next());
        site.app_cookie = cookie.context("no session of the app")?.to_owned();
        Ok(Some(site))
    }

    /// Returns path and query of a new ticket.
    pub async fn ticket(&self) -> Result<String> {
        let url = self.api.ticket(&self.workbench).await?;
        let origin = self.server.app_origin(&self.workbench);
        let path = url.strip_prefix(&origin).context("another origin")?;
        Ok(path.to_owned())
    }

    /// Returns the host of the app.
    pub fn app_host(&self) -> String {
        self.server.app_host(&self.workbench)
    }

    /// Returns the console's session cookie.
    pub fn cookie(&self) -> &str {
        self.api.cookie().unwrap_or_default()
    }

    /// Sends a request to the app's origin with its session; `headers` end with CR LF each.
    pub async fn to_app(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<String> {
        let host = self.app_host();
        let (cookie, length) = (&self.app_cookie, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: {cookie}\r\n{headers}\
             Content-Length: {length}\r\n\r\n{body}"
        );
        exchange(self.port, request).await
    }

    /// Sends a request to the console's origin with the administrator's session.
    pub async fn to_console(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<String> {
        let host = self.server.host();
        let (cookie, length) = (self.cookie(), body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: {cookie}\r\n{headers}\
             Content-Length: {length}\r\n\r\n{body}"
        );
        exchange(self.port, request).await
    }

    /// Returns what the app was sent so far.
    pub async fn app_log(&self) -> Result<Vec<Value>> {
        let answer = self.to_app("GET", "/log", "", "").await?;
        let (_, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        body.lines()
            .map(|line| Ok(serde_json::from_str(line)?))
            .collect()
    }

    /// Returns the number of workspaces.
    pub async fn workspaces(&self) -> Result<usize> {
        let list = self.api.get("/api/workspaces").await?.ok()?.json();
        Ok(list["items"].as_array().map_or(0, Vec::len))
    }

    /// Checks that the server serves its owner, and that the app still runs.
    pub async fn expect_well(&self) -> Result<()> {
        let shown = self.api.get_workbench(&self.workbench).await?;
        ensure!(shown["k8sStatus"] == "Running", "{shown:#}");
        let made = self
            .api
            .post("/api/workspaces", json!({"name": "Still"}))
            .await?;
        ensure!(made.status == 201, "{made:?}");
        until("the app to answer", async || {
            let answer = self.to_app("GET", "/", "", "").await?;
            Ok((wire::status(&answer) == 200).then_some(()))
        })
        .await
    }
}

/// Runs an attack by each way that there is.
pub async fn by_each_entry_point(attack: impl AsyncFn(&Site) -> Result<()>) -> Result<()> {
    for entry in ENTRY_POINTS {
        if let Some(site) = Site::reached_by(entry).await? {
            attack(&site).await.with_context(|| format!("{entry:?}"))?;
        }
    }
    Ok(())
}
