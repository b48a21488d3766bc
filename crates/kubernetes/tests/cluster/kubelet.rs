//! Facts that a real kubelet reports, where the cluster has one.

use crate::support::{Space, pod};
use serde_json::json;
use vestibule_model::observed::{Exit, ImageFault, Runner, Stage};

/// Returns a container of the app with this image.
fn with_image(image: &str) -> serde_json::Value {
    json!({ "containers": [{ "name": "runner", "image": image }] })
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn images_that_cannot_be_pulled_and_a_pod_that_is_deleted_by_hand() {
    let space = Space::new().await;
    if !space.has_a_kubelet().await {
        eprintln!("skipped: the cluster has no node");
        return space.close().await;
    }
    let target = space
        .session("climate", json!({ "app": "jupyterlab" }))
        .await;
    let mut watching = space.watch();
    for (image, expected) in [
        ("Team//App", ImageFault::InvalidName),
        ("registry.invalid/none:1", ImageFault::Pull),
    ] {
        space
            .create("Pod", pod(&target, "climate-1", with_image(image)))
            .await;
        let why = watching
            .sees(&target, "fault of the image", |seen| match &seen.runner {
                // The next attempt may be near, or far.
                Runner::Waiting {
                    stage: Stage::ImageFault { fault, why, .. },
                    ..
                } => {
                    let is_pull = expected == ImageFault::Pull && *fault == ImageFault::BackOff;
                    (*fault == expected || is_pull).then(|| why.clone())
                }
                _ => None,
            })
            .await;
        eprintln!("{image}: {why}");
        space.delete_gently("climate-1").await;
        watching
            .sees(&target, "end", |seen| {
                matches!(
                    seen.runner,
                    Runner::Absent
                        | Runner::Disrupted {
                            how: Exit::Deleted(_),
                            ..
                        }
                )
                .then_some(())
            })
            .await;
        watching
            .sees(&target, "end without a trace", |seen| {
                (seen.runner == Runner::Absent).then_some(())
            })
            .await;
    }
    space.close().await;
}
