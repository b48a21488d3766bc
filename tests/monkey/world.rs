//! The server of an episode: its workspaces, workbenches and users, and what happens on it meanwhile.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use vestibule_e2e::monkey::{Row, ServerStep};
use vestibule_e2e::{ADMIN, Api, PASSWORD, Server, signal, with_text_in_command};

/// The second user, who works in the workspace; her role there changes.
pub const ADA: &str = "ada";
/// A user without a grant.
const BOB: &str = "bob";
/// Their first password.
const SECRET: &str = "correct horse battery";

/// Workbenches at the beginning: identifier, name, app, and whether they start.
const BENCHES: [(&str, &str, &str, bool); 7] = [
    ("wb-alpha", "Alpha", "welcome", true),
    ("wb-beta", "Beta", "brief", true),
    ("wb-gamma", "Gamma", "missing", true),
    ("wb-delta", "Delta", "slow", true),
    ("wb-echo", "Echo", "scribe", true),
    ("wb-omega", "Omega", "deaf", true),
    ("wb-zeta", "Zeta", "welcome", false),
];

/// Pages, with the names of what they are about in place of identifiers.
const PLACES: [&str; 22] = [
    "/workspaces",
    "/workspaces/@Studio",
    "/workspaces/@Annex",
    "/workspaces/@Studio/new",
    "/workspaces/@Studio/settings",
    "/workspaces/@Studio/builds",
    "/workspaces/@Studio/builds/@build",
    "/workspaces/@Studio/sessions/wb-alpha",
    "/workspaces/@Studio/sessions/wb-beta",
    "/workspaces/@Studio/sessions/wb-gamma",
    "/workspaces/@Studio/sessions/wb-echo",
    "/workspaces/@Studio/sessions/wb-omega",
    "/workspaces/@Studio/sessions/wb-zeta",
    "/workspaces/@Studio/sessions/wb-gamma/runs/1",
    "/account",
    "/admin/users",
    "/admin/users/@bob",
    "/admin/roles",
    "/admin/audit",
    "/admin/limits",
    "/enter/wb-alpha",
    "/no/such/page",
];

/// The server with what was made on it.
pub struct World {
    pub server: Server,
    /// Clients of the API by username.
    apis: HashMap<&'static str, Api>,
    passwords: HashMap<&'static str, String>,
    studio: String,
    /// Identifiers by the names in [`PLACES`].
    ids: Vec<(String, String)>,
}

impl World {
    /// Starts a server and makes its content.
    pub async fn new() -> Result<Self> {
        let server = Server::start(true).await?;
        let admin = server.api().await?;
        let studio = admin.workspace("Studio").await?;
        let annex = admin.workspace("Annex").await?;
        let mut ids = vec![
            ("Studio".to_owned(), studio.clone()),
            ("Annex".to_owned(), annex.clone()),
        ];
        for (name, grants) in [
            (
                ADA,
                json!([{ "role": "workspace-maintainer", "scope": { "workspace": studio } }]),
            ),
            (BOB, json!([])),
        ] {
            let body = json!({ "username": name, "displayName": name, "password": SECRET,
                "email": format!("{name}@example.org"), "grants": grants });
            let made = admin.post("/api/users", body).await?.ok()?.json();
            let id = made["user"]["id"].as_str().context("no id")?;
            ids.push((name.to_owned(), id.to_owned()));
        }
        for (id, name, app, starts) in BENCHES {
            let desired = if starts { "Running" } else { "Stopped" };
            admin
                .make(
                    &studio,
                    json!({ "id": id, "name": name, "app": app, "desired": desired }),
                )
                .await?;
        }
        ids.push(("build".to_owned(), admin.build(&studio, "crooked").await?));
        let ada = Api::signed_in(server.port(), ADA, SECRET).await?;
        Ok(Self {
            server,
            apis: [(ADMIN, admin), (ADA, ada)].into(),
            passwords: [(ADMIN, PASSWORD.to_owned()), (ADA, SECRET.to_owned())].into(),
            studio,
            ids,
        })
    }

    /// Returns the addresses that a window may open.
    pub fn places() -> Vec<String> {
        PLACES.map(str::to_owned).to_vec()
    }

    /// Returns the path with identifiers in place of names.
    pub fn path(&self, place: &str) -> String {
        let mut path = place.to_owned();
        for (name, id) in &self.ids {
            path = path.replace(&format!("@{name}"), id);
        }
        path
    }

    /// Returns the path with names in place of identifiers, for a later world.
    pub fn place(&self, path: &str) -> String {
        let mut place = path.to_owned();
        for (name, id) in &self.ids {
            place = place.replace(id, &format!("@{name}"));
        }
        place
    }

    /// Returns the password of a user who can sign in; a user whom the monkey has locked out is let in
    /// again.
    pub async fn password_of(&mut self, user: &'static str) -> Result<String> {
        let password = self.passwords.get(user).cloned().context("no such user")?;
        let port = self.server.port();
        if let Ok(api) = Api::signed_in(port, user, &password).await {
            self.apis.insert(user, api);
            return Ok(password);
        }
        ensure!(user != ADMIN, "the administrator can't sign in any more");
        let admin = self.api(ADMIN).await?;
        let scope = json!({ "workspace": self.studio });
        let grants = json!([{ "role": "workspace-maintainer", "scope": scope }]);
        let body = json!({ "username": user, "password": SECRET, "grants": grants });
        let made = admin.post("/api/users", body).await?;
        let password = if made.status.is_success() {
            SECRET.to_owned()
        } else {
            let found = admin
                .get(&format!("/api/users?search={user}"))
                .await?
                .ok()?
                .json();
            let items = found["items"].as_array().cloned().unwrap_or_default();
            let found = items.iter().find(|one| one["username"] == user);
            let id = found
                .and_then(|one| one["id"].as_str())
                .context("the user is gone")?;
            let path = format!("/api/users/{id}");
            admin
                .patch(&path, json!({ "disabled": false }))
                .await?
                .ok()?;
            let new = admin
                .post(&format!("{path}/password"), json!({}))
                .await?
                .ok()?
                .json();
            new["password"].as_str().context("no password")?.to_owned()
        };
        self.apis
            .insert(user, Api::signed_in(port, user, &password).await?);
        self.passwords.insert(user, password.clone());
        Ok(password)
    }

