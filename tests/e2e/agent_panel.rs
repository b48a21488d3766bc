//! The shown panel of an agent: its output and its draft.

use anyhow::{Result, ensure};
use vestibule_e2e::{LONG, Page, until, until_within};

/// Waits until the output, and not only the message, has this text.
pub async fn until_shown_text(page: &Page, text: &str) -> Result<()> {
    until_within(LONG, &format!("the output “{text}”"), async || {
        let script =
            "return [...document.querySelectorAll('.tab-panel[data-state=shown] .turn-output')]
            .map((one) => one.textContent).join('')";
        let said = page.execute(script, vec![]).await?;
        let said = said.as_str().unwrap_or_default().to_owned();
        ensure!(said.contains(text), "it is:\n{said}");
        Ok(Some(()))
    })
    .await
}

/// Waits until the message that is being written is this one.
pub async fn until_draft(page: &Page, text: &str) -> Result<()> {
    until(&format!("the draft “{text}”"), async || {
        let script =
            "return document.querySelector('.tab-panel[data-state=shown] textarea')?.value";
        let shown = page.execute(script, vec![]).await?;
        ensure!(shown == text, "it is {shown}");
        Ok(Some(()))
    })
    .await
}
