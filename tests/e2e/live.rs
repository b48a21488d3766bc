//! Live updates: by the stream, after connection errors, and with several windows open.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use vestibule_e2e::{Api, LONG, PASSWORD, Page, Role, Scene, until, until_within};

/// Records the streams that a page opens.
const COUNT_STREAMS: &str = "
    window.streams = [];
    const Native = window.EventSource;
    window.EventSource = class extends Native {
        constructor(...given) { super(...given); window.streams.push(this); }
    };";

/// Creates a workspace and opens its page, with a live stream.
async fn open_workspace(scene: &Scene) -> Result<(Api, String)> {
    let (api, workspace) = scene.open_studio().await?;
    until_stream(&scene.page, "live").await?;
    Ok((api, workspace))
}

async fn until_stream(page: &Page, word: &str) -> Result<()> {
    until_feed_is_one_of(page, &[word]).await
}

async fn until_feed_is_one_of(page: &Page, words: &[&str]) -> Result<()> {
    until_within(
        LONG,
        &format!("the stream to be {}", words.join(" or ")),
        async || {
            let script = "return document.querySelector('[data-stream]')?.dataset.stream ?? ''";
            let now = page.execute(script, vec![]).await?;
            ensure!(words.iter().any(|word| now == *word), "it is {now}");
            Ok(Some(()))
        },
    )
    .await
}

/// Stops polling: from here on no poller's pause ends, so updates come by the stream only. (Only the pause between
/// two requests that the stream causes is short.)
async fn stop_asking(page: &Page) -> Result<()> {
    until("a moment without questions", async || {
        let script = "
            const asked = performance.getEntriesByType('resource')
                .filter((one) => one.name.includes('/api/')).map((one) => one.responseEnd);
            if (performance.now() - Math.max(...asked) < 1500) { return false; }
            const last = setTimeout(() => {}, 0);
            for (let id = 0; id <= last; id += 1) { clearTimeout(id); }
            const native = window.setTimeout.bind(window);
            window.setTimeout = (then, after, ...rest) => after > 5000 ? 0 : native(then, after, ...rest);
            return true;";
        let stopped = page.execute(script, vec![]).await?;
        Ok((stopped == true).then_some(()))
    })
    .await
}

/// Returns the number of streams that the window has opened, and of those still open.
async fn streams(page: &Page) -> Result<(u64, u64)> {
    let script = "return [window.streams.length, window.streams.filter((one) => one.readyState !== 2).length]";
    let counts = page.execute(script, vec![]).await?;
    let count = |place: usize| counts[place].as_u64().context("no count");
    Ok((count(0)?, count(1)?))
}

/// FIELD 19: starts by other users appear by the stream alone.
#[tokio::test]
async fn starts_by_other_users_appear_without_polling() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open_workspace(scene).await?;
        let page = &scene.page;
        stop_asking(page).await?;
        let id = api
            .workbench(&workspace, "From elsewhere", "welcome")
            .await?;
        page.find(Role::Link, "From elsewhere").await?;
        api.until_status(&id, "Running").await?;
        page.until_count("tr [data-k8s-status=Running]", 1).await
    })
    .await
}

/// Changes of a workspace appear on every page that shows it, by the stream alone.
#[tokio::test]
async fn renamed_or_deleted_workspace_is_shown_at_once() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open_workspace(scene).await?;
        let page = &scene.page;
        let own = format!("/api/workspaces/{workspace}");
        stop_asking(page).await?;
        let rename = async |name: &str| api.patch(&own, json!({"name": name})).await?.ok();
        rename("Atelier").await?;
        page.find(Role::Heading, "Atelier").await?;

        page.click(Role::Link, "Create a workbench").await?;
        page.fill("Name", "Half a na").await?;
        page.find(Role::Link, "Atelier").await?;
        rename("Loft").await?;
        page.find(Role::Link, "Loft").await?;
        api.delete(&own).await?.ok()?;
        let title = "This workspace was deleted";
        page.find(Role::Heading, title).await?;
        let typed = "return document.querySelector('#workbench-name')?.value";
        let typed = page.execute(typed, vec![]).await?;
        ensure!(typed == "Half a na", "the field contains {typed}");

        page.goto(&scene.server.url("/workspaces")).await?;
        until_stream(page, "live").await?;
        stop_asking(page).await?;
        let other = api.workspace("Cellar").await?;
        page.click(Role::Link, "Cellar").await?;
        page.find(Role::Heading, "No workbenches yet").await?;
        api.delete(&format!("/api/workspaces/{other}"))
            .await?
            .ok()?;
        page.find(Role::Heading, title).await?;
        page.click(Role::Link, "Go to workspaces").await?;
        page.until_gone(Role::Link, "Cellar").await
    })
    .await
}

