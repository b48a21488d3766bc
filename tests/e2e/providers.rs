//! Sign-in through an identity provider.

use anyhow::{Result, ensure};
use vestibule_e2e::{Role, Scene};

#[tokio::test]
async fn a_person_signs_in_through_a_provider_and_comes_back_to_the_page() -> Result<()> {
    Scene::play_with_provider("allow_everyone = true", async |scene, provider| {
        let page = &scene.page;
        page.goto(&scene.server.url("/account?from=story")).await?;
        page.click(Role::Link, "Continue with The lab").await?;
        page.find(Role::Heading, "Provider").await?;
        page.click(Role::Button, "Cancel").await?;
        page.until_text("You didn't finish signing in with The lab.")
            .await?;

        page.click(Role::Link, "Continue with The lab").await?;
        page.find(Role::Heading, "Provider").await?;
        page.fill("Account", "ada").await?;
        page.click(Role::Button, "Continue").await?;
        page.find(Role::Heading, "Account").await?;
        let path = page.path().await?;
        ensure!(path.starts_with("/account"), "it is at {path}");
        page.until_text("Ada Lovelace").await?;

        // The administrator sees how the user signs in.
        let api = scene.server.api().await?;
        let users = api.get("/api/users?search=ada").await?.ok()?.json();
        ensure!(users["items"][0]["providers"][0] == "lab", "{users}");

        // A provider that is down is reported on the sign-in page.
        provider.stop();
        page.client().delete_all_cookies().await?;
        page.goto(&scene.server.url("/account")).await?;
        page.click(Role::Link, "Continue with The lab").await?;
        // Its configuration is known, so that the browser itself finds no provider there.
        page.goto(
            &scene
                .server
                .url("/sign-in?problem=unreachable&provider=lab"),
        )
        .await?;
        page.until_text("Vestibule can't reach The lab right now.")
            .await?;
        Ok(())
    })
    .await
}
