//! The audit log: who did what, the changed fields, filters and export.

use anyhow::{Result, ensure};
use serde_json::json;
use vestibule_e2e::{Role, Scene, until};

#[tokio::test]
async fn changes_are_found_in_the_audit_log_and_exported() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let api = scene.server.api().await?;
        scene.open_signed_in("/admin/audit").await?;
        page.find(Role::Heading, "Audit log").await?;
        let role =
            json!({"name": "night-team", "title": "Night team", "permissions": ["app:read"]});
        api.post("/api/roles", role).await?.ok()?;
        for number in 0..120 {
            let body =
                json!({"username": format!("user-{number}"), "password": "a long password 1"});
            if number < 2 {
                api.post("/api/users", body).await?.ok()?;
            }
            let named = json!({"name": format!("role-{number}"), "title": "R", "permissions": []});
            api.post("/api/roles", named).await?.ok()?;
        }
        page.click(Role::Button, "Refresh").await?;
        page.until_text("The newest 100 entries").await?;
        page.click(Role::Button, "Show more").await?;
        page.until_text("created the user user-0").await?;

        let choose = "const s = document.querySelector('#audit-action'); s.value = arguments[0];
            s.dispatchEvent(new Event('change', { bubbles: true }))";
        page.execute(choose, vec![json!("role.create")]).await?;
        page.fill("About", "night-team\n").await?;
        page.until_text("1 entry").await?;
        page.until_text("created the role Night team").await?;
        let unfold = "document.querySelector('.audit-entry summary').click()";
        page.execute(unfold, vec![]).await?;
        page.until_text("app:read").await?;
        let link = page.find(Role::Link, "CSV").await?;
        let address = link.prop("href").await?.unwrap_or_default();
        ensure!(
            address.contains("action=role.create&target=night-team&format=csv"),
            "{address}"
        );
        let path = address.find("/api/").map_or("", |place| &address[place..]);
        let exported = api.get(path).await?.ok()?.text;
        ensure!(
            exported.lines().count() == 2 && exported.contains("night-team"),
            "{exported}"
        );
        page.fill("About", "nothing-like-this\n").await?;
        page.find(Role::Heading, "Nothing matches the filters")
            .await?;
        page.click(Role::Button, "Clear filters").await?;
        until("all entries", async || {
            Ok(page
                .text()
                .await?
                .contains("The newest 100 entries")
                .then_some(()))
        })
        .await
    })
    .await
}
