//! Workbenches on a Kubernetes cluster, in the same console: a control plane and a node of this machine.
//! `cargo xtask test kubernetes` runs these stories.

mod support;
mod tokens;

use crate::tabs::{enter, run, run_later};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::fs;
use std::thread::{self, JoinHandle};
use std::time::Instant;
use support::{apply, failed_for, has_condition, play, text, until_ended};
use vestibule_cluster::Cluster;
use vestibule_e2e::{LONG, Role, until_within};

const CATALOGUE: &str = r#"
[[app]]
name = "welcome"
title = "Welcome"
image = "vestibule.test/vestibule"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]

[[app]]
name = "misspelt"
title = "Misspelt"
image = "vestibule.test/misspelt:9"
command = ["{vestibule}", "app", "welcome", "--port", "{port}"]

[[app]]
name = "crashes"
title = "Crashes"
image = "vestibule.test/vestibule"
restart_limit = 0
command = ["sh", "-c", "echo Reading the model; echo Error: the key $API_KEY is refused >&2; exit 3"]

[[app]]
name = "huge"
title = "Huge"
image = "vestibule.test/vestibule"
command = ["{vestibule}", "app", "welcome", "--port", "{port}"]
pod = { requests = { cpu = "4000" } }

[[app]]
name = "local"
title = "Local"
command = ["{vestibule}", "app", "welcome", "--port", "{port}"]
"#;

/// FIELD 1 to 3 on a cluster: entered at the moment it works, with a terminal and the files of before.
#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn a_workbench_is_entered_used_stopped_and_started_again() -> Result<()> {
    play(CATALOGUE, async |scene, cluster| {
        // Started once its page is open: a start may take less time than to sign in.
        let stopped = json!({"name": "Analysis", "app": "welcome", "desired": "Stopped"});
        let (api, id) = scene.open_made(stopped).await?;
        let page = &scene.page;
        page.until_status(LONG, "Stopped").await?;
        api.post(&format!("/api/workbenches/{id}/start"), json!({})).await?.ok()?;
        page.find_within(LONG, Role::Region, "Starting").await?;
        page.until_status(LONG, "Running").await?;
        page.enter("Analysis").await?;
        page.until_text("You are inside").await?;
        page.leave().await?;

        // Its Pod has what the API says of it.
        let workspace = text(&api.get_workbench(&id).await?, "workspaceId")?;
        let namespace = format!("vestibule-{workspace}");
        let name = text(&api.get_workbench(&id).await?, "status/runnerPodName")?;
        let rights = "{.spec.automountServiceAccountToken} {.spec.containers[0].securityContext.capabilities.drop[0]}";
        let path = format!("jsonpath={rights}");
        let rights = cluster.kubectl(&["get", "pod", &name, "-n", &namespace, "-o", &path])?;
        ensure!(rights == "false ALL", "{rights}");

        // A terminal in the Pod.
        page.click(Role::Button, "New terminal").await?;
        enter(page).await?;
        run(page, "echo kept > notes; hostname", &name).await?;
        page.leave().await?;

        // A server that is killed finds the run.
        scene.server.kill()?;
        scene.server.start_again().await?;
        enter(page).await?;
        run_later(page, "cat notes | tr k K", "Kept").await?;
        page.leave().await?;

        // Stopped: the Pod stays, with its output.
        page.click(Role::Button, "Stop").await?;
        page.click(Role::Button, "Stop workbench").await?;
        page.until_status(LONG, "Stopped").await?;
        let run = text(&api.get_workbench(&id).await?, "run/id")?;
        let log = api.get(&format!("/api/runs/{run}/log")).await?;
        let log = log.ok()?.json();
        ensure!(log["text"].as_str().is_some_and(|text| !text.is_empty()), "{log}");

        // Started again, with its files.
        api.post(&format!("/api/workbenches/{id}/start"), json!({})).await?.ok()?;
        page.until_status(LONG, "Running").await?;
        enter(page).await?;
        run_later(page, "cat notes | tr k K", "Kept").await?;
        page.leave().await?;

        // Deleted: nothing of it runs, and its folder is kept for a while.
        api.delete(&format!("/api/workbenches/{id}")).await?.ok()?;
        until_within(LONG, "a namespace without Pods", async || {
            let left = cluster.kubectl(&["get", "pods,secrets", "-n", &namespace, "-o", "name"])?;
            Ok(left.trim().is_empty().then_some(()))
        })
        .await?;
        let kept = "jsonpath={.items[0].metadata.annotations.vestibule\\.dev/released-by}";
        let kept = cluster.kubectl(&["get", "pvc", "-n", &namespace, "-o", kept])?;
        ensure!(kept == id, "{kept}");
        Ok(())
    })
    .await
}

