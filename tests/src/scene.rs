//! A server and a browser for one story, with a report of its failure.

use crate::api::Api;
use crate::browser::Browser;
use crate::fault_proxy::FaultProxy;
use crate::page::{Page, Role};
use crate::provider::Provider;
use crate::server::{ADMIN, PASSWORD, Server};
use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Time limit of a story.
const LIMIT: Duration = Duration::from_secs(150);
/// Time limit of a story that observes or measures for a while.
const LONG_LIMIT: Duration = Duration::from_secs(600);

/// Initial state of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// With an administrator.
    Ready,
    /// Without one; the set-up link is still valid.
    New,
}

/// Server, browser and page of a story.
pub struct Scene {
    /// Server.
    pub server: Server,
    /// Browser.
    pub browser: Browser,
    /// Page of the browser.
    pub page: Page,
}

impl Scene {
    /// Runs a story with a server that has an administrator.
    pub async fn play(story: impl AsyncFnOnce(&mut Self) -> Result<()>) -> Result<()> {
        Self::play_in(Setting::Ready, story).await
    }

    /// Runs a story.
    pub async fn play_in(
        setting: Setting,
        story: impl AsyncFnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let server = Server::start(setting == Setting::Ready).await?;
        Self::play_on(server, story).await
    }

    /// Runs a story with a server that has an administrator and these flags.
    pub async fn play_with(
        flags: &[&str],
        story: impl AsyncFnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        Self::play_on(Server::start_with(true, flags).await?, story).await
    }

    /// Runs a story that begins with the server of an earlier version, which has an administrator.
    pub async fn play_earlier(
        binary: PathBuf,
        story: impl AsyncFnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        Self::play_on(Server::start_earlier(binary).await?, story).await
    }

    /// Runs a story with a fault-injecting proxy between browser and server.
    pub async fn play_through(
        flags: &[&str],
        story: impl AsyncFnOnce(&mut Self, &FaultProxy) -> Result<()>,
    ) -> Result<()> {
        let (server, proxy) = Server::start_behind_proxy(flags).await?;
        Self::play_on(server, async |scene| story(scene, &proxy).await).await
    }

    /// Runs a story with an identity provider, whose rules are these lines of its settings.
    pub async fn play_with_provider(
        rules: &str,
        story: impl AsyncFnOnce(&mut Self, &mut Provider) -> Result<()>,
    ) -> Result<()> {
        let (server, mut provider) = Server::start_with_provider(rules).await?;
        Self::play_on(server, async |scene| story(scene, &mut provider).await).await
    }

    /// Runs a story with the console that `trunk serve` builds and serves.
    pub async fn play_behind_trunk(story: impl AsyncFnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let (server, _trunk) = Server::start_behind_trunk().await?;
        Self::play_on(server, story).await
    }

    /// Runs a long story with a server that has an administrator.
    pub async fn play_longer<T>(watch: impl AsyncFnOnce(&mut Self) -> Result<T>) -> Result<T> {
        Self::play_within(LONG_LIMIT, Server::start(true).await?, watch).await
    }

    /// Runs a story on a server that was started already.
    pub async fn play_on(
        server: Server,
        story: impl AsyncFnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        Self::play_within(LIMIT, server, story).await
    }

    /// Runs a story that takes as long as this on a server that was started already.
    pub async fn play_on_within(
        limit: Duration,
        server: Server,
        story: impl AsyncFnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        Self::play_within(limit, server, story).await
    }

    async fn play_within<T>(
        limit: Duration,
        server: Server,
        story: impl AsyncFnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let browser = Browser::start().await?;
        let page = browser.page();
        let mut scene = Self {
            server,
            browser,
            page,
        };
        let outcome = tokio::time::timeout(limit, story(&mut scene)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(anyhow!("the story took too long")));
        match outcome {
            Ok(value) => Ok(value),
            Err(error) => Err(anyhow!("{error:#}\n{}", scene.account().await)),
        }
    }

    /// Signs in on the sign-in page.
    pub async fn sign_in(&self) -> Result<()> {
        self.page.fill("Username", ADMIN).await?;
        self.page.fill("Password", PASSWORD).await?;
        self.page.click(Role::Button, "Sign in").await
    }

    /// Signs in by the API, and opens the console at a path.
    pub async fn open_signed_in(&self, path: &str) -> Result<()> {
        self.open_as(ADMIN, PASSWORD, path).await
    }

    /// Signs in as another user by the API, and opens the console at a path.
    pub async fn open_as(&self, username: &str, password: &str, path: &str) -> Result<()> {
        self.page.goto(&self.server.url("/sign-in")).await?;
        let script = "
            const [username, password, done] = arguments;
            fetch('/api/auth/sign-in', {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ username, password }),
            }).then((answer) => done(answer.status), (error) => done(String(error)));";
        let client = self.page.client();
        let status = client
            .execute_async(script, vec![json!(username), json!(password)])
            .await?;
        if status != 200 && status != 204 {
            return Err(anyhow!("signing in by the API answered {status}"));
        }
        self.page.goto(&self.server.url(path)).await
    }

    /// Creates a workspace "Studio"; returns it with an API client.
    pub async fn studio(&self) -> Result<(Api, String)> {
        let api = self.server.api().await?;
        let workspace = api.workspace("Studio").await?;
        Ok((api, workspace))
    }

    /// Creates a workspace "Studio" and opens its page.
    pub async fn open_studio(&self) -> Result<(Api, String)> {
        let (api, workspace) = self.studio().await?;
        self.open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        Ok((api, workspace))
    }

    /// Creates a workspace with a workbench that starts, and opens its page.
    pub async fn open_workbench(&self, name: &str, app: &str) -> Result<(Api, String)> {
        self.open_made(json!({"name": name, "app": app})).await
    }

    /// Creates a workspace with this workbench, and opens its page.
    pub async fn open_made(&self, body: Value) -> Result<(Api, String)> {
        let (api, workspace) = self.studio().await?;
        let workbench = api.make(&workspace, body).await?;
        self.open_signed_in(&format!("/workspaces/{workspace}/sessions/{workbench}"))
            .await?;
        Ok((api, workbench))
    }

    /// Describes page, console and log.
    async fn account(&self) -> String {
        let mut text = String::new();
        let client = self.page.client();
        let url = client.current_url().await;
        let _ = write!(
            text,
            "--- page: {}",
            url.map_or_else(|error| error.to_string(), |url| url.to_string())
        );
        let shown = self.page.text().await;
        let _ = write!(
            text,
            "\n{}",
            shown.unwrap_or_else(|error| error.to_string())
        );
        if let Ok(path) = self.picture().await {
            let _ = write!(text, "\n--- picture: {path}");
        }
        let _ = write!(text, "\n--- browser's console");
        for line in self.browser.console().await.unwrap_or_default() {
            let _ = write!(
                text,
                "\n{} {}: {}",
                line["level"], line["source"], line["message"]
            );
        }
        let log = self.server.log();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(60)..].join("\n");
        let _ = write!(text, "\n--- server's log, last lines\n{last}");
        text
    }

    async fn picture(&self) -> Result<String> {
        let picture = self.page.client().screenshot().await?;
        let file = tempfile::Builder::new()
            .prefix("vestibule-e2e-")
            .suffix(".png")
            .tempfile()
            .context("failed to make a file")?;
        let (_, path) = file.keep().context("failed to keep the picture")?;
        fs::write(&path, picture).context("failed to write the picture")?;
        Ok(path.display().to_string())
    }
}
