//! The waiting room: the card that tells what is wrong, what it offers, and what there is to know.

mod attempts;
mod cards;
mod details;
mod remedies;

use anyhow::{Context, Result};
use serde_json::json;
use vestibule_e2e::{Api, Scene};

/// A workbench with this spec that has begun to start, and the page that shows it.
async fn open(
    scene: &Scene,
    name: &str,
    app: &str,
    spec: serde_json::Value,
) -> Result<(Api, String)> {
    let api = scene.server.api().await?;
    let workspace = api.workspace("Studio").await?;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let body = json!({ "name": name, "app": app, "spec": spec });
    let made = api.post(&path, body).await?.ok()?.json();
    let id = made["id"].as_str().context("no id")?.to_owned();
    scene
        .open_signed_in(&format!("/workspaces/{workspace}/sessions/{id}"))
        .await?;
    Ok((api, id))
}