/// FIELD 4 to 9 on a cluster: each obstacle and each end is shown in words.
#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn obstacles_and_ends_are_told() -> Result<()> {
    play(CATALOGUE, async |scene, cluster| {
        let (api, workspace) = scene.open_studio().await?;
        let page = &scene.page;
        let namespace = format!("vestibule-{workspace}");

        // An app without an image says so before anybody starts it.
        let apps = api.get("/api/apps").await?.ok()?.json();
        let apps = apps["items"].as_array().context("apps")?;
        let local = apps
            .iter()
            .find(|app| app["name"] == "local")
            .context("local")?;
        let why = "It has no image for a cluster. An administrator can add one to the catalogue.";
        ensure!(local["unavailableReason"] == why, "{local}");

        // An image that cannot be fetched.
        let id = api.workbench(&workspace, "Misspelt", "misspelt").await?;
        let bench = api.until_status(&id, "Failed").await?;
        has_condition(&bench, "vestibule.test/misspelt:9")?;
        let open = |id: &str| format!("/workspaces/{workspace}/sessions/{id}");
        page.goto(&scene.server.url(&open(&id))).await?;
        page.until_text("vestibule.test/misspelt:9").await?;

        // A secret that is missing, and appears.
        let body = json!({ "name": "Waits", "app": "welcome", "spec": { "secrets": ["API_KEY"] } });
        let id = api.make(&workspace, body).await?;
        page.goto(&scene.server.url(&open(&id))).await?;
        page.until_text_within(LONG, "API_KEY").await?;
        let secret = format!("/api/workspaces/{workspace}/secrets/API_KEY");
        api.put(&secret, json!({ "value": "hunter22" }))
            .await?
            .ok()?;
        page.until_status(LONG, "Running").await?;

        // A secret that the cluster has is as good.
        let manifest = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {
                "name": "team-token",
                "labels": { "vestibule.dev/secret": "true" },
                "annotations": { "vestibule.dev/secret-name": "TEAM_TOKEN" },
            },
            "stringData": { "value": "hunter23" },
        });
        apply(cluster, scene.server.folder(), &namespace, &manifest)?;
        let body =
            json!({ "name": "Shares", "app": "welcome", "spec": { "secrets": ["TEAM_TOKEN"] } });
        let id = api.make(&workspace, body).await?;
        api.until_status(&id, "Running").await?;

        // Evicted.
        let name = text(&api.get_workbench(&id).await?, "status/runnerPodName")?;
        let eviction = json!({
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": { "name": name, "namespace": namespace },
        });
        let file = scene.server.folder().join("eviction.json");
        fs::write(&file, eviction.to_string())?;
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/eviction");
        let file = file.display().to_string();
        cluster.kubectl(&["create", "--raw", &path, "-f", &file])?;
        let bench = api.until_status(&id, "Killed").await?;
        ensure!(failed_for(&bench) == "Evicted", "{bench:#}");

        // A crash, with the last line of the output, without the secret.
        let body =
            json!({ "name": "Crashes", "app": "crashes", "spec": { "secrets": ["API_KEY"] } });
        let id = api.make(&workspace, body).await?;
        let bench = api.until_status(&id, "Failed").await?;
        has_condition(&bench, "Error: the key [redacted] is refused")?;
        page.goto(&scene.server.url(&open(&id))).await?;
        page.until_text("Error: the key [redacted] is refused")
            .await?;

        // A time limit.
        let body =
            json!({ "name": "Short", "app": "welcome", "spec": { "activeDeadlineSeconds": 15 } });
        let id = api.make(&workspace, body).await?;
        let ended = until_ended(&api, &id).await?;
        has_condition(&ended, "time limit of 15")?;

        // No room, and a stop while it waits.
        let id = api.workbench(&workspace, "Huge", "huge").await?;
        page.goto(&scene.server.url(&open(&id))).await?;
        page.until_text_within(LONG, "Insufficient cpu").await?;
        page.click(Role::Button, "Cancel").await?;
        api.until_status(&id, "Stopped").await?;

        // A quota, in the API server's words.
        let quota = json!({
            "apiVersion": "v1", "kind": "ResourceQuota",
            "metadata": { "name": "small" }, "spec": { "hard": { "pods": "1" } },
        });
        apply(cluster, scene.server.folder(), &namespace, &quota)?;
        let id = api.workbench(&workspace, "Over", "welcome").await?;
        page.goto(&scene.server.url(&open(&id))).await?;
        page.until_text_within(LONG, "exceeded quota: small")
            .await?;
        cluster.kubectl(&["delete", "resourcequota", "small", "-n", &namespace])?;
        page.until_status(LONG, "Running").await?;
        Ok(())
    })
    .await
}

