//! The console as developers run it: built and served by `trunk serve`, with a server beside it.

use anyhow::{Result, ensure};
use serde_json::json;
use vestibule_e2e::{LONG, Role, Scene};

#[tokio::test]
async fn trunk_serve_passes_sign_in_and_the_event_stream() -> Result<()> {
    Scene::play_behind_trunk(async |scene| {
        let page = &scene.page;
        page.goto(&scene.server.url("/")).await?;
        // A debug build takes a while to compile in the browser.
        page.find_within(LONG, Role::Button, "Sign in").await?;
        scene.sign_in().await?;
        page.find_within(LONG, Role::Heading, "Workspaces").await?;
        ensure!(page.path().await? == "/workspaces");

        // The first event comes while the stream is open, so the proxy doesn't collect the answer.
        let script = "
            const [done] = arguments;
            const stream = new EventSource('/api/runs/stream');
            const end = (text) => { stream.close(); done(text); };
            stream.addEventListener('snapshot', () => end('snapshot'));
            stream.onerror = () => end('error');";
        let event = page.client().execute_async(script, vec![]).await?;
        ensure!(event == json!("snapshot"), "the stream gave {event}");

        // A change also passes: the request carries the console's own origin.
        let (_, workspace) = scene.open_studio().await?;
        page.find_within(LONG, Role::Heading, "Studio").await?;
        ensure!(page.path().await? == format!("/workspaces/{workspace}"));
        Ok(())
    })
    .await
}
