//! The server's check of an app is shown where the user needs it, with the button that helps.

use anyhow::{Result, ensure};
use serde_json::json;
use vestibule_e2e::{Fault, LONG, Role, Scene};

const REPORT: &str = "/api/workbenches/*/embedding";

#[tokio::test]
async fn overlay_of_a_failing_app_leads_to_its_log() -> Result<()> {
    Scene::play_through(&[], async |scene, proxy| {
        let page = &scene.page;
        let seen = json!({
            "runNumber": 1, "verdict": "refused", "why": "app-error", "status": 500,
            "sentence": "The app fails.", "advice": "Read the end of its log.",
            "action": "openLog", "evidence": "500", "explainedByGateway": true,
        });
        proxy.inject(REPORT, Fault::body("application/json", &seen.to_string()));
        scene.open_workbench("Broken", "welcome").await?;
        page.find_within(LONG, Role::Heading, "The app can't be shown here")
            .await?;
        let primary =
            "return document.querySelector('.overlay [data-variant=primary]').innerText.trim()";
        ensure!(page.execute(primary, vec![]).await? == "Show the log");
        page.find(Role::Link, "Open in a new tab").await?;
        page.click(Role::Button, "Show the log").await?;
        page.find(Role::Region, "Details").await?;
        page.until_count(".details-panel #output", 1).await
    })
    .await
}

#[tokio::test]
async fn doubtful_embedding_is_shown_beside_the_running_app() -> Result<()> {
    Scene::play_through(&[], async |scene, proxy| {
        let page = &scene.page;
        let seen = json!({
            "runNumber": 1, "verdict": "doubtful", "why": "cookie-lost", "status": 200,
            "embeddable": true, "sentence": "The app's cookie is not kept inside a frame.",
            "advice": "Open it in a new tab.", "action": "openInNewTab", "evidence": "SameSite=None",
        });
        proxy.inject(REPORT, Fault::body("application/json", &seen.to_string()));
        scene.open_workbench("Doubtful", "welcome").await?;
        page.find_within(LONG, Role::Frame, "Doubtful").await?;
        page.click(Role::Button, "Parts of the app may not work here")
            .await?;
        page.find(Role::Region, "Details").await?;
        page.until_text("cookie is not kept inside a frame").await?;
        page.until_text("cookie-lost SameSite=None").await
    })
    .await
}
