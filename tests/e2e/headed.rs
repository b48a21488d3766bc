//! The session page is headed at every moment, by the one heading that can be reached, and its strip
//! is never blank.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use vestibule_e2e::{LONG, Page, Role, Scene, until_within};

/// Writes down every heading that the session page has had, and each moment without one or with a
/// blank strip; over loads, too.
const RECORD: &str = "
    const load = (name) => JSON.parse(sessionStorage.getItem(name) ?? '[]');
    const note = (name, text) => {
        const all = load(name);
        if (all.at(-1) !== text) { sessionStorage.setItem(name, JSON.stringify([...all, text])); }
    };
    const look = () => {
        const session = document.querySelector('.session');
        if (!session) { return; }
        const reached = [...session.querySelectorAll('h1')]
            .filter((one) => !one.closest('[inert]') && one.checkVisibility());
        const strip = session.querySelector('.app-toolbar');
        const isBlank = strip?.checkVisibility() && strip.innerText.trim() === '';
        if (reached.length !== 1) { note('blanks', `${reached.length} headings: ${session.innerText}`); }
        if (isBlank) { note('blanks', `a blank strip: ${session.innerText}`); }
        for (const one of reached) { note('heads', one.textContent); }
    };
    new MutationObserver(look).observe(document,
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

/// What covers the frame is that it cannot be shown, and the room has gone.
async fn until_refused(page: &Page) -> Result<()> {
    page.find_within(LONG, Role::Heading, "The app can't be shown here")
        .await?;
    page.until_count(".room-layer", 0).await
}

#[tokio::test]
async fn the_page_of_an_app_that_refuses_to_be_framed_is_headed_at_every_moment() -> Result<()> {
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

        // From the list its name is known at once; the second time the veil is there at once.
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

/// From the first moment of a start to the inside, and out again by the app's end.
#[tokio::test]
async fn a_start_is_headed_from_the_room_to_the_inside_and_back() -> Result<()> {
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
