//! The page of a workbench has exactly one reachable heading at every moment, and its toolbar is never
//! blank.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use vestibule_e2e::{LONG, Page, Role, Scene, until_within};

/// Records every heading of the page of a workbench, and each moment without one or with a blank toolbar;
/// also across page loads.
const RECORD: &str = "
    const load = (name) => JSON.parse(sessionStorage.getItem(name) ?? '[]');
    const note = (name, text) => {
        const all = load(name);
        if (all.at(-1) !== text) { sessionStorage.setItem(name, JSON.stringify([...all, text])); }
    };
    const check = () => {
        const page = document.querySelector('.workbench');
        if (!page) { return; }
        const reached = [...page.querySelectorAll('h1')]
            .filter((one) => !one.closest('[inert]') && one.checkVisibility());
        const strip = page.querySelector('.app-toolbar');
        const isBlank = strip?.checkVisibility({ visibilityProperty: true }) && strip.innerText.trim() === '';
        if (reached.length !== 1) { note('blanks', `${reached.length} headings: ${page.innerText}`); }
        if (isBlank) { note('blanks', `a blank strip: ${page.innerText}`); }
        for (const one of reached) { note('heads', one.textContent); }
    };
    new MutationObserver(check).observe(document,
        { subtree: true, childList: true, characterData: true, attributes: true });";

async fn noted(page: &Page, name: &str) -> Result<Value> {
    let script = "return JSON.parse(sessionStorage.getItem(arguments[0]) ?? '[]')";
    page.execute(script, vec![json!(name)]).await
}

async fn forget(page: &Page) -> Result<()> {
    page.execute("sessionStorage.clear()", vec![]).await?;
    Ok(())
}

async fn ensure_headed(page: &Page, heads: Value) -> Result<()> {
    let blanks = noted(page, "blanks").await?;
    ensure!(blanks == json!([]), "there were {blanks:#}");
    let noted = noted(page, "heads").await?;
    ensure!(noted == heads, "it was headed {noted}");
    Ok(())
}

/// Waits until the overlay says that the app cannot be framed, and the status card is gone.
async fn until_refused(page: &Page) -> Result<()> {
    page.find_within(LONG, Role::Heading, "The app can't be shown here")
        .await?;
    page.until_count(".room-layer", 0).await
}

#[tokio::test]
async fn page_of_an_app_that_refuses_frames_always_has_a_heading() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let shy = api.workbench(&workspace, "Shy", "shy").await?;
        api.until_status(&shy, "Running").await?;
        scene.browser.before_pages(RECORD).await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/sessions/{shy}"))
            .await?;
        until_refused(page).await?;
        ensure_headed(page, json!(["Workbench", "Shy"])).await?;

        // From the list the name is known at once; the second time the overlay is shown at once.
        for _ in 0..2 {
            page.click(Role::Link, "Studio").await?;
            page.find(Role::Heading, "Studio").await?;
            forget(page).await?;
            page.click(Role::Link, "Shy").await?;
            until_refused(page).await?;
            ensure_headed(page, json!(["Shy"])).await?;
        }
        Ok(())
    })
    .await
}

/// From the first moment of a start to the open app, and back by the app's end.
#[tokio::test]
async fn start_has_a_heading_from_status_card_to_app_and_back() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(RECORD).await?;
        let (api, id) = scene.open_workbench("Studied", "slow").await?;
        let inside =
            "return !!document.querySelector('.kept[data-state=shown]:not([inert]) iframe')";
        until_within(LONG, "to be inside", async || {
            Ok((page.execute(inside, vec![]).await? == true).then_some(()))
        })
        .await?;
        page.until_count(".room-layer", 0).await?;
        api.post(&format!("/api/workbenches/{id}/stop"), json!({}))
            .await?
            .ok()?;
        page.until_status(LONG, "Stopped").await?;
        page.find(Role::Region, "Ended").await?;
        page.client().refresh().await?;
        page.find(Role::Region, "Ended").await?;
        ensure_headed(
            page,
            json!(["Workbench", "Studied", "Workbench", "Studied"]),
        )
        .await
    })
    .await
}
