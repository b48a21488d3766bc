//! People: users and their roles, members of a workspace, and shared workbenches.

mod audited;
mod by_header;
mod by_keys;
mod explained;
mod invitations;
mod limits;
mod members;
mod shares;
mod together;
mod users;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use vestibule_e2e::Api;

/// Password of the users of these stories.
const SECRET: &str = "correct horse battery";

/// Creates a user with these grants; returns the id.
async fn user(api: &Api, username: &str, name: &str, grants: Value) -> Result<String> {
    let body = json!({ "username": username, "displayName": name, "password": SECRET,
        "email": format!("{username}@example.org"), "grants": grants });
    let made = api.post("/api/users", body).await?.ok()?.json();
    let id = made["user"]["id"].as_str().context("no id")?;
    Ok(id.to_owned())
}
