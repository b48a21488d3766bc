//! Kinds of connection errors: the message names who can fix it, the operator of the network, of
//! the server, or of a proxy between the two.

use super::{FLAGS, STREAM, open_starting};
use anyhow::{Result, bail, ensure};
use serde_json::json;
use std::time::Duration;
use vestibule_e2e::{Fault, FaultProxy, LONG, Page, Role, SHORT, Scene, until, until_within};

/// Accessible name of the indicator.
const NAME: &str =
    "return document.querySelector('button[popovertarget=activity-panel]')?.ariaLabel";

/// Returns the toolbar's error text, and checks that it overlaps no button.
const STRIP: &str = "
    const word = document.querySelector('.app-toolbar-stale');
    const end = word.getBoundingClientRect().right;
    const begin = document.querySelector('.app-toolbar-actions').getBoundingClientRect().left;
    return { title: word.title, isApart: end <= begin, end, begin };";

/// Returns the position of content that must not move.
const PLACES: &str = "
    const all = document.querySelectorAll('main :is(h1, .cards, .empty, .builds, .build-facts)');
    return [...all].map((one) => Math.round(one.getBoundingClientRect().top));";

/// Returns each fault with the message it causes.
pub fn kinds() -> [(Fault, &'static str); 8] {
    let page = "<!doctype html><title>Sign in to the Wi-Fi</title>";
    let login = "https://login.example.org/?next=vestibule".to_owned();
    let elsewhere = Fault::Answer {
        status: 302,
        headers: vec![("location", login)],
        body: String::new(),
    };
    [
        (Fault::Absent, "Can't reach the server."),
        (Fault::HangUp, "The connection broke off before"),
        (Fault::status(500), "answers with an error (500)."),
        (Fault::status(503), "answers with an error (503)."),
        (
            Fault::body("application/json", r#"{"id":"wb-"#),
            "Something other than Vestibule's server answered: the answer is garbled.",
        ),
        (
            Fault::body("application/json", r#"{"error":"sign in"}"#),
            "Something other than Vestibule's server answered: the answer is about something else",
        ),
        (
            elsewhere,
            "Something other than Vestibule's server answered: a web page came instead of data",
        ),
        (
            Fault::body("text/html", page),
            "Something other than Vestibule's server answered: a web page came instead of data",
        ),
    ]
}

/// Lists keep their data in place and show the error.
#[tokio::test]
async fn lists_and_builds_show_the_kind_of_error() -> Result<()> {
    Scene::play_through(&FLAGS, async |scene, fault_proxy| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let build = api.build(&workspace, "kit").await?;
        fault_proxy.inject(STREAM, Fault::status(503));
        for (address, asked, kept) in [
            ("/workspaces".to_owned(), "/api/workspaces", "Studio"),
            (
                format!("/workspaces/{workspace}"),
                "/api/workspaces/*/workbenches",
                "No workbenches yet",
            ),
            (
                format!("/workspaces/{workspace}/builds"),
                "/api/builds",
                "Kit",
            ),
            (
                format!("/workspaces/{workspace}/settings"),
                "/api/workspaces/*/secrets",
                "No secrets yet",
            ),
            (
                format!("/workspaces/{workspace}/builds/{build}"),
                "/api/builds/*",
                "Kit",
            ),
        ] {
            scene.open_signed_in(&address).await?;
            page.until_text(kept).await?;
            let [unreachable, _, _, error, garbled, _, _, proxy] = kinds();
            for (fault, what) in [unreachable, error, garbled, proxy] {
                fault_proxy.inject(asked, fault);
                until_shown_text(page, SHORT, "main .freshness", what).await?;
                ensure!(page.text().await?.contains(kept), "{address}: {what}");
            }
            let during = page.execute(PLACES, vec![]).await?;
            fault_proxy.inject(asked, Fault::Pass);
            until("the notice to go", async || {
                let text_at = text_at(page, "main .freshness").await?;
                Ok(text_at.is_empty().then_some(()))
            })
            .await?;
            // The page does not move under the pointer when the message appears or disappears.
            let after = page.execute(PLACES, vec![]).await?;
            ensure!(during == after, "{address}: {during} became {after}");
        }
        Ok(())
    })
    .await
}

/// Beside a running app the message is a few words, also on a phone.
#[tokio::test]
async fn toolbar_shows_the_kind_of_error_in_few_words() -> Result<()> {
    Scene::play_through(&FLAGS, async |scene, fault_proxy| {
        let page = &scene.page;
        fault_proxy.inject(STREAM, Fault::status(503));
        scene.open_workbench("Seen", "welcome").await?;
        page.find_within(LONG, Role::Frame, "Seen").await?;
        page.find_within(LONG, Role::Button, "Details").await?;
        scene.browser.resize(390, 844).await?;
        let [unreachable, _, _, error, _, _, _, proxy] = kinds();
        let words = ["Server unreachable", "Server error", "Not the server"];
        for ((fault, sentence), word) in [unreachable, error, proxy].into_iter().zip(words) {
            fault_proxy.inject("/api/workbenches/*", fault);
            until_shown_text(page, LONG, ".app-toolbar-stale", word).await?;
            let found = page.execute(STRIP, vec![]).await?;
            let title = found["title"].as_str().unwrap_or_default();
            ensure!(title.contains(sentence), "{found}");
            ensure!(found["isApart"] == true, "one covers the other: {found}");
        }
        fault_proxy.behave();
        page.until_count(".app-toolbar-stale", 0).await
    })
    .await
}

/// FIELD 26: the panel shows that the activity is unknown, and why.
#[tokio::test]
async fn field_26_activity_panel_shows_why_it_is_stale() -> Result<()> {
    Scene::play_through(&FLAGS, async |scene, fault_proxy| {
        let page = &scene.page;
        open_starting(scene, fault_proxy).await?;
        until("the indicator", async || {
            let name = page.execute(NAME, vec![]).await?;
            Ok(name.as_str().map(|_| ()))
        })
        .await?;
        let open = "document.querySelector('#activity-panel').showPopover()";
        page.execute(open, vec![]).await?;
        page.find(Role::Heading, "Activity").await?;
        let [unreachable, _, _, error, _, _, _, proxy] = kinds();
        for (fault, what) in [unreachable, error, proxy] {
            inject_everywhere(fault_proxy, &fault);
            until_shown_text(page, LONG, "#activity-panel .activity-trouble", what).await?;
            until_within(LONG, "the indicator to say it", async || {
                let name = page.execute(NAME, vec![]).await?;
                let name = name.as_str().unwrap_or_default();
                // A server that answers with errors is not offline.
                ensure!(
                    name.starts_with("Activity: Offline since ")
                        || name.starts_with("Activity: Out of date since "),
                    "it says {name}"
                );
                Ok(name.contains(what).then_some(()))
            })
            .await?;
        }
        // An error of this computer has a message of its own.
        scene.browser.set_offline(true).await?;
        let offline = "You're offline.";
        until_shown_text(page, LONG, "#activity-panel .activity-trouble", offline).await?;
        until_shown_text(page, LONG, "main .freshness", offline).await?;
        scene.browser.set_offline(false).await?;
        fault_proxy.behave();
        until_within(Duration::from_secs(60), "all to be well", async || {
            let text_at = text_at(page, "#activity-panel .activity-trouble").await?;
            Ok(text_at.is_empty().then_some(()))
        })
        .await
    })
    .await
}

/// Applies the fault to every request that pages send by themselves.
fn inject_everywhere(fault_proxy: &FaultProxy, fault: &Fault) {
    for path in [
        "/api/workbenches/*",
        "/api/builds",
        "/api/runs",
        "/api/acknowledgements",
    ] {
        fault_proxy.inject(path, fault.clone());
    }
}

async fn until_shown_text(page: &Page, limit: Duration, place: &str, what: &str) -> Result<()> {
    until_within(limit, &format!("“{what}” in {place}"), async || {
        let text_at = text_at(page, place).await?;
        if text_at.contains(what) {
            return Ok(Some(()));
        }
        bail!("it says {text_at:?}")
    })
    .await
}

async fn text_at(page: &Page, place: &str) -> Result<String> {
    let script = "return [...document.querySelectorAll(arguments[0])]
        .map((one) => one.innerText.trim()).join(' ').trim()";
    let text_at = page.execute(script, vec![json!(place)]).await?;
    Ok(text_at.as_str().unwrap_or_default().to_owned())
}
