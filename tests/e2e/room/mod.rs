//! The status card of a start, its actions, and the details below it.

mod attempts;
mod cards;
mod details;
mod remedies;
mod reports;
mod steady;

use anyhow::Result;
use serde_json::json;
use vestibule_e2e::{Api, Scene};

/// Creates a workbench with this spec, which starts, and opens its page.
async fn open(
    scene: &Scene,
    name: &str,
    app: &str,
    spec: serde_json::Value,
) -> Result<(Api, String)> {
    let body = json!({ "name": name, "app": app, "spec": spec });
    scene.open_made(body).await
}
