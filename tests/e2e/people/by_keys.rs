//! People and their roles by keyboard alone: every step is reached, and the focus is always visible.

use super::user;
use anyhow::{Result, bail, ensure};
use fantoccini::key::Key;
use serde_json::json;
use vestibule_e2e::{ADMIN, LONG, PASSWORD, Page, Role, Scene, until};

/// Returns what is wrong with the focused element, or an empty text.
const VISIBLE: &str = "
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement) return '';
    const rings = (x) => {
        const s = getComputedStyle(x);
        return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1;
    };
    const box = e.getBoundingClientRect();
    const isSeen = box.width > 0 && box.bottom > 0 && box.top < innerHeight
        && box.right > 0 && box.left < innerWidth;
    const around = [e, e.parentElement, e.parentElement?.parentElement].filter(Boolean);
    const what = (e.ariaLabel || e.textContent || e.id || e.tagName).trim().slice(0, 60);
    if (!around.some(rings)) return `no ring at ${what}`;
    return isSeen ? '' : `${what} is out of sight`;";

/// Keys of one person at one page, with what was wrong on the way.
struct Walk<'a> {
    page: &'a Page,
    wrong: Vec<String>,
}

impl Walk<'_> {
    /// Presses Tab until the element with this name has the focus.
    async fn to(&mut self, name: &str) -> Result<()> {
        let mut passed = Vec::new();
        for _ in 0..90 {
            let focused = self.page.focused().await?;
            if focused == name {
                return Ok(());
            }
            passed.push(focused);
            self.page.press(Key::Tab).await?;
            let found = self.page.execute(VISIBLE, vec![]).await?;
            if let Some(found) = found.as_str().filter(|found| !found.is_empty()) {
                self.wrong.push(found.to_owned());
            }
        }
        bail!("Tab never came to {name}: {}", passed.join(" | "))
    }

    async fn press(&mut self, name: &str) -> Result<()> {
        self.to(name).await?;
        self.page.press(Key::Enter).await
    }

    /// Waits until the focus is on something, as it must be after a dialog or a removed button.
    async fn kept(&self, after: &str) -> Result<()> {
        let script = "return document.activeElement && document.activeElement !== document.body";
        until(&format!("a focus after {after}"), async || {
            let is_kept = self.page.execute(script, vec![]).await?;
            Ok((is_kept == true).then_some(()))
        })
        .await
    }
}

#[tokio::test]
async fn people_and_roles_are_managed_by_keyboard_alone() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        let api = scene.server.api().await?;
        user(&api, "ada", "Ada Lovelace", json!([])).await?;
        let role =
            json!({"name": "night-team", "title": "Night team", "permissions": ["workbench:read"]});
        api.post("/api/roles", role).await?.ok()?;
        let mut walk = Walk {
            page,
            wrong: Vec::new(),
        };

        page.goto(&scene.server.url("/")).await?;
        page.find(Role::Button, "Sign in").await?;
        walk.to("Username").await?;
        page.type_text(ADMIN).await?;
        walk.to("Password").await?;
        page.type_text(PASSWORD).await?;
        page.press(Key::Enter).await?;
        page.find(Role::Heading, "Workspaces").await?;
        walk.press("New workspace").await?;
        page.until_focused("Name").await?;
        page.type_text("Studio").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Heading, "Studio").await?;

        // Members: add and remove.
        walk.press("Settings").await?;
        page.find(Role::Heading, "Settings").await?;
        page.find(Role::Button, "Add a member").await?;
        walk.press("Add a member").await?;
        page.until_focused("Username or e-mail").await?;
        page.type_text("ada").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Button, "Remove Ada Lovelace").await?;
        walk.kept("adding a member").await?;
        walk.press("Remove Ada Lovelace").await?;
        page.find(Role::Button, "Remove member").await?;
        page.press(Key::Escape).await?;
        page.until_focused("Remove Ada Lovelace").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Button, "Remove member").await?;
        walk.press("Remove member").await?;
        page.until_gone(Role::Button, "Remove Ada Lovelace").await?;
        walk.kept("removing a member").await?;

        // Roles: change one, review and save.
        walk.press("admin").await?;
        page.find(Role::MenuItem, "Administration").await?;
        for _ in 0..5 {
            if page.focused().await? == "Administration" {
                break;
            }
            page.press(Key::Down).await?;
        }
        page.until_focused("Administration").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Heading, "Users").await?;
        walk.press("Roles").await?;
        page.find_within(LONG, Role::Field, "Filter permissions")
            .await?;
        walk.to("Filter permissions").await?;
        page.type_text("stop").await?;
        walk.to("Filter roles").await?;
        page.type_text("night").await?;
        page.press(Key::Tab).await?;
        until("the grid", async || {
            if page.focused().await?.starts_with("Workbenches: Night team") {
                return Ok(Some(()));
            }
            page.press(Key::Tab).await?;
            Ok(None)
        })
        .await?;
        page.press(Key::Down).await?;
        page.until_focused("Stop workbenches: Night team").await?;
        page.type_text(" ").await?;
        page.until_focused("Stop workbenches: Night team, changed")
            .await?;
        walk.press("Review").await?;
        page.find(Role::Dialog, "Review changes").await?;
        page.until_text("Night team").await?;
        walk.press("Save changes").await?;
        page.until_text("Saved 1 change").await?;
        walk.kept("saving roles").await?;
        let saved = api.get("/api/roles/night-team").await?.ok()?.json();
        ensure!(
            saved["permissions"] == json!(["workbench:read", "workbench:stop"]),
            "{saved}"
        );

        // Users: create one, and disable them.
        walk.press("Users").await?;
        page.find(Role::Heading, "Users").await?;
        page.find(Role::Link, "Ada Lovelace").await?;
        walk.press("New user").await?;
        page.until_focused("Username").await?;
        page.type_text("bob").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Dialog, "Created bob").await?;
        walk.press("Done").await?;
        page.until_gone(Role::Dialog, "Created bob").await?;
        walk.kept("creating a user").await?;
        page.find(Role::Link, "bob").await?;
        walk.press("bob").await?;
        page.find(Role::Heading, "bob").await?;
        walk.press("Disable…").await?;
        page.find(Role::Button, "Disable user").await?;
        walk.press("Disable user").await?;
        page.find(Role::Button, "Enable").await?;
        walk.kept("disabling a user").await?;

        // The audit log, filtered.
        walk.press("Audit log").await?;
        page.find(Role::Heading, "Audit log").await?;
        walk.to("About").await?;
        page.type_text("night-team").await?;
        page.press(Key::Enter).await?;
        page.until_text("2 entries").await?;

        // The log also names the administrator: on the first page only the menu does.
        page.goto(&scene.server.url("/workspaces")).await?;
        page.find(Role::Heading, "Workspaces").await?;
        walk.press("admin").await?;
        page.find(Role::MenuItem, "Sign out").await?;
        for _ in 0..6 {
            if page.focused().await? == "Sign out" {
                break;
            }
            page.press(Key::Down).await?;
        }
        page.press(Key::Enter).await?;
        page.find(Role::Button, "Sign in").await?;
        walk.wrong.sort_unstable();
        walk.wrong.dedup();
        ensure!(
            walk.wrong.is_empty(),
            "the focus can't be seen: {}",
            walk.wrong.join("; ")
        );
        Ok(())
    })
    .await
}
