//! Set-up, sign-in and sign-out.

use anyhow::{Context, Result, ensure};
use http::Method;
use std::time::Duration;
use vestibule_e2e::{LONG, Role, Scene, Setting};

/// Far below the interval between two requests of a page.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test]
async fn set_up_link_creates_the_first_administrator_once() -> Result<()> {
    Scene::play_in(Setting::New, async |scene| {
        let page = &scene.page;
        let log = scene.server.log();
        let link = log
            .split_whitespace()
            .find(|word| word.contains("/set-up?token="))
            .context("the server printed no set-up link")?
            .to_owned();

        page.goto(&link).await?;
        page.find(Role::Button, "Create administrator").await?;
        let focused = page.focused().await?;
        ensure!(focused == "Username", "the focus is on {focused}");
        page.fill("Username", "ada").await?;
        page.fill("Password", "a password nobody guesses").await?;
        page.click(Role::Button, "Create administrator").await?;
        page.find(Role::Heading, "Workspaces").await?;
        ensure!(page.path().await? == "/workspaces");

        // The used link shows that it is invalid before anything is typed, and leads to the sign-in
        // page.
        page.goto(&link).await?;
        let why = page.until_alert().await?;
        ensure!(why.contains("This set-up link was used"), "{why}");
        ensure!(!page.has(Role::Button, "Create administrator").await?);
        page.client().delete_all_cookies().await?;
        page.client().refresh().await?;
        page.click(Role::Link, "Go to sign in").await?;
        page.find(Role::Button, "Sign in").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn wrong_password_is_reported_and_the_form_keeps_its_content() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        page.goto(&scene.server.url("/")).await?;
        page.fill("Username", "admin").await?;
        page.fill("Password", "not this one").await?;
        page.click(Role::Button, "Sign in").await?;
        page.until_alert().await?;
        let name = page.find(Role::Field, "Username").await?;
        ensure!(name.prop("value").await?.as_deref() == Some("admin"));
        scene.sign_in().await?;
        page.find(Role::Heading, "Workspaces").await?;
        Ok(())
    })
    .await
}

/// A deep link opened while signed out leads to the sign-in page and then to its target; signing
/// out invalidates the session.
#[tokio::test]
async fn sign_in_leads_to_the_requested_page() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, workspace) = scene.studio().await?;
        let path = format!("/workspaces/{workspace}");

        page.goto(&scene.server.url(&path)).await?;
        scene.sign_in().await?;
        page.find(Role::Heading, "Studio").await?;
        ensure!(
            page.path().await? == path,
            "it is at {}",
            page.path().await?
        );

        let session = cookie(scene).await?;
        page.click(Role::Button, "admin").await?;
        page.click(Role::MenuItem, "Sign out").await?;
        page.find(Role::Button, "Sign in").await?;
        ensure!(
            me(scene, &session).await? == 401,
            "the session outlives signing out"
        );
        Ok(())
    })
    .await
}

/// FIELD 9: only a 401 leads to the sign-in page; and one does, from a page that is open and
/// polling.
#[tokio::test]
async fn session_ended_elsewhere_leads_to_sign_in_and_back() -> Result<()> {
    Scene::play(async |scene| {
        let (_, workbench) = scene.open_workbench("Slow one", "slow").await?;
        let page = &scene.page;
        page.find(Role::Heading, "Slow one").await?;
        let path = page.path().await?;

        let session = cookie(scene).await?;
        let host = scene.server.host();
        let headers = [
            ("cookie", session.as_str()),
            ("content-type", "application/json"),
        ];
        let signed_out = scene.server.signed_out();
        signed_out
            .raw(Method::POST, &host, "/api/auth/sign-out", &headers, "{}")
            .await?
            .ok()?;

        page.find_within(LONG, Role::Button, "Sign in").await?;
        scene.sign_in().await?;
        page.find(Role::Heading, "Slow one").await?;
        ensure!(
            page.path().await? == path,
            "it is at {}",
            page.path().await?
        );
        scene
            .server
            .api()
            .await?
            .until_status(&workbench, "Running")
            .await?;
        page.enter("Slow one").await?;
        Ok(())
    })
    .await
}

