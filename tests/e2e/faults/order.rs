//! Late responses: newer data is kept, and independent requests don't wait for them.

use super::{FLAGS, WORKBENCH, open_covered};
use anyhow::{Result, ensure};
use vestibule_e2e::{Fault, LONG, Role, Scene, until};

/// Records each heading of the page of a workbench.
const LISTEN: &str = "
    window.words = [];
    new MutationObserver(() => {
        const word = document.querySelector('.room section[data-kind]')?.ariaLabel;
        if (word && word !== window.words.at(-1)) { window.words.push(word); }
    }).observe(document.body, { subtree: true, childList: true, attributes: true });";

/// FIELD 3: slow responses that arrive out of order.
#[tokio::test]
async fn outdated_response_is_dropped() -> Result<()> {
    Scene::play_through(&FLAGS, async |scene, proxy| {
        let page = &scene.page;
        open_covered(scene).await?;
        proxy.forget();
        proxy.inject(WORKBENCH, Fault::Hold);
        let held = proxy.until_asked(WORKBENCH, 1).await?;
        ensure!(held[0].answered.is_none(), "it is not held: {held:?}");
        page.execute(LISTEN, vec![]).await?;
        page.click(Role::Button, "Cancel").await?;
        page.find(Role::Region, "Ended").await?;

        // The held response says "Starting"; the event stream has reported newer states by now.
        proxy.release();
        let first = until("the held answer to be given", async || {
            let first = proxy.asked(WORKBENCH).into_iter().next();
            Ok(first.filter(|first| first.answered.is_some()))
        })
        .await?;
        ensure!(first.answered.is_some_and(|(status, _)| status != 502));
        proxy.behave();
        page.until_status(LONG, "Stopped").await?;
        page.find(Role::Region, "Ended").await?;
        let words = page.execute("return window.words", vec![]).await?;
        let words: Vec<&str> = words
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|word| word.as_str())
            .skip_while(|word| *word != "Stopping")
            .collect();
        ensure!(words == ["Stopping", "Ended"], "it went {words:?}");
        Ok(())
    })
    .await
}

/// On a slow network every response takes long: independent requests are sent at once.
#[tokio::test]
async fn user_settings_and_page_are_requested_in_parallel() -> Result<()> {
    const ME: &str = "/api/auth/me";
    const SETTINGS: &str = "/api/config";
    Scene::play_through(&FLAGS, async |scene, proxy| {
        let (_, workbench) = open_covered(scene).await?;
        let path = scene.page.path().await?;
        // From here on the page doesn't poll.
        scene.page.goto("about:blank").await?;
        proxy.inject(ME, Fault::Hold);
        proxy.inject(SETTINGS, Fault::Hold);
        proxy.forget();
        scene.page.goto(&scene.server.url(&path)).await?;
        proxy.until_asked(ME, 1).await?;
        proxy.until_asked(SETTINGS, 1).await?;
        until("the page's own part to be there", async || {
            let came = "return performance.getEntriesByType('resource')
                .filter((one) => one.responseEnd > 0).map((one) => new URL(one.name).pathname)";
            let came = scene.page.execute(came, vec![]).await?.to_string();
            // A console in one piece has no other code to fetch.
            let is_split = came.contains("/split.js");
            let has_part = came.split(['/', '-', '.']).any(|part| part == "workbench");
            Ok((!is_split || has_part).then_some(()))
        })
        .await?;
        let early = proxy.asked(&format!("/api/workbenches/{workbench}"));
        ensure!(early.is_empty(), "who asks is not known yet: {early:?}");
        proxy.behave();
        scene.page.find(Role::Region, "Starting").await?;
        Ok(())
    })
    .await
}

/// A created workbench opens at the click, however slow the network is; the form returns with its
/// content when the server refuses it.
#[tokio::test]
async fn created_workbench_opens_before_the_response_and_a_refusal_restores_the_form() -> Result<()>
{
    const WORKBENCHES: &str = "/api/workspaces/*/workbenches";
    Scene::play_through(&FLAGS, async |scene, proxy| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let doomed = api.workspace("Doomed").await?;
        for (of, is_refused) in [(doomed, true), (workspace, false)] {
            scene
                .open_signed_in(&format!("/workspaces/{of}/new"))
                .await?;
            page.find(Role::RadioGroup, "App").await?;
            page.choose("Welcome").await?;
            page.fill("Name", "Far away").await?;
            if is_refused {
                api.delete(&format!("/api/workspaces/{of}")).await?.ok()?;
            }
            proxy.inject(WORKBENCHES, Fault::Hold);
            page.click(Role::Button, "Create workbench").await?;
            page.find(Role::Heading, "Far away").await?;
            page.until_text("Creating the workbench…").await?;
            page.until_focused("Far away").await?;
            ensure!(!page.has(Role::Button, "Create workbench").await?);
            proxy.behave();
            if is_refused {
                page.until_focused("Create workbench").await?;
                page.until_text("This workspace was deleted").await?;
                let typed = "return document.getElementById('workbench-name').value";
                ensure!(page.execute(typed, vec![]).await? == "Far away");
                ensure!(!page.has(Role::Heading, "Far away").await?);
            } else {
                page.until_status(LONG, "Running").await?;
            }
        }
        Ok(())
    })
    .await
}
