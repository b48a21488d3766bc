//! Every sample of `--demo` shows the right card: the event, the responsible person, and one
//! action.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use vestibule_e2e::{Api, LONG, Role, Scene, until, until_within};

const YOU: &str = "You can fix this";
const WAIT: &str = "No action needed";

/// A sample, the text of its card, who can fix it, and its first button; empty if there is none.
type Sample = (&'static str, &'static str, &'static str, &'static str);

const SOON: [Sample; 11] = [
    ("Put away", "Not started yet.", "", "Start"),
    (
        "Program missing",
        "A program that the app needs isn't installed on this machine.",
        YOU,
        "Start again",
    ),
    (
        "App not in the catalogue",
        "This app isn't in the catalogue any more.",
        YOU,
        "New workbench with another app",
    ),
    (
        "Missing secret",
        "Secret DEMO_API_KEY is missing.",
        YOU,
        "Add the secret",
    ),
    (
        "Reports an error",
        "The app stopped with exit code 1: it reported an error.",
        YOU,
        "Start again",
    ),
    (
        "Lacks a prerequisite",
        "The app stopped with exit code 2.",
        YOU,
        "Start again",
    ),
    (
        "Ends with 7",
        "The app stopped with an error.",
        YOU,
        "Start again",
    ),
    (
        "Out of memory",
        "The app used more memory than allowed and was stopped.",
        YOU,
        "Start again",
    ),
    (
        "Completes",
        "The app finished successfully.",
        "",
        "Start again",
    ),
    (
        "Crashes again and again",
        "The app keeps crashing.",
        YOU,
        "Start again",
    ),
    (
        "Never listens",
        "The app wasn't ready in time.",
        YOU,
        "Keep waiting",
    ),
];

const LATER: [Sample; 3] = [
    (
        "Does not want to stop",
        "You stopped this workbench. It didn't end in time and was forced to.",
        "",
        "Start again",
    ),
    (
        "Ends after a minute",
        "The run reached its time limit.",
        YOU,
        "Edit settings",
    ),
    (
        "Ends idle after a minute",
        "It was stopped because it was idle.",
        "",
        "Start again",
    ),
];

/// Apps that were ready before they failed, so that the step of their process shows the failure.
const FAIL_AT_THEIR_PROCESS: [&str; 5] = [
    "Reports an error",
    "Lacks a prerequisite",
    "Ends with 7",
    "Out of memory",
    "Ends after a minute",
];

/// FIELD 14, 15 and 17: every outcome and every obstacle has its own card.
#[tokio::test]
async fn every_sample_shows_its_card() -> Result<()> {
    Scene::play_with(&["--demo"], async |scene| {
        let api = scene.server.api().await?;
        let samples = api.samples().await?;
        scene.open_signed_in("/").await?;
        for sample in SOON {
            shows(scene, &samples, sample).await?;
        }
        second_workbench_waits_for_the_only_licence(scene, &api, &samples).await
    })
    .await
}

/// A frame that cannot be shown is explained in one place.
#[tokio::test]
async fn refused_frame_is_explained_once() -> Result<()> {
    Scene::play_with(&["--demo"], async |scene| {
        let samples = scene.server.api().await?.samples().await?;
        scene.open_signed_in("/").await?;
        let page = &scene.page;
        page.goto(&scene.server.url(&samples["Refuses frames"].1))
            .await?;
        let veil = "Why the app cannot be used";
        page.find_within(LONG, Role::Region, veil).await?;
        let sentence = "can't be embedded";
        page.until_text(sentence).await?;
        page.find(Role::Link, "Open in a new tab").await?;
        page.until_count(".room", 0).await?;
        let text = page.text().await?;
        ensure!(
            text.matches(sentence).count() == 1,
            "it is said twice: {text}"
        );
        Ok(())
    })
    .await
}

