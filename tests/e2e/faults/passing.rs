//! Temporary errors: known data stays on the screen with its age, requests are repeated with
//! backoff, and no reload is needed.

use super::kinds::kinds;
use super::{FLAGS, WORKBENCH, open_covered, open_starting, until_answered};
use anyhow::{Result, ensure};
use serde_json::json;
use std::time::{Duration, Instant};
use vestibule_e2e::{Fault, LONG, RecordedRequest, Role, Scene, until};

/// FIELD 1, 5, 9: no error stops polling, prevents recovery, or signs out.
#[tokio::test]
async fn known_data_stays_with_its_age_until_recovery() -> Result<()> {
    Scene::play_through(&FLAGS, async |scene, proxy| {
        let page = &scene.page;
        let (api, id) = open_starting(scene, proxy).await?;
        for (fault, what) in kinds() {
            let is_counted = !matches!(fault, Fault::Absent);
            proxy.forget();
            proxy.inject(WORKBENCH, fault);
            page.until_text(what).await?;
            page.until_text("Showing data from").await?;
            page.until_text("Reconnecting…").await?;
            let asked = proxy.until_asked(WORKBENCH, 3).await?;
            ensure!(!is_counted || has_pauses(&asked), "{what}: {asked:#?}");
            ensure!(page.has(Role::Region, "Starting").await?, "{what}");
            ensure!(page.has(Role::Heading, "Patient").await?, "{what}");
            ensure!(!page.has(Role::Button, "Sign in").await?, "{what}");

            proxy.inject(WORKBENCH, Fault::Pass);
            until("the notice to go", async || {
                let text = page.text().await?;
                Ok((!text.contains("Showing data from")).then_some(()))
            })
            .await?;
        }
        api.post(&format!("/api/workbenches/{id}/stop"), json!({}))
            .await?
            .ok()?;
        page.until_status(LONG, "Stopped").await
    })
    .await
}

/// Returns `true` if at least the minimum pause separates two requests, however many fail (FIELD 4).
fn has_pauses(asked: &[RecordedRequest]) -> bool {
    let gap = |pair: &[RecordedRequest]| pair[1].at.duration_since(pair[0].at);
    asked
        .windows(2)
        .all(|pair| gap(pair) >= Duration::from_millis(200))
}

/// `Retry-After` is a minimum, also for polls that the event stream or a user's "Keep waiting"
/// would bring forward.
#[tokio::test]
async fn retry_after_is_respected() -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(3);
    Scene::play_through(&FLAGS, async |scene, proxy| {
        let page = &scene.page;
        let (api, id) = open_covered(scene).await?;
        proxy.inject(WORKBENCH, Fault::busy(429, 3));
        until_answered(proxy, 429, 1).await?;
        page.until_text("Showing data from").await?;
        // The stream reports a change at once, and may not bring the next poll forward.
        let path = format!("/api/workbenches/{id}/stop");
        api.post(&path, json!({})).await?.ok()?;
        let refused = until_answered(proxy, 429, 2).await?;
        let count = proxy.asked(WORKBENCH).len();
        proxy.behave();
        // The stream reports the end; polling continues after its pause.
        page.until_status(LONG, "Stopped").await?;
        let asked = proxy.until_asked(WORKBENCH, count + 1).await?;
        for one in &refused {
            let answered: Option<Instant> = one.answered.map(|(_, at)| at);
            let next = asked.iter().find(|other| other.at > one.at);
            let (Some(answered), Some(next)) = (answered, next) else {
                continue;
            };
            let waited = next.at.duration_since(answered);
            // The browser has the response slightly before its recorded time; a poller that doesn't
            // wait at all would poll again within a second.
            let least = PATIENCE - Duration::from_millis(150);
            ensure!(waited >= least, "it waited {waited:?}: {asked:#?}");
        }
        ensure!(asked.iter().any(|one| one.at > refused[1].at), "{asked:#?}");
        Ok(())
    })
    .await
}
