//! Messages with which an app reports the progress of its start.

use anyhow::{Context, Result, ensure};
use std::fs;
use vestibule_e2e::{LONG, Role, Scene, Server, free_port, until};

/// An app that reports before each of two steps, and waits in each for a file of the step's name.
const APPS: &str = r#"
[[app]]
name = "loads"
command = ["python3", "-u", "-c", '''
import json, os, sys, time, urllib.request
def report(message):
    with open(os.environ["VESTIBULE_RUN_TOKEN_FILE"]) as file:
        headers = {"Authorization": "Bearer " + file.read(), "Content-Type": "application/json"}
    body = json.dumps({"message": message}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["VESTIBULE_PROGRESS_URL"], body, headers))
for step in ("1", "2"):
    report("Loading part " + step + " of 2")
    while not os.path.exists(step):
        time.sleep(0.05)
os.execvp("python3", ["python3", "-m", "http.server", sys.argv[1], "--bind", "127.0.0.1"])
''', "{port}"]
"#;

#[tokio::test]
async fn newest_message_of_the_app_is_shown_while_it_starts() -> Result<()> {
    let port = free_port()?;
    let server = Server::start_custom(port, port, APPS, "", &[]).await?;
    Scene::play_on(server, async |scene| {
        let page = &scene.page;
        let (_, id) = scene.open_workbench("Model", "loads").await?;
        let go_on = |step: &str| {
            fs::write(scene.server.files(&id).join(step), "").context("failed to write a file")
        };

        page.until_text("Loading part 1 of 2").await?;
        page.until_text("Reported by the app").await?;
        go_on("1")?;
        page.until_text("Loading part 2 of 2").await?;
        until("the first message to go", async || {
            let text = page.text().await?;
            Ok((!text.contains("Loading part 1 of 2")).then_some(()))
        })
        .await?;
        // It doesn't decide the status.
        ensure!(!page.has(Role::Frame, "Model").await?, "the app is shown");

        go_on("2")?;
        page.enter("Model").await?;
        page.find_within(LONG, Role::Heading, "Directory listing for /")
            .await?;
        page.leave().await?;
        let text = page.text().await?;
        ensure!(!text.contains("Reported by the app"), "{text}");
        Ok(())
    })
    .await
}