    async fn api(&mut self, user: &'static str) -> Result<Api> {
        let api = self.apis.get(user).cloned().context("no such user")?;
        if api.get("/api/auth/me").await?.status != 401 {
            return Ok(api);
        }
        // The monkey has ended this session.
        let password = self.passwords.get(user).cloned().unwrap_or_default();
        let api = Api::signed_in(self.server.port(), user, &password).await?;
        self.apis.insert(user, api.clone());
        Ok(api)
    }

    /// Returns what the API tells a user about the subject of a page, or `None` if it refuses.
    pub async fn rows(
        &mut self,
        user: &'static str,
        kind: &str,
        id: &str,
    ) -> Result<Option<Vec<Row>>> {
        let Ok(api) = self.api(user).await else {
            return Ok(None);
        };
        let path = match kind {
            "workbench" => format!("/api/workbenches/{id}"),
            "workspace" => format!("/api/workspaces/{id}/workbenches"),
            _ => "/api/workspaces".to_owned(),
        };
        let answer = api.get(&path).await?;
        if answer.status == 404 {
            return Ok(Some(Vec::new()));
        }
        if !answer.status.is_success() {
            return Ok(None);
        }
        let json = answer.json();
        let items = match json["items"].as_array() {
            Some(items) => items.clone(),
            None => vec![json],
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let row = |item: &Value| Row {
            id: text(&item["id"]),
            name: text(&item["name"]),
            status: text(&item["k8sStatus"]),
        };
        Ok(Some(items.iter().map(row).collect()))
    }

    /// Does what happens on the server. A refusal, for example of a start while a run is stopping, is part of it.
    pub async fn happen(&mut self, step: &ServerStep) -> Result<()> {
        let admin = self.api(ADMIN).await?;
        let studio = self.studio.clone();
        match step {
            ServerStep::Create { name, app } => {
                let body = json!({ "name": name, "app": app });
                let path = format!("/api/workspaces/{studio}/workbenches");
                admin.post(&path, body).await?;
            }
            ServerStep::Start { which } => self.command(&admin, *which, "start").await?,
            ServerStep::Stop { which } => self.command(&admin, *which, "stop").await?,
            ServerStep::Restart { which } => self.command(&admin, *which, "restart").await?,
            ServerStep::Delete { which } => {
                if let Some(id) = self.bench(&admin, *which).await? {
                    admin.delete(&format!("/api/workbenches/{id}")).await?;
                }
            }
            ServerStep::Rename { which, name } => {
                if let Some(id) = self.bench(&admin, *which).await? {
                    let body = json!({ "name": name });
                    admin.patch(&format!("/api/workbenches/{id}"), body).await?;
                }
            }
            ServerStep::Share { which } => {
                if let Some(id) = self.bench(&admin, *which).await? {
                    let body = json!({ "user": ADA, "role": "workspace-viewer" });
                    admin
                        .post(&format!("/api/workbenches/{id}/shares"), body)
                        .await?;
                }
            }
            ServerStep::Kill { which } => {
                if let Some(id) = self.bench(&admin, *which).await? {
                    kill_app(&self.server.folder().display().to_string(), &id);
                }
            }
            ServerStep::Build { app } => {
                let body = json!({ "app": app, "workspaceId": studio });
                admin.post("/api/builds", body).await?;
            }
            ServerStep::Role { role } => {
                let path = format!("/api/workspaces/{studio}/members/{ADA}");
                admin.put(&path, json!({ "role": role })).await?;
            }
            ServerStep::Secret { name, is_set } => {
                let path = format!("/api/workspaces/{studio}/secrets/{name}");
                if *is_set {
                    admin.put(&path, json!({ "value": "quiet" })).await?;
                } else {
                    admin.delete(&path).await?;
                }
            }
        }
        Ok(())
    }

    async fn command(&self, admin: &Api, which: usize, verb: &str) -> Result<()> {
        if let Some(id) = self.bench(admin, which).await? {
            let path = format!("/api/workbenches/{id}/{verb}");
            admin.post(&path, json!({})).await?;
        }
        Ok(())
    }

    /// Returns the identifier of a workbench by its place in the order of names.
    async fn bench(&self, admin: &Api, which: usize) -> Result<Option<String>> {
        let path = format!("/api/workspaces/{}/workbenches", self.studio);
        let answer = admin.get(&path).await?;
        if answer.status == 404 {
            // The monkey has deleted the workspace.
            return Ok(None);
        }
        let list = answer.ok()?.json();
        let Some(items) = list["items"].as_array() else {
            bail!("no list: {list}");
        };
        let mut all: Vec<(&str, &str)> = items
            .iter()
            .filter_map(|one| Some((one["name"].as_str()?, one["id"].as_str()?)))
            .collect();
        all.sort_unstable();
        let count = all.len();
        Ok((count > 0).then(|| all[which % count].1.to_owned()))
    }
}

/// Kills the processes of a workbench's app, not those that supervise it.
fn kill_app(folder: &str, id: &str) {
    for process in with_text_in_command(folder) {
        let command = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command);
        if command.contains(id) && !command.contains("supervise") {
            signal(process, "KILL");
        }
    }
}
