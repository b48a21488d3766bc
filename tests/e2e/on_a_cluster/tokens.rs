//! The token of a run: a start goes on after an outage of the server in which it became stale.

use super::support::{play, text};
use crate::web_page;
use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use std::time::Duration;
use vestibule_e2e::{LONG, Role, until_within};

/// Longer than a kubelet takes to write a changed Secret into a Pod: its period of synchronization is a minute.
const KUBELET: Duration = Duration::from_secs(200);

/// An app that reads two parts and reports it, each until it is taken. Before the second one it waits until its
/// token is refused, or another one.
const CATALOGUE: &str = r#"
[[app]]
name = "reader"
title = "Reader"
image = "vestibule.test/vestibule"
command = ["python3", "-u", "-c", """
import json, os, time, urllib.error, urllib.request

def token():
    with open(os.environ['VESTIBULE_RUN_TOKEN_FILE']) as file:
        return file.read()

def report(message):
    headers = {'Authorization': 'Bearer ' + token(), 'Content-Type': 'application/json'}
    body = json.dumps({'message': message}).encode()
    request = urllib.request.Request(os.environ['VESTIBULE_PROGRESS_URL'], body, headers)
    try:
        return urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0

first = token()
while report('Read part 1 of 2') != 204:
    time.sleep(1)
while token() == first and report('Reading part 2') != 401:
    time.sleep(3)
while True:
    status = report('Read part 2 of 2')
    print('Part 2 of 2 was answered with', status)
    if status == 204:
        break
    time.sleep(3)

SERVE
""", "{port}"]

[[app.size]]
name = "small"
title = "Small"
cpu = 0.5
memory_mb = 500

[[app.size]]
name = "medium"
title = "Medium"
cpu = 1
memory_mb = 1000
"#;

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn a_token_that_became_stale_in_an_outage_is_renewed_and_the_start_goes_on() -> Result<()> {
    let catalogue = CATALOGUE.replace("SERVE", &web_page::serve("Reader", "Both parts are read"));
    play(&catalogue, async |scene, cluster| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/new"))
            .await?;
        page.choose("Reader").await?;
        page.pick("Size", "Medium: 1 CPU, 1 GB memory").await?;
        page.click(Role::Button, "Create workbench").await?;
        page.until_text_within(LONG, "Starting Reader").await?;
        page.click(Role::Button, "Timeline").await?;
        page.click(Role::Button, "As a table").await?;
        page.until_text_within(LONG, "Read part 1 of 2").await?;
        // An app that doesn't listen yet has not answered with an error.
        let shown = page.text().await?;
        ensure!(!shown.contains("responds, but with an error"), "{shown}");
        let path = page.path().await?;
        let id = path.rsplit('/').next().context("an id")?.to_owned();

        // The Pod has the size that was chosen.
        let namespace = format!("vestibule-{workspace}");
        let pod = text(&api.get_workbench(&id).await?, "status/runnerPodName")?;
        let limits = "jsonpath={.spec.containers[0].resources.limits}";
        let limits = cluster.kubectl(&["get", "pod", &pod, "-n", &namespace, "-o", limits])?;
        ensure!(
            limits.contains(r#""cpu":"1""#) && limits.contains(r#""memory":"1G""#),
            "{limits}"
        );

        // The outage lasts for longer than the token.
        let before = token(cluster, &pod, &namespace)?;
        scene.server.kill()?;
        let database = Connection::open(scene.server.folder().join("data/vestibule.db"))?;
        let expired = database.execute("UPDATE run_tokens SET expires_at = 0", [])?;
        ensure!(expired == 1, "{expired} tokens have expired");
        drop(database);
        scene.server.start_again().await?;

        // It is renewed, the app sees it in its file, and the page shows what it reports then.
        until_within(LONG, "another token", async || {
            let now = token(cluster, &pod, &namespace)?;
            Ok((now != before && !now.is_empty()).then_some(()))
        })
        .await?;
        page.until_text_within(KUBELET, "Read part 2 of 2").await?;
        page.until_status(LONG, "Running").await?;
        page.enter("Reader").await?;
        page.until_text("Both parts are read").await?;
        page.leave().await?;
        let seen = api.get_workbench(&id).await?;
        ensure!(seen["run"]["number"] == 1, "{seen:#}");
        ensure!(text(&seen, "status/runnerPodName")? == pod, "{seen:#}");

        // kubectl shows the newest message, too.
        until_within(LONG, "the progress on the resource", async || {
            let progress =
                "jsonpath={.items[0].metadata.annotations.vestibule\\.dev/runner-progress}";
            let shown = cluster.kubectl(&["get", "ags", "-n", &namespace, "-o", progress])?;
            Ok((shown == "Read part 2 of 2").then_some(()))
        })
        .await
    })
    .await
}

/// Returns the token of a run as its Secret has it.
fn token(cluster: &vestibule_cluster::Cluster, pod: &str, namespace: &str) -> Result<String> {
    let path = "jsonpath={.data.token}";
    cluster.kubectl(&["get", "secret", pod, "-n", namespace, "-o", path])
}
