//! Attachments: files dropped on the composer, pasted into it or chosen, which go to the workbench's
//! folder, and whose paths go into the message.

use crate::agent_panel::{until_draft, until_shown_text};
use crate::auditor::Auditor;
use anyhow::{Result, ensure};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::fs;
use vestibule_e2e::{Page, Role, Scene};

/// Dispatches an event with a file at the shown message.
const GIVE: &str = "const [kind, name, content] = arguments;
    const data = new DataTransfer();
    const bytes = typeof content === 'number' ? new Uint8Array(content) : content;
    data.items.add(new File([bytes], name));
    const field = document.querySelector('.tab-panel[data-state=shown] textarea');
    const options = { bubbles: true, cancelable: true };
    field.dispatchEvent(kind === 'paste'
        ? new ClipboardEvent('paste', { ...options, clipboardData: data })
        : new DragEvent('drop', { ...options, dataTransfer: data }));";

#[tokio::test]
async fn files_are_attached_by_drop_paste_and_choice_and_failures_can_be_retried() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let page = &scene.page;
        page.click(Role::Button, "New script").await?;
        page.until_focused("Message").await?;
        page.find(Role::Button, "Attach files").await?;
        page.fill("Message", "cat").await?;
        give(page, "drop", "it's a table.csv", json!("a,b\n41,42\n")).await?;
        until_draft(page, "cat 'attachments/it'\\''s a table.csv' ").await?;
        // A second file of this name takes another.
        give(page, "paste", "it's a table.csv", json!("43,44\n")).await?;
        until_draft(
            page,
            "cat 'attachments/it'\\''s a table.csv' 'attachments/it'\\''s a table-1.csv' ",
        )
        .await?;
        page.press(Key::Enter).await?;
        until_shown_text(page, "41,42\n43,44").await?;

        // A file that cannot be sent says so, and can be removed.
        give(page, "drop", "big.bin", json!(17 * 1024 * 1024)).await?;
        page.until_text("Too large. Attach files of up to 16 MiB.")
            .await?;
        page.click(Role::Button, "Remove big.bin").await?;
        give(page, "drop", ".profile", json!("x")).await?;
        page.until_text("Begin the name with something else than a dot")
            .await?;
        page.click(Role::Button, "Remove .profile").await?;
        page.until_gone(Role::Button, "Remove .profile").await?;

        // An upload that the server refuses can be tried again.
        let folder = scene.server.files(&id).join("attachments");
        fs::rename(&folder, folder.with_extension("away"))?;
        fs::write(&folder, "in the way")?;
        give(page, "drop", "plot.png", json!("x")).await?;
        page.find(Role::Button, "Retry plot.png").await?;
        let mut auditor = Auditor::new(scene)?;
        auditor.check("a failed attachment").await?;
        auditor.done()?;
        fs::remove_file(&folder)?;
        page.click(Role::Button, "Retry plot.png").await?;
        until_draft(page, "attachments/plot.png ").await?;
        ensure!(fs::read_to_string(folder.join("plot.png"))? == "x");

        // Chosen in the system's dialog.
        let chosen = scene.server.folder().join("chosen.txt");
        fs::write(&chosen, "chosen")?;
        let input = Locator::Css(".tab-panel[data-state=shown] input[type=file]");
        let input = page.client().find(input).await?;
        input.send_keys(&chosen.display().to_string()).await?;
        until_draft(page, "attachments/plot.png attachments/chosen.txt ").await?;
        ensure!(fs::read_to_string(folder.join("chosen.txt"))? == "chosen");
        Ok(())
    })
    .await
}

async fn give(page: &Page, kind: &str, name: &str, content: Value) -> Result<()> {
    let arguments = vec![json!(kind), json!(name), content];
    page.execute(GIVE, arguments).await?;
    Ok(())
}