/// The five outcomes have different cards (DESIGN 4); these take a minute.
#[tokio::test]
async fn samples_that_end_later_show_their_outcome() -> Result<()> {
    Scene::play_with(&["--demo"], async |scene| {
        let api = scene.server.api().await?;
        let samples = api.samples().await?;
        let stubborn = &samples["Does not want to stop"].0;
        api.until_status(stubborn, "Running").await?;
        let path = format!("/api/workbenches/{stubborn}/stop");
        api.post(&path, json!({})).await?.ok()?;
        for (name, ..) in LATER {
            let id = &samples[name].0;
            until_within(Duration::from_secs(90), "its end", async || {
                let phase = api.get_workbench(id).await?["status"]["phase"].clone();
                Ok((phase == "Stopped" || phase == "Failed").then_some(()))
            })
            .await?;
        }
        scene.open_signed_in("/").await?;
        for sample in LATER {
            shows(scene, &samples, sample).await?;
        }
        Ok(())
    })
    .await
}

async fn shows(
    scene: &Scene,
    samples: &HashMap<String, (String, String)>,
    (name, what, who, first): Sample,
) -> Result<()> {
    let page = &scene.page;
    let (_, path) = samples.get(name).context("no such sample")?;
    page.goto(&scene.server.url(path)).await?;
    page.find(Role::Heading, name).await?;
    let script = "
        const card = document.querySelector('.status-card')?.innerText ?? '';
        const first = document.querySelector('.actions [data-variant=primary]')?.innerText ?? '';
        const parts = [...document.querySelectorAll('.room > section > :not(.details)')];
        return [card, first.trim(), parts.map((part) => part.innerText).join(' ')];";
    let shown = until_within(LONG, &format!("the card of “{name}”"), async || {
        let shown = page.execute(script, vec![]).await?;
        let card = shown[0].as_str().unwrap_or_default();
        let whose = [YOU, WAIT].into_iter().find(|who| card.contains(who));
        ensure!(
            card.contains(what) && whose.unwrap_or_default() == who && shown[1] == first,
            "it shows {shown:#}"
        );
        Ok(Some(shown))
    })
    .await?;
    if !first.is_empty() {
        // A button that leads to another page is a link.
        let leads_on = first == "New workbench with another app";
        let role = if leads_on { Role::Link } else { Role::Button };
        page.find(role, first).await?;
    }
    // The reader is an administrator, so nobody else is named, and there is no message to send.
    let parts = shown[2].as_str().unwrap_or_default();
    ensure!(!parts.contains("dministrator"), "it names one: {parts}");
    page.until_gone(Role::Button, "Copy for the administrator")
        .await?;
    if name == "App not in the catalogue" {
        // The workbench's settings do not change its app.
        page.until_gone(Role::Button, "Edit settings").await?;
    }
    if FAIL_AT_THEIR_PROCESS.contains(&name) {
        let script = "return [...document.querySelectorAll('.step')].map((s) => s.dataset.kind)";
        until(&format!("the failed step of “{name}”"), async || {
            let steps = page.execute(script, vec![]).await?;
            let good = "completed";
            let expected = json!([good, good, good, good, "failed"]);
            Ok(
                (steps.as_array().map(|s| &s[..5]) == expected.as_array().map(|s| &s[..]))
                    .then_some(()),
            )
        })
        .await?;
    }
    // The summary above a folded part repeats nothing of it.
    let text = shown[2].as_str().unwrap_or_default();
    ensure!(text.matches(what).count() == 1, "{name}: {text}");
    Ok(())
}

/// Two workbenches with a single licence: the second waits for the first.
async fn second_workbench_waits_for_the_only_licence(
    scene: &Scene,
    api: &Api,
    samples: &HashMap<String, (String, String)>,
) -> Result<()> {
    let names = ["Has the licence", "No room"];
    let waits = until_within(LONG, "one of them to run", async || {
        let mut statuses = Vec::new();
        for name in names {
            statuses.push(api.get_workbench(&samples[name].0).await?["k8sStatus"].clone());
        }
        Ok(match (statuses[0] == "Running", statuses[1] == "Running") {
            (true, false) => Some(names[1]),
            (false, true) => Some(names[0]),
            _ => None,
        })
    })
    .await?;
    let what = "No free slot for this app.";
    shows(scene, samples, (waits, what, WAIT, "")).await
}
