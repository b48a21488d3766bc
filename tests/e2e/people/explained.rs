//! Every switched-off control says why, and which role holds the missing permission.

use super::{SECRET, user};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use vestibule_e2e::{Api, LONG, Page, Role, Scene, until_within};

/// Name and description of every visible control that is switched off.
const OFF: &str = "
    const off = '[aria-disabled=true], :is(button, input, select, textarea):disabled';
    return [...document.querySelectorAll(off)].filter((one) => one.checkVisibility()).map((one) => {
        const by = (one.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean);
        const texts = by.map((id) => document.getElementById(id)?.textContent ?? '');
        return [one.ariaLabel || one.textContent.trim() || one.outerHTML, (one.ariaDescription || one.title) + texts.join(' ')];
    });";

/// Checks the reasons of the page's switched-off controls, once those in `expected` are among them.
async fn explained(page: &Page, place: &str, expected: &[&str]) -> Result<()> {
    let mut seen = Value::Null;
    let names = until_within(LONG, &format!("{place} to be switched off"), async || {
        seen = page.execute(OFF, vec![]).await?;
        let pairs: Vec<(String, String)> = serde_json::from_value(seen.clone())?;
        // The roles that hold a permission are requested once it is missing.
        let pending = pairs.iter().any(|(_, why)| why.starts_with("You can't "));
        let has_all = expected
            .iter()
            .all(|name| pairs.iter().any(|(one, _)| one == name));
        Ok((has_all && !pending).then_some(pairs))
    })
    .await
    .with_context(|| format!("{place}: {seen}"))?;
    for (name, why) in &names {
        ensure!(!why.trim().is_empty(), "{place}: {name:?} says no reason");
    }
    for name in expected {
        let why = names
            .iter()
            .find(|(one, _)| one == name)
            .map(|(_, why)| why.as_str());
        let why = why.unwrap_or_default();
        ensure!(
            why.starts_with("Only ") && why.contains(" can "),
            "{place}: {name:?} says {why:?}"
        );
    }
    Ok(())
}

/// A page, and the controls of it that a user without rights finds switched off for lack of one.
type Stop<'s> = (String, &'s str, &'s [&'s str]);

async fn walk(scene: &Scene, who: &str, stops: &[Stop<'_>]) -> Result<()> {
    for (at, (address, heading, expected)) in stops.iter().enumerate() {
        match at {
            0 => scene.open_as(who, SECRET, address).await?,
            _ => scene.page.goto(&scene.server.url(address)).await?,
        }
        scene.page.find_within(LONG, Role::Heading, heading).await?;
        explained(&scene.page, &format!("{who} at {heading}"), expected).await?;
    }
    Ok(())
}

/// Creates a workspace with a workbench in each state that offers other actions: running, stopped, failed.
async fn create_samples(api: &Api, workspace: &str) -> Result<[String; 3]> {
    let running = api.workbench(workspace, "Running", "welcome").await?;
    let stopped = api.stopped(workspace, "Stopped", "welcome").await?;
    let failed = api.workbench(workspace, "Failing", "missing").await?;
    api.until_status(&running, "Running").await?;
    api.until_status(&failed, "Failed").await?;
    Ok([running, stopped, failed])
}

/// Issue: "Every disabled or missing action explains itself".
#[tokio::test]
async fn a_viewer_and_a_guest_are_told_why_about_everything_that_is_switched_off() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, workspace) = scene.studio().await?;
        let [running, stopped, failed] = create_samples(&api, &workspace).await?;
        let viewer = json!([{ "role": "workspace-viewer", "scope": { "workspace": workspace } }]);
        user(&api, "ada", "Ada Lovelace", viewer).await?;
        user(&api, "bob", "Bob", json!([])).await?;
        let share = json!({ "user": "bob", "role": "workbench-guest" });
        api.post(&format!("/api/workbenches/{stopped}/shares"), share)
            .await?
            .ok()?;

        let session = |id: &str| format!("/workspaces/{workspace}/sessions/{id}");
        let area = |rest: &str| format!("/workspaces/{workspace}{rest}");
        walk(
            scene,
            "ada",
            &[
                (
                    area(""),
                    "Studio",
                    &[
                        "New workbench",
                        "Start Stopped",
                        "Stop Running",
                        "Delete Running",
                    ],
                ),
                (
                    session(&stopped),
                    "Stopped",
                    &["Start", "Edit settings", "Share", "Delete"],
                ),
                (
                    session(&running),
                    "Running",
                    &["New terminal", "Stop", "Delete"],
                ),
                (
                    session(&failed),
                    "Failing",
                    &["Start again", "Edit settings", "Delete"],
                ),
                (area("/builds"), "Builds", &["Build an app"]),
                (
                    area("/settings"),
                    "Settings",
                    &["Add a member", "Delete workspace"],
                ),
                (area("/new"), "New workbench", &[]),
                ("/account".to_owned(), "Account", &[]),
            ],
        )
        .await?;
        for (address, what) in [
            ("/admin/users", "see users"),
            ("/admin/audit", "read the audit log"),
            ("/admin/limits", "set time limits"),
        ] {
            scene.page.goto(&scene.server.url(address)).await?;
            let can = format!(" can {what}.");
            scene.page.until_text(&can).await.with_context(|| address)?;
        }
        walk(
            scene,
            "bob",
            &[(
                session(&stopped),
                "Stopped",
                &["Edit settings", "Share", "Delete"],
            )],
        )
        .await
    })
    .await
}

/// A control that is switched off for another reason than a permission says that.
#[tokio::test]
async fn what_cannot_be_done_now_says_why() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = scene.studio().await?;
        api.stopped(&workspace, "Climate", "welcome").await?;
        let page = &scene.page;
        for (address, heading) in [
            (format!("/workspaces/{workspace}/settings"), "Settings"),
            ("/admin/roles".to_owned(), "Roles"),
            ("/admin/users".to_owned(), "Users"),
            ("/admin/limits".to_owned(), "Time limits"),
            ("/account".to_owned(), "Account"),
        ] {
            scene.open_signed_in(&address).await?;
            page.find_within(LONG, Role::Heading, heading).await?;
            explained(page, heading, &[]).await?;
        }
        scene.open_signed_in("/admin/roles").await?;
        page.click(Role::Button, "Review").await?;
        page.until_text("Nothing is changed.").await
    })
    .await
}
