//! Users whom a proxy names in a header.

use anyhow::{Result, ensure};
use serde_json::json;
use vestibule_e2e::{LONG, Role, Scene};

const FLAGS: [&str; 5] = [
    "--user-header",
    "X-Forwarded-User",
    "--user-header-from",
    "127.0.0.1",
    "--user-header-creates",
];

/// Sends the header with every request of the browser, as a proxy in front does.
async fn name(scene: &Scene, user: &str) -> Result<()> {
    let headers = json!({ "headers": { "X-Forwarded-User": user } });
    scene.browser.devtools("Network.enable", json!({})).await?;
    let set = scene
        .browser
        .devtools("Network.setExtraHTTPHeaders", headers);
    set.await.map(drop)
}

#[tokio::test]
async fn a_user_continues_as_the_proxy_names_them_until_it_names_another() -> Result<()> {
    Scene::play_with(&FLAGS, async |scene| {
        let page = &scene.page;
        name(scene, "ada").await?;
        page.goto(&scene.server.url("/account?from=story")).await?;
        page.click(Role::Button, "Continue as ada").await?;
        page.find(Role::Heading, "Account").await?;
        let path = page.path().await?;
        ensure!(path.starts_with("/account"), "it is at {path}");

        name(scene, "bob").await?;
        page.find_within(LONG, Role::Button, "Continue as bob")
            .await?;
        page.click(Role::Button, "Continue as bob").await?;
        page.find(Role::Button, "bob").await?;
        Ok(())
    })
    .await
}
