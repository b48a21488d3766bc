//! Apps are isolated from the console and from each other (FIELD 38).

use anyhow::{Context, Result, ensure};
use http::Method;
use serde_json::json;
use vestibule_e2e::{Role, Scene};

#[tokio::test]
async fn a_framed_page_reaches_neither_the_console_nor_another_workbench() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, hostile) = scene.open_workbench("Hostile", "hostile").await?;
        let workspace = api.get_workbench(&hostile).await?["workspaceId"].clone();
        let workspace = workspace.as_str().context("no workspace")?.to_owned();
        let victim = api.workbench(&workspace, "Victim", "welcome").await?;
        api.until_status(&victim, "Running").await?;

        // The browser holds the cookie of the victim's app, as for a user of both workbenches.
        let console = scene.server.url(&format!("/workspaces/{workspace}/sessions/{victim}"));
        page.goto(&console).await?;
        page.enter("Victim").await?;
        page.find(Role::Timer, "Clock").await?;
        page.leave().await?;
        page.goto(&console.replace(&victim, &hostile)).await?;
        page.enter("Hostile").await?;
        page.find(Role::Heading, "Hostile").await?;
        let script = "const [other, done] = arguments; tryEverything(other).then(done, (e) => done(String(e)))";
        let other = scene.server.app_origin(&victim);
        let found = page
            .client()
            .execute_async(script, vec![json!(other)])
            .await?;

        for attempt in [
            "parentDocument",
            "topLocation",
            "readApi",
            "writeApi",
            "readOther",
            "otherSocket",
        ] {
            let came_of_it = found[attempt].as_str().unwrap_or_default();
            ensure!(came_of_it.starts_with("refused"), "{attempt}: {found:#}");
        }
        ensure!(found["cookies"] == "", "it reads cookies: {found:#}");
        // The app's origin doesn't serve the console, even where the app itself responds to the
        // same paths.
        ensure!(found["ownApi"] != "got 200", "{found:#}");
        // A write may be sent without reading its response; the server refuses it, and it has no
        // effect.
        let workspaces = api.get("/api/workspaces").await?.ok()?.text;
        ensure!(!workspaces.contains("taken over"), "{workspaces}");
        page.leave().await?;
        page.find(Role::Heading, "Hostile").await?;
        ensure!(
            page.path().await?.ends_with(&hostile),
            "it took the window away: {}",
            page.path().await?
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn cookie_is_valid_for_one_workbench_and_ticket_for_one_use() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = scene.studio().await?;
        let mine = api.workbench(&workspace, "Mine", "welcome").await?;
        let other = api.workbench(&workspace, "Other", "welcome").await?;
        api.until_status(&mine, "Running").await?;
        api.until_status(&other, "Running").await?;

        let signed_out = scene.server.signed_out();
        let get = async |host: &str, path: &str, cookie: &str| {
            let cookie = [("cookie", cookie)];
            signed_out.raw(Method::GET, host, path, &cookie, "").await
        };
        let (my_host, other_host) = (scene.server.app_host(&mine), scene.server.app_host(&other));
        let path = async || -> Result<String> {
            let url = api.ticket(&mine).await?;
            let path = url.strip_prefix(&format!("http://{my_host}"));
            Ok(path
                .context("a ticket's address is not on the app's origin")?
                .to_owned())
        };

        // A ticket is invalid on another workbench's origin.
        let shown = get(&other_host, &path().await?, "").await?;
        ensure!(
            shown.cookie().is_none(),
            "a ticket opened another workbench"
        );
        let path = &path().await?;
        let entered = get(&my_host, path, "").await?;
        let cookie = entered.cookie().context("the ticket set no cookie")?;
        let again = get(&my_host, path, "").await?;
        ensure!(again.cookie().is_none(), "a ticket opened twice");

        ensure!(get(&my_host, "/", &cookie).await?.status == 200);
        ensure!(get(&other_host, "/", &cookie).await?.status == 401);
        ensure!(get(&my_host, "/", "").await?.status == 401);
        let renamed = cookie.replace("__Host-vestibule-app", "__Host-vestibule");
        let host = scene.server.host();
        ensure!(get(&host, "/api/auth/me", &renamed).await?.status == 401);
        Ok(())
    })
    .await
}
