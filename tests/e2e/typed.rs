//! Keys that are typed into terminals while they open and while the server restarts.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use vestibule_e2e::{LONG, Role, Scene, until_within};

/// In use, C2: on a slow network the shell runs what was typed, from the click on.
#[tokio::test]
async fn keys_typed_from_the_click_on_reach_the_shell_whole() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let typed = scene.server.files(&id).join("typed");
        // 4 Mbit/s and 150 ms there and back, then at full speed.
        for (round, pause, network) in [
            (1, 80, (150, 500_000)),
            (2, 20, (150, 500_000)),
            (3, 20, (0, -1)),
        ] {
            slow_down(scene, network).await?;
            tokio::time::sleep(Duration::from_millis(700)).await;
            scene.page.click(Role::Button, "New terminal").await?;
            let line = format!("echo round-{round}-abcdefghijklmnopqrstuvwxyz >> typed");
            press(scene, &line, pause).await?;
            press(scene, "\r", pause).await?;
            let expected = format!("round-{round}-abcdefghijklmnopqrstuvwxyz");
            until_last_line(&typed, &expected).await?;
        }
        ensure!(
            std::fs::read_to_string(&typed)?.lines().count() == 3,
            "a line ran twice"
        );
        Ok(())
    })
    .await
}

/// Faults, RH1: a line that a restart of the server cuts runs whole and once.
#[tokio::test]
async fn a_line_typed_while_the_server_restarts_runs_whole_and_once() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let typed = scene.server.files(&id).join("typed");
        scene.page.click(Role::Button, "New terminal").await?;
        press(scene, "echo first >> typed\r", 20).await?;
        until_last_line(&typed, "first").await?;

        press(scene, "echo keep-not", 20).await?;
        scene.server.kill()?;
        press(scene, "-this-", 60).await?;
        scene.page.until_text("Reconnecting").await?;
        press(scene, "one >> typed\r", 20).await?;
        scene
            .page
            .until_text("typed characters will be sent")
            .await?;
        scene.server.start_again().await?;
        until_last_line(&typed, "keep-not-this-one").await?;
        let lines = std::fs::read_to_string(&typed)?;
        ensure!(
            lines == "first\nkeep-not-this-one\n",
            "the shell ran: {lines:?}"
        );

        // Keys for a shell that has ended do not reach the next one.
        press(scene, "exit\rtouch never\r", 5).await?;
        scene.page.until_text_within(LONG, "SessionEnded").await?;
        scene.page.click(Role::Button, "Retry").await?;
        press(scene, "echo anew >> typed\r", 20).await?;
        until_last_line(&typed, "anew").await?;
        ensure!(
            !typed.with_file_name("never").exists(),
            "it ran in another shell"
        );
        Ok(())
    })
    .await
}

/// Sets the latency (ms) and the throughput (bytes a second) of the window's network.
async fn slow_down(scene: &Scene, (latency, throughput): (u32, i64)) -> Result<()> {
    scene.browser.devtools("Network.enable", json!({})).await?;
    let network = json!({
        "offline": false, "latency": latency, "downloadThroughput": throughput, "uploadThroughput": throughput,
    });
    let done = scene
        .browser
        .devtools("Network.emulateNetworkConditions", network);
    done.await.map(drop)
}

/// Presses keys as a person does: each goes to what has the focus at that moment.
async fn press(scene: &Scene, text: &str, pause_millis: u64) -> Result<()> {
    for character in text.chars() {
        let (key, code, text) = match character {
            '\r' => ("Enter".to_owned(), 13, "\r".to_owned()),
            other => (
                other.to_string(),
                u32::from(other.to_ascii_uppercase()),
                other.to_string(),
            ),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" {
                event["text"] = json!(text);
            }
            let pressed = scene
                .browser
                .devtools("Input.dispatchKeyEvent", event)
                .await;
            pressed.context("failed to press a key")?;
        }
        tokio::time::sleep(Duration::from_millis(pause_millis)).await;
    }
    Ok(())
}

async fn until_last_line(file: &Path, expected: &str) -> Result<()> {
    until_within(LONG, &format!("the line {expected:?}"), async || {
        let lines = std::fs::read_to_string(file).unwrap_or_default();
        ensure!(
            lines.lines().last() == Some(expected),
            "the file has {lines:?}"
        );
        Ok(Some(()))
    })
    .await
}
