//! Faults of the server itself, reported on every page (Security review, finding 15; Reliability review,
//! findings 2 and 13).

use anyhow::{Context, Result, ensure};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use vestibule_e2e::{LONG, Role, Scene, until_within};

#[tokio::test]
async fn every_page_says_that_the_data_folder_is_gone_until_it_is_back() -> Result<()> {
    Scene::play(async |scene| {
        scene.open_studio().await?;
        let page = &scene.page;
        page.find(Role::Heading, "Studio").await?;
        let database = scene.server.folder().join("data/vestibule.db");
        let away = scene.server.folder().join("away.db");
        fs::rename(&database, &away)?;
        page.until_text_within(LONG, "The server's data folder has been missing since")
            .await?;
        page.click(Role::Link, "Workspaces").await?;
        page.until_text("Nothing is saved.").await?;
        fs::rename(&away, &database)?;
        until_silent(scene, "data folder").await
    })
    .await
}

/// A small file system of its own, unmounted at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts it, or returns `None` where this user may not.
    fn mount(folder: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs"]);
        let status = mount.arg(folder).status().ok()?;
        status.success().then(|| Self(folder.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process of the story may still be in it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn every_page_says_that_the_disk_is_full_until_there_is_room() -> Result<()> {
    Scene::play(async |scene| {
        scene.server.stop().await?;
        let data = scene.server.folder().join("data");
        let Some(_disk) = SmallDisk::mount(&data) else {
            writeln!(
                std::io::stderr(),
                "skipped: this user may not mount a file system"
            )?;
            return Ok(());
        };
        scene.server.start_again().await?;
        scene.open_studio().await?;
        let page = &scene.page;
        page.find(Role::Heading, "Studio").await?;
        let filling = data.join("filling");
        let mut file = fs::File::create(&filling)?;
        while file.write_all(&[1; 64 * 1024]).is_ok() {}
        page.until_text_within(LONG, "The server's disk has been full since")
            .await?;
        // Signing out still works, and the sign-in page takes the user back.
        scene.open_signed_in("/workspaces").await?;
        page.until_text("Free some disk space.").await?;
        drop(file);
        fs::remove_file(&filling).context("failed to make room")?;
        until_silent(scene, "disk has been full").await
    })
    .await
}

async fn until_silent(scene: &Scene, words: &str) -> Result<()> {
    until_within(LONG, "the notice to go", async || {
        let text = scene.page.text().await?;
        Ok((!text.contains(words)).then_some(()))
    })
    .await?;
    let notices = scene.page.text().await?;
    ensure!(!notices.contains("Nothing is saved"), "{notices}");
    Ok(())
}
