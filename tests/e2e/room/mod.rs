//! The waiting room: the card that tells what is wrong, what it offers, and what there is to know.

mod attempts;
mod cards;
mod details;
mod remedies;

use anyhow::Result;
use serde_json::json;
use vestibule_e2e::{Api, Scene};

/// A workbench with this spec that has begun to start, and the page that shows it.
async fn open(
    scene: &Scene,
    name: &str,
    app: &str,
    spec: serde_json::Value,
) -> Result<(Api, String)> {
    let body = json!({ "name": name, "app": app, "spec": spec });
    scene.open_made(body).await
}
