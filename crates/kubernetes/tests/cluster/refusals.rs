//! Refused creations, in the API server's own words.

use crate::support::{Space, object, pod, until};
use kube::api::PostParams;
use serde_json::{Value, json};
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_kubernetes::facts::{Facts, observed};
use vestibule_model::observed::Creation;

/// Returns what a refused creation means.
fn meaning(refused: &kube::Error) -> Creation {
    let kube::Error::Api(status) = refused else {
        panic!("no answer of the API server: {refused}");
    };
    let status = serde_json::to_value(status).expect("JSON");
    let facts = Facts {
        refusal: Some(&status),
        ..Facts::default()
    };
    observed(&facts, SystemClock.now()).creation
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn quota_and_pod_security_are_told_apart() {
    let space = Space::new().await;
    let target = space
        .session("climate", json!({ "app": "jupyterlab" }))
        .await;
    let quota = json!({ "metadata": { "name": "team" }, "spec": { "hard": { "pods": "0" } } });
    space.create("ResourceQuota", quota).await;
    until("quota in force", async || {
        let quota = space.api("ResourceQuota").get("team").await.ok()?;
        quota.data["status"]["hard"]["pods"]
            .as_str()
            .map(str::to_owned)
    })
    .await;
    let refused = space
        .try_create("Pod", pod(&target, "climate-1", json!({})))
        .await;
    let reported = meaning(&refused.expect_err("the quota is used up"));
    println!("{reported:?}");
    assert!(
        matches!(&reported, Creation::Failed(why) if why.contains("exceeded quota: team")),
        "{reported:?}"
    );
    space.delete_now("ResourceQuota", "team").await;

    let label =
        json!({ "metadata": { "labels": { "pod-security.kubernetes.io/enforce": "restricted" } } });
    let all = space.cluster_wide("Namespace");
    let merge = kube::api::Patch::Merge(label);
    all.patch(&space.name, &kube::api::PatchParams::default(), &merge)
        .await
        .expect("a label");
    let refused = until("refused Pod", async || {
        // The label takes effect once the admission's own watch has it.
        let new = object(
            "Pod",
            pod(&target, "climate-1", json!({ "hostNetwork": true })),
        );
        let dry = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        space.api("Pod").create(&dry, &new).await.err()
    })
    .await;
    let reported = meaning(&refused);
    println!("{reported:?}");
    assert!(
        matches!(&reported, Creation::Denied(why) if why.contains("violates PodSecurity")),
        "{reported:?}"
    );
    space.close().await;
}

/// The table of bad specs in the crate's own tests, at the border that a person meets.
#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn bad_resources_are_refused_in_the_words_of_the_http_api() {
    let space = Space::new().await;
    let refusal = async |name: &str, spec: Value| {
        let value = json!({ "metadata": { "name": name }, "spec": spec });
        space
            .try_create("AgenticSession", value)
            .await
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(
        refusal(
            "good",
            json!({ "app": "jupyterlab", "displayName": "日本語", "env": { "A": "1" } })
        )
        .await,
        None
    );
    let large: serde_json::Map<_, _> = (0..14)
        .map(|n| (format!("V{n}"), "x".repeat(5_000).into()))
        .collect();
    for (name, spec, words) in [
        ("bad", json!({}), "spec.app"),
        (
            "bad",
            json!({ "app": "j", "desired": "Paused" }),
            "supported values: \"Running\", \"Stopped\"",
        ),
        (
            "bad",
            json!({ "app": "j", "displayName": "a\u{202e}b" }),
            "change the writing direction",
        ),
        (
            "bad",
            json!({ "app": "j", "env": { "A-B": "" } }),
            "A name is a letter or _",
        ),
        (
            "bad",
            json!({ "app": "j", "env": { "VESTIBULE_X": "" } }),
            "are set by the server",
        ),
        (
            "bad",
            json!({ "app": "j", "env": { "A": "é".repeat(20_000) } }),
            "Use at most 32768 bytes for a value",
        ),
        (
            "bad",
            json!({ "app": "j", "env": large }),
            "Use at most 65536 bytes for all variables together",
        ),
        (
            "bad",
            json!({ "app": "j", "secrets": ["LD_PRELOAD"] }),
            "it cannot be a secret",
        ),
        (
            "bad",
            json!({ "app": "j", "parameters": { "Repo": "" } }),
            "A parameter's name",
        ),
        (
            "bad",
            json!({ "app": "j", "startTimeoutSeconds": 0 }),
            "greater than or equal to 1",
        ),
        ("bad.name", json!({ "app": "j" }), "without dots"),
    ] {
        let reported = refusal(name, spec.clone()).await;
        assert!(
            reported
                .as_ref()
                .is_some_and(|reported| reported.contains(words)),
            "{words}: {reported:?}"
        );
    }
    space.close().await;
}
