//! Failures of the page itself: a panic of the console, and code that cannot be fetched.

use anyhow::{Result, ensure};
use serde_json::json;
use vestibule_e2e::{Role, Scene};

/// Makes the next element that the console creates fail, and opens a page. Leptos expects that the
/// browser creates each element, so this is a panic of the release build, provoked from outside.
/// The same script does both, because a stream event may create an element at any time.
const BREAK: &str = "
    const create = Document.prototype.createElement;
    Document.prototype.createElement = function () {
        Document.prototype.createElement = create;
        throw new Error('<b>broken</b> from outside');
    };
    document.querySelector('main a[href$=\"/settings\"]').click();";

#[tokio::test]
async fn panic_shows_a_page_with_reload_and_diagnostics() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        // The clipboard of a browser without a window is not to be relied on.
        let listen = "navigator.clipboard.writeText = async (text) => { window.copied = text; }";
        scene.browser.before_pages(listen).await?;
        let (_, workspace) = scene.open_studio().await?;
        page.find(Role::Heading, "Studio").await?;

        page.execute(BREAK, vec![]).await?;
        page.find(Role::Heading, "Vestibule stopped working")
            .await?;
        page.until_text("Error: <b>broken</b> from outside").await?;

        page.click(Role::Button, "Copy diagnostics").await?;
        page.until_text("Copied").await?;
        let copied = page.execute("return window.copied", vec![]).await?;
        let copied = copied.as_str().unwrap_or_default();
        for part in [
            "Vestibule console",
            "Page: /workspaces/",
            "Browser: ",
            "panicked at",
        ] {
            ensure!(copied.contains(part), "no {part} in {copied}");
        }

        page.click(Role::Button, "Reload page").await?;
        page.until_gone(Role::Heading, "Vestibule stopped working")
            .await?;
        ensure!(
            page.path()
                .await?
                .starts_with(&format!("/workspaces/{workspace}"))
        );
        page.find(Role::Button, "admin").await?;
        Ok(())
    })
    .await
}

/// A page whose code cannot be fetched shows an error, and "Try again" opens it once the code is
/// available. A console built in one piece has no such page.
#[tokio::test]
async fn page_that_could_not_be_fetched_opens_with_try_again() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_studio().await?;
        page.find(Role::Heading, "Studio").await?;
        let modules = "return performance.getEntriesByType('resource')
            .filter((entry) => entry.name.endsWith('.wasm')).length";
        if page.execute(modules, vec![]).await? == json!(1) {
            return Ok(());
        }

        scene.browser.devtools("Network.enable", json!({})).await?;
        let block = |urls: &[&str]| json!({ "urls": urls });
        let name = "Network.setBlockedURLs";
        scene.browser.devtools(name, block(&["*.wasm"])).await?;
        page.click(Role::Link, "Settings").await?;
        page.until_text("This page could not be loaded").await?;
        page.find(Role::Link, "Reload page").await?;
        page.find(Role::Button, "admin").await?;

        scene.browser.devtools(name, block(&[])).await?;
        page.click(Role::Button, "Try again").await?;
        page.find(Role::Button, "Delete workspace").await?;
        Ok(())
    })
    .await
}
