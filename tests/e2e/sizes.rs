//! Sizes of workbenches: chosen in the form, named at the end of a run that needs more, and changed.

use crate::web_page;
use anyhow::{Context, Result, ensure};
use vestibule_e2e::{LONG, Role, Scene, Server, free_port};

/// App that needs 200 MB, in sizes with less and with more. `SERVE` is its web page.
const CATALOGUE: &str = r#"
[[app]]
name = "model"
title = "Model"
command = ["python3", "-u", "-c", """
weights = b'w' * 200_000_000
SERVE
""", "{port}"]

[[app.size]]
name = "small"
title = "Small"
memory_mb = 80

[[app.size]]
name = "large"
title = "Large"
cpu = 2
memory_mb = 800
"#;

fn catalogue() -> String {
    CATALOGUE.replace("SERVE", &web_page::serve("Model", "Model of 200 MB"))
}

#[tokio::test]
async fn a_size_that_is_too_small_is_told_and_a_larger_one_runs() -> Result<()> {
    let port = free_port()?;
    let server = Server::start_custom(port, port, &catalogue(), "", &[]).await?;
    Scene::play_on(server, async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/new"))
            .await?;
        page.choose("Model").await?;
        // What of a size this machine does not limit is said before it is chosen for good.
        let apps = api.get("/api/apps").await?.ok()?.json();
        let remark = apps["items"][0]["sizes"][1]["remark"].as_str();
        let remark = remark.context("a remark")?;
        page.pick("Size", "Large: 2 CPUs, 800 MB memory").await?;
        page.until_text(remark).await?;
        page.pick("Size", "Small: 80 MB memory").await?;
        page.click(Role::Button, "Create workbench").await?;
        page.until_text_within(LONG, "The app used more memory than allowed")
            .await?;
        page.until_text("Choose a larger size").await?;
        let path = page.path().await?;
        let id = path.rsplit('/').next().context("an id")?.to_owned();
        let ended = api.get_workbench(&id).await?;
        let said = ended["status"]["conditions"].to_string();
        ensure!(
            said.contains("OOMKilled") && said.contains("80 MB"),
            "{said}"
        );

        page.click(Role::Button, "Edit settings").await?;
        page.find(Role::Dialog, "Edit “Model”").await?;
        page.pick("Size", "Large: 2 CPUs, 800 MB memory").await?;
        page.click(Role::Button, "Save and start").await?;
        page.until_status(LONG, "Running").await?;
        page.enter("Model").await?;
        page.until_text("Model of 200 MB").await?;
        page.leave().await?;
        let running = api.get_workbench(&id).await?;
        ensure!(running["spec"]["size"] == "large", "{running:#}");
        ensure!(running["run"]["number"] == 2, "{running:#}");
        Ok(())
    })
    .await
}
