//! Two people and an administrator work together in three browsers: invited, sharing, losing access while
//! inside an app, and getting it back.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::{Duration, Instant};
use vestibule_e2e::{Browser, LONG, Page, Role, Scene, until_within};

/// Time within which a user is out of a running app after losing access.
const OUT_WITHIN: Duration = Duration::from_secs(3);

const SHOWN: &str =
    "return document.querySelector('.kept[data-state=shown]:not([inert]) iframe')?.title ?? ''";

#[tokio::test]
async fn two_people_and_an_administrator_share_a_workbench_in_three_browsers() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, workspace) = scene.studio().await?;
        let bench = api.workbench(&workspace, "Climate", "notes").await?;
        api.until_status(&bench, "Running").await?;
        let admin = &scene.page;
        let (adas, bobs) = (Browser::start().await?, Browser::start().await?);
        let (ada, bob) = (adas.page(), bobs.page());

        // The administrator creates both. Ada comes by an invitation, Bob with a password.
        scene.open_signed_in("/admin/users").await?;
        let maintainer = Some("Workspace maintainer");
        let link = create(admin, "ada", "By an invitation link", maintainer).await?;
        accept(&ada, &link).await?;
        let password = create(admin, "bob", "With a one-time password", None).await?;
        sign_in(scene, &bob, "bob", &password).await?;
        bob.until_text("No workspaces yet").await?;

        // Ada finds the workspace, is inside the app, and shares it with Bob.
        ada.click(Role::Link, "Studio").await?;
        ada.click(Role::Link, "Climate").await?;
        inside(&ada).await?;
        ada.click(Role::Button, "Share").await?;
        ada.fill("Username or e-mail", "bob").await?;
        ada.click(Role::Button, "Share").await?;
        ada.find(Role::Button, "Remove bob").await?;
        ada.click(Role::Button, "Close").await?;

        // Bob's open page offers it by itself.
        bob.find(Role::Heading, "Shared with you").await?;
        bob.click(Role::Link, "Climate").await?;
        inside(&bob).await?;

        // The administrator takes it back while Bob is inside: he is out, and Ada is not.
        let address = format!("/workspaces/{workspace}/sessions/{bench}");
        admin.goto(&scene.server.url(&address)).await?;
        inside(admin).await?;
        admin.click(Role::Button, "Share").await?;
        admin.click(Role::Button, "Remove bob").await?;
        let began = Instant::now();
        outside(&bob).await?;
        println!("out of the app after {:?}", began.elapsed());
        inside(&ada).await?;

        // Bob gets it back, and so does his page.
        admin.fill("Username or e-mail", "bob").await?;
        admin.click(Role::Button, "Share").await?;
        admin.find(Role::Button, "Remove bob").await?;
        admin.click(Role::Button, "Close").await?;
        bob.goto(&scene.server.url(&address)).await?;
        inside(&bob).await?;

        // Ada loses the whole workspace while inside, and gets that back as well.
        let settings = format!("/workspaces/{workspace}/settings");
        admin.goto(&scene.server.url(&settings)).await?;
        admin.click(Role::Button, "Remove ada").await?;
        admin.click(Role::Button, "Remove member").await?;
        let began = Instant::now();
        outside(&ada).await?;
        println!("out of the workspace after {:?}", began.elapsed());
        inside(&bob).await?;
        admin.click(Role::Button, "Add a member").await?;
        admin.fill("Username or e-mail", "ada").await?;
        admin.pick("Role", "Workspace viewer").await?;
        admin.click(Role::Button, "Add member").await?;
        admin.find(Role::Button, "Change role ada").await?;
        ada.goto(&scene.server.url(&format!("/workspaces/{workspace}")))
            .await?;
        // A viewer sees it, and why nothing can be done.
        let stop = ada.find(Role::Button, "Stop Climate").await?;
        let why = stop.attr("aria-description").await?.unwrap_or_default();
        ensure!(
            why.starts_with("Only ") && why.ends_with(" can stop workbenches."),
            "{why}"
        );
        admin.click(Role::Button, "Change role ada").await?;
        admin.pick("Role", "Workspace member").await?;
        admin.click(Role::Button, "Change role").await?;
        until_within(LONG, "the button to be switched on", async || {
            let stop = ada.find(Role::Button, "Stop Climate").await?;
            Ok(stop.attr("aria-disabled").await?.is_none().then_some(()))
        })
        .await?;
        ada.click(Role::Link, "Climate").await?;
        inside(&ada).await
    })
    .await
}

/// Creates a user on the page of users; returns the password or the link that is shown once.
async fn create(
    page: &Page,
    name: &str,
    first_sign_in: &str,
    role: Option<&str>,
) -> Result<String> {
    page.click(Role::Button, "New user").await?;
    page.fill("Username", name).await?;
    page.pick("First sign-in", first_sign_in).await?;
    if let Some(role) = role {
        page.click(Role::Button, "Add a role").await?;
        page.pick("Workspace", "Studio").await?;
        page.pick("Role", role).await?;
    }
    page.click(Role::Button, "Create user").await?;
    page.find(Role::Dialog, &format!("Created {name}")).await?;
    let script = "return document.querySelector(arguments[0])?.value ?? ''";
    let shown = page
        .execute(script, vec![json!("#one-time-secret")])
        .await?;
    let secret = shown.as_str().context("nothing is shown")?.to_owned();
    page.click(Role::Button, "Done").await?;
    Ok(secret)
}

/// Accepts an invitation with a password of one's own.
async fn accept(page: &Page, link: &str) -> Result<()> {
    page.goto(link).await?;
    page.fill("Password", "correct horse battery").await?;
    page.click(Role::Button, "Set password and sign in").await?;
    page.find(Role::Heading, "Workspaces").await?;
    Ok(())
}

async fn sign_in(scene: &Scene, page: &Page, name: &str, password: &str) -> Result<()> {
    page.goto(&scene.server.url("/sign-in")).await?;
    page.fill("Username", name).await?;
    page.fill("Password", password).await?;
    page.click(Role::Button, "Sign in").await?;
    page.find(Role::Heading, "Workspaces").await?;
    Ok(())
}

/// Waits until the app is visible and nothing covers it.
async fn inside(page: &Page) -> Result<()> {
    until_within(LONG, "to be inside the app", async || {
        let seen = page.execute(SHOWN, vec![]).await?;
        Ok((seen == "Climate").then_some(()))
    })
    .await
}

/// Waits until the app is no longer usable.
async fn outside(page: &Page) -> Result<()> {
    until_within(OUT_WITHIN, "to be out of the app", async || {
        let seen = page.execute(SHOWN, vec![]).await?;
        Ok((seen != "Climate").then_some(()))
    })
    .await
}