/// A page whose workbench another user deletes names that user, and leads to the workspace.
#[tokio::test]
async fn a_workbench_that_somebody_else_deletes_is_said_to_be_deleted_by_them() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        scene.server.add_administrator("bob")?;
        let bob = Api::signed_in(scene.server.port(), "bob", PASSWORD).await?;
        let open = async |id: &str| {
            let path = format!("/workspaces/{workspace}/sessions/{id}");
            scene.open_signed_in(&path).await
        };
        let theirs = api.stopped(&workspace, "Shared", "welcome").await?;
        open(&theirs).await?;
        page.find(Role::Heading, "Shared").await?;
        // Only the stream names the user.
        until_stream(page, "live").await?;
        bob.delete(&format!("/api/workbenches/{theirs}"))
            .await?
            .ok()?;
        page.find_within(LONG, Role::Heading, "bob deleted this workbench")
            .await?;
        page.click(Role::Link, "Go to the workspace").await?;
        page.find(Role::Heading, "Studio").await?;

        let own = api.stopped(&workspace, "Own", "welcome").await?;
        open(&own).await?;
        page.find(Role::Heading, "Own").await?;
        until_stream(page, "live").await?;
        api.delete(&format!("/api/workbenches/{own}")).await?.ok()?;
        page.find_within(LONG, Role::Heading, "You deleted this workbench")
            .await?;
        Ok(())
    })
    .await
}

/// FIELD 5, 29, 30: the stream reconnects by itself and delivers missed events.
#[tokio::test]
async fn stream_reconnects_after_a_server_restart_without_a_reload() -> Result<()> {
    Scene::play(async |scene| {
        let (_, workspace) = open_workspace(scene).await?;
        scene.server.kill()?;
        // After a few seconds without a server the data is stale.
        until_feed_is_one_of(&scene.page, &["reconnecting", "stale"]).await?;
        scene.server.start_again().await?;
        until_stream(&scene.page, "live").await?;
        let api = scene.server.api().await?;
        let page = &scene.page;
        stop_asking(page).await?;
        api.workbench(&workspace, "After all", "welcome").await?;
        page.find(Role::Link, "After all").await?;
        ensure!(!page.has(Role::Button, "Sign in").await?, "it signed out");
        Ok(())
    })
    .await
}

/// FIELD 26: without a network the page shows that; with one it continues.
#[tokio::test]
async fn network_loss_is_shown_and_missed_changes_arrive_afterwards() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open_workspace(scene).await?;
        let page = &scene.page;
        scene.browser.set_offline(true).await?;
        until_stream(page, "offline").await?;
        page.until_text("You're offline").await?;
        api.workbench(&workspace, "Meanwhile", "welcome").await?;
        scene.browser.set_offline(false).await?;
        until_stream(page, "live").await?;
        page.find(Role::Link, "Meanwhile").await?;
        let text = page.text().await?;
        ensure!(!text.contains("offline"), "{text}");
        Ok(())
    })
    .await
}

/// FIELD 27: a browser opens six connections to a server; all windows together use one for the
/// stream.
#[tokio::test]
async fn two_windows_share_one_stream_and_the_second_takes_over() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(COUNT_STREAMS).await?;
        let (api, workspace) = open_workspace(scene).await?;
        ensure!(streams(page).await? == (1, 1), "the first leads");

        let client = page.client().clone();
        let first = client.window().await?;
        let second = client.new_window(false).await?.handle;
        client.switch_to_window(second.clone()).await?;
        scene.browser.before_pages(COUNT_STREAMS).await?;
        let url = scene.server.url(&format!("/workspaces/{workspace}"));
        page.goto(&url).await?;
        until_stream(page, "live").await?;
        ensure!(
            streams(page).await? == (0, 0),
            "the second has one of its own"
        );
        stop_asking(page).await?;
        api.workbench(&workspace, "For both", "welcome").await?;
        page.find(Role::Link, "For both").await?;
        page.goto(&url).await?;
        until_stream(page, "live").await?;

        client.switch_to_window(first).await?;
        page.find(Role::Link, "For both").await?;
        client.close_window().await?;
        client.switch_to_window(second).await?;
        until("the second to take over", async || {
            Ok((streams(page).await? == (1, 1)).then_some(()))
        })
        .await?;
        until_stream(page, "live").await?;
        stop_asking(page).await?;
        api.workbench(&workspace, "For one", "welcome").await?;
        page.find(Role::Link, "For one").await?;
        ensure!(streams(page).await? == (1, 1));
        Ok(())
    })
    .await
}

/// Signing out in one window closes its stream and is noticed by the other window.
#[tokio::test]
async fn signing_out_closes_the_stream() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(COUNT_STREAMS).await?;
        open_workspace(scene).await?;
        let script = "
            const done = arguments[arguments.length - 1];
            fetch('/api/auth/sign-out', {
                method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}',
            }).then((answer) => done(answer.status), (error) => done(String(error)));";
        let status = page.client().execute_async(script, vec![]).await?;
        ensure!(status == json!(200) || status == json!(204), "{status}");
        // The server ends the stream of an ended session at its next heartbeat.
        page.find_within(LONG, Role::Button, "Sign in").await?;
        until("no stream to be open", async || {
            Ok((streams(page).await?.1 == 0).then_some(()))
        })
        .await
    })
    .await
}