/// A resource made with kubectl in a namespace with the label is a workbench of the console, and what is
/// done in one place shows in the other.
#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn a_resource_made_with_kubectl_is_used_in_the_console() -> Result<()> {
    play(CATALOGUE, async |scene, cluster| {
        let (api, _) = scene.open_studio().await?;
        let page = &scene.page;
        cluster.kubectl(&["create", "namespace", "team"])?;
        cluster.kubectl(&["label", "namespace", "team", "vestibule.dev/workspace=true"])?;
        let manifest = json!({
            "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession",
            "metadata": { "name": "climate" },
            "spec": { "app": "welcome", "displayName": "Climate 2026" },
        });
        apply(cluster, scene.server.folder(), "team", &manifest)?;
        let id = "jsonpath=wb-{.metadata.uid}";
        let id = cluster.kubectl(&["get", "ags", "climate", "-n", "team", "-o", id])?;
        until_within(LONG, "the workbench", async || {
            let found = api.get(&format!("/api/workbenches/{id}")).await?;
            Ok((found.status == 200).then_some(()))
        })
        .await?;
        api.until_status(&id, "Running").await?;
        page.goto(
            &scene
                .server
                .url(&format!("/workspaces/ws-team/sessions/{id}")),
        )
        .await?;
        page.until_status(LONG, "Running").await?;
        page.enter("Climate 2026").await?;
        page.until_text("You are inside").await?;
        page.leave().await?;

        // Stopped with kubectl.
        let stop = r#"{"spec":{"desired":"Stopped"}}"#;
        cluster.kubectl(&[
            "patch",
            "ags",
            "climate",
            "-n",
            "team",
            "--type=merge",
            "-p",
            stop,
        ])?;
        page.until_status(LONG, "Stopped").await?;

        // Started in the console.
        let pod = ready_pod(cluster, "team", 2);
        api.post(&format!("/api/workbenches/{id}/start"), json!({}))
            .await?
            .ok()?;
        page.until_status(LONG, "Running").await?;
        let shown = Instant::now();
        let ready = pod.join().expect("no panic")?;
        // Printed, not asserted: the kubelet's answer passes through kubectl, too.
        eprintln!(
            "Pod ready to Running on the page: {} ms",
            shown.saturating_duration_since(ready).as_millis()
        );
        until_within(LONG, "the truth in kubectl", async || {
            let shown = cluster.kubectl(&["get", "agenticsessions", "-A", "--no-headers"])?;
            let columns: Vec<&str> = shown.split_whitespace().collect();
            let expected = [
                "team",
                "climate",
                "Running",
                "True",
                "SessionRunning",
                "welcome",
            ];
            Ok(columns.starts_with(&expected).then_some(()))
        })
        .await?;
        cluster.kubectl(&["delete", "ags", "climate", "-n", "team", "--timeout=90s"])?;
        until_within(LONG, "no workbench", async || {
            let found = api.get(&format!("/api/workbenches/{id}")).await?;
            Ok((found.status == 404).then_some(()))
        })
        .await
    })
    .await
}

/// Waits on another thread until kubectl says that the Pod of a run is ready, and returns when that was.
fn ready_pod(cluster: &Cluster, namespace: &str, run: u64) -> JoinHandle<Result<Instant>> {
    let wait = |condition: &str| {
        let mut command = cluster.kubectl_command();
        command.args(["wait", "pod", "--namespace", namespace, "--timeout=60s"]);
        command.args(["--selector", &format!("vestibule.dev/run={run}"), condition]);
        command
    };
    let steps = [wait("--for=create"), wait("--for=condition=Ready")];
    thread::spawn(move || {
        for mut step in steps {
            let done = step.output().context("failed to start kubectl")?;
            ensure!(done.status.success(), "{done:?}");
        }
        Ok(Instant::now())
    })
}