/// Signing out in one tab shows the sign-in page in all of them at once, with the reason.
#[tokio::test]
async fn signing_out_in_one_tab_signs_out_the_others_at_once() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let client = page.client();
        let (_, workspace) = scene.open_studio().await?;
        page.find(Role::Heading, "Studio").await?;
        let first = client.window().await?;
        let second = client.new_window(true).await?.handle;
        client.switch_to_window(second.clone()).await?;
        page.goto(&scene.server.url("/workspaces")).await?;
        page.find(Role::Heading, "Workspaces").await?;

        page.click(Role::Button, "admin").await?;
        page.click(Role::MenuItem, "Sign out").await?;
        page.find(Role::Button, "Sign in").await?;
        ensure!(!page.text().await?.contains("You were signed out"));

        client.switch_to_window(first).await?;
        page.find_within(SOON, Role::Button, "Sign in").await?;
        page.until_text("You were signed out").await?;
        page.until_focused("Username").await?;
        client.switch_to_window(second).await?;
        scene.sign_in().await?;
        page.find(Role::Heading, "Workspaces").await?;

        // The first tab returns to its page after the next sign-in.
        let first = client.windows().await?.remove(0);
        client.switch_to_window(first).await?;
        page.find(Role::Heading, "Studio").await?;
        ensure!(page.path().await? == format!("/workspaces/{workspace}"));
        Ok(())
    })
    .await
}

/// A draft is there again after a session that ended elsewhere, and gone once the person has signed
/// out by choice.
#[tokio::test]
async fn a_draft_outlives_a_session_that_ends_elsewhere() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, workspace) = scene.studio().await?;
        let form = format!("/workspaces/{workspace}/new");
        let name = "return document.getElementById('workbench-name')?.value ?? ''";
        scene.open_signed_in(&form).await?;
        page.find(Role::RadioGroup, "App").await?;
        page.choose("Slow").await?;
        page.fill("Name", "Half a na").await?;

        let headers = [
            ("cookie", cookie(scene).await?),
            ("content-type", "application/json".to_owned()),
        ];
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let host = scene.server.host();
        scene
            .server
            .signed_out()
            .raw(Method::POST, &host, "/api/auth/sign-out", &headers, "{}")
            .await?
            .ok()?;
        page.find_within(LONG, Role::Button, "Sign in").await?;
        scene.sign_in().await?;
        page.find(Role::RadioGroup, "App").await?;
        ensure!(page.execute(name, vec![]).await? == "Half a na");
        let app = "return document.querySelector('input[name=app]:checked').value";
        ensure!(page.execute(app, vec![]).await? == "slow");

        page.fill("Name", "Another").await?;
        page.click(Role::Button, "admin").await?;
        page.click(Role::MenuItem, "Sign out").await?;
        page.find(Role::Button, "Sign in").await?;
        scene.sign_in().await?;
        page.find(Role::RadioGroup, "App").await?;
        let now = page.execute(name, vec![]).await?;
        ensure!(now == "Welcome", "the name is {now}");
        Ok(())
    })
    .await
}

async fn cookie(scene: &Scene) -> Result<String> {
    let client = scene.page.client();
    let cookie = client.get_named_cookie("__Host-vestibule").await?;
    Ok(format!("{}={}", cookie.name(), cookie.value()))
}

async fn me(scene: &Scene, session: &str) -> Result<u16> {
    let headers = [("cookie", session)];
    let host = scene.server.host();
    let signed_out = scene.server.signed_out();
    let answer = signed_out
        .raw(Method::GET, &host, "/api/auth/me", &headers, "")
        .await?;
    Ok(answer.status.as_u16())
}
