//! Answers that come late: what is newer stays.

use super::{FLAGS, WORKBENCH, open_covered};
use anyhow::{Result, ensure};
use vestibule_e2e::{Fault, LONG, Role, Scene, until};

/// Writes down each word that the room is headed by.
const LISTEN: &str = "
    window.words = [];
    new MutationObserver(() => {
        const word = document.querySelector('.room section[data-kind]')?.ariaLabel;
        if (word && word !== window.words.at(-1)) { window.words.push(word); }
    }).observe(document.body, { subtree: true, childList: true, attributes: true });";

/// FIELD 3: slow answers that land out of order.
#[tokio::test]
async fn a_slow_answer_that_a_newer_one_has_overtaken_is_dropped() -> Result<()> {
    Scene::play_through(&FLAGS, async |scene, middle_man| {
        let page = &scene.page;
        open_covered(scene).await?;
        middle_man.forget();
        middle_man.meddle(WORKBENCH, Fault::Hold);
        let held = middle_man.until_asked(WORKBENCH, 1).await?;
        ensure!(held[0].answered.is_none(), "it is not held: {held:?}");
        page.execute(LISTEN, vec![]).await?;
        page.click(Role::Button, "Cancel").await?;
        page.find(Role::Region, "Stopping").await?;

        // What was held says “Starting”. Once more is asked, that has been looked at.
        middle_man.release();
        middle_man.until_asked(WORKBENCH, 2).await?;
        let first = until("the held answer to be given", async || {
            let first = middle_man.asked(WORKBENCH).into_iter().next();
            Ok(first.filter(|first| first.answered.is_some()))
        })
        .await?;
        ensure!(first.answered.is_some_and(|(status, _)| status != 502));
        middle_man.behave();
        page.until_status(LONG, "Stopped").await?;
        page.find(Role::Region, "Ended").await?;
        let words = page.execute("return window.words", vec![]).await?;
        let words: Vec<&str> = words
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|word| word.as_str())
            .skip_while(|word| *word != "Stopping")
            .collect();
        ensure!(words == ["Stopping", "Ended"], "it went {words:?}");
        Ok(())
    })
    .await
}
